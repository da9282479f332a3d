import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from pycode.errors import CourseError
from pycode.evaluate import classification as cls
from pycode.evaluate import resample
from pycode.evaluate.bootstrap import (
    bootstrap_mean,
    bootstrap_metric,
    bootstrap_metrics,
    bootstrap_rows,
    paired_bootstrap,
)
from pycode.evaluate.count_metrics import class_metric, count_units, model_counts, tier_metric
from pycode.evaluate.intervals import Interval, interval_from
from pycode.evaluate.verdict import higher_is_better, verdict

C = 9


@pytest.fixture(scope="module")
def three():
    rng = np.random.default_rng(5)
    p = 1 / np.arange(1, C + 1)
    y = rng.choice(C, 500, p=p / p.sum())
    a = np.where(rng.random(500) < 0.6, y, rng.integers(0, C, 500))
    b = np.where(rng.random(500) < 0.5, y, rng.integers(0, C, 500))
    return y, a, b


def macro(labels, predictions, n_classes):
    """The metric as an outsider would write it: takes the general path."""
    return f1_score(labels, predictions, labels=range(n_classes), average="macro", zero_division=0)


@pytest.mark.parametrize("groups", [None, np.arange(500) // 3])
@pytest.mark.parametrize("name", ["accuracy", "macro_f1", "weighted_f1", "zero_f1_classes"])
def test_every_resample_is_the_metric_of_its_rows(three, name, groups, monkeypatch):
    monkeypatch.setattr(resample, "HEAVY", 10**9)  # every row drawn one by one, so we can follow
    y, a, b = three
    units = count_units(y, [a, b], C, groups)
    fast = next(resample.resampled_totals(units, 20, seed=3))
    codes = np.arange(500) if groups is None else groups
    draws = len(units.unit_of_draw)
    assert draws == len(np.unique(codes))
    rng = np.random.default_rng(3)
    rng.multinomial(draws, [1.0], size=20)
    drawn = [rng.integers(0, draws, size=draws, dtype=np.uint16) for _ in range(20)]
    for i in range(20):
        rows = np.concatenate([np.flatnonzero(codes == g) for g in drawn[i]])
        for model, guess in enumerate((a, b)):
            counts = model_counts(fast, C, model)
            value = {
                "accuracy": cls.accuracy_of,
                "macro_f1": cls.macro_f1_of,
                "weighted_f1": cls.weighted_f1_of,
                "zero_f1_classes": cls.zero_f1_of,
            }[name](counts)[i]
            assert value == pytest.approx(getattr(cls, name)(y[rows], guess[rows], C), abs=1e-12)


@pytest.mark.parametrize("heavy", [0, 3, 20, 10**9])
def test_counts_are_multinomial_however_they_are_drawn(heavy, monkeypatch):
    monkeypatch.setattr(resample, "HEAVY", heavy)
    weight = np.array([40, 25, 2, 1, 1, 1])
    units = resample.Units(6, np.repeat(np.arange(6), weight), resample.dense(np.eye(6)))
    counts = np.concatenate(list(resample.resampled_totals(units, 20_000, seed=1)))
    share = weight / 70
    assert (counts.sum(axis=1) == 70).all()
    np.testing.assert_allclose(counts.mean(axis=0), weight, rtol=0.03)
    expected = 70 * (np.diag(share) - np.outer(share, share))
    np.testing.assert_allclose(np.cov(counts.T), expected, atol=0.35)
    assert (counts[:, 5] == 0).mean() == pytest.approx((1 - share[5]) ** 70, abs=0.01)


def test_general_path_gives_the_same_interval_within_noise(three):
    y, a, b = three
    fast = paired_bootstrap("macro_f1", y, a, b, C, resamples=4000)
    slow = paired_bootstrap(macro, y, a, b, C, resamples=400)
    assert slow.estimate == pytest.approx(fast.estimate)
    width = fast.high - fast.low
    assert slow.low == pytest.approx(fast.low, abs=0.15 * width)
    assert slow.high == pytest.approx(fast.high, abs=0.15 * width)


def test_name_function_and_count_metric_are_the_same_path(three):
    y, a, b = three
    by_name = paired_bootstrap("macro_f1", y, a, b, C, resamples=50)
    assert paired_bootstrap(cls.macro_f1, y, a, b, C, resamples=50) == by_name
    everything = tier_metric("macro_f1", ["all"] * C, "all")
    assert paired_bootstrap(everything, y, a, b, C, resamples=50).low == pytest.approx(by_name.low)


def test_agrees_with_scipy_on_a_paired_accuracy(three):
    y, a, b = three
    ours = paired_bootstrap("accuracy", y, a, b, C, resamples=10_000)
    reference = stats.bootstrap(
        ((a == y).astype(float), (b == y).astype(float)),
        lambda u, v, axis: u.mean(axis=axis) - v.mean(axis=axis),
        paired=True,
        n_resamples=10_000,
        method="percentile",
        random_state=1,
    ).confidence_interval
    assert ours.estimate == pytest.approx((a == y).mean() - (b == y).mean())
    assert ours.low == pytest.approx(reference.low, abs=0.004)
    assert ours.high == pytest.approx(reference.high, abs=0.004)


def test_mean_has_the_closed_form_standard_error():
    values = np.random.default_rng(0).normal(2, 3, 800)
    ours = bootstrap_mean(values)
    half = 1.96 * values.std() / np.sqrt(800)
    assert (ours.low, ours.high) == pytest.approx(
        (values.mean() - half, values.mean() + half), abs=0.02
    )


def test_identical_models_differ_by_exactly_nothing(three):
    y, a, _ = three
    assert paired_bootstrap("macro_f1", y, a, a, C, resamples=200) == Interval(
        0.0, 0.0, 0.0, 200, 0.95
    )


def test_swapping_the_models_mirrors_the_interval(three):
    y, a, b = three
    groups = np.arange(500) // 2  # rows sort differently when the models swap; groups do not
    ab = paired_bootstrap("macro_f1", y, a, b, C, resamples=500, groups=groups)
    ba = paired_bootstrap("macro_f1", y, b, a, C, resamples=500, groups=groups)
    assert (ba.low, ba.high) == pytest.approx((-ab.high, -ab.low))


def test_duplicated_rows_need_groups(three):
    """Four copies of each row halve the interval unless copies are drawn together."""
    y, a, b = (np.repeat(v, 4) for v in three)
    alone = paired_bootstrap("accuracy", *three, C, resamples=4000)
    naive = paired_bootstrap("accuracy", y, a, b, C, resamples=4000)
    grouped = paired_bootstrap(
        "accuracy", y, a, b, C, resamples=4000, groups=np.repeat(np.arange(500), 4)
    )
    width = alone.high - alone.low
    assert naive.high - naive.low == pytest.approx(width / 2, rel=0.1)
    assert grouped.high - grouped.low == pytest.approx(width, rel=0.1)


def test_groups_on_the_general_path_match_the_fast_path(three):
    y, a, b = three
    groups = np.random.default_rng(1).integers(0, 60, 500)
    fast = paired_bootstrap("accuracy", y, a, b, C, resamples=3000, groups=groups)
    slow = paired_bootstrap(
        lambda t, p, n: (t == p).mean(), y, a, b, C, resamples=3000, groups=groups
    )
    assert (slow.low, slow.high) == pytest.approx((fast.low, fast.high), abs=0.01)


def test_chunks_do_not_change_the_distribution(three, monkeypatch):
    y, a, b = three
    whole = paired_bootstrap("macro_f1", y, a, b, C, resamples=3000)
    monkeypatch.setattr(resample, "CHUNK_CELLS", 1)
    single = paired_bootstrap("macro_f1", y, a, b, C, resamples=3000)
    assert (single.low, single.high) == pytest.approx((whole.low, whole.high), abs=0.01)
    assert single.resamples == whole.resamples == 3000  # the last chunk is shorter than the others


def test_seed_fixes_the_interval(three):
    y, a, b = three
    first = paired_bootstrap("macro_f1", y, a, b, C, resamples=300, seed=4)
    assert first == paired_bootstrap("macro_f1", y, a, b, C, resamples=300, seed=4)
    assert first != paired_bootstrap("macro_f1", y, a, b, C, resamples=300, seed=5)


def test_several_metrics_share_the_resamples(three):
    y, a, _ = three
    both = bootstrap_metrics(["accuracy", "macro_f1", class_metric(0)], y, a, C, resamples=300)
    assert both[1] == bootstrap_metric("macro_f1", y, a, C, resamples=300)
    assert both[2].estimate == pytest.approx(cls.per_class_f1(y, a, C)[0])


def test_percentile_agrees_with_scipy_and_centred_is_its_shift():
    values = np.random.default_rng(2).exponential(size=60) ** 2
    ref = stats.bootstrap((values,), np.std, n_resamples=5000, method="percentile", random_state=0)
    ours = interval_from(ref.bootstrap_distribution, float(np.std(values)))
    assert (ours.low, ours.high) == pytest.approx(tuple(ref.confidence_interval))
    moved = interval_from(ref.bootstrap_distribution, float(np.std(values)), method="centred")
    assert moved.bias == pytest.approx(ref.bootstrap_distribution.mean() - np.std(values))
    assert moved.bias < 0  # resamples of a spread are too narrow
    assert moved.low - ours.low == pytest.approx(-moved.bias)
    assert moved.high - moved.low == pytest.approx(ours.high - ours.low)


def test_centred_interval_holds_its_estimate_where_the_percentile_one_does_not():
    """Sixty one-row classes, all right: every resample lacks about a third of them."""
    y = np.arange(60)
    percentile = bootstrap_metric("macro_f1", y, y, 60, resamples=500, method="percentile")
    centred = bootstrap_metric("macro_f1", y, y, 60, resamples=500)
    assert percentile.high < percentile.estimate == 1.0
    assert percentile.bias == pytest.approx(-np.exp(-1), abs=0.02)
    assert centred.low < 1.0 < centred.high


def test_centred_interval_holds_its_estimate_even_when_nearly_all_resamples_equal_it():
    """Fifty sure classes: a class is rarely lost, so the mean is off and the quantiles are not."""
    values = np.zeros(1000)
    values[:10] = 1.0
    found = interval_from(values, 0.0, method="centred")
    assert found.low <= 0.0 <= found.high
    mirrored = interval_from(-values, 0.0, method="centred")
    assert (mirrored.low, mirrored.high) == (-found.high, -found.low)
    assert min(abs(found.low), abs(found.high)) < 0.011


def test_general_path_draws_groups_whole():
    groups = np.array([0, 1, 0, 2, 1, 1, 2, 2, 2])

    def whole(rows):
        counts = np.bincount(rows, minlength=9)
        return all(len(set(counts[groups == g].tolist())) == 1 for g in range(3))

    found = bootstrap_rows(whole, 9, resamples=200, groups=groups)
    assert (found.low, found.high) == (1.0, 1.0)


def test_nominal_coverage_for_accuracy():
    """300 test sets of a known source: the 95 % interval holds the truth in 95 % of them."""
    rng = np.random.default_rng(0)
    inside = 0
    for seed in range(300):
        right = rng.random(200) < 0.7
        interval = bootstrap_metric("accuracy", np.ones(200, int), right.astype(int), 2, 400, seed)
        inside += not interval.excludes(0.7)
    assert 0.91 <= inside / 300 <= 0.98


def test_general_statistic_of_rows():
    values = np.random.default_rng(0).normal(size=300)
    ours = bootstrap_rows(lambda rows: float(np.median(values[rows])), 300, resamples=2000)
    reference = stats.bootstrap(
        (values,), np.median, n_resamples=2000, method="percentile", random_state=0
    )
    assert ours.low == pytest.approx(reference.confidence_interval.low, abs=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paired_bootstrap("macro_f", [0], [0], [0], 2), "Did you mean 'macro_f1'"),
        (lambda: paired_bootstrap("accuracy", [0, 1], [0, 1], [0], 2), "Rows do not match"),
        (
            lambda: paired_bootstrap("accuracy", [0, 1], [0, 1], [0, 1], 2, groups=[1]),
            "each of the 2 rows",
        ),
        (
            lambda: paired_bootstrap("accuracy", [0, 1], [0, 1], [0, 1], 2, groups=[1, 1]),
            "at least two",
        ),
        (
            lambda: paired_bootstrap("accuracy", [0], [0], [0], 2, resamples=0),
            "resamples must be a whole number, 1 or more",
        ),
        (lambda: paired_bootstrap("accuracy", [0], [0], [0], 2, level=95), "between 0 and 1"),
        (
            lambda: bootstrap_metric("accuracy", [0], [0], 2, method="bca"),
            "Unknown interval method",
        ),
        (lambda: bootstrap_metrics([], [0], [0], 2), "takes names"),
        (lambda: tier_metric("macro_f1", ["head", "tail"], "tial"), "Did you mean 'tail'"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, message):
    with pytest.raises(CourseError, match=message):
        call()


def test_verdict():
    up, down, across = (
        Interval(0, low, high, 1, 0.95) for low, high in [(0.01, 0.2), (-0.2, -0.01), (-0.1, 0.1)]
    )
    assert [verdict(i) for i in (up, down, across)] == ["better", "worse", "tie"]
    assert [verdict(i, higher_is_better=False) for i in (up, down, across)] == [
        "worse",
        "better",
        "tie",
    ]
    assert verdict(up, margin=0.05) == "tie"
    rounding = Interval(0.1, 5.6e-17, 0.2, 1, 0.95)  # equal scores, summed in another order
    assert verdict(rounding) == verdict(Interval(-0.1, -0.2, -5.6e-17, 1, 0.95)) == "tie"
    assert higher_is_better("test.macro_f1")
    assert not higher_is_better("test.ece_mass")
    assert not higher_is_better("nll")
    with pytest.raises(CourseError, match="0 or more"):
        verdict(up, margin=-1)
