"""One classifier at every precision: speed, memory, agreement with fp32, and what it does to the labels.

Every back end is measured by the same protocol, memory and time each in a process of its own
(`pycode.compress.protocol` says why). Those that this machine cannot run are named with the reason. Root metrics
(``test.macro_f1``) are those of the reference, the first back end.
"""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pycode.compress.agreement import agreement
from pycode.compress.backends import BACKENDS, known_backend
from pycode.compress.launch import measure_fresh
from pycode.compress.protocol import MEMORY_PASSES, Measurement, Plan, percentile
from pycode.data import CourseData
from pycode.data.class_table import class_table
from pycode.data.tiers import TIERS, tiers
from pycode.errors import CourseError
from pycode.evaluate.scores import score_difference
from pycode.evaluate.verdict import higher_is_better, verdict
from pycode.experiment.compress_source import check_recorded, source_config
from pycode.experiment.data import facts, load
from pycode.experiment.environment import usable_cores
from pycode.experiment.measure import UNITS, interval_leaf, metric, outputs_of, split_metrics
from pycode.experiment.seeded import scaled_metrics
from pycode.experiment.training import cache, kept_weights, tiny_twin
from pycode.experiment.types import Job, Result
from pycode.runs.outputs import FP16_MAX, Outputs
from pycode.train.encode import Encoded, encode
from pycode.train.lengths import check_length
from pycode.train.models import ModelSpec, load_classifier, load_tokenizer, model_spec

RECORD_KIND = "compress"
MODULES = {"bitsandbytes": "bitsandbytes", "onnx": "onnxruntime"}  # imported by the workers only
SMOKE_BACKENDS = 2
CHANGES = ("accuracy", "macro_f1", "nll", "ece")
AGREEMENT_UNITS = {
    "same": "share",
    "kl": "nats",
    "mean_logit_gap": "error",
    "largest_logit_gap": "error",
}


@dataclass(frozen=True)
class Recipe:
    """``source`` is a run that trains plain weights with ``keep_weights`` (the seed is this run's own); or ``model`` is
    measured with random weights, for time and memory only. ``threads`` 0 means one per usable core.
    """

    source: str = ""
    model: str = ""
    backends: tuple[str, ...] = tuple(BACKENDS)
    max_length: int = 128
    batch_size: int = 32
    single: int = 100
    batches: int = 30
    warmup: int = 10
    threads: int = 0
    rows: int = 0  # of val and test together, for models with random weights; 0: all

    def __post_init__(self) -> None:
        if bool(self.source) == bool(self.model):
            raise CourseError(
                "A compression recipe needs either `source: <run id>` or `model: <name>`."
            )
        if not self.backends:
            raise CourseError(f"recipe.backends is empty; known: {', '.join(BACKENDS)}.")
        for name in self.backends:
            known_backend(name)
        if len(set(self.backends)) < len(self.backends):
            raise CourseError(
                f"recipe.backends names one twice: {', '.join(self.backends)}; each is measured once."
            )
        if self.source and self.rows > 0:
            raise CourseError(
                "recipe.rows is for `model`, which has random weights; those of a `source` are scored on every row of "
                "val and test: drop rows."
            )
        if self.model:  # what a source's model reads is only known in `run`
            check_length(self.model, self.max_length)
        if min(self.batch_size, self.single, self.batches) < 1 or self.warmup < 0:
            raise CourseError("batch_size, single and batches are 1 or more, warmup 0 or more.")
        if min(self.rows, self.threads) < 0:
            raise CourseError(
                f"rows and threads are 0 or more; got rows {self.rows}, threads {self.threads}."
            )


