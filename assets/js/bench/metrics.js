// The measures of `pycode.evaluate`, in the browser: same definitions, same class list, tested to agree with it.
(() => {
  const Bench = (self.Bench ??= {});
  const BINS = 15;
  const Z = 1.959963984540054; // 95 % of a normal distribution

  /** Predicted class of each row: the first of the highest logits. */
  function predictions({ n, classes, logits }) {
    const guess = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      let best = 0;
      for (let c = 1; c < classes; c++) if (logits[i * classes + c] > logits[i * classes + best]) best = c;
      guess[i] = best;
    }
    return guess;
  }

  /** Per row at temperature T: confidence of the predicted class, is it right, NLL (nats), Brier score. */
  function rowScores(run, guess, temperature = 1) {
    const { n, classes, logits, labels } = run;
    const confidence = new Float64Array(n);
    const right = new Uint8Array(n);
    const nll = new Float64Array(n);
    const brier = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const start = i * classes;
      const top = logits[start + guess[i]];
      let sum = 0;
      let squares = 0;
      for (let c = 0; c < classes; c++) {
        const p = Math.exp((logits[start + c] - top) / temperature);
        sum += p;
        squares += p * p;
      }
      const gap = (logits[start + labels[i]] - top) / temperature;
      confidence[i] = 1 / sum;
      right[i] = guess[i] === labels[i] ? 1 : 0;
      nll[i] = Math.log(sum) - gap;
      brier[i] = squares / (sum * sum) - (2 * Math.exp(gap)) / sum + 1;
    }
    return { confidence, right, nll, brier };
  }

  const mean = (values) => values.reduce((all, value) => all + value, 0) / values.length;

  /** The bin of a confidence: (edge before, edge after], all of equal width. */
  function binOf(confidence) {
    let bin = 0;
    while (bin < BINS - 1 && (bin + 1) * (1 / BINS) < confidence) bin++;
    return bin;
  }

  /** Rows of each class: truly in it, predicted as it, both. */
  function counts(labels, guess, classes) {
    const support = new Float64Array(classes);
    const predicted = new Float64Array(classes);
    const hits = new Float64Array(classes);
    for (let i = 0; i < labels.length; i++) {
      support[labels[i]]++;
      predicted[guess[i]]++;
      if (labels[i] === guess[i]) hits[labels[i]]++;
    }
    return { support, predicted, hits };
  }

  const f1 = (hits, support, predicted) => (support + predicted > 0 ? (2 * hits) / (support + predicted) : 0);
  const perClass = (k) => Array.from(k.hits, (hits, c) => f1(hits, k.support[c], k.predicted[c]));
  const sum = (values) => values.reduce((all, value) => all + value, 0);

  /** Scores that need only counts: over the whole class list, absent classes included. */
  function countScores(k) {
    const each = perClass(k);
    const rows = sum(k.support);
    return {
      accuracy: sum(k.hits) / rows,
      macro_f1: sum(each) / each.length,
      weighted_f1: each.reduce((all, value, c) => all + value * k.support[c], 0) / rows,
      zero_f1_classes: k.hits.reduce((all, hits) => all + (hits === 0 ? 1 : 0), 0),
    };
  }

  /** Macro-F1 and recall of each tier, keyed `head.macro_f1`; tiers names one for each class. */
  function tierScores(k, tiers) {
    const each = perClass(k);
    const scores = {};
    for (const tier of new Set(tiers)) {
      const own = each.map((_, c) => c).filter((c) => tiers[c] === tier);
      const support = sum(own.map((c) => k.support[c]));
      scores[`${tier}.macro_f1`] = sum(own.map((c) => each[c])) / own.length;
      scores[`${tier}.recall`] = support ? sum(own.map((c) => k.hits[c])) / support : 0;
    }
    return scores;
  }

  /** Mean NLL and Brier score, and ECE over 15 bins of equal width. */
  function calibrationScores(rows) {
    return { nll: mean(rows.nll), brier: mean(rows.brier), ece: ece(rows) };
  }

  function ece({ confidence, right }) {
    const gaps = new Float64Array(BINS);
    for (let i = 0; i < confidence.length; i++) gaps[binOf(confidence[i])] += confidence[i] - right[i];
    return gaps.reduce((all, gap) => all + Math.abs(gap), 0) / confidence.length;
  }

  /** 95 % interval of a share (Wilson 1927). */
  function wilson(hits, rows) {
    const share = hits / rows;
    const middle = (share + (Z * Z) / (2 * rows)) / (1 + (Z * Z) / rows);
    const half = (Z * Math.sqrt((share * (1 - share)) / rows + (Z * Z) / (4 * rows * rows))) / (1 + (Z * Z) / rows);
    return [Math.max(0, middle - half), Math.min(1, middle + half)];
  }

  /** The bars of a reliability diagram: only bins that hold a row. */
  function reliability({ confidence, right }) {
    const bins = Array.from({ length: BINS }, (_, i) => ({ lower: i / BINS, upper: (i + 1) / BINS, rows: 0, confidence: 0, hits: 0 }));
    for (let i = 0; i < confidence.length; i++) {
      const bin = bins[binOf(confidence[i])];
      bin.rows++;
      bin.confidence += confidence[i];
      bin.hits += right[i];
    }
    return bins.filter((bin) => bin.rows).map((bin) => {
      const [low, high] = wilson(bin.hits, bin.rows);
      return { ...bin, confidence: bin.confidence / bin.rows, accuracy: bin.hits / bin.rows, low, high };
    });
  }

  /** Temperature that minimises NLL on these rows: its slope in 1/T rises, so halving an interval finds its zero. */
  function fitTemperature(run, lowest = 0.05, highest = 20) {
    const { n, classes, logits, labels } = run;
    const slope = (inverse) => {
      let total = 0;
      for (let i = 0; i < n; i++) {
        const row = logits.subarray(i * classes, (i + 1) * classes);
        const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
        let weight = 0;
        let weighted = 0;
        for (const z of row) {
          const p = Math.exp((z - top) * inverse);
          weight += p;
          weighted += p * z;
        }
        total += weighted / weight - row[labels[i]];
      }
      return total;
    };
    let low = 1 / highest;
    let high = 1 / lowest;
    if (slope(low) >= 0) return highest;
    if (slope(high) <= 0) return lowest;
    for (let step = 0; step < 60 && high - low > 1e-10; step++) {
      const middle = (low + high) / 2;
      if (slope(middle) < 0) low = middle;
      else high = middle;
    }
    return 2 / (low + high);
  }

  /** Risk against coverage: one point for each confidence that occurs, from the highest down. */
  function riskCoverage({ confidence, right }) {
    const n = confidence.length;
    const order = Uint32Array.from(confidence.keys()).sort((i, j) => confidence[j] - confidence[i]);
    const points = [];
    let wrong = 0;
    order.forEach((row, rank) => {
      wrong += 1 - right[row];
      if (rank + 1 < n && confidence[order[rank + 1]] === confidence[row]) return;
      points.push({ threshold: confidence[row], coverage: (rank + 1) / n, risk: wrong / (rank + 1) });
    });
    return points;
  }

  /** Coverage, risk and cost per row when rows with at least this confidence are answered and the others reviewed. */
  function gate({ confidence, right }, threshold, costs) {
    let answered = 0;
    let wrong = 0;
    for (let i = 0; i < confidence.length; i++) {
      if (confidence[i] < threshold) continue;
      answered++;
      wrong += 1 - right[i];
    }
    const n = confidence.length;
    return {
      coverage: answered / n,
      risk: answered ? wrong / answered : 0,
      cost: (wrong * costs.error + (n - answered) * costs.review) / n,
    };
  }

  /** The threshold that costs least on these rows; on equal cost the one that answers most, Infinity when none pays. */
  function bestThreshold(rows, costs) {
    let best = { cost: Infinity, threshold: Infinity };
    for (const point of riskCoverage(rows)) {
      const cost = point.coverage * point.risk * costs.error + (1 - point.coverage) * costs.review;
      if (cost <= best.cost) best = { cost, threshold: point.threshold };
    }
    return best.cost <= costs.review ? best.threshold : Infinity;
  }

  Object.assign(Bench, {
    BINS, predictions, rowScores, binOf, counts, f1, perClass, countScores, tierScores, calibrationScores, ece,
    wilson, reliability, fitTemperature, riskCoverage, gate, bestThreshold,
  });
})();
