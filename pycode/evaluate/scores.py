"""Every metric by name, from labels and logits: with an interval, and as a paired difference.

What a run records and what a comparison quotes both come from here, so they cannot disagree.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from pycode.errors import CourseError, nearest
from pycode.evaluate.arrays import Floats, as_scores, same_length
from pycode.evaluate.bootstrap import bootstrap_mean, bootstrap_metrics, paired_bootstrap
from pycode.evaluate.calibration import brier_rows, ece_difference, ece_interval, nll_rows
from pycode.evaluate.count_metrics import COUNT_METRICS, CountMetric, tier_metric
from pycode.evaluate.intervals import Interval

Rows = Callable[[ArrayLike, ArrayLike], Floats]

ROW_METRICS: dict[str, Rows] = {"nll": nll_rows, "brier": brier_rows}
ECE_SCHEMES = {"ece": "width", "ece_mass": "mass"}
TIER_METRICS = ("macro_f1", "recall", "zero_f1_classes")
NAMES = (*COUNT_METRICS, *ROW_METRICS, *ECE_SCHEMES)


def score(
    names: Sequence[str],
    labels: ArrayLike,
    logits: ArrayLike,
    tiers: ArrayLike | None = None,
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Return each named metric of logits (n, C) with its centred interval, in the order asked.

    Names are those of ``NAMES``, and ``<tier>.<name>`` with a name of ``TIER_METRICS``
    (``tail.macro_f1``) where ``tiers`` names a tier for each class.

    Raises:
        CourseError: an unknown name; the nearest is named.
    """
    table = as_scores(logits)
    counted = {name: _count_metric(name, tiers) for name in names}
    fast = {name: metric for name, metric in counted.items() if metric}
    plan = (resamples, seed, groups, level)
    found: dict[str, Interval] = {}
    if fast:
        guesses, n_classes = table.argmax(axis=1), table.shape[1]
        values = bootstrap_metrics(list(fast.values()), labels, guesses, n_classes, *plan)
        found = dict(zip(fast, values))
    for name in names:
        if name in ROW_METRICS:
            found[name] = bootstrap_mean(ROW_METRICS[name](labels, table), *plan)
        elif name in ECE_SCHEMES:
            found[name] = ece_interval(labels, table, 15, ECE_SCHEMES[name], *plan)
    return {name: _within(found[name], name, table.shape[1]) for name in names}


def _within(interval: Interval, name: str, n_classes: int) -> Interval:
    """Cut the bounds to what the metric can be; a centred interval may reach beyond by its shift."""
    last = name.rpartition(".")[2]
    top = {"zero_f1_classes": float(n_classes), "brier": 2.0, "nll": np.inf}.get(last, 1.0)
    return replace(interval, low=max(interval.low, 0.0), high=min(interval.high, top))


def score_difference(
    name: str,
    labels: ArrayLike,
    logits_a: ArrayLike,
    logits_b: ArrayLike,
    tiers: ArrayLike | None = None,
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Return the paired interval of metric(a) - metric(b) for any name that ``score`` takes."""
    a, b = as_scores(logits_a, "logits_a"), as_scores(logits_b, "logits_b")
    same_length(logits_a=a, logits_b=b)
    if a.shape[1] != b.shape[1]:
        raise CourseError(
            f"logits_a have {a.shape[1]} classes, logits_b {b.shape[1]}: compare runs over one class list."
        )
    metric = _count_metric(name, tiers)
    plan = (resamples, seed, groups, level)
    if metric:
        first, second = a.argmax(axis=1), b.argmax(axis=1)
        return paired_bootstrap(metric, labels, first, second, a.shape[1], *plan)
    if name in ROW_METRICS:
        rows = ROW_METRICS[name]
        return bootstrap_mean(rows(labels, a) - rows(labels, b), *plan)
    return ece_difference(labels, a, b, 15, ECE_SCHEMES[name], *plan)


def _count_metric(name: str, tiers: ArrayLike | None) -> CountMetric | None:
    if name in COUNT_METRICS:
        return COUNT_METRICS[name]
    if name in NAMES:
        return None
    tier, dot, rest = name.partition(".")
    if dot and tiers is not None:
        return tier_metric(rest, np.asarray(tiers), tier)
    why = " A metric of a tier needs `tiers`." if dot else ""
    raise CourseError(
        f"Unknown metric {name!r}; known: {', '.join(NAMES)}.{why}{nearest(name, NAMES)}"
    )
