"""Head, mid and tail: classes ranked by how often they occur in training."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError

TIERS = ("head", "mid", "tail")
HEAD_CLASSES, MID_CLASSES = 20, 40


def rank_classes(train_counts: ArrayLike) -> NDArray[np.int64]:
    """Return class ids from the most to the least frequent; ties go to the lower id."""
    counts = np.asarray(train_counts)
    if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 0).any():
        raise CourseError("Training counts must be one whole number, 0 or more, per class.")
    counts = counts.astype(np.int64)  # minus an unsigned number would be a large one
    return np.lexsort((np.arange(len(counts)), -counts)).astype(np.int64)


def tiers(
    train_counts: ArrayLike, head: int = HEAD_CLASSES, mid: int = MID_CLASSES
) -> NDArray[np.str_]:
    """Return the tier of each class, shape ``(n_classes,)``.

    By rank of the training count: the first ``head`` classes, the next ``mid``, the rest. The
    original course used this definition from week 4 on, and two others before; here there is one.
    """
    if head < 0 or mid < 0:
        raise CourseError(f"Tiers hold 0 classes or more; got head={head}, mid={mid}.")
    order = rank_classes(train_counts)
    names = np.full(len(order), "tail", dtype="<U4")
    names[order[:head]] = "head"
    names[order[head : head + mid]] = "mid"
    return names
