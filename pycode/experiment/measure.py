"""Score a classifier the same way in every kind of experiment: outputs first, metrics from them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pycode.data import CourseData
from pycode.data.slices import slices
from pycode.data.tiers import TIERS, tiers
from pycode.evaluate.calibration import confidence
from pycode.evaluate.classification import class_counts
from pycode.evaluate.intervals import Interval
from pycode.evaluate.noise import ece_floor
from pycode.evaluate.proportions import share_interval
from pycode.evaluate.scores import NAMES, TIER_METRICS, score
from pycode.evaluate.slices import MIN_UNITS, SliceScore, score_slices
from pycode.experiment.data import split_groups
from pycode.runs.outputs import Outputs

UNITS = {
    "accuracy": "share", "macro_f1": "score", "weighted_f1": "score", "recall": "score",
    "zero_f1_classes": "classes", "nll": "nats", "brier": "error", "ece": "error",
    "ece_mass": "error",
}  # fmt: skip
SEED = 0
SLICE_ROWS = 20  # smaller slices say nothing
NO_SPREAD = "no interval: every resample gives this value"
NO_WIDTH = 1e-12  # the sums of the resamples are rounded each in their own way


def outputs_of(data: CourseData, split: str, logits: Any) -> Outputs:
    """Return the outputs of a split as they are stored: logits rounded to fp16."""
    part = data.split(split)
    rounded = np.asarray(logits, np.float32).astype(np.float16).astype(np.float32)
    return Outputs(rounded, part.labels, part.row_ids, split_groups(part))


def metric(value: float, unit: str, n: int | None = None, **facts: Any) -> dict[str, Any]:
    """Return one leaf of the metrics tree."""
    return {"value": value, "unit": unit, **({} if n is None else {"n": n}), **facts}


def interval_leaf(
    found: Interval, unit: str, n: int, by: str = "rows", **facts: Any
) -> dict[str, Any]:
    """Return a leaf with its interval; ``by`` says what was resampled.

    Where every resample gives the same value (no row of a class is right, say) the bootstrap knows
    nothing about the uncertainty, and the leaf says so instead of showing an interval of width 0.
    """
    if found.resamples and found.high - found.low < NO_WIDTH:
        return metric(found.estimate, unit, n, **{"note": NO_SPREAD, **facts})
    method, low, high = found.method, found.low, found.high
    if found.resamples:
        method = f"bootstrap of {by}, {found.resamples:,} resamples, seed {SEED}, {method}"
    if unit in ("share", "score"):
        low, high = max(low, 0.0), min(high, 1.0)
    bounds = {"low": low, "high": high, "level": found.level, "method": method}
    return metric(found.estimate, unit, n, interval=bounds, **facts)


def share_leaf(hits: int, rows: int, **facts: Any) -> dict[str, Any]:
    """Return the leaf of a share with its Wilson interval."""
    return interval_leaf(share_interval(hits, rows), "share", rows, **facts)


def split_metrics(data: CourseData, outputs: Outputs, resamples: int) -> dict[str, Any]:
    """Return every metric of a split with intervals from a bootstrap over near-duplicate groups."""
    tier = tiers(data.train_counts())
    names = [*NAMES, *(f"{t}.{name}" for t in TIERS if t in tier for name in TIER_METRICS)]
    found = score(names, outputs.labels, outputs.logits, tier, resamples, SEED, outputs.groups)
    n = len(outputs.labels)
    tree: dict[str, Any] = {}
    for name, interval in found.items():
        branch, _, last = name.rpartition(".")
        place = tree.setdefault(branch, {}) if branch else tree
        rows = int(np.isin(outputs.labels, np.flatnonzero(tier == branch)).sum()) if branch else n
        place[last] = interval_leaf(interval, UNITS[last], rows, "near-duplicate groups")
    return {**tree, **_facts(data, outputs)}


def _facts(data: CourseData, outputs: Outputs) -> dict[str, Any]:
    counts = class_counts(outputs.labels, outputs.predictions, data.n_classes)
    n = len(outputs.labels)
    absent = counts.support == 0
    floor = ece_floor(confidence(outputs.labels, outputs.logits)[0], simulations=1000, seed=SEED)
    bounds = {"low": floor.low, "high": floor.high, "level": 0.95, "method": "1,000 simulations"}
    missed = int(((counts.hits == 0) & ~absent).sum())
    assert outputs.groups is not None
    return {
        "classes_without_rows": metric(int(absent.sum()), "classes", n),
        "zero_f1_with_rows": metric(missed, "classes", n, note="classes that have a row here"),
        "never_predicted": metric(int((counts.predicted == 0).sum()), "classes", n),
        "groups": metric(len(np.unique(outputs.groups)), "groups", n),
        "ece_floor": metric(
            floor.mean, "error", n, interval=bounds, note="ECE if confidences were exactly right"
        ),
    }


def slice_metrics(data: CourseData, split: str, outputs: Outputs, resamples: int) -> dict[str, Any]:
    """Return accuracy inside each slice of the texts, and its difference from the other rows."""
    part = data.split(split)
    masks: dict[str, Any] = {}
    for prop, values in slices(part.texts, part.labels, data.train_counts()).items():
        for name in np.unique(values):
            mask = values == name
            if _enough(mask, outputs.groups):
                masks[f"{prop}.{name}"] = mask
    if not masks:
        return {}
    scored = score_slices(
        "accuracy", outputs.labels, outputs.predictions, data.n_classes, masks,
        min(resamples, 4000), SEED, outputs.groups,
    )  # fmt: skip
    tree: dict[str, Any] = {}
    for item in scored:
        prop, name = item.name.split(".")
        tree.setdefault(prop, {})[name] = _slice_leaf(item, len(scored))
    return tree


def _enough(mask: Any, groups: Any) -> bool:
    """Return whether both sides hold the rows, and the groups, that a comparison needs."""
    return all(
        side.sum() >= SLICE_ROWS and len(np.unique(groups[side])) >= MIN_UNITS
        for side in (mask, ~mask)
    )


def _slice_leaf(item: SliceScore, tested: int) -> Mapping[str, Any]:
    note = f"{item.verdict}; Holm-corrected p = {item.p_holm:.2g} over {tested} slices"
    by = "near-duplicate groups"
    return {
        "accuracy": interval_leaf(item.score, "share", item.rows, by),
        "difference": interval_leaf(item.difference, "delta", item.rows, by, note=note),
    }
