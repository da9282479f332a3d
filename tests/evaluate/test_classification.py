import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from pycode.errors import CourseError
from pycode.evaluate import classification as cls


def table(seed, n=400, c=12):
    rng = np.random.default_rng(seed)
    p = 1 / np.arange(1, c + 1) ** 2
    return rng.choice(c - 1, n, p=p[:-1] / p[:-1].sum()), rng.choice(c, n, p=p / p.sum())


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_scikit_learn_over_the_fixed_class_list(seed):
    y, p = table(seed)
    c = 15
    f1 = {
        a: metrics.f1_score(y, p, labels=range(c), average=a, zero_division=0)
        for a in ("macro", "weighted")
    }
    assert cls.accuracy(y, p, c) == pytest.approx(metrics.accuracy_score(y, p), abs=1e-12)
    assert cls.macro_f1(y, p, c) == pytest.approx(f1["macro"], abs=1e-12)
    assert cls.weighted_f1(y, p, c) == pytest.approx(f1["weighted"], abs=1e-12)
    reference = metrics.precision_recall_fscore_support(y, p, labels=range(c), zero_division=0)
    np.testing.assert_allclose(cls.per_class_precision(y, p, c), reference[0])
    np.testing.assert_allclose(cls.per_class_recall(y, p, c), reference[1])
    np.testing.assert_allclose(cls.per_class_f1(y, p, c), reference[2])
    assert cls.zero_f1_classes(y, p, c) == int((reference[2] == 0).sum())
    present = (reference[2] == 0) & (reference[3] > 0)
    assert cls.zero_f1_classes(y, p, c, present_only=True) == int(present.sum())


def test_absent_classes_stay_in_the_average():
    assert cls.macro_f1([0, 1], [0, 1], 4) == 0.5
    assert metrics.f1_score([0, 1], [0, 1], average="macro") == 1.0


def test_majority_closed_form():
    y = np.repeat([0, 1, 2], [70, 20, 10])
    p = np.zeros(100, int)
    assert cls.macro_f1(y, p, 3) == pytest.approx(2 * 0.7 / 1.7 / 3)
    assert cls.weighted_f1(y, p, 3) == pytest.approx(0.7 * 2 * 0.7 / 1.7)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60))
def test_any_rows_agree_with_scikit_learn(pairs):
    y, p = map(list, zip(*pairs))
    assert cls.macro_f1(y, p, 6) == pytest.approx(
        metrics.f1_score(y, p, labels=range(6), average="macro", zero_division=0)
    )


@pytest.mark.parametrize("k", [1, 2, 5])
def test_top_k_agrees_with_scikit_learn(k):
    rng = np.random.default_rng(k)
    scores, y = rng.normal(size=(300, 8)), rng.integers(0, 8, 300)
    assert cls.top_k_accuracy(y, scores, k) == metrics.top_k_accuracy_score(
        y, scores, k=k, labels=range(8)
    )


def test_top_1_is_accuracy_with_equal_scores():
    rng = np.random.default_rng(3)
    scores, y = rng.integers(0, 2, size=(200, 5)).astype(float), rng.integers(0, 5, 200)
    assert cls.top_k_accuracy(y, scores, 1) == cls.accuracy(y, scores.argmax(axis=1), 5)
    assert cls.top_k_accuracy(y, scores, 5) == 1.0


def test_tiers_split_the_classes_and_the_rows():
    y, p = table(7)
    c = 12
    tiers = np.array(["head"] * 3 + ["mid"] * 4 + ["tail"] * 5)
    scores = cls.per_tier(y, p, c, tiers)
    assert list(scores) == ["head", "mid", "tail"]
    assert sum(s.rows for s in scores.values()) == len(y)
    assert sum(s.zero_f1_classes for s in scores.values()) == cls.zero_f1_classes(y, p, c)
    whole = sum(s.macro_f1 * s.classes for s in scores.values()) / c
    assert whole == pytest.approx(cls.macro_f1(y, p, c))
    head = metrics.f1_score(y, p, labels=range(3), average="macro", zero_division=0)
    assert scores["head"].macro_f1 == pytest.approx(head)
    inside = y < 3
    assert scores["head"].recall == pytest.approx((y == p)[inside].mean())


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([0, 3], [0, 1], "class 3; the class list allows 0 to 2"),
        ([0, 1], [0, -1], "predictions hold class -1"),
        ([0, 1], [0], "labels has 2, predictions has 1"),
        ([], [], "non-empty"),
        ([0.5, 1], [0, 1], "whole class ids"),
        (["a"], [0], "whole class ids"),
        ([[0]], [0], "shape"),
    ],
)
def test_bad_labels_are_named(labels, predictions, message):
    with pytest.raises(CourseError, match=message):
        cls.macro_f1(labels, predictions, 3)


def test_bad_scores_tiers_and_k_are_named():
    with pytest.raises(CourseError, match="first: row 1"):
        cls.top_k_accuracy([0, 1], [[1, 2], [np.nan, 0]], 1)
    with pytest.raises(CourseError, match="k between 1 and 2"):
        cls.top_k_accuracy([0], [[1, 2]], 3)
    with pytest.raises(CourseError, match="each of the 3 classes"):
        cls.per_tier([0], [0], 3, ["head", "tail"])
