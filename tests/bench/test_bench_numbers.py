"""The bench computes in the browser what `pycode.evaluate` computes in Python, from the same stored logits."""

import json

import numpy as np
import pytest

from pycode import evaluate
from pycode.evaluate import calibration, selective
from pycode.evaluate.temperature import fit_temperature
from pycode.runs import compare
from pycode.runs.bench import FILES, bench_runs
from pycode.runs.compare import difference_text
from pycode.runs.kinds import kind_of
from pycode.runs.outputs import read_outputs
from tests.bench.conftest import PAIR, done

pytestmark = pytest.mark.browser
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


@pytest.fixture(scope="module")
def stored(project):
    return [read_outputs(project.runs / run / "test.safetensors") for run in PAIR]


@pytest.fixture(scope="module")
def tiers(project):
    rows = json.loads((project.runs / PAIR[0] / "classes.json").read_text())
    return np.array([row["tier"] for row in rows])


def expected(outputs, tiers, temperature=1.0):
    y, z = outputs.labels, outputs.logits.astype(float) / temperature
    guess, n = outputs.predictions, outputs.n_classes
    scores = {
        "accuracy": evaluate.accuracy(y, guess, n),
        "macro_f1": evaluate.macro_f1(y, guess, n),
        "weighted_f1": evaluate.weighted_f1(y, guess, n),
        "zero_f1_classes": evaluate.zero_f1_classes(y, guess, n),
        "nll": calibration.nll(y, z),
        "brier": calibration.brier(y, z),
        "ece": calibration.ece(y, z),
    }
    for tier, score in evaluate.per_tier(y, guess, n, tiers).items():
        scores[f"{tier}.macro_f1"] = score.macro_f1
        scores[f"{tier}.recall"] = score.recall
    return scores


def test_every_score_is_that_of_pycode_evaluate(still, stored, tiers):
    shown = still.evaluate("Bench.state.scores")
    for outputs, found in zip(stored, shown):
        want = expected(outputs, tiers)
        assert found.keys() == want.keys()
        for name in want:
            np.testing.assert_allclose(found[name], want[name], **CLOSE, err_msg=name)


@pytest.mark.parametrize("temperature", [0.4, 1.7, 6.0])
def test_scores_at_other_temperatures_agree_too(still, stored, tiers, temperature):
    found = still.evaluate(
        "(t) => Bench.calibrationScores(Bench.rowScores(Bench.state.runs[1], Bench.state.guess[1], t))",
        temperature,
    )
    want = expected(stored[1], tiers, temperature)
    for name in ("nll", "brier", "ece"):
        np.testing.assert_allclose(found[name], want[name], **CLOSE)


def test_per_class_f1_and_reliability_agree(still, stored):
    for m, outputs in enumerate(stored):
        each = still.evaluate("(m) => Array.from(Bench.state.each[m])", m)
        want = evaluate.per_class_f1(outputs.labels, outputs.predictions, outputs.n_classes)
        np.testing.assert_allclose(each, want, **CLOSE)
        bars = still.evaluate("(m) => Bench.reliability(Bench.state.rows[m])", m)
        table = calibration.reliability_table(outputs.labels, outputs.logits)
        assert [bar["rows"] for bar in bars] == [row.rows for row in table]
        for name in ("confidence", "accuracy", "low", "high"):
            want = [getattr(row, name) for row in table]
            np.testing.assert_allclose([bar[name] for bar in bars], want, **CLOSE)


def test_temperature_fitted_on_validation_rows_is_the_same(bench, project):
    for m, (side, run) in enumerate(zip("ab", PAIR)):
        val = read_outputs(project.runs / run / "val.safetensors")
        want = fit_temperature(val.labels, val.logits).temperature
        bench.click(f"[data-bench=fit-{side}]")
        bench.wait_for_selector(f"[data-bench=temperature-value-{side}]:text('T = {want:.2f}')")
        found = bench.evaluate("(m) => Bench.state.temperatures[m]", m)
        assert found == pytest.approx(want, rel=1e-6)


