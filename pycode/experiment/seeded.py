"""From trained seeds to metrics: the first seed in full with its outputs, all seeds as mean and interval.

``test.macro_f1`` is the first seed's value with an interval over rows, as stored in its outputs;
``seeds.test.macro_f1`` is the mean over seeds with an interval over seeds and each seed's value;
``scaled.test.ece`` is the first seed after one temperature fitted on validation rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pycode.data import CourseData
from pycode.evaluate import accuracy, macro_f1, weighted_f1, zero_f1_classes
from pycode.evaluate.calibration import brier, ece, nll
from pycode.evaluate.scores import score
from pycode.evaluate.seeds import seed_interval
from pycode.evaluate.temperature import apply_temperature, fit_temperature
from pycode.experiment.finished import Seeded
from pycode.experiment.measure import (
    UNITS,
    interval_leaf,
    metric,
    outputs_of,
    slice_metrics,
    split_metrics,
)
from pycode.experiment.training import Prepared
from pycode.experiment.truth import UNITS as TRUTH_UNITS
from pycode.experiment.truth import truth_metrics, truth_values
from pycode.runs.outputs import Outputs
from pycode.train.recipe import Recipe

SCALED = ("nll", "brier", "ece", "ece_mass")
COUNTED = {"accuracy": accuracy, "macro_f1": macro_f1, "weighted_f1": weighted_f1, "zero_f1_classes": zero_f1_classes}  # fmt: skip
PROBABILITY = {"nll": nll, "brier": brier, "ece": ece}


def seeded_metrics(
    data: CourseData,
    seeds: Sequence[Mapping[str, np.ndarray]],
    names: Sequence[int],
    resamples: int,
    truth: np.ndarray | None = None,
) -> tuple[dict[str, Any], dict[str, Outputs]]:
    """Return (metrics, outputs of the first seed) for the ``val`` and ``test`` logits of each seed.

    ``truth`` (n × C) is the true posterior of the test rows, where it is known.
    """
    outputs = {split: outputs_of(data, split, seeds[0][split]) for split in ("val", "test")}
    tree: dict[str, Any] = {
        split: split_metrics(data, out, resamples) for split, out in outputs.items()
    }
    tree["test"]["slice"] = slice_metrics(data, "test", outputs["test"], resamples)
    tree["scaled"] = scaled_metrics(outputs, resamples, truth)
    tree |= truth_metrics(truth, outputs["test"], resamples)
    if len(seeds) > 1:
        tree["seeds"] = over_seeds(data, seeds, names, truth)
    return tree, outputs


def scaled_metrics(
    outputs: Mapping[str, Outputs], resamples: int, truth: np.ndarray | None = None
) -> dict[str, Any]:
    """Return what one temperature, fitted on ``val``, makes of the probabilities on both splits."""
    val = outputs["val"]
    fit = fit_temperature(val.labels, val.logits)
    note = "temperature fitted on val" + (f", at its {fit.at_bound} bound" if fit.at_bound else "")
    tree: dict[str, Any] = {"temperature": metric(fit.temperature, "temperature", len(val.labels))}
    for split, out in outputs.items():
        scaled = apply_temperature(out.logits, fit.temperature)
        found = score(SCALED, out.labels, scaled, None, resamples, 0, out.groups)
        tree[split] = {
            name: interval_leaf(item, UNITS[name], len(out.labels), "near-duplicate groups", note=note)
            for name, item in found.items()
        }  # fmt: skip
    test = outputs["test"]
    scaled_test = replace(test, logits=apply_temperature(test.logits, fit.temperature))
    return tree | truth_metrics(truth, scaled_test, resamples)


def over_seeds(
    data: CourseData,
    seeds: Sequence[Mapping[str, np.ndarray]],
    names: Sequence[int],
    truth: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return mean, t interval and each seed's value, raw (``test``) and scaled (``scaled.test``)."""
    rows: dict[int, dict[str, dict[str, float]]] = {}
    for name, logits in zip(names, seeds, strict=True):
        temperature = fit_temperature(data.val.labels, logits["val"]).temperature
        rows[name] = {"temperature": {"temperature": temperature}}
        for split in ("val", "test"):
            labels = data.split(split).labels
            rows[name][split] = _raw(labels, logits[split], data.n_classes)
            scaled = apply_temperature(logits[split], temperature)
            rows[name][f"scaled.{split}"] = _probabilities(labels, scaled)
        if truth is not None:
            rows[name]["truth"] = truth_values(truth, logits["test"])
            rows[name]["scaled.truth"] = truth_values(truth, scaled)
    tree: dict[str, Any] = {"scaled": {}}
    for branch, values in rows[names[0]].items():
        split = branch.removeprefix("scaled.")
        rows_of = "test" if split == "truth" else split
        n = len(data.split(rows_of).labels) if split != "temperature" else None
        leaves = {
            item: _leaf(item, {str(name): rows[name][branch][item] for name in names}, n)
            for item in values
        }
        if branch == "temperature":
            tree["scaled"] |= leaves
        else:
            (tree["scaled"] if branch.startswith("scaled.") else tree)[split] = leaves
    return tree


