"""Where errors go. A class receives many errors simply by being large, so each share stands beside
the share that the class would receive if errors fell by its size."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError
from pycode.evaluate.arrays import as_floats, as_labels, check_count, same_length
from pycode.evaluate.proportions import wilson


def confusion_matrix(
    labels: ArrayLike, predictions: ArrayLike, n_classes: int
) -> NDArray[np.int64]:
    """Return counts (C, C): row = true class, column = predicted class."""
    truth = as_labels(labels, n_classes, "labels")
    guess = as_labels(predictions, n_classes, "predictions")
    same_length(labels=truth, predictions=guess)
    flat = np.bincount(truth * n_classes + guess, minlength=n_classes**2)
    return flat.reshape(n_classes, n_classes)


@dataclass(frozen=True)
class ErrorFlow:
    """Errors on rows of group ``source`` that were predicted as a class of group ``target``.

    ``share`` of the source's errors with its Wilson bounds, ``base`` the share expected from the
    base rate, ``lift`` = share / base (1: errors merely follow class size; NaN where no error could
    go there, as inside a group of one class).
    """

    source: str
    target: str
    errors: int
    share: float
    low: float
    high: float
    base: float
    lift: float


def error_flow(
    labels: ArrayLike,
    predictions: ArrayLike,
    n_classes: int,
    group_of_class: ArrayLike,
    base_rate: ArrayLike,
) -> list[ErrorFlow]:
    """Return where the errors of each group of classes (such as tiers) go, against a base rate.

    ``base_rate`` (C,): size of each class, for instance training counts. For each error the true
    class is excluded and the base is spread over the others by size.
    """
    matrix = confusion_matrix(labels, predictions, n_classes)
    names = np.asarray(group_of_class).astype(str)
    rate = as_floats(base_rate, "base_rate")
    if names.shape != (n_classes,) or rate.shape != (n_classes,) or not (rate >= 0).all():
        raise CourseError(f"Needs a group and a size ≥ 0 for each of the {n_classes} classes.")
    errors = matrix - np.diag(np.diag(matrix))
    expected = np.tile(rate, (n_classes, 1)) * (1 - np.eye(n_classes))
    sums = expected.sum(axis=1, keepdims=True)
    expected = np.divide(expected, sums, out=np.zeros_like(expected), where=sums > 0)
    expected *= errors.sum(axis=1, keepdims=True)
    kinds = list(dict.fromkeys(names.tolist()))
    return [
        _flow(s, t, errors, expected, names)
        for s in kinds
        for t in kinds
        if errors[names == s].any()
    ]


def _flow(
    source: str,
    target: str,
    errors: NDArray[np.int64],
    expected: NDArray[np.float64],
    names: NDArray[np.str_],
) -> ErrorFlow:
    rows, cols = names == source, names == target
    n, total = int(errors[np.ix_(rows, cols)].sum()), int(errors[rows].sum())
    base = float(expected[np.ix_(rows, cols)].sum() / total)
    low, high = wilson(n, total)
    share = n / total
    return ErrorFlow(
        source,
        target,
        n,
        share,
        low,
        high,
        base,
        share / base if base else float("inf" if n else "nan"),
    )


@dataclass(frozen=True)
class ConfusedPair:
    """Rows of class ``truth`` predicted as ``predicted``: count, share of the class, lift."""

    truth: int
    predicted: int
    rows: int
    share: float
    lift: float


def confused_pairs(
    labels: ArrayLike, predictions: ArrayLike, n_classes: int, top: int = 10
) -> list[ConfusedPair]:
    """Return the most frequent off-diagonal cells, largest first, ties by class id.

    ``lift`` compares the share with how often the model predicts that class on all rows.
    """
    check_count("top", top)
    matrix = confusion_matrix(labels, predictions, n_classes)
    support, predicted = matrix.sum(axis=1), matrix.sum(axis=0) / matrix.sum()
    off = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-off, axis=None, kind="stable")[:top]
    pairs = [(int(i // n_classes), int(i % n_classes)) for i in order]
    return [
        ConfusedPair(
            t,
            p,
            int(off[t, p]),
            float(off[t, p] / support[t]),
            float(off[t, p] / support[t] / predicted[p]),
        )
        for t, p in pairs
        if off[t, p]
    ]