def test_gate_and_its_cheapest_threshold_agree(bench, stored, project):
    costs = selective.Costs(error=10, review=2)
    bench.click("[data-bench=cheapest]")
    best = []
    for run in PAIR:
        val = read_outputs(project.runs / run / "val.safetensors")
        best.append(
            selective.best_threshold(
                *calibration.confidence(val.labels, val.logits), costs
            ).threshold
        )
    bench.wait_for_selector(f"[data-bench=threshold-value-a]:text('{best[0]:.2f}')")
    np.testing.assert_allclose(bench.evaluate("Bench.state.thresholds"), best, **CLOSE)
    for m, outputs in enumerate(stored):
        pair = calibration.confidence(outputs.labels, outputs.logits)
        for threshold in (0.0, 0.31, best[m], 1.0):
            found = bench.evaluate(
                "([m, t]) => Bench.gate(Bench.state.rows[m], t, Bench.state.costs)", [m, threshold]
            )
            want = selective.gate(*pair, threshold, costs)
            for name in ("coverage", "risk", "cost"):
                np.testing.assert_allclose(found[name], getattr(want, name), **CLOSE)
        curve = bench.evaluate(
            "(m) => Bench.riskCoverage(Bench.state.rows[m]).map((p) => [p.coverage, p.risk])", m
        )
        want = selective.risk_coverage(*pair)
        np.testing.assert_allclose(curve, np.stack([want.coverage, want.risk], axis=1), **CLOSE)


@pytest.mark.parametrize(
    "metric", ["accuracy", "macro_f1", "weighted_f1", "zero_f1_classes", "nll", "brier", "ece"]
)
def test_intervals_are_those_of_compare_up_to_the_chance_of_the_draws(still, metric, project):
    found = still.evaluate("(name) => Bench.state.result.metrics[name]", metric)
    want = compare(*PAIR, f"test.{metric}", project=project)
    # Of 10,000 draws an end of the interval varies by about 1 % of its width; 5 % is far outside of chance.
    slack = 0.05 * (want.high - want.low)
    assert found["low"] == pytest.approx(want.low, abs=slack)
    assert found["high"] == pytest.approx(want.high, abs=slack)
    assert found["verdict"] == want.verdict


def test_intervals_of_single_classes_agree(still, stored):
    from pycode.evaluate.bootstrap import paired_bootstrap
    from pycode.evaluate.count_metrics import class_metric

    a, b = stored
    found = still.evaluate("Bench.state.result.each")
    for c in np.argsort(-np.bincount(a.labels))[:3].tolist():
        want = paired_bootstrap(
            class_metric(c), a.labels, a.predictions, b.predictions, a.n_classes, groups=a.groups
        )
        slack = 0.05 * (want.high - want.low)
        assert [found[c]["low"], found[c]["high"]] == pytest.approx(
            [want.low, want.high], abs=slack
        )


def test_quantiles_are_numpy_s(still):
    values = np.sort(np.random.default_rng(3).normal(size=37))
    for q in (0.0, 0.025, 0.5, 0.975, 1.0):
        found = still.evaluate("([v, q]) => Bench.quantile(v, q)", [values.tolist(), q])
        assert found == pytest.approx(np.quantile(values, q), rel=1e-12)


def test_the_generator_is_uniform_and_repeats_with_its_seed(still):
    draw = "(seed) => { const next = Bench.generator(seed); return Array.from({length: 20000}, () => Math.floor(next() * 50)); }"
    one, two, other = (still.evaluate(draw, seed) for seed in (0, 0, 1))
    assert one == two and one != other
    from scipy.stats import chisquare

    assert chisquare(np.bincount(one, minlength=50)).pvalue > 1e-3


def test_every_half_precision_number_is_decoded(still):
    bits = np.arange(65536, dtype=np.uint16)
    want = bits.view(np.float16).astype(np.float64)
    file = """(bits) => { const head = new TextEncoder().encode(JSON.stringify(
        {x: {dtype: "F16", shape: [65536], data_offsets: [0, 131072]}}));
      const bytes = new Uint8Array(8 + head.length + 131072);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
      bytes.set(head, 8); bytes.set(new Uint8Array(Uint16Array.from(bits).buffer), 8 + head.length);
      return Array.from(Bench.parse(bytes.buffer).x.data, (v) => Number.isFinite(v) ? v : null); }"""
    found = still.evaluate(file, bits.tolist())
    np.testing.assert_array_equal(np.array([np.nan if v is None else v for v in found]),
                                  np.where(np.isfinite(want), want, np.nan))  # fmt: skip