def _raw(labels: np.ndarray, logits: np.ndarray, n_classes: int) -> dict[str, float]:
    guess = logits.argmax(axis=1)
    counted = {name: float(f(labels, guess, n_classes)) for name, f in COUNTED.items()}
    return counted | _probabilities(labels, logits)


def _probabilities(labels: np.ndarray, logits: np.ndarray) -> dict[str, float]:
    return {name: float(f(labels, logits)) for name, f in PROBABILITY.items()}


def _leaf(name: str, values: dict[str, float], n: int | None) -> dict[str, Any]:
    found = seed_interval(list(values.values()))
    low, high = found.low, found.high
    if name != "temperature":
        low = max(low, 0.0)
    bounds = {
        "low": low,
        "high": high,
        "level": found.level,
        "method": f"t over {len(values)} seeds",
    }
    unit = (UNITS | TRUTH_UNITS).get(name, "temperature")
    note = f"mean over {len(values)} seeds"
    return metric(found.estimate, unit, n, interval=bounds, per_seed=values, note=note)


def fit_metrics(recipe: Recipe, prepared: Prepared, seeds: Sequence[Seeded]) -> dict[str, Any]:
    """Return what the first seed's training cost: time, throughput, padding, parameters."""
    first = seeds[0].fit
    time = "updates of the first seed, evaluations apart"
    together = f", {first.processes} processes together" if first.processes > 1 else ""
    shown: dict[str, Any] = {"statistic": time + together}
    tree = {
        "seconds": metric(first.seconds, "s", **shown),
        "evaluation_seconds": metric(first.evaluation_seconds, "s", statistic="first seed"),
        "examples_per_s": metric(first.rows / max(first.seconds, 1e-9), "ex/s", first.rows, **shown),
        "tokens_per_s": metric(first.tokens / max(first.seconds, 1e-9), "tok/s", first.rows, **shown),
        "padding_waste": metric(1 - first.tokens / max(first.positions, 1), "share", first.rows,
                                note="of all positions computed in training"),
        "updates": metric(first.updates, "steps"),
        "best_update": metric(int(first.best.get("update", 0)), "steps", note=f"by val {recipe.select_by}"),
        "micro_batch": metric(first.micro_batch, "rows"),
        "trainable": metric(seeds[0].trainable, "params"),
        "parameters": metric(seeds[0].parameters, "params"),
        "empty_classes": metric(int((prepared.data.train_counts() == 0).sum()), "classes",
                                note="classes without a training row, which nothing can learn"),
    }  # fmt: skip
    if first.skipped:
        note = "left out by fp16's loss scaler, as gradients overflowed"
        tree["skipped_updates"] = metric(first.skipped, "steps", note=note)
    peak = None if any(item.fit.earlier_seconds for item in seeds) else gpu_peak_mb()
    if peak is not None:
        tree["gpu_peak_mb"] = metric(peak, "MB", statistic="allocated by tensors, all seeds")
    return tree


def gpu_peak_mb() -> float | None:
    """Return the most GPU memory that tensors took so far, in MB, or None without a GPU."""
    import torch

    return torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_available() else None


def history_of(seeds: Sequence[Seeded]) -> list[dict[str, Any]]:
    """Return every evaluation of every seed as one flat row."""
    return [{"seed": item.seed, **row} for item in seeds for row in item.fit.history]


def stored_note(seeds: Sequence[int]) -> str:
    """Return which seed's outputs lie beside the record, where there are several."""
    if len(seeds) < 2:
        return ""
    return f"The stored outputs are those of seed {seeds[0]}; of the other seeds the record has the metrics."


def stop_notes(seeds: Sequence[Seeded]) -> str:
    """Return one sentence per seed that did not do all its updates."""
    return " ".join(
        f"Seed {item.seed}: {item.fit.stopped.rstrip('.')}."
        for item in seeds
        if item.fit.stopped != TRAINED
    )


TRAINED = "all updates done"
