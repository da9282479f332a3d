// The bench: two runs side by side, computed here from what they stored. Nothing leaves the reader's machine.
(() => {
  const Bench = self.Bench;
  const root = document.getElementById("bench");
  const view = Bench?.view;
  if (!root || !view) return;
  const here = document.currentScript.src;
  const { part } = view;
  const RESAMPLES = 10000;
  const known = JSON.parse(document.getElementById("bench-runs").textContent);
  const shelf = Bench.library(known, new URL("../../../runs/", here).href);
  const state = {
    ids: [], runs: [], guess: [], counts: [], tiers: [], rows: [], curves: [], scores: [], each: [], result: null,
    temperatures: [1, 1], thresholds: [0.5, 0.5], costs: { error: 10, review: 2 }, metric: "macro_f1", order: "train",
  };
  let newest = 0; // the last question asked; answers to older ones are dropped
  let newestGate = 0;

  function startingPair() {
    const asked = new URLSearchParams(location.search);
    const [a, b] = ["a", "b"].map((side) => known.find((run) => run.id === asked.get(side)));
    return a && b && a.data === b.data && a.id !== b.id ? [a.id, b.id] : JSON.parse(root.dataset.start);
  }

  const titles = () => state.ids.map((id) => shelf.entry(id).title);

  function say(words) {
    part("status").textContent = words;
    part("status").hidden = !words;
  }

  // ---- the place on the page

  const panels = [...document.querySelectorAll(".bench-panel")];
  const open = () => { for (const panel of panels) panel.hidden = false; };

  // What comes in above a section that a link named would push it away: until the reader moves, it stays in view.
  let moved = false;
  for (const name of ["pointerdown", "wheel", "keydown", "touchstart"]) addEventListener(name, () => { moved = true; }, { once: true, passive: true });
  function stay() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && !moved) target.scrollIntoView({ behavior: "instant" });
  }

  // ---- computing

  async function show() {
    const turn = ++newest;
    root.dataset.state = "loading";
    try {
      const [a, b] = await Promise.all(state.ids.map(shelf.load));
      if (turn !== newest) return;
      state.runs = [a, Bench.align(a, b)];
      state.guess = state.runs.map(Bench.predictions);
      state.counts = state.runs.map((run, m) => Bench.counts(run.labels, state.guess[m], run.classes));
      state.each = state.counts.map(Bench.perClass);
      state.tiers = a.list.map((item) => item.tier);
      say("");
      open();
      view.facts(state, titles(), shelf.entry(state.ids[0]).data);
      recompute([0, 1]);
    } catch (error) {
      root.dataset.state = "failed";
      say(error.message);
    }
  }

  /** What depends on the temperatures of these sides; the resampling follows in the worker. */
  function recompute(sides) {
    for (const m of sides) {
      state.rows[m] = Bench.rowScores(state.runs[m], state.guess[m], state.temperatures[m]);
      state.curves[m] = Bench.riskCoverage(state.rows[m]);
      state.scores[m] = {
        ...Bench.countScores(state.counts[m]), ...Bench.calibrationScores(state.rows[m]), ...Bench.tierScores(state.counts[m], state.tiers),
      };
    }
    state.result = null;
    root.dataset.state = "resampling";
    view.board(state);
    view.reliability(state, titles(), sides);
    view.gate(state);
    if (sides.length > 1) view.classes(state);
    stay();
    later("resample", resample, sides.length > 1 ? 0 : 250);
  }

  const timers = {};
  function later(name, action, wait) {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(action, wait);
  }

  // ---- resampling, in a worker; from disk, where none may start, here in slices

  let worker = null;
  let jobs = 0;
  const waiting = new Map();

  function startWorker() {
    worker?.terminate();
    waiting.clear();
    if (shelf.disk) return;
    worker = new Worker(new URL("worker.js", here));
    worker.onmessage = ({ data }) => hear(data);
  }

  function ask(job, pair, progress) {
    const message = { turn: ++jobs, job, pair, resamples: RESAMPLES, seed: 0 };
    return new Promise((resolve) => {
      waiting.set(message.turn, { resolve, progress });
      if (worker) worker.postMessage(message);
      else Bench.answer(message, hear, (next) => setTimeout(next));
    });
  }

  function hear({ turn, share, result }) {
    const job = waiting.get(turn);
    if (result) waiting.delete(turn);
    if (result) job?.resolve(result);
    else job?.progress?.(share);
  }

  const rowsOnly = ({ n, classes, labels, groups, groupCount }) => ({ n, classes, labels, groups, groupCount });

  async function resample() {
    const turn = ++newest;
    startWorker();
    costs();
    const pair = { run: rowsOnly(state.runs[0]), tiers: state.tiers, guess: state.guess, rows: state.rows };
    const result = await ask("metrics", pair, (share) => {
      part("progress").textContent = `Resampling: ${Math.round(share * 100)} %`;
    });
    if (turn !== newest) return;
    state.result = result;
    part("progress").textContent = `${Bench.count(RESAMPLES)} resamples, in pairs, seed 0.`;
    root.dataset.state = "done";
    view.board(state);
    view.classes(state);
    view.resampling(state);
    stay();
  }

  async function costs() {
    const turn = ++newestGate;
    const { error, review } = state.costs;
    const cost = ({ confidence, right }, threshold) => confidence.map((value, i) => (value < threshold ? review : right[i] ? 0 : error));
    const [a, b] = state.rows.map((rows, m) => cost(rows, state.thresholds[m]));
    const values = a.map((value, i) => value - b[i]);
    view.gateVerdict();
    const found = await ask("mean", { run: rowsOnly(state.runs[0]), values });
    if (turn === newestGate) view.gateVerdict(values.reduce((all, value) => all + value, 0) / values.length, found);
  }

  // ---- what the reader does

  function choose(a, b) {
    const fitting = shelf.partners(a).map((run) => run.id);
    if (!fitting.length) return say(`There is no other run on ${shelf.entry(a).data}: bring a second one.`);
    state.ids = [a, fitting.includes(b) ? b : fitting[0]];
    state.temperatures = [1, 1];
    state.thresholds = [0.5, 0.5];
    root.querySelector(".bench-pick").hidden = false;
    view.menus(shelf, state.ids);
    if (!state.ids.some(shelf.isOwn)) {
      history.replaceState(null, "", `?a=${state.ids[0]}&b=${state.ids[1]}`);
    }
    return show();
  }

  /** One redraw a frame, however fast a slider sends. */
  function onSlide(name, action) {
    let frame = 0;
    part(name).addEventListener("input", (event) => {
      const value = Number(event.target.value);
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => action(value));
    });
  }

  function setTemperature(m, value) {
    state.temperatures[m] = value;
    recompute([m]);
  }

  function setGate(change) {
    Object.assign(state, change);
    view.gate(state);
    later("gate", costs, 150);
  }

  async function validation(m) {
    const run = state.runs[m];
    if (!run.validation) {
      const rows = Bench.outputs(await run.val());
      run.validation = { run: rows, guess: Bench.predictions(rows) };
    }
    return run.validation;
  }

  async function onValidation(action) {
    try {
      await action();
      say("");
    } catch (error) {
      say(`The validation rows of this run could not be read: ${error.message}`);
    }
  }

  const fit = async (m) => setTemperature(m, Bench.fitTemperature((await validation(m)).run));

  async function cheapest() {
    const found = await Promise.all([0, 1].map(validation));
    const best = ({ run, guess }, m) => Bench.bestThreshold(Bench.rowScores(run, guess, state.temperatures[m]), state.costs);
    setGate({ thresholds: found.map(best) });
  }

  async function bring(files) {
    try {
      const ids = await shelf.bring(files);
      const id = ids[0];
      const others = shelf.partners(id);
      if (!others.length) {
        const strangers = ids.length > 1 ? `, and the other file is on ${shelf.entry(ids[1]).data}` : "";
        return say(`Read. There is no run on ${shelf.entry(id).data} to set beside it yet${strangers}: bring a second one.`);
      }
      const best = [ids[1], ...others.map((run) => run.id).filter(shelf.isOwn), state.ids[1], others[0].id];
      return choose(id, best.find((other) => others.some((run) => run.id === other)));
    } catch (error) {
      return say(`These files could not be read: ${error.message}.`);
    }
  }

  function listen() {
    part("run-a").addEventListener("change", ({ target }) => choose(target.value, state.ids[target.value === state.ids[1] ? 0 : 1]));
    part("run-b").addEventListener("change", ({ target }) => choose(state.ids[0], target.value));
    part("swap").addEventListener("click", () => choose(state.ids[1], state.ids[0]));
    part("own").addEventListener("change", ({ target }) => bring(target.files));
    part("order").addEventListener("change", ({ target }) => { state.order = target.value; view.classes(state); });
    part("metric").addEventListener("change", ({ target }) => { state.metric = target.value; view.resampling(state); });
    part("cheapest").addEventListener("click", () => onValidation(cheapest));
    ["a", "b"].forEach((side, m) => {
      onSlide(`temperature-${side}`, (value) => setTemperature(m, 2 ** value));
      onSlide(`threshold-${side}`, (value) => setGate({ thresholds: state.thresholds.map((old, i) => (i === m ? value : old)) }));
      part(`fit-${side}`).addEventListener("click", () => onValidation(() => fit(m)));
      part(`reset-${side}`).addEventListener("click", () => setTemperature(m, 1));
    });
    for (const name of ["error", "review"]) onSlide(`cost-${name}`, (value) => setGate({ costs: { ...state.costs, [name]: value } }));
    let across = innerWidth;
    addEventListener("resize", () => later("resize", () => {
      if (innerWidth === across || !state.rows.length) return;
      across = innerWidth;
      view.gate(state);
      view.resampling(state);
    }, 200));
  }

  function start() {
    const metrics = Object.entries(Bench.METRICS).map(([value, { name }]) => view.element("option", { value, textContent: name }));
    part("metric").replaceChildren(...metrics);
    part("metric").value = state.metric;
    root.hidden = false;
    listen();
    Bench.state = state; // for the reader's console
    if (shelf.disk) return fromDisk();
    open();
    state.ids = startingPair();
    view.menus(shelf, state.ids);
    return show();
  }

  /** Nothing can be set side by side before the reader has chosen files: only the field for them is shown. */
  function fromDisk() {
    root.dataset.state = "failed";
    root.querySelector(".bench-pick").hidden = true;
    for (const panel of panels) panel.hidden = !panel.contains(part("own"));
    say("From disk a browser may not open files by itself. Choose the four files of a folder in runs/ at the end of this page, under “Your own run”, then those of a second folder.");
  }

  if (known.length > 1) start();
})();
