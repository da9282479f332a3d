"""From the interval of a difference to a word: better, worse or tie."""

import math

from pycode.errors import CourseError, nearest
from pycode.evaluate.intervals import Interval

HIGHER_IS_BETTER = ("accuracy", "macro_f1", "weighted_f1", "recall", "agreement", "f1")
LOWER_IS_BETTER = ("zero_f1_classes", "nll", "brier", "ece", "ece_mass")
NOISE = 1e-12  # equal scores that were summed in another order may differ by this much


def higher_is_better(metric: str) -> bool:
    """Return the direction of a metric by the last part of its name (``test.ece_mass``).

    Raises:
        CourseError: a name whose direction is not known, rather than a guess.
    """
    last = metric.rsplit(".", 1)[-1].partition("[")[0]
    if last in HIGHER_IS_BETTER or last in LOWER_IS_BETTER:
        return last in HIGHER_IS_BETTER
    known = [*HIGHER_IS_BETTER, *LOWER_IS_BETTER]
    raise CourseError(
        f"Whether more of {metric!r} is better is not known; known: {', '.join(known)}."
        f"{nearest(last, known)}"
    )


def verdict(interval: Interval, higher_is_better: bool = True, margin: float = 0.0) -> str:
    """Return "better", "worse" or "tie" for the interval of a difference (first less second).

    A difference counts only when the whole interval lies beyond ``margin`` on one side of zero; a bound of
    1e-17, which only rounding tells from zero, does not lie beyond it.

    Raises:
        CourseError: a negative margin, or bounds that are not numbers.
    """
    if not 0 <= margin < math.inf:
        raise CourseError(f"A margin is a size, 0 or more; got {margin}.")
    if math.isnan(interval.low) or math.isnan(interval.high):
        raise CourseError(
            "An interval with a bound of NaN has no verdict: look for NaN in the rows."
        )
    beyond = max(margin, NOISE)
    if interval.low > beyond:
        return "better" if higher_is_better else "worse"
    if interval.high < -beyond:
        return "worse" if higher_is_better else "better"
    return "tie"
