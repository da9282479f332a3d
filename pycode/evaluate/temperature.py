"""Temperature scaling: one number that divides the logits, fitted so that it must converge.

In b = 1 / T the mean NLL is convex: its slope is mean(E_p[z] - z_true), which grows with b. So the
minimum is where the slope changes sign; bisection with Newton steps inside the bracket cannot fail.
Reference: Guo et al. 2017, On Calibration of Modern Neural Networks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError
from pycode.evaluate.arrays import Floats, as_scores
from pycode.evaluate.calibration import checked, nll


@dataclass(frozen=True)
class TemperatureFit:
    """Fitted temperature; ``at_bound`` is "low" or "high" when the true optimum lies beyond."""

    temperature: float
    nll_before: float
    nll_after: float
    iterations: int
    at_bound: str | None


def fit_temperature(
    labels: ArrayLike, logits: ArrayLike, low: float = 0.05, high: float = 20.0
) -> TemperatureFit:
    """Return the temperature between ``low`` and ``high`` that minimises NLL on these rows.

    Fit on validation rows, apply to others. ``at_bound`` "low": the predictions are all right and
    want to be more certain; "high": the scores say less than nothing about the label.

    Raises:
        CourseError: bounds not in order, or logits that are equal in every row.
    """
    if not 0 < low < high < np.inf:
        raise CourseError(
            f"Temperature bounds need 0 < low < high, both finite; got {low} and {high}."
        )
    truth, z = checked(labels, logits)  # log-probabilities have the same optimum as logits
    if np.ptp(z, axis=1).max() == 0:
        raise CourseError("All logits of each row are equal: no temperature changes anything.")
    before = nll(truth, z)
    inverse, steps, bound = _solve(truth, z, 1 / high, 1 / low)
    return TemperatureFit(1 / inverse, before, nll(truth, z * inverse), steps, bound)


def _solve(
    truth: NDArray[np.int64], z: Floats, low: float, high: float
) -> tuple[float, int, str | None]:
    """Return b in [low, high] where the slope is zero, the steps, and the bound hit if any."""
    if _slope(truth, z, low)[0] >= 0:
        return low, 0, "high"
    if _slope(truth, z, high)[0] <= 0:
        return high, 0, "low"
    b = min(max(1.0, low), high)
    for step in range(1, 201):
        slope, curvature = _slope(truth, z, b)
        low, high = (b, high) if slope < 0 else (low, b)
        newton = b - slope / curvature if curvature > 0 else low
        if abs(newton - b) <= 1e-10 * b or high - low <= 1e-12 * b:
            return b, step, None
        b = newton if low < newton < high else (low + high) / 2
    return b, 200, None


def _slope(truth: NDArray[np.int64], z: Floats, b: float) -> tuple[float, float]:
    """Return first and second derivative of the mean NLL at scale ``b``."""
    scaled = z * b
    p = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    mean = (p * z).sum(axis=1)
    slope = mean - z[np.arange(len(truth)), truth]
    variance = (p * (z - mean[:, None]) ** 2).sum(axis=1)
    return float(slope.mean()), float(variance.mean())


def apply_temperature(logits: ArrayLike, temperature: float) -> Floats:
    """Return logits (n, C) divided by ``temperature``; predictions stay the same."""
    if not 0 < temperature < np.inf:
        raise CourseError(f"A temperature is above 0 and finite; got {temperature}.")
    return as_scores(logits) / temperature
