"""Checks on what comes in: same lengths, labels inside the class list, finite scores."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def as_array(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return an array, or raise a CourseError where rows have different lengths."""
    try:
        return np.asarray(values)
    except ValueError:
        raise CourseError(f"{name} must have rows of one length; got rows that differ.") from None


def as_floats(values: ArrayLike, name: str) -> Floats:
    """Return an array of float64, or raise a CourseError for what are not numbers."""
    array = as_array(values, name)
    if array.dtype.kind not in "iufb":
        raise CourseError(f"{name} must be numbers; got {array.dtype} values.")
    return array.astype(np.float64)


def check_count(name: str, value: Any, least: int = 1) -> None:
    """Raise a CourseError unless ``value`` is a whole number of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise CourseError(f"{name} must be a whole number, {least} or more; got {value!r}.")


def as_labels(values: ArrayLike, n_classes: int, name: str = "labels") -> Ints:
    """Return class ids (n,) as int64.

    Raises:
        CourseError: empty, not one-dimensional, not whole numbers, or outside 0 … n_classes - 1.
    """
    check_count("n_classes", n_classes)
    array = as_array(values, name)
    if array.ndim != 1 or not array.size:
        raise CourseError(f"{name} must be a non-empty list of class ids; got shape {array.shape}.")
    if array.dtype.kind not in "iuf" or not np.array_equal(array, np.floor(array)):
        raise CourseError(f"{name} must be whole class ids; got {array.dtype} values.")
    low, high = array.min(), array.max()
    if low < 0 or high >= n_classes:
        wrong = low if low < 0 else high
        raise CourseError(
            f"{name} hold class {wrong:g}; the class list allows 0 to {n_classes - 1}: "
            "use the label ids of the run's own class list."
        )
    return array.astype(np.int64)


def same_length(**arrays: Any) -> int:
    """Return the common length of the named arrays.

    Raises:
        CourseError: two lengths differ; the message names them all.
    """
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) != 1:
        shown = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise CourseError(
            f"Rows do not match ({shown}): pass outputs of the same rows in the same order."
        )
    return next(iter(lengths.values()))


def as_scores(values: ArrayLike, name: str = "logits") -> Floats:
    """Return scores (n, C) as float64.

    Raises:
        CourseError: not two-dimensional, empty, or not finite; the message names the first bad row.
    """
    array = as_floats(values, name)
    if array.ndim != 2 or not array.size:
        raise CourseError(
            f"{name} must have one row per example and one column per class; got {array.shape}."
        )
    bad = ~np.isfinite(array).all(axis=1)
    if bad.any():
        raise CourseError(
            f"{name} hold NaN or infinity in {int(bad.sum())} rows "
            f"(first: row {int(bad.argmax())}): the model diverged or the file is damaged."
        )
    return array
