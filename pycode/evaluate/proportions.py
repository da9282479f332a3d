"""Intervals and tests for shares, from closed forms; no resampling."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from pycode.errors import CourseError
from pycode.evaluate.arrays import as_labels, same_length
from pycode.evaluate.intervals import Interval, check_level

_ANY = 2**31  # tests that only ask whether two ids are equal need no class list


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

    All three are class ids (n,). The mid-p version is less conservative and the better default for small counts.
    """
    named = {"labels": labels, "predictions_a": predictions_a, "predictions_b": predictions_b}
    y, a, b = (as_labels(values, _ANY, name) for name, values in named.items())
    same_length(labels=y, predictions_a=a, predictions_b=b)
    only_a, only_b = int(((a == y) & (b != y)).sum()), int(((a != y) & (b == y)).sum())
    n, k = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return McNemar(0, 0, 1.0, 1.0)
    point = [math.exp(_log_binomial(n, i)) for i in range(k + 1)]
    exact = min(1.0, 2 * math.fsum(point))
    mid = 1.0 - point[-1] / 2 if only_a == only_b else 2 * math.fsum(point) - point[-1]
    return McNemar(only_a, only_b, exact, mid)


def fisher_exact(hits_a: int, rows_a: int, hits_b: int, rows_b: int) -> float:
    """Two-sided p-value of "both shares are equal", without assumptions on n (Fisher 1935).

    The sum of the probabilities of all tables with these margins that are no likelier than the
    one seen. It holds where a bootstrap fails: a share of 0 or 1 does not vary in any resample.
    """
    wilson(hits_a, rows_a), wilson(hits_b, rows_b)  # both refuse impossible counts
    hits = hits_a + hits_b
    possible = range(max(0, hits - rows_b), min(hits, rows_a) + 1)
    log_p = np.array([_log_choose(rows_a, k) + _log_choose(rows_b, hits - k) for k in possible])
    log_p -= _log_choose(rows_a + rows_b, hits)
    seen = log_p[hits_a - possible[0]]
    return min(1.0, float(np.exp(log_p[log_p <= seen + 1e-9]).sum()))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _log_binomial(n: int, k: int) -> float:
    """Log of the probability of k heads in n fair throws."""
    return _log_choose(n, k) - n * math.log(2)


def minimum_detectable_difference(
    rows: int, discordant: float, level: float = 0.95, power: float = 0.8
) -> float:
    """Smallest true difference in accuracy that ``rows`` paired rows show with this power.

    ``discordant``: share of rows on which exactly one model is right. Solves Connor (1987) for the
    difference d: sqrt(n) d = z_level sqrt(discordant) + z_power sqrt(discordant - d²).
    A result above ``discordant`` is impossible: then no difference can be shown, and it is NaN.
    """
    check_level(level)
    _check_power(power)
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


def _check_power(power: float) -> None:
    if not 0.5 <= power < 1:
        raise CourseError(f"Power lies between 0.5 and 1, 0.8 is usual; got {power!r}.")


def detectable_from(interval: Interval, power: float = 0.8) -> float:
    """Smallest true difference that a design with this interval's width shows with this power.

    Normal approximation: (z_level + z_power) times the standard error read off the width. Holds for
    any metric with a paired bootstrap interval.
    """
    _check_power(power)
    normal = NormalDist()
    z = normal.inv_cdf((1 + interval.level) / 2)
    return (z + normal.inv_cdf(power)) * (interval.high - interval.low) / (2 * z)
