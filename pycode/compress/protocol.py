"""The one protocol, the same steps for every back end: memory in one fresh process, time in another.

They are apart because each spoils the other: a process that gives freed memory back at once is slower, and the thread
that samples its memory takes a share of a core; a process that is left alone keeps freed memory, which would be
counted as needed.
"""

import gc
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pycode.compress.backends import BACKENDS, Loaded, open_backend
from pycode.compress.memory import CPU_METHOD, GPU_METHOD, NO_METHOD, PeakMemory, held_bytes
from pycode.train.batches import micro_batches, pad
from pycode.train.encode import Encoded
from pycode.train.models import ModelSpec, load_classifier
from pycode.train.precision import find_device

MEMORY_PASSES = 3
Input = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Plan:
    """What is measured: ``single`` texts one at a time, ``batches`` batches of ``batch_size`` in random order.

    ``predict`` also runs all rows (in batches of similar length) and returns their logits.
    """

    pad_id: int = 0
    side: str = "right"
    batch_size: int = 32
    single: int = 60
    batches: int = 20
    warmup: int = 5
    predict: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Memory:
    """Sizes in bytes, watched by ``method``; None where nothing can watch.

    ``load_peak`` and ``resident`` count from the process without a model, ``inference_peak`` (the widest of the
    batches) and ``inference_peak_1`` (the longest of the single texts) from the loaded model.
    """

    method: str
    disk: int
    weights: int
    load_peak: int | None = None
    resident: int | None = None
    inference_peak: int | None = None
    inference_peak_1: int | None = None


@dataclass(frozen=True)
class Timing:
    """Times in seconds. ``dtype`` says how the loaded weights are stored."""

    device: str
    dtype: str
    load_average: float
    load_s: float
    single_s: list[float]
    batch_s: list[float]
    predict_s: float
    rows: int


@dataclass(frozen=True)
class Measurement:
    """What came out of both processes."""

    memory: Memory
    timing: Timing


def measure_memory(name: str, folder: Path, rows: Encoded, plan: Plan) -> Memory:
    """Return the sizes of back end ``name`` on the classifier in ``folder``; call it in a fresh process with
    `memory.GIVE_BACK` in its environment.

    Each pass is watched by itself, several times, and the highest counts.
    """
    warm_libraries(name, folder)
    cuda = find_device().kind == "cuda"
    if cuda and BACKENDS[name].family == "onnx":
        loaded = open_backend(name, folder)
        return Memory(NO_METHOD, loaded.disk_bytes(), loaded.weights_bytes())
    order = _order(rows, plan)
    one, many = (_widest(make(rows, order, plan)) for make in (_singles, _batches))
    before = held_bytes(cuda)
    with PeakMemory(cuda, before) as load:
        loaded = open_backend(name, folder)
    after = held_bytes(cuda)
    first, batch = (_pass_peak(loaded, item, cuda, after) for item in (one, many))
    return Memory(
        method=GPU_METHOD if cuda else CPU_METHOD, disk=loaded.disk_bytes(), weights=loaded.weights_bytes(),
        load_peak=load.bytes, resident=after - before, inference_peak=batch, inference_peak_1=first,
    )  # fmt: skip


def measure_time(
    name: str, folder: Path, rows: Encoded, plan: Plan
) -> tuple[Timing, np.ndarray | None]:
    """Return the times of back end ``name``, and the logits (n × C) if the plan wants them; call it in a fresh
    process."""
    warm_libraries(name, folder)
    device = find_device()
    busy = os.getloadavg()[0]
    gc.collect()  # so that no collection of the warm-up's leftovers falls into the load
    start = time.perf_counter()
    loaded = open_backend(name, folder)
    if device.kind == "cuda":
        _synchronise()
    load_s = time.perf_counter() - start
    order = _order(rows, plan)
    single = _time(loaded, _singles(rows, order, plan), plan.warmup)
    batch = _time(loaded, _batches(rows, order, plan), min(plan.warmup, 3))
    start = time.perf_counter()
    logits = _predict(loaded, rows, plan) if plan.predict else None
    predict_s = time.perf_counter() - start
    found = Timing(
        device=device.name, dtype=loaded.dtype, load_average=busy, load_s=load_s, single_s=single,
        batch_s=batch, predict_s=predict_s, rows=len(rows),
    )  # fmt: skip
    return found, logits


def warm_libraries(name: str, folder: Path) -> None:
    """Load and run a tiny model of the same architecture, so that libraries do not count as the model's memory."""
    if name.startswith("onnx"):
        import onnxruntime

        onnxruntime.get_available_providers()
        return
    model_type = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
    tiny = ModelSpec("tiny", "encoder", "random", model_type)
    with tempfile.TemporaryDirectory() as place:
        load_classifier(tiny, 8, seed=0, pad_id=0).save_pretrained(place)
        loaded = open_backend(name, Path(place))
    for rows in (1, 8):
        ids = np.full((rows, 64), 101)
        loaded.run(ids, np.ones_like(ids))


def _synchronise() -> None:
    import torch

    torch.cuda.synchronize()


def _pass_peak(loaded: Loaded, item: Input, cuda: bool, above: int) -> int:
    """Return the most bytes that one forward pass takes above ``above``."""
    peaks = []
    for _ in range(MEMORY_PASSES):
        with PeakMemory(cuda, above) as peak:
            loaded.run(*item)
        peaks.append(peak.bytes)
    return max(peaks)


def _widest(inputs: list[Input]) -> Input:
    """Return the input with the most positions, padding included."""
    return max(inputs, key=lambda item: item[0].size)


def _order(rows: Encoded, plan: Plan) -> np.ndarray:
    return np.random.default_rng(plan.seed).permutation(len(rows))


def _padded(rows: Encoded, part: np.ndarray, plan: Plan) -> Input:
    return pad([rows.ids[row] for row in part], plan.pad_id, side=plan.side)


def _singles(rows: Encoded, order: np.ndarray, plan: Plan) -> list[Input]:
    return [_padded(rows, order[i : i + 1], plan) for i in range(min(plan.single, len(order)))]


def _batches(rows: Encoded, order: np.ndarray, plan: Plan) -> list[Input]:
    """Return full batches of rows in random order, as they would arrive; rows repeat where there are too few."""
    need = plan.batches * plan.batch_size
    index = np.resize(order, need).reshape(plan.batches, plan.batch_size)
    return [_padded(rows, part, plan) for part in index]


def _time(loaded: Loaded, inputs: list[Input], warmup: int) -> list[float]:
    """Return seconds per forward pass, results on the CPU included; the warm-up passes are not among them."""
    for ids, mask in inputs[:warmup]:
        loaded.run(ids, mask)
    seconds = []
    for ids, mask in inputs:
        start = time.perf_counter()
        loaded.run(ids, mask)
        seconds.append(time.perf_counter() - start)
    return seconds


def _predict(loaded: Loaded, rows: Encoded, plan: Plan) -> np.ndarray:
    order = np.argsort(rows.lengths, kind="stable")
    logits: np.ndarray | None = None
    for part in micro_batches(order, rows.lengths, plan.batch_size, 0):
        values = loaded.run(*_padded(rows, part, plan))
        if logits is None:
            logits = np.empty((len(rows), values.shape[1]), dtype=np.float32)
        logits[part] = values
    assert logits is not None
    return logits


def percentile(seconds: list[float], share: float) -> float:
    """Return the percentile in milliseconds."""
    return float(np.quantile(np.array(seconds), share)) * 1000
