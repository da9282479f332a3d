// What the bench shows of its state; nothing here computes a result.
(() => {
  const Bench = (self.Bench ??= {});
  const SIDES = ["a", "b"];
  const USUAL = ["head", "mid", "tail"];
  const PERCENT = { percent: true };
  const part = (name) => document.querySelector(`[data-bench="${name}"]`);

  function element(tag, properties = {}, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  const badge = (word, words = word) => element("span", { className: `verdict ${word}` }, words);
  const together = (words) => element("span", { className: "bench-together" }, words);
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const width = (name) => Math.max(300, Math.min(680, part(name).clientWidth || 640));

  function facts(state, titles, data) {
    const run = state.runs[0];
    part("facts").textContent =
      `${data}: ${Bench.count(run.n)} rows, ${run.classes} classes` +
      (run.grouped ? `, drawn in ${Bench.count(run.groupCount)} groups of near-duplicates.` : ", drawn one by one.");
    for (const m of [0, 1]) part(`name-${SIDES[m]}`).textContent = titles[m];
  }

  function metricGroups(state) {
    const names = [...new Set(state.tiers)];
    const tiers = [...USUAL.filter((tier) => names.includes(tier)), ...names.filter((tier) => !USUAL.includes(tier))];
    const size = (tier) => {
      const classes = state.tiers.flatMap((name, c) => (name === tier ? [c] : []));
      return `${classes.length} classes, ${Bench.count(classes.reduce((all, c) => all + state.counts[0].support[c], 0))} rows`;
    };
    return [
      ["All classes", ["accuracy", "macro_f1", "weighted_f1", "zero_f1_classes"]],
      ["Probabilities", ["nll", "brier", "ece"]],
      ...tiers.map((tier) => [`${capital(tier)}: ${size(tier)}`, [`${tier}.macro_f1`, `${tier}.recall`]]),
    ];
  }

  function gapCell(difference, found, how) {
    const cell = element("td", { className: "bench-gap" }, `${Bench.difference(difference, how)} `);
    if (!found) return cell;
    if (found.low === found.high) cell.append(element("small", {}, "no resample differs"));
    else cell.append(together(Bench.interval(found.low, found.high, how)), " ", badge(found.verdict));
    return cell;
  }

  /** One line of the board; a line that says the same as before is kept, since a table is slow to lay out. */
  function boardRow(state, metric, before) {
    const how = Bench.kind(metric);
    const values = state.scores.map((scores) => scores[metric]);
    const found = state.result?.metrics[metric];
    const says = [metric, ...values, found?.low, found?.high].join();
    if (before?.dataset.says === says) return before;
    const row = element("tr", {}, element("th", { scope: "row" }, how.name),
      ...values.map((value) => element("td", { className: "bench-number" }, Bench.shown(value, how))), gapCell(values[0] - values[1], found, how));
    row.dataset.says = says;
    return row;
  }

  function board(state) {
    const body = part("board").tBodies[0];
    let at = 0;
    const put = (row) => {
      if (body.rows[at] !== row) body.rows[at] ? body.rows[at].replaceWith(row) : body.append(row);
      at++;
    };
    for (const [name, metrics] of metricGroups(state)) {
      const old = body.rows[at];
      const same = old?.className === "bench-group" && old.textContent === name;
      put(same ? old : element("tr", { className: "bench-group" }, element("th", { colSpan: 4, scope: "rowgroup" }, name)));
      for (const metric of metrics) put(boardRow(state, metric, body.rows[at]));
    }
    while (body.rows[at]) body.rows[at].remove();
  }

  function reliability(state, titles, sides) {
    for (const m of sides) {
      const side = SIDES[m];
      const { nll, brier, ece } = state.scores[m];
      const how = Bench.kind("ece");
      const temperature = state.temperatures[m].toFixed(2);
      const bins = Bench.reliability(state.rows[m]);
      const over = bins.filter((bin) => bin.high < bin.confidence).length;
      const words = `Reliability of ${titles[m]} at temperature ${temperature}: ECE ${Bench.shown(ece, how)}; ` +
        `in ${over} of ${bins.length} bins the interval of its accuracy lies below its confidence.`;
      part(`reliability-${side}`).replaceChildren(Bench.draw.reliability(bins, side, words));
      part(`calibration-${side}`).textContent = `ECE ${Bench.shown(ece, how)} · NLL ${Bench.shown(nll, how)} · Brier ${Bench.shown(brier, how)}`;
      slide(`temperature-${side}`, Math.log2(state.temperatures[m]), `T = ${temperature}`, `temperature ${temperature}`);
    }
  }

  function slide(name, value, shown, said) {
    const slider = part(name);
    slider.value = value;
    slider.setAttribute("aria-valuetext", said);
    part(name.replace("-", "-value-")).textContent = shown;
  }

  function gate(state) {
    const gates = state.rows.map((rows, m) => Bench.gate(rows, state.thresholds[m], state.costs));
    const words = gates.map((found, m) =>
      `${"AB"[m]} answers ${Bench.shown(found.coverage, PERCENT)} of the rows and is wrong in ${Bench.shown(found.risk, PERCENT)} of them`);
    part("gate-chart").replaceChildren(
      Bench.draw.riskCoverage(state.curves, gates, `Risk against coverage: ${words.join("; ")}.`, width("gate-chart")));
    gates.forEach((found, m) => {
      const side = SIDES[m];
      const everything = (1 - state.scores[m].accuracy) * state.costs.error;
      part(`gate-${side}`).replaceChildren(...[
        ["answered", Bench.shown(found.coverage, PERCENT)], ["wrong among these", Bench.shown(found.risk, PERCENT)],
        ["cost per complaint", found.cost.toFixed(2)], ["if it answered all", everything.toFixed(2)],
      ].flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
      const threshold = state.thresholds[m];
      const said = threshold > 1 ? "never" : threshold.toFixed(2);
      slide(`threshold-${side}`, Math.min(1, threshold), said, threshold > 1 ? "answers nothing" : `answers from confidence ${said}`);
    });
    for (const name of ["error", "review"]) slide(`cost-${name}`, state.costs[name], state.costs[name], `costs ${state.costs[name]}`);
  }

  function gateVerdict(estimate, found) {
    const how = { digits: 2 };
    if (!found) return part("gate-verdict").replaceChildren("…");
    const words = { better: "A costs less", worse: "B costs less", tie: "a tie" }[found.verdict];
    return part("gate-verdict").replaceChildren(`Cost per complaint, A − B: ${Bench.difference(estimate, how)} `,
      together(Bench.interval(found.low, found.high, how)), " ", badge(found.verdict, words));
  }

  const ORDERS = {
    train: (list) => (x, y) => list[y].train - list[x].train,
    gap: (list, a, b) => (x, y) => Math.abs(a[y] - b[y]) - Math.abs(a[x] - b[x]) || list[y].train - list[x].train,
    b: (list, a, b) => (x, y) => a[x] - b[x] - (a[y] - b[y]) || list[y].train - list[x].train,
  };

  function classes(state) {
    const { list } = state.runs[0];
    const [a, b] = state.each;
    const support = state.counts[0].support;
    const found = state.result?.each;
    const how = { digits: 3 };
    const order = list.map((_, c) => c).sort(ORDERS[state.order](list, a, b));
    part("classes").replaceChildren(...order.map((c) => {
      const gap = element("span", { className: "bench-class-gap" }, support[c] ? Bench.difference(a[c] - b[c], how) : "no test row");
      if (found && support[c] && found[c].verdict !== "tie") gap.append(" ", badge(found[c].verdict));
      const rows = `${Bench.count(list[c].train)} train, ${Bench.count(support[c])} test`;
      return element("li", {}, element("span", { className: "bench-class" }, list[c].label, element("small", {}, rows)),
        Bench.draw.dumbbell(a[c], b[c]), element("span", { className: "bench-class-values" }, `${a[c].toFixed(3)} · ${b[c].toFixed(3)}`), gap);
    }));
    if (!found) return part("classes-note").replaceChildren("…");
    const tested = list.filter((_, c) => support[c]).length;
    const sure = found.filter((item, c) => support[c] && item.verdict !== "tie").length;
    return part("classes-note").replaceChildren(
      `The interval leaves zero out for ${sure} of ${tested} classes. ` +
      `Of ${tested} comparisons at 95 % about ${Math.round(tested * 0.05)} would do so by chance, were the runs equally good.`);
  }

  function resampling(state) {
    const how = Bench.kind(state.metric);
    const found = state.result?.metrics[state.metric];
    if (!found) return part("verdict").replaceChildren("…");
    const estimate = state.scores[0][state.metric] - state.scores[1][state.metric];
    const sentence = { better: "A is better than B", worse: "A is worse than B", tie: "a tie: the interval holds zero" }[found.verdict];
    const quantity = `${how.name}, A − B: ${Bench.difference(estimate, how)}`;
    const interval = Bench.interval(found.low, found.high, how);
    part("verdict").replaceChildren(`${quantity} `, together(interval), " ", badge(found.verdict, sentence));
    return part("histogram").replaceChildren(Bench.draw.histogram(
      found.histogram, found, estimate, (value) => Bench.fixed(value, how),
      `Resampled differences. ${quantity} ${interval}: ${sentence}.`, width("histogram")));
  }

  /** Fill the two menus: every run for A, and for B those on the same data. */
  function menus(shelf, ids) {
    const option = (run) => element("option", { value: run.id, textContent: run.title });
    const data = [...new Set(shelf.all().map((run) => run.data))];
    const groups = data.map((name) =>
      element("optgroup", { label: name }, ...shelf.all().filter((run) => run.data === name).map(option)));
    part("run-a").replaceChildren(...groups);
    part("run-b").replaceChildren(...shelf.partners(ids[0]).map(option));
    SIDES.forEach((side, m) => { part(`run-${side}`).value = ids[m]; });
  }

  Bench.view = { part, element, facts, board, reliability, gate, gateVerdict, classes, resampling, menus };
})();
