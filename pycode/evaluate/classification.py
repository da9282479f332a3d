"""Classification metrics over a fixed class list.

A class that neither occurs nor is predicted has F1 = 0 and stays in the average. Metrics that
average over the classes at hand change their meaning with every slice and resample; these do not.
Reference: `sklearn.metrics` with `labels=range(n_classes), zero_division=0`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pycode.errors import CourseError
from pycode.evaluate.arrays import Floats, Ints, as_labels, as_scores, check_count, same_length


@dataclass(frozen=True)
class ClassCounts:
    """Rows of each class (…, C): ``support`` truly in it, ``predicted`` as it, ``hits`` both."""

    support: Any
    predicted: Any
    hits: Any


def class_counts(labels: ArrayLike, predictions: ArrayLike, n_classes: int) -> ClassCounts:
    """Count support, predictions and hits per class from two lists of class ids (n,)."""
    truth = as_labels(labels, n_classes, "labels")
    guess = as_labels(predictions, n_classes, "predictions")
    same_length(labels=truth, predictions=guess)
    return ClassCounts(
        support=np.bincount(truth, minlength=n_classes),
        predicted=np.bincount(guess, minlength=n_classes),
        hits=np.bincount(truth[truth == guess], minlength=n_classes),
    )


def divide(numerator: Any, denominator: Any) -> Floats:
    """Return the quotient, with 0 where the denominator is 0."""
    top = np.asarray(numerator, dtype=np.float64)
    bottom = np.asarray(denominator, dtype=np.float64)
    return np.divide(
        top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom > 0
    )


def f1_of(counts: ClassCounts) -> Floats:
    """F1 per class (…, C): 2 hits / (support + predicted)."""
    return divide(2 * counts.hits, counts.support + counts.predicted)


def accuracy_of(counts: ClassCounts) -> Floats:
    """Share of rows that are right."""
    return divide(np.sum(counts.hits, axis=-1), np.sum(counts.support, axis=-1))


def macro_f1_of(counts: ClassCounts) -> Floats:
    """Plain mean of F1 over the whole class list."""
    return f1_of(counts).mean(axis=-1)


def weighted_f1_of(counts: ClassCounts) -> Floats:
    """Mean of F1 with the classes' support as weights."""
    return divide((f1_of(counts) * counts.support).sum(axis=-1), np.sum(counts.support, axis=-1))


def zero_f1_of(counts: ClassCounts) -> Floats:
    """Number of classes with F1 = 0, absent classes included."""
    return (np.asarray(counts.hits) == 0).sum(axis=-1).astype(np.float64)


def accuracy(labels: ArrayLike, predictions: ArrayLike, n_classes: int) -> float:
    """Share of rows (0 to 1) whose predicted class is the true one."""
    return float(accuracy_of(class_counts(labels, predictions, n_classes)))


def macro_f1(labels: ArrayLike, predictions: ArrayLike, n_classes: int) -> float:
    """Unweighted mean of F1 over all ``n_classes``, absent ones included as 0."""
    return float(macro_f1_of(class_counts(labels, predictions, n_classes)))


def weighted_f1(labels: ArrayLike, predictions: ArrayLike, n_classes: int) -> float:
    """Mean of F1 weighted by the number of true rows of each class."""
    return float(weighted_f1_of(class_counts(labels, predictions, n_classes)))


def per_class_f1(labels: ArrayLike, predictions: ArrayLike, n_classes: int) -> Floats:
    """F1 of each class (C,)."""
    return f1_of(class_counts(labels, predictions, n_classes))


def per_class_precision(labels: ArrayLike, predictions: ArrayLike, n_classes: int) -> Floats:
    """Hits over predictions of each class (C,); 0 for a class never predicted."""
    counts = class_counts(labels, predictions, n_classes)
    return divide(counts.hits, counts.predicted)


def per_class_recall(labels: ArrayLike, predictions: ArrayLike, n_classes: int) -> Floats:
    """Hits over true rows of each class (C,); 0 for a class without rows."""
    counts = class_counts(labels, predictions, n_classes)
    return divide(counts.hits, counts.support)


def zero_f1_classes(
    labels: ArrayLike, predictions: ArrayLike, n_classes: int, present_only: bool = False
) -> int:
    """Number of classes with F1 = 0; with ``present_only`` only those that have a true row here."""
    counts = class_counts(labels, predictions, n_classes)
    zero = counts.hits == 0
    return int((zero & (counts.support > 0)).sum() if present_only else zero.sum())


def top_k_accuracy(labels: ArrayLike, scores: ArrayLike, k: int) -> float:
    """Share of rows whose true class is among the ``k`` highest of the scores (n, C).

    Equal scores are ranked by class id, as `argmax` does, so k = 1 is the accuracy.
    """
    table = as_scores(scores, "scores")
    truth = as_labels(labels, table.shape[1])
    same_length(labels=truth, scores=table)
    check_count("k", k)
    if k > table.shape[1]:
        raise CourseError(f"top-k needs k between 1 and {table.shape[1]}; got {k}.")
    own = np.take_along_axis(table, truth[:, None], axis=1)
    earlier = (table == own) & (np.arange(table.shape[1]) < truth[:, None])
    return float((((table > own) | earlier).sum(axis=1) < k).mean())


@dataclass(frozen=True)
class TierScore:
    """One tier: its classes and rows, mean F1 over its classes, and recall over its rows."""

    classes: int
    rows: int
    macro_f1: float
    recall: float
    zero_f1_classes: int


def per_tier(
    labels: ArrayLike, predictions: ArrayLike, n_classes: int, tiers: ArrayLike
) -> dict[str, TierScore]:
    """Score each tier (``tiers``: one name per class), in order of first appearance of the names.

    Raises:
        CourseError: ``tiers`` does not name a tier for each class.
    """
    counts = class_counts(labels, predictions, n_classes)
    names = np.asarray(tiers).astype(str)
    if names.shape != (n_classes,):
        raise CourseError(
            f"tiers must name a tier for each of the {n_classes} classes; got {names.shape}."
        )
    f1 = f1_of(counts)
    return {name: _tier_score(counts, f1, names == name) for name in dict.fromkeys(names.tolist())}


def _tier_score(counts: ClassCounts, f1: Floats, mask: Any) -> TierScore:
    rows: Ints = counts.support[mask]
    return TierScore(
        classes=int(mask.sum()),
        rows=int(rows.sum()),
        macro_f1=float(f1[mask].mean()),
        recall=float(divide(counts.hits[mask].sum(), rows.sum())),
        zero_f1_classes=int((counts.hits[mask] == 0).sum()),
    )