def test_rows_in_another_order_are_aligned_and_other_rows_refused(still):
    words = still.evaluate("""() => { const run = Bench.state.runs[0]; const n = run.n, C = run.classes;
      const back = {...run, rows: run.rows.slice().reverse(), labels: run.labels.slice().reverse(), logits: new Float32Array(n * C)};
      for (let i = 0; i < n; i++) back.logits.set(run.logits.subarray((n - 1 - i) * C, (n - i) * C), i * C);
      const again = Bench.align(run, back);
      const same = again.logits.every((v, i) => v === run.logits[i]) && again.labels.every((v, i) => v === run.labels[i]);
      const tell = (other) => { try { Bench.align(run, other); return ""; } catch (error) { return error.message; } };
      return [String(same), tell({...run, rows: run.rows.map((r) => r + "x")}), tell({...run, classes: 3}),
              tell({...run, labels: run.labels.map((v, i) => i ? v : v + 1)})]; }""")
    assert words[0] == "true"
    assert "different rows" in words[1] and "3" in words[2] and "label map" in words[3]


@pytest.mark.parametrize(
    "data",
    ["", "12", "\x10\0\0\0\0\0\0\0{nonsense", "\x02\0\0\0\0\0\0\0{}", "\xff\xff\xff\xff\0\0\0\0{}"],
)
def test_a_file_that_is_no_run_gets_a_sentence(still, data):
    tell = """(text) => { try { Bench.outputs(Uint8Array.from(text, (c) => c.charCodeAt(0)).buffer); return ""; }
      catch (error) { return error.message; } }"""
    assert "file" in still.evaluate(tell, data).lower()


def test_every_run_that_is_offered_has_its_files_in_the_site(project):
    from pycode.site.render.config import load_config

    resources = set(load_config(project).resources())
    runs = bench_runs(project).runs
    assert len(runs) > 3
    for run in runs:
        for name in FILES[1:]:
            assert f"runs/{run.id}/{name}" in resources, (
                f"{run.id}/{name}: add it to `resources` in _quarto.yml"
            )


def test_runs_on_data_of_their_own_and_unrecorded_ones_are_not_offered(project):
    ids = {run.id for run in bench_runs(project).runs}
    assert not [item for item in ids if "twin" in item]  # made-up rows decide nothing
    assert "text-audit-cfpb8k" not in ids  # it stored none


def test_runs_too_large_for_a_phone_are_not_offered(project, monkeypatch):
    largest = max(
        (project.runs / run.id / FILES[2]).stat().st_size for run in bench_runs(project).runs
    )
    monkeypatch.setattr("pycode.runs.bench.LARGEST", largest - 1)
    left = [(project.runs / run.id / FILES[2]).stat().st_size for run in bench_runs(project).runs]
    assert left and max(left) < largest


def test_another_pair_shows_its_own_numbers(bench, project):
    bench.select_option("[data-bench=run-b]", "tfidf-cfpb8k")
    done(bench)
    row = bench.locator("[data-bench=board] tr", has_text="Macro-F1").first.inner_text()
    want = compare(PAIR[0], "tfidf-cfpb8k", "test.macro_f1", project=project)
    assert f"{want.difference:+.3f}" in row and want.verdict in row


@pytest.mark.parametrize("metric", ["macro_f1", "accuracy"])
@pytest.mark.parametrize(
    "ends", [(0.000133, 0.0553), (-0.0001, 0.00046), (0.0, 5.6e-17), (-0.0553, -0.00004)]
)
def test_bounds_near_zero_are_written_as_on_the_pages(still, metric, ends):
    low, high = ends
    text = difference_text(0.0, low, high, kind_of(metric, None, "here"), "tie")
    shown = still.evaluate(f"Bench.interval({low}, {high}, Bench.kind('{metric}'))")
    assert shown in text
