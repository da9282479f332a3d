"""Metrics that need only counts per class, in the form the fast bootstrap resamples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError, nearest
from pycode.evaluate import classification as cls
from pycode.evaluate.arrays import Ints, as_labels, check_count, same_length
from pycode.evaluate.classification import ClassCounts
from pycode.evaluate.resample import Units, group_codes, tally


@dataclass(frozen=True)
class CountMetric:
    """A metric by name: ``function`` maps ``ClassCounts`` of shape (…, C) to values (…)."""

    name: str
    function: Callable[[ClassCounts], Any]


COUNT_METRICS: dict[str, CountMetric] = {
    "accuracy": CountMetric("accuracy", cls.accuracy_of),
    "macro_f1": CountMetric("macro_f1", cls.macro_f1_of),
    "weighted_f1": CountMetric("weighted_f1", cls.weighted_f1_of),
    "zero_f1_classes": CountMetric("zero_f1_classes", cls.zero_f1_of),
}
# The plain functions, so that callers may pass `macro_f1` itself and still take the fast path.
FUNCTIONS: dict[Callable[..., Any], str] = {
    cls.accuracy: "accuracy",
    cls.macro_f1: "macro_f1",
    cls.weighted_f1: "weighted_f1",
    cls.zero_f1_classes: "zero_f1_classes",
}


def count_metric(metric: str | CountMetric | Callable[..., Any]) -> CountMetric | None:
    """Return the metric in count form, or None for a function that needs the rows themselves.

    Raises:
        CourseError: an unknown name; the message lists the known ones.
    """
    if isinstance(metric, CountMetric):
        return metric
    if isinstance(metric, str):
        return _named(metric, COUNT_METRICS)
    return COUNT_METRICS.get(FUNCTIONS.get(metric, ""))


def tier_metric(name: str, tiers: ArrayLike, tier: str) -> CountMetric:
    """Return ``macro_f1``, ``recall`` or ``zero_f1_classes`` over the classes of one tier."""
    names = np.asarray(tiers).astype(str)
    mask = names == tier
    if not mask.any():
        known = list(dict.fromkeys(names.tolist()))
        raise CourseError(
            f"No class is in tier {tier!r}; known: {', '.join(known)}.{nearest(tier, known)}"
        )

    def part(values: Any) -> Any:
        if values.shape[-1] != mask.size:
            raise CourseError(
                f"tiers must name a tier for each of the {values.shape[-1]} classes; got {mask.size}."
            )
        return values[..., mask]

    label = f"{name}[{tier}]"
    metrics = {
        "macro_f1": CountMetric(label, lambda c: part(cls.f1_of(c)).mean(axis=-1)),
        "recall": CountMetric(
            label, lambda c: cls.divide(part(c.hits).sum(axis=-1), part(c.support).sum(axis=-1))
        ),
        "zero_f1_classes": CountMetric(label, lambda c: (part(c.hits) == 0).sum(axis=-1)),
    }
    return _named(name, metrics)


def class_metric(class_id: int) -> CountMetric:
    """Return the F1 of one class, named by its id (0 or more)."""
    check_count("class_id", class_id, 0)

    def one(counts: ClassCounts) -> Any:
        f1 = cls.f1_of(counts)
        if class_id >= f1.shape[-1]:
            raise CourseError(
                f"There is no class {class_id}; the class list allows 0 to {f1.shape[-1] - 1}."
            )
        return f1[..., class_id]

    return CountMetric(f"f1[{class_id}]", one)


def _named(name: str, metrics: dict[str, CountMetric]) -> CountMetric:
    if name not in metrics:
        raise CourseError(
            f"Unknown metric {name!r}; known: {', '.join(metrics)}.{nearest(name, list(metrics))}"
        )
    return metrics[name]


def count_units(
    labels: ArrayLike, models: list[ArrayLike], n_classes: int, groups: ArrayLike | None = None
) -> Units:
    """Return units with features: support, then predicted and hits of each model, C columns each.

    ``models`` holds one list of predictions (n,) per model. Without groups, rows with the same
    label and the same predictions are one unit; with groups a unit is a group.
    """
    truth = as_labels(labels, n_classes, "labels")
    guesses = [as_labels(p, n_classes, "predictions") for p in models]
    for guess in guesses:
        same_length(labels=truth, predictions=guess)
    if groups is not None:
        unit = group_codes(groups, len(truth))
        blocks = [(unit[rows], columns) for rows, columns in _blocks(truth, guesses, n_classes)]
        size, width = int(unit.max()) + 1, (1 + 2 * len(guesses)) * n_classes
        return Units(size, np.arange(size), tally(blocks, width))
    code = truth
    for guess in guesses:  # distinct as long as C^(1 + models) < 2^63
        code = code * n_classes + guess
    _, first, unit_of_row = np.unique(code, return_index=True, return_inverse=True)
    blocks = _blocks(truth[first], [guess[first] for guess in guesses], n_classes)
    width = (1 + 2 * len(guesses)) * n_classes
    return Units(len(first), unit_of_row.astype(np.int64), tally(blocks, width))


def _blocks(truth: Ints, guesses: list[Ints], n_classes: int) -> list[tuple[Ints, Ints]]:
    """Return (rows, columns) of the ones in each block of features."""
    everyone = np.arange(len(truth))
    blocks = [(everyone, truth)]
    for m, guess in enumerate(guesses):
        start = (1 + 2 * m) * n_classes
        hit = np.flatnonzero(truth == guess)
        blocks += [(everyone, start + guess), (hit, start + n_classes + truth[hit])]
    return blocks


def model_counts(totals: NDArray[Any], n_classes: int, model: int) -> ClassCounts:
    """Return one model's ``ClassCounts`` (r, C) from totals (r, F) of ``count_units``."""
    blocks = totals.reshape(len(totals), -1, n_classes)
    return ClassCounts(blocks[:, 0], blocks[:, 1 + 2 * model], blocks[:, 2 + 2 * model])
