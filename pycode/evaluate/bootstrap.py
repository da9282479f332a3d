"""Bootstrap intervals for one model and for the difference of two on the same rows.

Rows (or whole groups of near-duplicates) are drawn with replacement; both models are scored on the
same draw, so what they share cancels. 10,000 resamples of macro-F1 take less than a second.

With many classes of one or two rows, intervals of macro-F1 are too narrow, because a resample cannot
show how a class of one row varies; the run `interval-coverage` measures by how much. Intervals of
accuracy and of the head's macro-F1 are as wide as they should be. Centring makes those of one model better
and those of a difference worse, so a difference keeps its percentiles. Those of a difference in zero-F1
classes may miss their own estimate, as a resample leaves rows out; they too hold the truth more often so.
Reference: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapters 6 and 13.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError
from pycode.evaluate.arrays import as_floats, as_labels, check_count, same_length
from pycode.evaluate.count_metrics import (
    COUNT_METRICS,
    CountMetric,
    count_metric,
    count_units,
    model_counts,
)
from pycode.evaluate.intervals import Interval, interval_from
from pycode.evaluate.resample import check_plan, group_codes, resampled_values, row_units, total


def paired_bootstrap(
    metric: str | CountMetric | Callable[..., Any],
    labels: ArrayLike,
    predictions_a: ArrayLike,
    predictions_b: ArrayLike,
    n_classes: int,
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Percentile interval of metric(a) - metric(b) on the same rows.

    ``metric``: a name of ``COUNT_METRICS``, the function of that name in `classification`, a
    ``CountMetric``, or any ``metric(labels, predictions, n_classes)`` (slower).
    ``groups`` (n,): draw whole groups instead of rows.
    """
    fast = count_metric(metric)
    if fast is None and callable(metric):
        return _any_metric(
            metric, labels, predictions_a, predictions_b, n_classes, resamples, seed, groups, level
        )
    if fast is None:
        raise CourseError(
            f"A metric is a name ({', '.join(COUNT_METRICS)}) or a function; got {metric!r}."
        )
    units = count_units(labels, [predictions_a, predictions_b], n_classes, groups)

    def difference(totals: NDArray[Any]) -> Any:
        a, b = (model_counts(totals, n_classes, m) for m in (0, 1))
        return np.asarray(fast.function(a), float) - np.asarray(fast.function(b), float)

    values = resampled_values(units, difference, resamples, seed)
    return interval_from(values, float(difference(total(units))[0]), level)


def bootstrap_metric(
    metric: str | CountMetric,
    labels: ArrayLike,
    predictions: ArrayLike,
    n_classes: int,
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
    method: str = "centred",
) -> Interval:
    """Interval of one model's metric (a name of ``COUNT_METRICS`` or a ``CountMetric``)."""
    return bootstrap_metrics(
        [metric], labels, predictions, n_classes, resamples, seed, groups, level, method
    )[0]


def bootstrap_metrics(
    metrics: Sequence[str | CountMetric],
    labels: ArrayLike,
    predictions: ArrayLike,
    n_classes: int,
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
    method: str = "centred",
) -> list[Interval]:
    """Intervals of several metrics of one model from the same resamples, in the order asked."""
    chosen = [count_metric(metric) for metric in metrics]
    if not chosen or None in chosen:
        raise CourseError(
            f"bootstrap_metrics takes names ({', '.join(COUNT_METRICS)}) or CountMetric objects."
        )
    units = count_units(labels, [predictions], n_classes, groups)

    def scores(totals: NDArray[Any]) -> Any:
        counts = model_counts(totals, n_classes, 0)
        return np.stack([np.asarray(m.function(counts), float) for m in chosen if m], axis=1)

    values, estimates = resampled_values(units, scores, resamples, seed), scores(total(units))[0]
    return [
        interval_from(values[:, i], float(estimates[i]), level, method) for i in range(len(chosen))
    ]


def bootstrap_mean(
    values: ArrayLike,
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Interval of the mean of per-row values (n,), such as NLL; pass a - b to compare two."""
    column = as_floats(values, "values")
    if column.ndim != 1:
        raise CourseError(f"values must be one number per row; got shape {column.shape}.")
    features = np.stack([column, np.ones_like(column)], axis=1)
    return bootstrap_totals(features, lambda t: t[:, 0] / t[:, 1], resamples, seed, groups, level)


def bootstrap_totals(
    features: ArrayLike,
    statistic: Callable[[NDArray[Any]], Any],
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
    method: str = "percentile",
) -> Interval:
    """Interval of a function of sums of features (n, F): totals (r, F) in, values (r,) out."""
    units = row_units(features, groups)
    values = resampled_values(units, statistic, resamples, seed)
    return interval_from(values, float(np.asarray(statistic(total(units)))[0]), level, method)


def bootstrap_rows(
    statistic: Callable[[NDArray[np.int64]], float],
    n_rows: int,
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
    method: str = "percentile",
) -> Interval:
    """Interval of any statistic of row numbers: the general path, one call per resample."""
    check_plan(resamples, seed)
    check_count("n_rows", n_rows)
    rng = np.random.default_rng(seed)
    members = _members(groups, n_rows)
    values = np.empty(resamples)
    for i in range(resamples):
        drawn = rng.integers(0, len(members) if members else n_rows, size=len(members) or n_rows)
        values[i] = statistic(np.concatenate([members[g] for g in drawn]) if members else drawn)
    return interval_from(values, float(statistic(np.arange(n_rows))), level, method)


def _members(groups: ArrayLike | None, n_rows: int) -> list[NDArray[np.int64]]:
    """Return the row numbers of each group, or nothing when rows are drawn one by one."""
    if groups is None:
        return []
    codes = group_codes(groups, n_rows)
    order = np.argsort(codes, kind="stable").astype(np.int64)
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _any_metric(
    metric: Callable[..., Any],
    labels: ArrayLike,
    predictions_a: ArrayLike,
    predictions_b: ArrayLike,
    n_classes: int,
    *plan: Any,
) -> Interval:
    truth = as_labels(labels, n_classes)
    a, b = (as_labels(p, n_classes, "predictions") for p in (predictions_a, predictions_b))
    n_rows = same_length(labels=truth, predictions_a=a, predictions_b=b)

    def difference(rows: NDArray[np.int64]) -> float:
        y = truth[rows]
        return _number(metric(y, a[rows], n_classes)) - _number(metric(y, b[rows], n_classes))

    return bootstrap_rows(difference, n_rows, *plan)


def _number(value: Any) -> float:
    """Return what a metric gave as a float, or raise a CourseError for a list of them or a text."""
    if np.ndim(value) or np.asarray(value).dtype.kind not in "iufb":
        raise CourseError(f"A metric must return one number; got {type(value).__name__}.")
    return float(value)
