"""A finished seed in the cache: what it measured waits there until all seeds of its run are done."""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pycode.files import read_sealed_json, write_bytes, write_sealed_json
from pycode.train.result import TrainResult


@dataclass(frozen=True)
class Seeded:
    """One trained seed: its ``fit`` result, logits (n × C) per split, parameters trained and in all."""

    seed: int
    fit: TrainResult
    logits: Mapping[str, np.ndarray]
    trainable: int
    parameters: int


def store_seed(folder: Path, mark: dict[str, Any], found: Seeded) -> None:
    """Write ``found`` to ``folder`` and delete its checkpoints; ``mark`` (JSON) says all that decided the result."""
    from safetensors.numpy import save

    content = save(dict(found.logits))
    write_bytes(folder / "logits.safetensors", content)
    facts = {
        "fit": dataclasses.asdict(found.fit),
        "trainable": found.trainable,
        "parameters": found.parameters,
        "logits_sha256": hashlib.sha256(content).hexdigest(),
    }
    write_sealed_json(folder / "done.json", {"mark": mark, "seed": found.seed, **facts})
    (folder / "progress.json").unlink(missing_ok=True)
    for state in folder.glob("state-*.safetensors"):
        state.unlink(missing_ok=True)


def read_seed(folder: Path, mark: dict[str, Any], kept: Path | None) -> Seeded | None:
    """Return a finished seed, or None where it must be trained: never, with another mark, damaged, or weights gone.

    A clean-up that was killed may have left only parts of it; ``kept`` is where its weights should be, if anywhere.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        done = read_sealed_json(folder / "done.json")
        content = (folder / "logits.safetensors").read_bytes()
        intact = hashlib.sha256(content).hexdigest() == done["logits_sha256"]
        if not intact or done["mark"] != mark or (kept and not kept.is_dir()):
            return None
        fit = TrainResult(**done["fit"])
        fit.earlier_seconds = fit.seconds + fit.evaluation_seconds
        return Seeded(done["seed"], fit, load(content), done["trainable"], done["parameters"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError):
        return None
