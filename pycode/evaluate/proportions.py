"""Intervals and tests for shares, from closed forms; no resampling."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from pycode.errors import CourseError
from pycode.evaluate.arrays import same_length
from pycode.evaluate.intervals import Interval, check_level


def wilson(hits: int, rows: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of the share hits / rows (Wilson 1927); sound even at 0 and 1."""
    check_level(level)
    if rows < 1 or not 0 <= hits <= rows:
        raise CourseError(f"A share needs 0 ≤ hits ≤ rows and rows ≥ 1; got {hits} of {rows}.")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, spread = hits / rows, z * z / rows
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / rows + spread / (4 * rows))
    return max(0.0, middle - half), min(1.0, middle + half)


def share_interval(hits: int, rows: int, level: float = 0.95) -> Interval:
    """Return the share with its Wilson interval."""
    low, high = wilson(hits, rows, level)
    return Interval(hits / rows, low, high, 0, level, method="wilson")


@dataclass(frozen=True)
class McNemar:
    """Rows that only one of two models gets right, and the p-values of "both are equally good"."""

    only_a: int
    only_b: int
    p_exact: float
    p_mid: float


def mcnemar(labels: ArrayLike, predictions_a: ArrayLike, predictions_b: ArrayLike) -> McNemar:
    """McNemar's test on paired accuracy: exact binomial and mid-p (Fagerland et al. 2013).

    The mid-p version is less conservative and the better default for small counts.
    """
    y, a, b = (np.asarray(v) for v in (labels, predictions_a, predictions_b))
    same_length(labels=y, predictions_a=a, predictions_b=b)
    only_a, only_b = int(((a == y) & (b != y)).sum()), int(((a != y) & (b == y)).sum())
    n, k = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return McNemar(0, 0, 1.0, 1.0)
    point = [math.exp(_log_binomial(n, i)) for i in range(k + 1)]
    exact = min(1.0, 2 * math.fsum(point))
    mid = 1.0 - point[-1] / 2 if only_a == only_b else 2 * math.fsum(point) - point[-1]
    return McNemar(only_a, only_b, exact, mid)


def _log_binomial(n: int, k: int) -> float:
    """Log of the probability of k heads in n fair throws."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2)


def minimum_detectable_difference(
    rows: int, discordant: float, level: float = 0.95, power: float = 0.8
) -> float:
    """Smallest true difference in accuracy that ``rows`` paired rows show with this power.

    ``discordant``: share of rows on which exactly one model is right. Solves Connor (1987) for the
    difference d: sqrt(n) d = z_level sqrt(discordant) + z_power sqrt(discordant - d²).
    A result above ``discordant`` is impossible: then no difference can be shown, and it is NaN.
    """
    check_level(level)
    check_level(power)
    if rows < 1 or not 0 < discordant <= 1:
        raise CourseError(
            f"Needs rows ≥ 1 and a discordant share above 0 and up to 1; got {rows}, {discordant}."
        )
    normal = NormalDist()
    z, zp = normal.inv_cdf((1 + level) / 2), normal.inv_cdf(power)
    # (sqrt(n) d - z sqrt(D))² = zp² (D - d²) is quadratic in d; the larger root has the right sign.
    a, b = rows + zp**2, -2 * math.sqrt(rows * discordant) * z
    c = discordant * (z**2 - zp**2)
    d = (-b + math.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a)
    return d if d <= discordant else math.nan


def detectable_from(interval: Interval, power: float = 0.8) -> float:
    """Smallest true difference that a design with this interval's width shows with this power.

    Normal approximation: (z_level + z_power) times the standard error read off the width. Holds for
    any metric with a paired bootstrap interval.
    """
    check_level(power)
    normal = NormalDist()
    z = normal.inv_cdf((1 + interval.level) / 2)
    return (z + normal.inv_cdf(power)) * (interval.high - interval.low) / (2 * z)
