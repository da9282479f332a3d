// Paired bootstrap of two runs on the same rows: whole groups of near-duplicates are drawn with replacement, and both
// runs are scored on the same draw. Efron & Tibshirani (1993), chapters 6 and 13; intervals are percentiles.
(() => {
  const Bench = (self.Bench ??= {});
  const LOWER_IS_BETTER = new Set(["zero_f1_classes", "nll", "brier", "ece"]);

  /** Uniform numbers in [0, 1) from a seed (xoshiro128**, Blackman & Vigna 2018, seeded by splitmix32). */
  function generator(seed) {
    const state = new Uint32Array(4);
    let mix = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      mix = (mix + 0x9e3779b9) >>> 0;
      let z = mix;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      state[i] = (z ^ (z >>> 15)) >>> 0;
    }
    const turn = (x, k) => (x << k) | (x >>> (32 - k));
    return () => {
      const result = Math.imul(turn(Math.imul(state[1], 5), 7), 9) >>> 0;
      const shifted = state[1] << 9;
      state[2] ^= state[0];
      state[3] ^= state[1];
      state[1] ^= state[2];
      state[0] ^= state[3];
      state[2] ^= shifted;
      state[3] = turn(state[3], 11);
      return result / 4294967296;
    };
  }

  /** The q-quantile of sorted values, interpolated as NumPy does. */
  function quantile(sorted, q) {
    const at = (sorted.length - 1) * q;
    const below = Math.floor(at);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
  }

  /** Better, worse or tie for the first run, from the interval of first minus second. */
  function verdict(name, low, high) {
    const lower = LOWER_IS_BETTER.has(name.split(".").pop());
    if (low > 0) return lower ? "worse" : "better";
    if (high < 0) return lower ? "better" : "worse";
    return "tie";
  }

  /** Rows in the order of their groups, and where each group starts. */
  function byGroup({ groups, groupCount, n }) {
    const starts = new Int32Array(groupCount + 1);
    for (let i = 0; i < n; i++) starts[groups[i] + 1]++;
    for (let g = 0; g < groupCount; g++) starts[g + 1] += starts[g];
    const rows = new Int32Array(n);
    const next = starts.slice();
    for (let i = 0; i < n; i++) rows[next[groups[i]]++] = i;
    return { starts, rows };
  }

  const COUNTED = 5; // support, and for both runs: predicted, hits
  const SOFT = 4; // for both runs: NLL, Brier score

  /**
   * What each row adds, in flat arrays ordered by group, so that the inner loop only adds.
   * cells (n × 5): places in the table of counts, one past its end for "no hit"; bins and gaps (n × 2); soft (n × 4).
   */
  function additions({ run, guess, rows: scores }, order) {
    const { n, classes, labels } = run;
    const cells = new Int32Array(n * COUNTED);
    const bins = new Int32Array(n * 2);
    const gaps = new Float64Array(n * 2);
    const soft = new Float64Array(n * SOFT);
    order.forEach((i, at) => {
      cells[at * COUNTED] = labels[i];
      for (let m = 0; m < 2; m++) {
        const first = (1 + 2 * m) * classes;
        cells[at * COUNTED + 1 + 2 * m] = first + guess[m][i];
        cells[at * COUNTED + 2 + 2 * m] = guess[m][i] === labels[i] ? first + classes + labels[i] : COUNTED * classes;
        bins[at * 2 + m] = m * Bench.BINS + Bench.binOf(scores[m].confidence[i]);
        gaps[at * 2 + m] = scores[m].confidence[i] - scores[m].right[i];
        soft[at * SOFT + 2 * m] = scores[m].nll[i];
        soft[at * SOFT + 2 * m + 1] = scores[m].brier[i];
      }
    });
    return { cells, bins, gaps, soft };
  }

  /** Totals of one resample, added up in place. */
  function draw(random, { starts, groupCount, cells, bins, gaps, soft }, totals) {
    totals.counts.fill(0);
    totals.gaps.fill(0);
    totals.soft.fill(0);
    let drawn = 0;
    let [nllA, brierA, nllB, brierB] = [0, 0, 0, 0];
    for (let d = 0; d < groupCount; d++) {
      const g = Math.floor(random() * groupCount);
      const end = starts[g + 1];
      for (let at = starts[g]; at < end; at++) {
        const cell = at * COUNTED;
        totals.counts[cells[cell]]++;
        totals.counts[cells[cell + 1]]++;
        totals.counts[cells[cell + 2]]++;
        totals.counts[cells[cell + 3]]++;
        totals.counts[cells[cell + 4]]++;
        totals.gaps[bins[at * 2]] += gaps[at * 2];
        totals.gaps[bins[at * 2 + 1]] += gaps[at * 2 + 1];
        nllA += soft[at * SOFT];
        brierA += soft[at * SOFT + 1];
        nllB += soft[at * SOFT + 2];
        brierB += soft[at * SOFT + 3];
      }
      drawn += end - starts[g];
    }
    totals.soft.set([nllA, brierA, nllB, brierB]);
    totals.drawn = drawn;
  }

  /** All scores of run m from the totals, in the order of `names`; F1 of each class goes into `each`. */
  function scoresOf(m, totals, classes, tierOf, sizes, each) {
    const { counts, gaps, soft, drawn } = totals;
    const first = (1 + 2 * m) * classes;
    const tiers = sizes.length;
    const tierF1 = new Float64Array(tiers);
    const tierHits = new Float64Array(tiers);
    const tierRows = new Float64Array(tiers);
    let [hits, macro, weighted, zero, gap] = [0, 0, 0, 0, 0];
    for (let c = 0; c < classes; c++) {
      const support = counts[c];
      const hit = counts[first + classes + c];
      const both = support + counts[first + c];
      const value = both > 0 ? (2 * hit) / both : 0;
      const tier = tierOf[c];
      each[c] = value;
      hits += hit;
      macro += value;
      weighted += value * support;
      if (hit === 0) zero++;
      tierF1[tier] += value;
      tierHits[tier] += hit;
      tierRows[tier] += support;
    }
    for (let bin = m * Bench.BINS; bin < (m + 1) * Bench.BINS; bin++) gap += Math.abs(gaps[bin]);
    const scores = [hits / drawn, macro / classes, weighted / drawn, zero, soft[2 * m] / drawn, soft[2 * m + 1] / drawn, gap / drawn];
    for (let t = 0; t < tiers; t++) scores.push(tierF1[t] / sizes[t], tierRows[t] ? tierHits[t] / tierRows[t] : 0);
    return scores;
  }

  /**
   * Resampled differences a − b.
   *
   * pair: {run, tiers, guess: [a, b], rows: [a, b]}, where rows are `rowScores`.
   * Yields the share done now and then; returns {samples: {name: Float64Array (R)}, byClass: Float32Array (C × R)}.
   */
  function* resample(pair, resamples, seed) {
    const { classes, groupCount } = pair.run;
    const { starts, rows } = byGroup(pair.run);
    const plan = { starts, groupCount, ...additions(pair, rows) };
    const random = generator(seed);
    const tierNames = [...new Set(pair.tiers)];
    const tierOf = Int32Array.from(pair.tiers, (tier) => tierNames.indexOf(tier));
    const sizes = tierNames.map((tier) => pair.tiers.filter((other) => other === tier).length);
    const names = ["accuracy", "macro_f1", "weighted_f1", "zero_f1_classes", "nll", "brier", "ece"];
    for (const tier of tierNames) names.push(`${tier}.macro_f1`, `${tier}.recall`);
    const values = names.map(() => new Float64Array(resamples));
    const byClass = new Float32Array(classes * resamples);
    const totals = {
      counts: new Float64Array(COUNTED * classes + 1), gaps: new Float64Array(2 * Bench.BINS), soft: new Float64Array(SOFT), drawn: 0,
    };
    const each = [new Float64Array(classes), new Float64Array(classes)];
    for (let r = 0; r < resamples; r++) {
      draw(random, plan, totals);
      const a = scoresOf(0, totals, classes, tierOf, sizes, each[0]);
      const b = scoresOf(1, totals, classes, tierOf, sizes, each[1]);
      for (let k = 0; k < values.length; k++) values[k][r] = a[k] - b[k];
      for (let c = 0; c < classes; c++) byClass[c * resamples + r] = each[0][c] - each[1][c];
      if (r % 250 === 249) yield (r + 1) / resamples;
    }
    return { samples: Object.fromEntries(names.map((name, k) => [name, values[k]])), byClass, resamples };
  }

  /** 95 % intervals, verdicts and a histogram of each difference, and the interval of each class. */
  function summary({ samples, byClass, resamples }, classes) {
    const metrics = {};
    for (const [name, values] of Object.entries(samples)) {
      const sorted = values.slice().sort();
      const [low, high] = [quantile(sorted, 0.025), quantile(sorted, 0.975)];
      metrics[name] = { low, high, verdict: verdict(name, low, high), histogram: histogram(sorted) };
    }
    const each = [];
    for (let c = 0; c < classes; c++) {
      const sorted = byClass.slice(c * resamples, (c + 1) * resamples).sort();
      const [low, high] = [quantile(sorted, 0.025), quantile(sorted, 0.975)];
      each.push({ low, high, verdict: verdict("f1", low, high) });
    }
    return { metrics, each };
  }

  /** Interval of the mean difference of per-row costs, drawn like the metrics; a lower cost is better. */
  function meanInterval(run, values, resamples, seed) {
    const totals = new Float64Array(run.groupCount);
    const sizes = new Float64Array(run.groupCount);
    for (let i = 0; i < run.n; i++) {
      totals[run.groups[i]] += values[i];
      sizes[run.groups[i]]++;
    }
    const random = generator(seed);
    const means = new Float64Array(resamples);
    for (let r = 0; r < resamples; r++) {
      let total = 0;
      let rows = 0;
      for (let d = 0; d < run.groupCount; d++) {
        const g = Math.floor(random() * run.groupCount);
        total += totals[g];
        rows += sizes[g];
      }
      means[r] = total / rows;
    }
    means.sort();
    const [low, high] = [quantile(means, 0.025), quantile(means, 0.975)];
    return { low, high, verdict: verdict("nll", low, high) };
  }

  function histogram(sorted, bars = 60) {
    const low = sorted[0];
    const high = sorted[sorted.length - 1];
    const width = (high - low) / bars || 1;
    const heights = Array(bars).fill(0);
    for (const value of sorted) heights[Math.min(bars - 1, Math.floor((value - low) / width))]++;
    return { low, high, heights };
  }

  Object.assign(Bench, { generator, quantile, verdict, resample, summary, meanInterval, LOWER_IS_BETTER });
})();