def run(job: Job) -> Result:
    """Measure every back end of the recipe; outputs are stored for each."""
    recipe: Recipe = job.config.recipe
    source = source_config(job)
    model = source.recipe.model if source else recipe.model or "minilm"
    check_length(model, recipe.max_length)
    data = load(job)
    spec = model_spec(tiny_twin(model) if job.smoke else model)
    tokenizer = load_tokenizer(spec)
    rows = _rows(data, tokenizer, recipe)
    scored = bool(recipe.source)
    plan = _plan(job, recipe, int(tokenizer.pad_token_id), tokenizer.padding_side, scored)
    metrics: dict[str, Any] = {}
    logits: dict[str, np.ndarray] = {}
    notes = [] if scored else ["Random weights: only time and memory mean anything."]
    with _folder(job, recipe, spec, data.n_classes, plan.pad_id) as folder:
        for name in recipe.backends[:SMOKE_BACKENDS] if job.smoke else recipe.backends:
            try:
                found, values = measure_fresh(
                    name, folder, rows, plan, threads=recipe.threads or usable_cores()
                )
            except CourseError as error:
                if name == recipe.backends[0]:
                    raise
                notes.append(f"{name} was not measured: {error}")
                continue
            metrics[name] = cost_metrics(found, plan, recipe)
            if found.memory.inference_peak is None:
                notes.append(f"The memory of {name} was {found.memory.method}.")
            ms = percentile(found.timing.single_s, 0.5)
            print(f"{name}: {ms:.1f} ms one at a time", flush=True)
            if values is not None:
                lost = int((~(np.abs(values) <= FP16_MAX)).any(axis=1).sum())
                if lost:
                    notes.append(_not_scored(name, lost, len(values), recipe))
                    continue
                if not logits:
                    notes.append(check_recorded(job, source, data, name, values[: len(data.val)]))
                logits[name] = values
    outputs = _score(data, logits, metrics, job.resamples) if scored else {}
    what = f"weights of run {recipe.source}" if scored else f"{recipe.model}, random weights"
    return Result(
        model=f"{what}, at {len(metrics)} precisions"
        if not scored
        else f"{what}, at every precision",
        data=facts(data),
        metrics=metrics,
        outputs=outputs,
        tables={"classes": class_table(data)},
        batch_size=recipe.batch_size,
        sequence_policy=f"first {recipe.max_length} tokens, padded to the longest of the batch",
        notes=" ".join(filter(None, notes)),
        uses=[
            MODULES.get(item.family, "torch") for name, item in BACKENDS.items() if name in metrics
        ],
    )


def _rows(data: CourseData, tokenizer: Any, recipe: Recipe) -> Encoded:
    """Return val and test rows in a row, cut to ``recipe.rows``."""
    parts = [encode(tokenizer, data.split(name), recipe.max_length) for name in ("val", "test")]
    end = recipe.rows or None
    ids = [*parts[0].ids, *parts[1].ids][:end]
    labels = np.concatenate([part.labels for part in parts])[:end]
    return Encoded(ids, labels, np.array([len(item) for item in ids], dtype=np.int64))


def _plan(job: Job, recipe: Recipe, pad_id: int, side: str, predict: bool) -> Plan:
    small = {"single": 4, "batches": 2, "warmup": 1, "batch_size": 8} if job.smoke else {}
    wanted = {name: getattr(recipe, name) for name in ("single", "batches", "warmup", "batch_size")}
    return Plan(pad_id=pad_id, side=side, predict=predict, **{**wanted, **small})


def _not_scored(name: str, lost: int, rows: int, recipe: Recipe) -> str:
    """Return the note on a back end whose logits are too large for its numbers or for those that are stored.

    Raises:
        CourseError: it is the reference, without which nothing can be compared.
    """
    what = f"{name} gave logits that are not finite in fp16 on {lost:,} of {rows:,} rows"
    if name == recipe.backends[0]:
        raise CourseError(f"{what}: begin recipe.backends with one of a wider range, as fp32.")
    return f"{what}: of it only time and memory are stated."


@contextlib.contextmanager
def _folder(
    job: Job, recipe: Recipe, spec: ModelSpec, n_classes: int, pad_id: int
) -> Iterator[Path]:
    """The folder with the classifier: kept weights, or random ones made now and deleted afterwards.

    What an interrupted run has left there goes first: a file exported from its weights would be taken for these.
    """
    if recipe.source and not job.smoke:
        yield kept_weights(job, recipe.source, job.config.seeds[0])
        return
    folder = cache(job) / "random-weights" / (f"smoke-{spec.name}" if job.smoke else spec.name)
    shutil.rmtree(folder, ignore_errors=True)
    model = load_classifier(spec, n_classes, seed=job.config.seeds[0], pad_id=pad_id)
    try:
        model.save_pretrained(folder)
        del model  # its memory is wanted for measuring
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cost_metrics(found: Measurement, plan: Plan, recipe: Recipe) -> dict[str, Any]:
    """Return time, size and memory of one back end, each a number of its own; what nothing could watch is left out."""
    time = found.timing
    shared = {
        "dtype": time.dtype, "threads": recipe.threads or usable_cores(),
        "load_average": round(time.load_average, 1),
    }  # fmt: skip
    one = {**shared, "batch_size": 1}
    many = {**shared, "batch_size": plan.batch_size}
    tree: dict[str, Any] = {
        **_memory_metrics(found, plan, recipe),
        "load_seconds": metric(
            time.load_s, "s", statistic="one load of files that were just read, in a process that measures no memory",
        ),
        "latency_1": {
            "median": _time(time.single_s, 0.5, "ms", "median", one),
            "p95": _time(time.single_s, 0.95, "ms", "95th percentile", one),
        },
        "latency_n": {
            "median": _time(time.batch_s, 0.5, "ms/batch", "median", many),
            "p95": _time(time.batch_s, 0.95, "ms/batch", "95th percentile", many),
        },
        "throughput": metric(
            plan.batch_size * len(time.batch_s) / sum(time.batch_s), "ex/s", plan.batch_size * len(time.batch_s),
            statistic=f"{len(time.batch_s)} batches in random order", settings=many,
        ),
    }  # fmt: skip
    return tree


