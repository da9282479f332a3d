"""Is the model worse on some kind of row? Slices with intervals, corrected for looking at many."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError
from pycode.evaluate.arrays import as_labels, same_length
from pycode.evaluate.bootstrap import bootstrap_metric
from pycode.evaluate.classification import ClassCounts
from pycode.evaluate.count_metrics import CountMetric, count_metric
from pycode.evaluate.intervals import Interval, interval_from
from pycode.evaluate.resample import resampled_values, row_units, total
from pycode.evaluate.verdict import higher_is_better

MIN_ROWS = 5  # below this, resamples without any row of the slice become common


@dataclass(frozen=True)
class SliceScore:
    """One slice against the rest of the rows.

    ``score`` is the metric inside; ``difference`` is inside less outside; ``p`` tests that they are
    equal and ``p_holm`` corrects it for the number of slices. ``verdict`` uses ``p_holm``.
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
    p = np.asarray(p_values, dtype=np.float64)
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
    slice holds, so its difference says little about the model.

    Raises:
        CourseError: a mask of the wrong length, or fewer than 5 rows inside or outside.
    """
    truth = as_labels(labels, n_classes, "labels")
    guess = as_labels(predictions, n_classes, "predictions")
    same_length(labels=truth, predictions=guess)
    masks = {name: _mask(name, mask, len(truth)) for name, mask in slices.items()}
    names = None if groups is None else np.asarray(groups)
    scores = []
    for name, mask in masks.items():
        inside = None if names is None or len(set(names[mask].tolist())) < 2 else names[mask]
        score = bootstrap_metric(
            metric, truth[mask], guess[mask], n_classes, resamples, seed, inside, level
        )
        difference, p = _against_rest(
            metric, truth, guess, n_classes, mask, resamples, seed, names, level
        )
        scores.append(SliceScore(name, int(mask.sum()), score, difference, p, p, "tie"))
    return _with_holm(scores, _direction(metric), level)


def slices_note(scores: list[SliceScore], level: float = 0.95) -> str:
    """Return the sentence that belongs below a table of slices."""
    found = [s.name for s in scores if s.verdict != "tie"]
    return (
        f"{len(scores)} slices were compared with the rest; p-values are corrected for that "
        f"(Holm), so the chance of any false alarm is {1 - level:.0%}. "
        + (f"Different: {', '.join(found)}." if found else "None differs.")
    )


def _mask(name: str, mask: ArrayLike, rows: int) -> NDArray[np.bool_]:
    array = np.asarray(mask)
    if array.dtype != bool or array.shape != (rows,):
        raise CourseError(
            f"Slice {name!r} must be one true/false per row ({rows}); got {array.shape}."
        )
    smaller = min(int(array.sum()), int((~array).sum()))
    if smaller < MIN_ROWS:
        raise CourseError(
            f"Slice {name!r} leaves {smaller} rows on one side; at least {MIN_ROWS} are needed to "
            "compare: merge it with another slice."
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
    features = np.hstack([table * mask[:, None], table * ~mask[:, None]])

    def difference(totals: NDArray[Any]) -> Any:
        t = totals.reshape(len(totals), 2, 3, n_classes)
        inside, outside = (ClassCounts(t[:, i, 0], t[:, i, 1], t[:, i, 2]) for i in (0, 1))
        return np.asarray(chosen.function(inside)) - np.asarray(chosen.function(outside))

    units = row_units(features, groups)
    values = resampled_values(units, difference, resamples, seed)
    interval = interval_from(values, float(difference(total(units))[0]), level)
    tail = min(int((values <= 0).sum()), int((values >= 0).sum()))
    return interval, min(1.0, 2 * (tail + 1) / (resamples + 1))


def _direction(metric: str | CountMetric) -> bool:
    """Return whether more is better; a tier's metric is called like ``zero_f1_classes[tail]``."""
    name = metric.name if isinstance(metric, CountMetric) else metric
    return higher_is_better(name.partition("[")[0])


def _with_holm(scores: list[SliceScore], upwards: bool, level: float) -> list[SliceScore]:
    adjusted = holm([s.p for s in scores])

    def word(score: SliceScore, p_holm: float) -> str:
        if p_holm > 1 - level:
            return "tie"
        return "better" if (score.difference.estimate > 0) == upwards else "worse"

    return [
        replace(s, p_holm=float(q), verdict=word(s, float(q))) for s, q in zip(scores, adjusted)
    ]
