"""Gating, slices, confusion: what a number means for a decision."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as sk_confusion

from pycode.errors import CourseError
from pycode.evaluate import confusion, selective, zero_f1_classes
from pycode.evaluate import slices as sl
from pycode.evaluate.selective import Costs


def gated(n=400, seed=0, levels=None):
    rng = np.random.default_rng(seed)
    c = rng.random(n) if levels is None else rng.integers(0, levels, n) / levels
    return c, rng.random(n) < c


@pytest.mark.parametrize("levels", [None, 7])
def test_risk_coverage_is_the_definition(levels):
    c, ok = gated(levels=levels)
    curve = selective.risk_coverage(c, ok)
    for t, coverage, risk in zip(curve.thresholds, curve.coverage, curve.risk):
        assert coverage == pytest.approx((c >= t).mean())
        assert risk == pytest.approx((~ok[c >= t]).mean())
    assert curve.coverage[-1] == 1.0
    assert curve.risk[-1] == pytest.approx((~ok).mean())
    area = np.mean([(~ok[c >= value]).mean() for value in c])
    assert curve.area == pytest.approx(area)


def test_order_of_rows_does_not_matter():
    c, ok = gated(levels=5)
    turned = selective.risk_coverage(c[::-1], ok[::-1])
    assert turned.area == pytest.approx(selective.risk_coverage(c, ok).area)


def test_perfect_ranking_has_the_closed_form_area():
    ok = np.arange(100) < 80
    area = selective.risk_coverage(-np.arange(100.0), ok).area
    assert area == pytest.approx(sum((k - 80) / k for k in range(81, 101)) / 100)


@pytest.mark.parametrize("costs", [Costs(10, 1), Costs(2, 1.9), Costs(1, 0.01), Costs(1, 5)])
def test_best_threshold_beats_every_other(costs):
    c, ok = gated(levels=20)
    best = selective.best_threshold(c, ok, costs)
    others = [selective.gate(c, ok, t, costs).cost for t in [*np.unique(c), np.inf]]
    assert best.cost == pytest.approx(min(others))
    assert best.cost <= min(best.cost_answer_all, best.cost_review_all)
    rows = selective.gate_cost_rows(c, ok, best.threshold, costs)
    assert rows.mean() == pytest.approx(best.cost)


def test_best_threshold_of_calibrated_confidences_is_chow():
    c, ok = gated(n=200_000, seed=3)
    costs = Costs(10, 2)
    assert selective.chow_threshold(costs) == pytest.approx(0.8)
    assert selective.best_threshold(c, ok, costs).threshold == pytest.approx(0.8, abs=0.02)


def test_coverage_at_risk():
    c, ok = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])
    assert selective.coverage_at_risk(c, ok, 0.0) == 0.5
    assert selective.coverage_at_risk(c, ok, 0.25) == 1.0
    assert selective.coverage_at_risk(c, ~ok, 0.0) == 0.0


def holm_by_definition(p):
    """Closed testing with Bonferroni: an adjusted p is the largest over all sets that hold it."""
    ids = range(len(p))
    sets = [s for k in range(1, len(p) + 1) for s in itertools.combinations(ids, k)]
    return [max(min(1, len(s) * min(p[j] for j in s)) for s in sets if i in s) for i in ids]


@pytest.mark.parametrize("p", [[0.01, 0.04, 0.03, 0.005], [0.6, 0.9], [0.02, 0.02, 0.02]])
def test_holm_is_closed_testing(p):
    assert sl.holm(p).tolist() == pytest.approx(holm_by_definition(p))


def sliced(n=1200):
    rng = np.random.default_rng(1)
    y = rng.integers(0, 4, n)
    hard = rng.random(n) < 0.3
    right = rng.random(n) < np.where(hard, 0.4, 0.8)
    masks = {"hard": hard, **{f"noise{i}": rng.random(n) < 0.5 for i in range(4)}}
    return y, np.where(right, y, (y + 1) % 4), masks


def test_slices_find_the_planted_one_and_no_other():
    y, p, masks = sliced()
    scores = sl.score_slices("accuracy", y, p, 4, masks, resamples=1000)
    assert {s.name: s.verdict for s in scores} == {
        "hard": "worse", "noise0": "tie", "noise1": "tie", "noise2": "tie", "noise3": "tie",
    }  # fmt: skip
    hard = scores[0]
    right = y == p
    assert hard.score.estimate == pytest.approx(right[masks["hard"]].mean())
    gap = right[masks["hard"]].mean() - right[~masks["hard"]].mean()
    assert hard.difference.estimate == pytest.approx(gap)
    error = np.sqrt(sum(right[m].var() / m.sum() for m in (masks["hard"], ~masks["hard"])))
    width = hard.difference.high - hard.difference.low
    assert width == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert "about 5 %. Different: hard." in sl.slices_note(scores)
    assert all(s.p_holm >= s.p for s in scores)


def test_a_slice_with_more_classes_of_zero_f1_is_worse():
    y, inside = np.repeat(np.arange(4), 200), np.arange(800) % 2 == 0
    guess = np.where(inside, 0, y)  # one class found inside, all four outside
    score = sl.score_slices("zero_f1_classes", y, guess, 4, {"bad": inside}, resamples=300)[0]
    assert (score.difference.estimate, score.verdict) == (3, "worse")
    assert score.p == pytest.approx(
        2 / 301
    )  # no resample on the other side, counted for both sides
    alike = sl.score_slices("zero_f1_classes", y, y, 4, {"same": inside}, resamples=300)[0]
    assert (alike.difference.estimate, alike.p, alike.verdict) == (0, 1, "tie")
    named = sl.score_slices(zero_f1_classes, y, guess, 4, {"bad": inside}, resamples=300)
    assert named == [score]


def test_slices_by_group_are_less_certain():
    y, p, masks = sliced(400)
    y4, p4 = np.repeat(y, 4), np.repeat(p, 4)
    masks4 = {"hard": np.repeat(masks["hard"], 4)}
    rows = sl.score_slices("accuracy", y4, p4, 4, masks4, resamples=800)[0]
    units = sl.score_slices("accuracy", y4, p4, 4, masks4, 800, groups=np.arange(1600) // 4)[0]
    width = [s.difference.high - s.difference.low for s in (units, rows)]
    assert width[0] / width[1] == pytest.approx(2, rel=0.15)


def test_confusion_matrix_agrees_with_scikit_learn():
    rng = np.random.default_rng(2)
    y, p = rng.integers(0, 6, 300), rng.integers(0, 7, 300)
    expected = sk_confusion(y, p, labels=range(8))
    assert (confusion.confusion_matrix(y, p, 8) == expected).all()


def test_errors_that_follow_size_have_lift_one():
    rng = np.random.default_rng(3)
    size = np.array([60, 30, 6, 4.0])
    y = rng.choice(4, 60_000, p=size / 100)
    others = size[None, :] * (1 - np.eye(4))
    p = (others / others.sum(axis=1, keepdims=True)).cumsum(axis=1)
    guess = (p[y] < rng.random((60_000, 1))).sum(axis=1)
    flows = confusion.error_flow(y, guess, 4, ["head", "head", "tail", "tail"], size)
    assert [f.lift for f in flows] == pytest.approx([1.0] * 4, rel=0.08)
    assert sum(f.share for f in flows if f.source == "tail") == pytest.approx(1.0)


def test_errors_against_the_base_rate_are_seen():
    y, guess = np.repeat([2, 3], 50), np.repeat([3, 2], 50)
    flows = confusion.error_flow(y, guess, 4, ["head", "head", "tail", "tail"], [80, 10, 5, 5])
    inside = next(f for f in flows if (f.source, f.target) == ("tail", "tail"))
    assert inside.share == 1.0
    assert inside.base == pytest.approx(5 / 95)
    assert inside.lift == pytest.approx(19.0)
    assert {f.source for f in flows} == {"tail"}
    nowhere = confusion.error_flow([0, 0], [1, 1], 2, ["a", "b"], [1, 0])[1]
    assert (nowhere.errors, nowhere.base, nowhere.lift) == (2, 0, np.inf)


def test_the_base_is_the_mean_over_errors_and_not_over_rows():
    y, guess = np.repeat([0, 1], [10, 2]), [0] * 7 + [1, 2, 3] + [1, 0]
    size, groups = np.array([8, 4, 2, 1]), np.array(["head", "head", "tail", "tail"])
    flow = confusion.error_flow(y, guess, 4, groups, size)[1]
    own = [size[t] for t, p in zip(y, guess) if t != p]
    assert (flow.source, flow.target, flow.errors) == ("head", "tail", 2)
    assert flow.base == pytest.approx(np.mean([(2 + 1) / (size.sum() - s) for s in own]))


def test_confused_pairs():
    y, guess = [0, 0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 2, 0, 1]
    pairs = confusion.confused_pairs(y, guess, 3, top=2)
    assert [(c.truth, c.predicted, c.rows, c.share) for c in pairs] == [
        (0, 1, 2, 0.4),
        (0, 2, 1, 0.2),
    ]
    assert pairs[0].lift == pytest.approx(0.4 / (3 / 7))
    assert confusion.confused_pairs([0, 1], [0, 1], 2) == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Costs(0, 1), "error > 0"),
        (lambda: selective.risk_coverage([0.5], [True, False]), "Rows do not match"),
        (lambda: selective.risk_coverage([np.nan], [True]), "finite"),
        (lambda: sl.holm([1.2]), "between 0 and 1"),
        (lambda: sl.score_slices("accuracy", [0] * 9, [0] * 9, 2, {"s": [1] * 9}), "true/false"),
        (
            lambda: sl.score_slices("accuracy", [0], [0], 2, {"s": [True]}),
            "0 rows or groups on one side",
        ),
        (lambda: confusion.error_flow([0], [0], 2, ["a"], [1, 1]), "each of the 2 classes"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, message):
    with pytest.raises(CourseError, match=message):
        call()
