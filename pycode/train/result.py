"""What a training run gives back, and the two ways in which it cannot start or go on."""

from dataclasses import dataclass, field

import numpy as np

from pycode.errors import CourseError

# the counters that every micro-batch adds to
READ = ("rows", "tokens", "positions")


class TrainingDiverged(CourseError):
    """The loss or its gradient became NaN or infinite; the last good weights were kept."""


@dataclass
class TrainResult:
    """What happened: one dict per evaluation, the best one, and how much was computed.

    ``tokens`` were read, ``positions`` also count padding, both by all ``processes`` together. ``seconds``
    are spent on updates, ``evaluation_seconds`` on evaluations; ``earlier_seconds`` of both were spent before
    this process began. ``skipped`` updates were left out by fp16's loss scaler, as their gradients overflowed.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, float] = field(default_factory=dict)
    updates: int = 0
    rows: int = 0
    tokens: int = 0
    positions: int = 0
    seconds: float = 0.0
    evaluation_seconds: float = 0.0
    earlier_seconds: float = 0.0
    micro_batch: int = 0
    skipped: int = 0
    processes: int = 1
    stopped: str = "all updates done"
    diverged: bool = False


def check_labels(labels: np.ndarray, n_classes: int) -> None:
    """Raise a CourseError unless there are rows and every label is a class id in 0 … ``n_classes`` − 1."""
    if not len(labels):
        raise CourseError("There is no training row: nothing can be learned.")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= n_classes:
        raise CourseError(
            f"Label {low if low < 0 else high} is outside the list of {n_classes} classes (0 … {n_classes - 1}): "
            "the rows and the label list do not belong together."
        )
