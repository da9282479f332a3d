"""Is the model worse on some kind of row? Slices with intervals, corrected for looking at many."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError
from pycode.evaluate.arrays import as_array, as_floats, as_labels, same_length
from pycode.evaluate.bootstrap import bootstrap_metric
from pycode.evaluate.classification import ClassCounts
from pycode.evaluate.count_metrics import CountMetric, count_metric
from pycode.evaluate.intervals import Interval, interval_from
from pycode.evaluate.proportions import fisher_exact
from pycode.evaluate.resample import group_codes, resampled_values, row_units, total
from pycode.evaluate.verdict import higher_is_better

MIN_UNITS = 5  # below this, resamples without any unit of the slice become common


@dataclass(frozen=True)
class SliceScore:
    """One slice against the rest of the rows.

    ``score`` is the metric inside; ``difference`` is inside less outside; ``p`` tests that they are
    equal and ``p_holm`` corrects it for the number of slices. ``verdict`` uses ``p_holm``.
    For accuracy ``p`` is the larger of the bootstrap's and Fisher's exact one: the bootstrap knows
    the groups but takes a slice that is all right or all wrong for certain, Fisher's is the reverse.
    """

    name: str
    rows: int
    score: Interval
    difference: Interval
    p: float
    p_holm: float
    verdict: str


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return Holm-adjusted p-values (Holm 1979), which bound the chance of any false alarm."""
    p = as_floats(p_values, "p-values")
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise CourseError("p-values must be a list of numbers between 0 and 1.")
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    result = np.empty_like(p)
    result[order] = np.minimum(adjusted, 1.0)
    return result


def score_slices(
    metric: str | CountMetric,
    labels: ArrayLike,
    predictions: ArrayLike,
    n_classes: int,
    slices: Mapping[str, ArrayLike],
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> list[SliceScore]:
    """Score each slice (name to mask of rows (n,)) and compare it with the other rows.

    Accuracy is the metric to compare with: macro-F1 depends on which classes and how many rows a
    slice holds, so its difference says little about the model, and its p-value is too small for a
    slice of few rows. Resamples that draw no unit of one side are left out.

    Raises:
        CourseError: a mask of the wrong length, or fewer than 5 units (rows, or groups where
            ``groups`` are given) inside or outside.
    """
    truth = as_labels(labels, n_classes, "labels")
    guess = as_labels(predictions, n_classes, "predictions")
    same_length(labels=truth, predictions=guess)
    units = np.arange(len(truth)) if groups is None else group_codes(groups, len(truth))
    masks = {name: _mask(name, mask, units) for name, mask in slices.items()}
    scores = []
    for name, mask in masks.items():
        inside = None if groups is None else units[mask]
        score = bootstrap_metric(
            metric, truth[mask], guess[mask], n_classes, resamples, seed, inside, level
        )
        difference, p = _against_rest(
            metric, truth, guess, n_classes, mask, resamples, seed, groups, level
        )
        scores.append(SliceScore(name, int(mask.sum()), score, difference, p, p, "tie"))
    return _with_holm(scores, _direction(metric), level)


def slices_note(scores: list[SliceScore], level: float = 0.95) -> str:
    """Return the sentence that belongs below a table of slices."""
    found = [s.name for s in scores if s.verdict != "tie"]
    return (
        f"{len(scores)} slices were compared with the rest; p-values are corrected for that "
        f"(Holm), so the chance of any false alarm is about {100 * (1 - level):.2g} %. "
        + (f"Different: {', '.join(found)}." if found else "None differs.")
    )


def _mask(name: str, mask: ArrayLike, units: NDArray[np.int64]) -> NDArray[np.bool_]:
    array = as_array(mask, f"slice {name!r}")
    if array.dtype != bool or array.shape != units.shape:
        raise CourseError(
            f"Slice {name!r} must be one true/false per row ({len(units)}); got {array.shape}."
        )
    smaller = min(len(np.unique(units[array])), len(np.unique(units[~array])))
    if smaller < MIN_UNITS:
        raise CourseError(
            f"Slice {name!r} leaves {smaller} rows or groups on one side; at least {MIN_UNITS} are "
            "needed to compare: merge it with another slice."
        )
    return array


def _against_rest(
    metric: str | CountMetric,
    truth: NDArray[np.int64],
    guess: NDArray[np.int64],
    n_classes: int,
    mask: NDArray[np.bool_],
    resamples: int,
    seed: int,
    groups: ArrayLike | None,
    level: float,
) -> tuple[Interval, float]:
    chosen = count_metric(metric)
    if chosen is None:
        raise CourseError("Slices take a metric by name or a CountMetric.")
    one_hot = np.eye(n_classes)
    table = np.hstack([one_hot[truth], one_hot[guess], one_hot[truth] * (truth == guess)[:, None]])
    sides = np.stack([mask, ~mask], axis=1)
    features = np.hstack([sides, table * sides[:, :1], table * sides[:, 1:]])

    def difference(totals: NDArray[Any]) -> Any:
        t = totals[:, 2:].reshape(len(totals), 2, 3, n_classes)
        inside, outside = (ClassCounts(t[:, i, 0], t[:, i, 1], t[:, i, 2]) for i in (0, 1))
        gap = np.asarray(chosen.function(inside)) - np.asarray(chosen.function(outside))
        return np.where((totals[:, :2] > 0).all(axis=1), gap, np.nan)

    units = row_units(features, groups)
    values = resampled_values(units, difference, resamples, seed)
    values = values[np.isfinite(values)]
    interval = interval_from(values, float(difference(total(units))[0]), level)
    tail = min(int((values <= 0).sum()), int((values >= 0).sum()))
    p = min(1.0, 2 * (tail + 1) / (len(values) + 1))
    if chosen.name != "accuracy":
        return interval, p
    right = truth == guess
    hits = (int(right[mask].sum()), int(right[~mask].sum()))
    return interval, max(p, fisher_exact(hits[0], int(mask.sum()), hits[1], int((~mask).sum())))


def _direction(metric: str | CountMetric) -> bool:
    """Return whether more is better; a tier's metric is called like ``zero_f1_classes[tail]``."""
    chosen = count_metric(metric)
    return higher_is_better(chosen.name if chosen else str(metric))


def _with_holm(scores: list[SliceScore], upwards: bool, level: float) -> list[SliceScore]:
    adjusted = holm([s.p for s in scores])

    def word(score: SliceScore, p_holm: float) -> str:
        if p_holm > 1 - level:
            return "tie"
        return "better" if (score.difference.estimate > 0) == upwards else "worse"

    return [
        replace(s, p_holm=float(q), verdict=word(s, float(q))) for s, q in zip(scores, adjusted)
    ]
