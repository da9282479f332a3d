import math

import numpy as np
import pytest
from scipy import stats

from pycode.errors import CourseError
from pycode.evaluate.intervals import Interval
from pycode.evaluate.proportions import (
    detectable_from,
    mcnemar,
    minimum_detectable_difference,
    share_interval,
    wilson,
)
from pycode.evaluate.seeds import paired_seed_interval, seed_interval


@pytest.mark.parametrize(("hits", "rows"), [(0, 10), (3, 10), (10, 10), (530, 1604)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_agrees_with_scipy(hits, rows, level):
    reference = stats.binomtest(hits, rows).proportion_ci(level, method="wilson")
    assert wilson(hits, rows, level) == pytest.approx((reference.low, reference.high), abs=1e-12)
    found = share_interval(hits, rows, level)
    assert (found.estimate, found.level) == (hits / rows, level)
    assert (found.low, found.high) == wilson(hits, rows, level)


def rows_for(only_a, only_b, both=7):
    y = np.zeros(only_a + only_b + both, int)
    a, b = np.zeros_like(y), np.zeros_like(y)
    b[:only_a] = 1
    a[only_a : only_a + only_b] = 1
    return y, a, b


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 4), (3, 9), (12, 5), (6, 6), (400, 460)])
def test_mcnemar_agrees_with_the_binomial(only_a, only_b):
    result = mcnemar(*rows_for(only_a, only_b))
    assert (result.only_a, result.only_b) == (only_a, only_b)
    n, k = only_a + only_b, min(only_a, only_b)
    assert result.p_exact == pytest.approx(stats.binomtest(k, n).pvalue)
    point = stats.binom.pmf(k, n, 0.5)
    mid = 1 - point / 2 if only_a == only_b else 2 * stats.binom.cdf(k, n, 0.5) - point
    assert result.p_mid == pytest.approx(mid)
    assert result.p_mid < result.p_exact or only_a == only_b


def test_mcnemar_of_equal_models_is_one():
    assert mcnemar([0, 1], [0, 0], [0, 0]).p_exact == 1.0


def test_detectable_difference_has_the_power_it_promises():
    n, discordant = 1600, 0.2
    d = minimum_detectable_difference(n, discordant)
    p = [(discordant + d) / 2, (discordant - d) / 2, 1 - discordant]
    draws = np.random.default_rng(0).multinomial(n, p, size=4000)
    first, second = draws[:, 0], draws[:, 1]
    z = (first - second) / np.sqrt(first + second)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.02)
    assert minimum_detectable_difference(4 * n, discordant) == pytest.approx(d / 2, rel=0.01)
    assert math.isnan(minimum_detectable_difference(2, 0.1))


def test_detectable_from_an_interval_agrees_with_the_paired_formula():
    n, discordant = 5000, 0.2
    half = 1.959964 * math.sqrt(discordant / n)
    seen = detectable_from(Interval(0, -half, half, 1, 0.95))
    assert seen == pytest.approx(minimum_detectable_difference(n, discordant), rel=0.01)


def test_seed_intervals_agree_with_scipy():
    a, b = [0.41, 0.44, 0.40], [0.39, 0.43, 0.37]
    ours = seed_interval(a)
    reference = stats.t.interval(0.95, 2, np.mean(a), stats.sem(a))
    assert (ours.low, ours.high) == pytest.approx(reference)
    for level in (0.95, 0.8):
        paired = paired_seed_interval(a, b, level)
        test = stats.ttest_rel(a, b).confidence_interval(level)
        assert (paired.low, paired.high) == pytest.approx((test.low, test.high))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wilson(3, 0), "rows ≥ 1"),
        (lambda: wilson(5, 3), "hits ≤ rows"),
        (lambda: seed_interval([0.4]), "at least two"),
        (lambda: seed_interval([0.4, np.nan]), "finite"),
        (lambda: paired_seed_interval([1, 2, 3], [1, 2]), "Rows do not match"),
        (lambda: minimum_detectable_difference(10, 0), "discordant"),
        (lambda: mcnemar([0, 1], [0], [0, 1]), "Rows do not match"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, message):
    with pytest.raises(CourseError, match=message):
        call()
