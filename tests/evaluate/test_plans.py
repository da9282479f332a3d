"""Seed, level, groups and resamples reach every interval; a wrapper that drops one is seen."""

import numpy as np
import pytest
from scipy import stats

from pycode.evaluate import calibration, proportions, selective
from pycode.evaluate import slices as sl
from pycode.evaluate.bootstrap import bootstrap_mean, bootstrap_rows
from pycode.evaluate.confusion import error_flow
from pycode.evaluate.intervals import Interval
from pycode.evaluate.noise import ece_floor
from pycode.evaluate.scores import score, score_difference
from pycode.evaluate.seeds import seed_interval
from pycode.evaluate.verdict import verdict

RNG = np.random.default_rng(5)
N = 300
Y = RNG.integers(0, 4, N)
A = RNG.normal(size=(N, 4)) + 1.2 * np.eye(4)[Y]
B = RNG.normal(size=(N, 4)) + 0.8 * np.eye(4)[Y]
COPIES = 4  # each row four times: a bootstrap over the groups is twice as wide as one over rows
Y4, A4, B4 = (np.repeat(v, COPIES, axis=0) for v in (Y, A, B))
GROUPS = np.repeat(np.arange(N), COPIES)


def width(interval):
    return interval.high - interval.low


def one(name, **plan):
    return score([name], Y4, A4, resamples=600, **plan)[name]


def gap(name, **plan):
    return score_difference(name, Y4, A4, B4, resamples=600, **plan)


