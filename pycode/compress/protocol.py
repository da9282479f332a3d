"""The one protocol: load, warm up, time, watch memory. The same steps for every back end, each alone in its process."""

import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pycode.compress.backends import Loaded, open_backend
from pycode.compress.memory import CPU_METHOD, GPU_METHOD, PeakMemory, resident_bytes
from pycode.train.batches import micro_batches, pad
from pycode.train.encode import Encoded
from pycode.train.models import ModelSpec, load_classifier
from pycode.train.precision import find_device


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
class Measurement:
    """What came out. Memory in bytes above the process without a model; times in seconds."""

    device: str
    memory_method: str
    load_average: float
    load_s: float
    disk: int
    weights: int
    load_peak: int
    resident: int
    inference_peak: int
    single_s: list[float]
    batch_s: list[float]
    predict_s: float
    rows: int


def measure(
    name: str, folder: Path, rows: Encoded, plan: Plan
) -> tuple[Measurement, np.ndarray | None]:
    """Measure back end ``name`` on the classifier stored in ``folder``; call it in a fresh process.

    ``inference_peak`` is the most that all forward passes together took above the loaded model.
    """
    warm_libraries(name, folder)
    device = find_device()
    cuda = device.kind == "cuda"
    busy = os.getloadavg()[0]
    before = _held(cuda)
    start = time.perf_counter()
    with PeakMemory(cuda) as load_peak:
        loaded = open_backend(name, folder)
    load_s = time.perf_counter() - start
    resident = _held(cuda) - before
    order = np.random.default_rng(plan.seed).permutation(len(rows))
    with PeakMemory(cuda) as inference_peak:
        single = _time(loaded, _singles(rows, order, plan), plan.warmup)
        batch = _time(loaded, _batches(rows, order, plan), min(plan.warmup, 3))
        start = time.perf_counter()
        logits = _predict(loaded, rows, plan) if plan.predict else None
        predict_s = time.perf_counter() - start
    found = Measurement(
        device=device.name, memory_method=GPU_METHOD if cuda else CPU_METHOD, load_average=busy,
        load_s=load_s, disk=loaded.disk_bytes(), weights=loaded.weights_bytes(),
        load_peak=load_peak.bytes, resident=resident, inference_peak=inference_peak.bytes,
        single_s=single, batch_s=batch, predict_s=predict_s, rows=len(rows),
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


def _held(cuda: bool) -> int:
    if not cuda:
        return resident_bytes()
    import torch

    return int(torch.cuda.memory_allocated())


def _padded(rows: Encoded, part: np.ndarray, plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    return pad([rows.ids[row] for row in part], plan.pad_id, side=plan.side)


def _singles(rows: Encoded, order: np.ndarray, plan: Plan) -> list[tuple[np.ndarray, np.ndarray]]:
    return [_padded(rows, order[i : i + 1], plan) for i in range(min(plan.single, len(order)))]


def _batches(rows: Encoded, order: np.ndarray, plan: Plan) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return full batches of rows in random order, as they would arrive; rows repeat where there are too few."""
    need = plan.batches * plan.batch_size
    index = np.resize(order, need).reshape(plan.batches, plan.batch_size)
    return [_padded(rows, part, plan) for part in index]


def _time(loaded: Loaded, inputs: list[tuple[np.ndarray, np.ndarray]], warmup: int) -> list[float]:
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
