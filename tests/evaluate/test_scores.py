import numpy as np
import pytest

from pycode.errors import CourseError
from pycode.evaluate import calibration, classification
from pycode.evaluate.scores import NAMES, score, score_difference

C = 6
TIERS = ["head", "head", "mid", "mid", "tail", "tail"]
ALL = [*NAMES, "tail.macro_f1", "head.recall", "mid.zero_f1_classes"]


@pytest.fixture(scope="module")
def models():
    rng = np.random.default_rng(0)
    y = rng.integers(0, C, 300)
    a, b = rng.normal(size=(300, C)) + 2 * np.eye(C)[y], rng.normal(size=(300, C)) + np.eye(C)[y]
    a[:150] *= 4  # too sure here and too unsure there: ECE depends on the bins
    a[:, 3] -= 99  # a class of the middle that is never found
    return y, a, b


def plain(name, y, z):
    p = z.argmax(axis=1)
    if "." in name:
        tier, metric = name.split(".")
        return getattr(classification.per_tier(y, p, C, TIERS)[tier], metric)
    if hasattr(classification, name):
        return getattr(classification, name)(y, p, C)
    return (
        calibration.ece(y, z, scheme="mass")
        if name == "ece_mass"
        else getattr(calibration, name)(y, z)
    )


def test_every_name_is_its_metric_with_an_interval_around_it(models):
    y, a, _ = models
    found = score(ALL, y, a, TIERS, resamples=200)
    assert list(found) == ALL
    for name, interval in found.items():
        assert interval.estimate == pytest.approx(plain(name, y, a))
        assert interval.low <= interval.estimate <= interval.high
    means = {"nll", "brier"}  # a mean of rows has no bias that centring could take away
    assert {name for name in ALL if found[name].method != "centred"} == means
    assert found["mid.zero_f1_classes"].estimate == 1


@pytest.mark.parametrize("name", ALL)
def test_difference_is_the_difference_of_the_metrics(models, name):
    y, a, b = models
    found = score_difference(name, y, a, b, TIERS, resamples=200, groups=np.arange(300) // 2)
    assert found.estimate == pytest.approx(plain(name, y, a) - plain(name, y, b))
    assert found.low < found.high or name.endswith("zero_f1_classes")
    assert found.method == "percentile"
    same = score_difference(name, y, a, a, TIERS, resamples=50)
    assert (same.low, same.high) == (0.0, 0.0)


def test_unknown_names(models):
    y, a, b = models
    with pytest.raises(CourseError, match="Did you mean 'macro_f1'"):
        score(["macro-f1"], y, a)
    with pytest.raises(CourseError, match="needs `tiers`"):
        score_difference("tail.macro_f1", y, a, b)
    with pytest.raises(CourseError, match="logits_a has 300"):
        score_difference("nll", y, a, b[:10])


def test_bounds_stay_inside_what_a_metric_can_be():
    """A constant guess with the right share has ECE 0; the interval ends there too."""
    y = np.repeat([0, 1], [70, 30])
    z = np.tile(np.log([0.7, 0.3]), (100, 1))
    found = score(["ece", "accuracy", "zero_f1_classes"], y, z, resamples=200)
    assert found["ece"].estimate == pytest.approx(0, abs=1e-12)
    assert found["ece"].low == 0.0 < found["ece"].high
    assert found["zero_f1_classes"].high <= 2
    single = np.arange(60)  # a resample lacks a third of the classes: centring lifts the interval
    almost = 9 * np.eye(60)[np.append(single[:-1], 0)]
    assert score(["macro_f1"], single, almost, resamples=200)["macro_f1"].high == 1.0
    sure = 9 * np.eye(2)[1 - y]  # all wrong, and sure of it
    wrong = score(["nll", "brier"], np.append(y, 0), np.vstack([sure, [9, 0]]), resamples=200)
    assert wrong["nll"].high > wrong["nll"].estimate > 8
    assert 2 >= wrong["brier"].high > wrong["brier"].estimate > 1.9
    right = score(["accuracy", "macro_f1"], y, 9 * np.eye(2)[y], resamples=200)
    assert [(i.low, i.high) for i in right.values()] == [(1, 1), (1, 1)]