NAMES = ["accuracy", "macro_f1", "nll", "brier", "ece", "ece_mass"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("call", [one, gap])
def test_score_passes_its_plan_on(name, call):
    plain = call(name)
    assert call(name) == plain
    assert call(name, seed=1) != plain
    assert width(call(name, groups=GROUPS)) / width(plain) == pytest.approx(2, rel=0.25)
    assert width(call(name, level=0.5)) < 0.5 * width(plain)
    assert call(name, level=0.5).level == 0.5


def test_bootstrap_mean_passes_its_plan_on():
    plain = bootstrap_mean(A4[:, 0], 600)
    assert bootstrap_mean(A4[:, 0], 600, seed=1) != plain
    assert width(bootstrap_mean(A4[:, 0], 600, groups=GROUPS)) > 1.6 * width(plain)
    assert width(bootstrap_mean(A4[:, 0], 600, level=0.5)) < 0.5 * width(plain)


def test_general_path_passes_its_plan_on():
    def mean(rows):
        return float(A4[rows, 0].mean())

    plain = bootstrap_rows(mean, len(A4), 300)
    assert bootstrap_rows(mean, len(A4), 300, seed=1) != plain
    assert width(bootstrap_rows(mean, len(A4), 300, level=0.5)) < 0.5 * width(plain)


@pytest.mark.parametrize("name", ["nll", "ece"])
def test_groups_of_unequal_size_weigh_as_many_rows_as_they_hold(name):
    """Brute force: whole groups are drawn, their rows put one after the other, and the metric taken."""
    groups = RNG.permutation(np.repeat(np.arange(40), RNG.integers(1, 30, 40))[:N])
    metric = getattr(calibration, name)
    gap = bootstrap_rows(lambda r: metric(Y[r], A[r]) - metric(Y[r], B[r]), N, 600, 1, groups)
    found = score_difference(name, Y, A, B, resamples=4000, groups=groups)
    assert found.estimate == pytest.approx(gap.estimate)
    assert (found.low, found.high) == pytest.approx((gap.low, gap.high), abs=0.15 * width(gap))
    alone = score([name], Y, A, resamples=4000, groups=groups)[name]
    brute = bootstrap_rows(lambda r: metric(Y[r], A[r]), N, 600, 1, groups)
    assert alone.bias == pytest.approx(brute.bias, abs=0.1 * width(brute))


@pytest.mark.parametrize("part", ["score", "difference"])
def test_slices_pass_their_plan_on(part):
    mask, guess = np.repeat(np.arange(N) % 2 == 0, COPIES), A4.argmax(axis=1)

    def one_slice(**plan):
        found = sl.score_slices("accuracy", Y4, guess, 4, {"s": mask}, 400, **plan)
        return getattr(found[0], part)

    plain = one_slice()
    assert one_slice(seed=1) != plain
    assert width(one_slice(groups=GROUPS)) / width(plain) == pytest.approx(2, rel=0.25)
    assert width(one_slice(level=0.5)) < 0.5 * width(plain)


def test_gate_says_what_is_answered_and_how_often_it_is_wrong():
    c, ok = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    found = selective.gate(c, ok, 0.7, selective.Costs(10, 1))
    assert (found.coverage, found.risk) == (0.75, pytest.approx(1 / 3))
    assert (found.cost, found.cost_answer_all, found.cost_review_all) == (2.75, 5.0, 1.0)
    assert selective.gate(c, ok, np.inf, selective.Costs(10, 1)).risk == 0.0  # none to be wrong


def test_best_threshold_takes_the_widest_of_equal_cost():
    c, ok = np.array([0.9, 0.8, 0.7]), np.array([True, False, True])
    assert selective.best_threshold(c, ok, selective.Costs(2, 1)).threshold == 0.7


def test_rounding_does_not_choose_among_equal_costs():
    """Whole costs of whole rows, added up exactly: of equal sums the lowest threshold is taken."""
    rng = np.random.default_rng(0)
    for _ in range(100):
        c, (error, review) = rng.integers(0, 10, 30) / 10, map(int, rng.integers(1, 6, 2))
        ok = rng.random(30) < c
        sums = {t: error * (~ok & (c >= t)).sum() + review * (c < t).sum() for t in [*c, np.inf]}
        widest = min(t for t, cost in sums.items() if cost == min(sums.values()))
        found = selective.best_threshold(c, ok, selective.Costs(error, review))
        assert found.threshold == widest


def test_fisher_agrees_with_scipy():
    rng = np.random.default_rng(0)
    for _ in range(200):
        rows = rng.integers(1, 60, 2)
        hits = rng.integers(0, rows + 1)
        table = [[hits[0], rows[0] - hits[0]], [hits[1], rows[1] - hits[1]]]
        found = proportions.fisher_exact(*map(int, (hits[0], rows[0], hits[1], rows[1])))
        assert found == pytest.approx(stats.fisher_exact(table).pvalue, abs=1e-9)


@pytest.mark.parametrize(("rows", "accuracy"), [(5, 0.8), (20, 0.95)])
def test_a_small_slice_without_errors_is_no_finding(rows, accuracy):
    """Rows of equal accuracy inside and outside: about 5 in 100 may be called different."""
    rng = np.random.default_rng(1)
    mask, y = np.arange(600) < rows, np.zeros(600, int)
    found = 0
    for _ in range(60):
        guess = (rng.random(600) > accuracy).astype(int)
        scored = sl.score_slices("accuracy", y, guess, 2, {"s": mask}, resamples=200)
        found += scored[0].verdict != "tie"
    assert found <= 8  # the bootstrap's own p-value gives about 17


def test_p_is_the_larger_of_bootstrap_and_fisher():
    def p(inside, outside, copies):
        """The p-value and Fisher's, for shares (right, all) of groups of so many rows alike."""
        right = np.repeat(np.concatenate([np.arange(n) < k for k, n in (inside, outside)]), copies)
        mask = np.arange(len(right)) < inside[1] * copies
        groups = np.arange(len(right)) // copies
        found = sl.score_slices(
            "accuracy", np.zeros(len(right), int), (~right).astype(int), 2, {"s": mask}, 1000,
            groups=groups,
        )  # fmt: skip
        table = [[right[m].sum(), (~right[m]).sum()] for m in (mask, ~mask)]
        return found[0].p, stats.fisher_exact(table).pvalue

    found, fisher = p((6, 6), (24, 30), 1)  # no resample of the slice holds an error
    assert found == pytest.approx(fisher)
    found, fisher = p((8, 10), (15, 30), 10)  # a hundred rows, but ten independent ones
    assert fisher < 1e-5
    assert found > 0.02


def test_a_finding_needs_the_corrected_p_below_five_percent():
    rows = [
        sl.SliceScore("a", 9, *[Interval(1, 0, 2, 9, 0.95)] * 2, p, p, "tie") for p in (0.04, 0.9)
    ]
    assert [s.verdict for s in sl._with_holm(rows, True, 0.95)] == ["tie", "tie"]
    alone = sl._with_holm(rows[:1], True, 0.95)
    assert alone[0].verdict == "better" and "Different: a." in sl.slices_note(alone)
    assert [s.verdict for s in sl._with_holm(rows[:1], True, 0.99)] == ["tie"]


def test_resamples_that_miss_a_slice_are_left_out():
    """All right inside, all wrong outside: every resample that draws both sides has gap 1."""
    y, inside = np.zeros(50, int), np.arange(50) < 5
    found = sl.score_slices("accuracy", y, (~inside).astype(int), 2, {"s": inside}, 2000)[0]
    assert (found.difference.low, found.difference.high) == (1.0, 1.0)
    assert 1950 < found.difference.resamples < 2000  # (1 - 0.1)^50 of them miss it
    assert found.verdict == "better"


def test_bounds_of_error_flow_and_reliability_are_wilson():
    flow = error_flow([0, 0, 0, 1], [1, 2, 0, 1], 3, ["a", "a", "b"], [1, 1, 1])[0]
    assert (flow.low, flow.high) == proportions.wilson(1, 2)
    rows = calibration.reliability_table(Y, A, 5)
    inner = np.linspace(0, 1, 6)
    for row in rows:
        assert (row.low, row.high) == proportions.wilson(round(row.accuracy * row.rows), row.rows)
        assert row.lower_edge == pytest.approx(inner[np.searchsorted(inner, row.confidence) - 1])
        assert row.upper_edge == pytest.approx(inner[np.searchsorted(inner, row.confidence)])


def test_a_group_of_one_class_has_no_lift_of_its_own():
    flow = error_flow([0, 1], [1, 0], 2, ["a", "b"], [1, 1])[0]
    assert (flow.source, flow.target, flow.errors) == ("a", "a", 0)
    assert np.isnan(flow.lift)


def test_ece_floor_is_the_central_95_percent_of_its_seed():
    p = np.full(200, 0.7)
    floor = ece_floor(p, simulations=4000, seed=3)
    exact = np.abs(np.arange(201) / 200 - 0.7)
    share = stats.binom.pmf(np.arange(201), 200, 0.7)
    for bound, level in ((floor.low, 0.025), (floor.high, 0.975)):
        assert share[exact <= bound + 1e-9].sum() >= level - 0.02
        assert share[exact < bound - 1e-9].sum() <= level + 0.02
    assert ece_floor(p, simulations=50, seed=4).mean != ece_floor(p, simulations=50, seed=3).mean


def test_verdict_margin_counts_on_both_sides():
    assert verdict(Interval(-2, -3, -1, 9, 0.95), margin=0.9) == "worse"
    assert verdict(Interval(-2, -3, -1, 9, 0.95), margin=1.1) == "tie"


def test_levels_and_power_reach_the_designs():
    values = [0.1, 0.4, 0.3]
    low, high = stats.t.interval(0.8, 2, np.mean(values), stats.sem(values))
    found = seed_interval(values, 0.8)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    for level, power in ((0.95, 0.8), (0.9, 0.6)):
        d = proportions.minimum_detectable_difference(900, 0.2, level, power)
        z = stats.norm.ppf((1 + level) / 2)
        reached = stats.norm.cdf((30 * d - z * 0.2**0.5) / (0.2 - d * d) ** 0.5)
        assert reached == pytest.approx(power, abs=1e-6)
        normal = Interval(0, -1, 1, 0, level)
        assert proportions.detectable_from(normal, power) == pytest.approx(
            (z + stats.norm.ppf(power)) / z
        )
