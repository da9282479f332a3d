"""A teacher's logits: stored once, found again by row id, so that no shuffling can misalign them."""

from collections.abc import Sequence

import numpy as np

from pycode.data.types import Split
from pycode.errors import CourseError
from pycode.evaluate.calibration import log_softmax
from pycode.runs.outputs import Outputs

LOWEST_LOG = -16.0  # of a probability; e⁻¹⁶ is below what 100 million rows could show


def aligned(stored: Outputs, rows: Split, n_classes: int, name: str) -> np.ndarray:
    """Return the stored logits (n × C) in the order of ``rows``.

    Raises:
        CourseError: another number of classes, a row without logits, or a row with another label: the
            run had other data.
    """
    if stored.n_classes != n_classes:
        raise CourseError(
            f"Run {name!r} has {stored.n_classes} classes, the data have {n_classes}: not the same task."
        )
    place = {row: index for index, row in enumerate(stored.row_ids)}
    missing = [row for row in rows.row_ids if row not in place]
    if missing:
        raise CourseError(
            f"Run {name!r} has no logits for {len(missing):,} of {len(rows):,} rows (first: {missing[0]}): "
            "it saw other rows; execute it on this data."
        )
    index = np.array([place[row] for row in rows.row_ids], dtype=np.int64)
    wrong = int((stored.labels[index] != rows.labels).sum())
    if wrong:
        raise CourseError(
            f"Run {name!r} has another label for {wrong:,} rows: it used another label list."
        )
    return stored.logits[index]


def ensemble(members: Sequence[np.ndarray]) -> np.ndarray:
    """Return log of the mean probability (n × C) over the members' logits (each n × C)."""
    shapes = {item.shape for item in members}
    if len(shapes) != 1:
        raise CourseError(f"Ensemble members have different shapes: {sorted(shapes)}.")
    probabilities = [np.exp(log_softmax(item)) for item in members]
    return log_probabilities(np.mean(probabilities, axis=0))


def log_probabilities(probabilities: np.ndarray) -> np.ndarray:
    """Return log of ``probabilities`` (n × C), no lower than ``LOWEST_LOG``, so that zeros stay finite."""
    return np.log(np.maximum(np.asarray(probabilities, dtype=np.float64), np.exp(LOWEST_LOG)))
