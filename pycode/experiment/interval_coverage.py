"""Does a 95 % interval hold the truth in 95 % of cases? A simulation for macro-F1 with a long tail.

Classes have the sizes of the course's own data (the curve that the run label-counts-cfpb stores).
Two made-up models are right with a probability that falls with the class's rank; their errors follow
class size, and half of their luck is shared. The truth is the mean over very many test sets.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pycode.data.tiers import tiers
from pycode.errors import CourseError
from pycode.evaluate.classification import (
    ClassCounts,
    accuracy_of,
    class_counts,
    macro_f1_of,
    zero_f1_of,
)
from pycode.evaluate.count_metrics import count_units, model_counts, tier_metric
from pycode.evaluate.intervals import interval_from
from pycode.evaluate.resample import resampled_values
from pycode.experiment.data import check_fingerprint
from pycode.experiment.measure import metric, share_leaf
from pycode.experiment.types import Job, Result, one_or_more
from pycode.files import sha256

RECORD_KIND = "simulate"
UNITS = {"zero_f1_classes": "classes"}
CURVE_RUN = "label-counts-cfpb"
Ints = NDArray[np.int64]
Scores = dict[str, Callable[[ClassCounts], Any]]
TestSet = tuple[Ints, Ints, Ints]


@dataclass(frozen=True)
class Recipe:
    """``recall_a`` and ``recall_b``: chance of knowing the class, in the largest and the smallest one.

    Who does not know it guesses by class size and may be right by luck.
    """

    rows: tuple[int, ...] = (1604, 6430)
    test_sets: int = 500
    resamples: int = 1000
    truth_sets: int = 3000
    recall_a: tuple[float, ...] = (0.70, 0.25)
    recall_b: tuple[float, ...] = (0.75, 0.02)

    def __post_init__(self) -> None:
        one_or_more(self, "test_sets", "resamples", "truth_sets")
        if not self.rows or min(self.rows) < 1:
            raise CourseError(
                f"recipe.rows needs one or more numbers from 1; got {list(self.rows)}."
            )
        for name in ("recall_a", "recall_b"):
            pair = getattr(self, name)
            if len(pair) != 2 or not all(0 <= chance <= 1 for chance in pair):
                raise CourseError(f"recipe.{name} needs two chances from 0 to 1; got {list(pair)}.")


def run(job: Job) -> Result:
    """Return coverage and width of single and paired intervals for each number of rows."""
    path = job.folder.parent / CURVE_RUN / "tables.json"
    if not path.is_file():
        raise CourseError(f"This simulation reads runs/{CURVE_RUN}: do `course run {CURVE_RUN}`.")
    mark = sha256(path)
    check_fingerprint(job, mark)
    curve = json.loads(path.read_text(encoding="utf-8"))["curve"]["rows"]
    sizes = np.array([count for _, count in curve], dtype=np.float64)
    metrics = {f"rows_{n}": _at(n, sizes / sizes.sum(), job) for n in job.config.recipe.rows}
    data = {
        "source": "simulated", "name": "class curve", "fingerprint": mark,
        "n": {f"rows_{n}": n for n in job.config.recipe.rows}, "n_classes": len(sizes),
    }  # fmt: skip
    return Result(model="two simulated classifiers", data=data, metrics=metrics)


def _at(n: int, shares: NDArray[np.float64], job: Job) -> dict[str, Any]:
    recipe, seed = job.config.recipe, job.config.seeds[0]
    few = 8 if job.smoke else None
    models = [_model(shares, recall) for recall in (recipe.recall_a, recipe.recall_b)]
    many = _draw(n, shares, models, recipe.truth_sets if few is None else few, seed)
    scores = _metrics(shares)
    truths = _scores(many, len(shares), scores)
    sets = list(_draw(n, shares, models, few or recipe.test_sets, seed + 1))
    return {
        name: _coverage(
            sets, function, truths[name], len(shares), recipe.resamples, UNITS.get(name, "score")
        )
        for name, function in scores.items()
    }


def _metrics(shares: NDArray[np.float64]) -> Scores:
    """Return macro-F1, over all classes and over each tier that there is, accuracy and zero-F1 classes."""
    named = tiers(np.round(shares * 1e9).astype(np.int64))  # only the order of the sizes counts
    parts = {
        f"{tier}_macro_f1": tier_metric("macro_f1", named, tier).function
        for tier in dict.fromkeys(named.tolist())
    }
    return {
        "macro_f1": macro_f1_of, "accuracy": accuracy_of, "zero_f1_classes": zero_f1_of, **parts
    }  # fmt: skip


def _model(shares: NDArray[np.float64], recall: tuple[float, ...]) -> NDArray[np.float64]:
    """Return P(predicted | true) (C, C) as cumulative sums along each row."""
    right = np.linspace(recall[0], recall[1], len(shares))
    table = np.outer(1 - right, shares) + np.diag(right)
    return np.cumsum(table, axis=1)


def _draw(
    n: int, shares: NDArray[np.float64], models: list[NDArray[np.float64]], sets: int, seed: int
) -> Iterator[TestSet]:
    """Yield test sets: labels and the predictions of both models (n,)."""
    rng = np.random.default_rng([seed, n])
    for _ in range(sets):
        labels = rng.choice(len(shares), n, p=shares)
        luck = rng.random(n)
        own = np.where(rng.random(n) < 0.5, luck, rng.random(n))
        first, second = (
            np.minimum((table[labels] < u[:, None]).sum(axis=1), len(shares) - 1)
            for table, u in zip(models, (luck, own))
        )
        yield labels, first, second


def _scores(
    sets: Iterable[TestSet], n_classes: int, metrics: Scores
) -> dict[str, NDArray[np.float64]]:
    """Return each metric of both models on each set (S, 2)."""
    found: dict[str, list[list[float]]] = {name: [] for name in metrics}
    for y, a, b in sets:
        counts = [class_counts(y, guess, n_classes) for guess in (a, b)]
        for name, function in metrics.items():
            found[name].append([float(function(c)) for c in counts])
    return {name: np.array(values) for name, values in found.items()}


def _coverage(
    sets: list[TestSet],
    function: Callable[[ClassCounts], Any],
    truths: NDArray[np.float64],
    n_classes: int,
    resamples: int,
    unit: str,
) -> dict[str, Any]:
    truth = truths.mean(axis=0)
    seen = _scores(sets, n_classes, {"it": function})["it"]
    held = {"single_percentile": 0, "single_centred": 0, "paired": 0, "paired_centred": 0}
    widths: dict[str, list[float]] = {"single": [], "paired": []}
    for i, (y, a, b) in enumerate(sets):
        units = count_units(y, [a, b], n_classes)
        values = resampled_values(
            units,
            lambda t: np.stack([function(model_counts(t, n_classes, m)) for m in (0, 1)], axis=1),
            resamples,
            i,
        )
        for method in ("percentile", "centred"):
            found = interval_from(values[:, 0], float(seen[i, 0]), method=method)
            held[f"single_{method}"] += not found.excludes(truth[0])
        gaps, gap_seen = values[:, 0] - values[:, 1], float(seen[i, 0] - seen[i, 1])
        for key, method in (("paired_centred", "centred"), ("paired", "percentile")):
            gap = interval_from(gaps, gap_seen, method=method)
            held[key] += not gap.excludes(truth[0] - truth[1])
        widths["single"].append(found.high - found.low)
        widths["paired"].append(gap.high - gap.low)
    needed = {"single": truths[:, 0], "paired": truths[:, 0] - truths[:, 1]}
    return {
        **{f"{key}_coverage": share_leaf(hits, len(sets)) for key, hits in held.items()},
        **{f"{key}_width": metric(float(np.mean(w)), unit) for key, w in widths.items()},
        **{f"{key}_width_needed": metric(float(np.ptp(np.quantile(v, [0.025, 0.975]))), unit,
                                         note="central 95 % over fresh test sets")
           for key, v in needed.items()},
        "truth": metric(float(truth[0]), unit, note="mean of model a over fresh test sets"),
    }  # fmt: skip
