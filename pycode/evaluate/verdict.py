"""From the interval of a difference to a word: better, worse or tie."""

from pycode.errors import CourseError
from pycode.evaluate.intervals import Interval

# Metrics for which less is better; every other metric is better when higher.
LOWER_IS_BETTER = (
    "zero_f1_classes",
    "nll",
    "brier",
    "ece",
    "latency",
    "memory",
    "size",
    "aurc",
    "cost",
    "duration",
)


def higher_is_better(metric: str) -> bool:
    """Return the direction of a metric by its name (``ece_mass`` follows ``ece``)."""
    last = metric.rsplit(".", 1)[-1]
    return not any(last == name or last.startswith(f"{name}_") for name in LOWER_IS_BETTER)


def verdict(interval: Interval, higher_is_better: bool = True, margin: float = 0.0) -> str:
    """Return "better", "worse" or "tie" for the interval of a difference (first less second).

    A difference counts only when the whole interval lies beyond ``margin`` on one side of zero.

    Raises:
        CourseError: a negative margin.
    """
    if margin < 0:
        raise CourseError(f"A margin is a size, 0 or more; got {margin}.")
    if interval.low > margin:
        return "better" if higher_is_better else "worse"
    if interval.high < -margin:
        return "worse" if higher_is_better else "better"
    return "tie"
