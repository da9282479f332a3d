"""Intervals over training seeds: how much of a result is the luck of one run.

A bootstrap over rows says how a number would change on other rows; these say how it would change
with another seed. A comparison needs both.
"""

import numpy as np
from numpy.typing import ArrayLike

from pycode.errors import CourseError
from pycode.evaluate.arrays import Floats, as_floats, same_length
from pycode.evaluate.intervals import Interval, check_level


def seed_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Student-t interval of the mean over seeds (k,), k ≥ 2: mean ± t(k - 1) s / sqrt(k)."""
    check_level(level)
    runs = _runs(values)
    from scipy.special import stdtrit

    mean, spread = float(runs.mean()), float(runs.std(ddof=1))
    half = float(stdtrit(runs.size - 1, (1 + level) / 2)) * spread / runs.size**0.5
    return Interval(mean, mean - half, mean + half, 0, level, method=f"t over {runs.size} seeds")


def paired_seed_interval(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> Interval:
    """Student-t interval of the mean of a - b, where entry i of both ran with the same seed."""
    first, second = _runs(a), _runs(b)
    same_length(a=first, b=second)
    return seed_interval(first - second, level)


def _runs(values: ArrayLike) -> Floats:
    runs = as_floats(values, "values")
    if runs.ndim != 1 or runs.size < 2 or not np.isfinite(runs).all():
        raise CourseError(
            f"An interval over seeds needs at least two finite values; got {runs.size}."
        )
    return runs
