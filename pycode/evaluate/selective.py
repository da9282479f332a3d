"""Answer or hand over: risk against coverage, and the threshold that costs least.

Reference: El-Yaniv & Wiener 2010 (risk-coverage); Chow 1970 (the cost-optimal threshold).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError
from pycode.evaluate.arrays import Floats, as_array, as_floats, same_length


@dataclass(frozen=True)
class RiskCoverage:
    """Curve points by falling threshold: share of rows answered, error rate among them.

    ``area`` (AURC) is the mean risk over the coverages of all rows; lower is better.
    """

    thresholds: Floats
    coverage: Floats
    risk: Floats
    area: float


def _pair(confidences: ArrayLike, right: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    c, ok = as_floats(confidences, "confidences"), as_array(right, "right")
    if ok.ndim != 1 or ok.dtype != bool:
        raise CourseError(
            f"right must be one true/false per row; got {ok.dtype} of shape {ok.shape}."
        )
    same_length(confidences=c, right=ok)
    if c.ndim != 1 or not c.size or not np.isfinite(c).all():
        raise CourseError("confidences must be a non-empty list of finite numbers, one per row.")
    return c, ok


def risk_coverage(confidences: ArrayLike, right: ArrayLike) -> RiskCoverage:
    """Return the curve for confidences (n,) and whether each row is right (n,).

    Rows with equal confidence are answered together, so the order of rows does not matter.
    """
    c, ok = _pair(confidences, right)
    order = np.argsort(-c, kind="stable")
    values, wrong = c[order], np.cumsum(~ok[order])
    last = np.flatnonzero(np.diff(values, append=-np.inf))
    answered = last + 1
    risk = wrong[last] / answered
    weights = np.diff(answered, prepend=0)
    area = float((risk * weights).sum() / c.size)
    return RiskCoverage(values[last], answered / c.size, risk, area)


@dataclass(frozen=True)
class Costs:
    """What a wrong answer and a hand-over cost, in one unit; a right answer costs 0."""

    error: float
    review: float

    def __post_init__(self) -> None:
        if not (0 < self.error < np.inf and 0 <= self.review < np.inf):
            raise CourseError(
                f"Costs need error > 0 and review ≥ 0, both finite; got {self.error} and {self.review}."
            )


@dataclass(frozen=True)
class Gate:
    """Outcome of answering the rows whose confidence is at least ``threshold``; costs per row."""

    threshold: float
    coverage: float
    risk: float
    cost: float
    cost_answer_all: float
    cost_review_all: float


def gate_cost_rows(
    confidences: ArrayLike, right: ArrayLike, threshold: float, costs: Costs
) -> Floats:
    """Return the cost of each row (n,) behind a gate; its mean can be bootstrapped."""
    c, ok = _pair(confidences, right)
    return np.where(c >= threshold, np.where(ok, 0.0, costs.error), costs.review)


def gate(confidences: ArrayLike, right: ArrayLike, threshold: float, costs: Costs) -> Gate:
    """Return coverage, risk and mean cost of a threshold on these rows."""
    c, ok = _pair(confidences, right)
    answered = c >= threshold
    risk = float((~ok[answered]).mean()) if answered.any() else 0.0
    cost = float(gate_cost_rows(c, ok, threshold, costs).mean())
    everything = float((~ok).mean() * costs.error)
    return Gate(threshold, float(answered.mean()), risk, cost, everything, costs.review)


def best_threshold(confidences: ArrayLike, right: ArrayLike, costs: Costs) -> Gate:
    """Return the gate with the least mean cost on these rows; on equal cost the widest one.

    Choose it on validation rows and report it on others. ``threshold`` is infinite when
    reviewing everything is cheapest.
    """
    c, ok = _pair(confidences, right)
    curve = risk_coverage(c, ok)
    cost = curve.coverage * curve.risk * costs.error + (1 - curve.coverage) * costs.review
    least = min(float(cost.min()), costs.review) * (1 + 1e-9)  # equal but for rounding is equal
    equal = np.flatnonzero(cost <= least)
    threshold = float(curve.thresholds[equal[-1]]) if equal.size else np.inf
    return gate(c, ok, threshold, costs)


def chow_threshold(costs: Costs) -> float:
    """Return the threshold that is optimal when confidences are calibrated: 1 - review / error."""
    return 1 - costs.review / costs.error


def coverage_at_risk(confidences: ArrayLike, right: ArrayLike, risk: float) -> float:
    """Return the largest share of rows that can be answered with at most this error rate."""
    curve: Any = risk_coverage(confidences, right)
    allowed = curve.risk <= risk
    return float(curve.coverage[allowed].max()) if allowed.any() else 0.0