def _memory_metrics(found: Measurement, plan: Plan, recipe: Recipe) -> dict[str, Any]:
    """Return sizes and peaks in MB (10⁶ bytes), each with how it was measured."""
    memory = found.memory
    threads = {"threads": recipe.threads or usable_cores()}
    passes = f"highest of {MEMORY_PASSES} forward passes"
    above = f"above the process without the model; {memory.method}"
    loaded = f"above the loaded model; {memory.method}"
    leaves = {
        "disk": (memory.disk, "files as stored by this back end", {}),
        "weights": (memory.weights, "weights and scales, counted", {}),
        "load_peak": (memory.load_peak, f"peak during load, {above}", threads),
        "resident": (memory.resident, f"after load, {above}", threads),
        "inference_peak": (
            memory.inference_peak, f"{passes} of the widest batch, {loaded}",
            {**threads, "batch_size": plan.batch_size},
        ),
        "inference_peak_1": (
            memory.inference_peak_1, f"{passes} of the longest text, {loaded}",
            {**threads, "batch_size": 1},
        ),
    }  # fmt: skip
    return {
        name: metric(
            size / 1e6, "MB", statistic=statistic, settings={"dtype": found.timing.dtype, **own}
        )
        for name, (size, statistic, own) in leaves.items()
        if size is not None
    }


def _time(
    seconds: list[float], share: float, unit: str, word: str, settings: dict[str, Any]
) -> dict[str, Any]:
    statistic = f"{word} of {len(seconds)} after warm-up"
    return metric(
        percentile(seconds, share), unit, len(seconds), statistic=statistic, settings=settings
    )


def _score(
    data: CourseData, logits: dict[str, np.ndarray], metrics: dict[str, Any], resamples: int
) -> dict[str, Outputs]:
    """Add quality, agreement and differences to ``metrics``; return the outputs of every back end."""
    first = next(iter(logits))
    reference: dict[str, Outputs] = {}
    stored: dict[str, Outputs] = {}
    for name, values in logits.items():
        n_val = len(data.val)
        parts = {"val": values[:n_val], "test": values[n_val:]}
        outputs = {split: outputs_of(data, split, part) for split, part in parts.items()}
        quality = {split: split_metrics(data, out, resamples) for split, out in outputs.items()}
        metrics[name] |= {**quality, "scaled": scaled_metrics(outputs, resamples)}
        if name == first:
            reference = outputs
            metrics |= quality
            stored |= outputs
            continue
        metrics[name]["agreement"] = {
            key: metric(value, AGREEMENT_UNITS[key], len(data.test), note=f"with {first}, on test")
            for key, value in agreement(reference["test"].logits, outputs["test"].logits).items()
        }
        metrics[name]["change"] = _changes(
            data, reference["test"], outputs["test"], resamples, first
        )
        stored[f"test_{name}"] = outputs["test"]
    return stored


def _changes(
    data: CourseData, reference: Outputs, other: Outputs, resamples: int, first: str
) -> dict[str, Any]:
    """Return each metric minus the reference's on test, paired, overall and per tier."""
    tier = tiers(data.train_counts())
    names = [*CHANGES, *(f"{name}.macro_f1" for name in TIERS if name in tier)]
    tree: dict[str, Any] = {}
    for name in names:
        found = score_difference(
            name,
            reference.labels,
            other.logits,
            reference.logits,
            tier,
            resamples,
            0,
            reference.groups,
        )
        last = name.rpartition(".")[2]
        word = verdict(found, higher_is_better(last))
        unit = "nats" if UNITS[last] == "nats" else "delta"
        leaf = interval_leaf(found, unit, len(reference.labels), "near-duplicate groups",
                             note=f"minus {first}, paired: {word}")  # fmt: skip
        branch = name.rpartition(".")[0]
        (tree.setdefault(branch, {}) if branch else tree)[last] = leaf
    return tree
