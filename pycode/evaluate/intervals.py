"""An estimate with its interval, and the two ways to read one off resampled values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pycode.errors import CourseError, nearest

METHODS = ("percentile", "centred")


@dataclass(frozen=True)
class Interval:
    """An estimate and the bounds that hold the true value with confidence ``level``.

    ``bias`` is the mean of the resampled values less the estimate; ``resamples`` is 0 where a
    formula gave the bounds.
    """

    estimate: float
    low: float
    high: float
    resamples: int
    level: float
    bias: float = 0.0
    method: str = "percentile"

    def excludes(self, value: float) -> bool:
        """Return whether ``value`` lies outside the interval."""
        return value < self.low or value > self.high


def check_level(level: float) -> None:
    """Raise a CourseError unless ``level`` is a confidence level between 0 and 1."""
    if not isinstance(level, int | float | np.floating) or not 0 < level < 1:
        raise CourseError(
            f"A confidence level lies between 0 and 1, for instance 0.95; got {level!r}."
        )


def interval_from(
    values: ArrayLike, estimate: float, level: float = 0.95, method: str = "percentile"
) -> Interval:
    """Return the interval of an estimate from its resampled values (R,).

    "percentile" cuts (1 - level) / 2 off each end. "centred" moves that interval by the bias of the
    resamples, so that it holds the estimate: a resample lacks about a third of the one-row classes,
    which pulls macro-F1 down so far that the percentile interval can miss its own estimate. Both
    speak of the value that other rows of the same number would give.
    """
    check_level(level)
    if method not in METHODS:
        raise CourseError(
            f"Unknown interval method {method!r}; known: {', '.join(METHODS)}."
            f"{nearest(method, METHODS)}"
        )
    resampled = np.asarray(values, dtype=np.float64)
    if not (resampled.size and np.isfinite(resampled).all() and np.isfinite(estimate)):
        raise CourseError(
            "An interval needs finite values; got none, NaN or infinity: look for NaN in the rows."
        )
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    bias = float(resampled.mean() - estimate)
    if method == "centred":
        low, high = min(low - bias, estimate), max(high - bias, estimate)
    return Interval(estimate, float(low), float(high), resampled.size, level, bias, method)
