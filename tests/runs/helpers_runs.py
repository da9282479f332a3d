"""Small valid records and outputs for the tests of runs and claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pycode.files import sha256
from pycode.project import Project
from pycode.runs.outputs import Outputs, write_outputs
from pycode.runs.record import Record, write_record


def fields(**changes: Any) -> dict[str, Any]:
    """Keyword arguments of a valid record."""
    base: dict[str, Any] = {
        "id": "tfidf-cfpb8k",
        "description": "TF-IDF and logistic regression on cfpb-8k",
        "kind": "baseline",
        "mode": "full",
        "model": "TF-IDF + logistic regression",
        "config": {"model": "tfidf", "seed": 42, "features": 50_000},
        "data": {
            "source": "local",
            "name": "cfpb-8k",
            "fingerprint": "cfpb8k-0123abcd",
            "n": {"train": 4812, "val": 1604, "test": 1604},
            "n_classes": 113,
        },
        "seeds": [42],
        "metrics": {
            "test": {
                "accuracy": {"value": 0.54189, "n": 1604},
                "macro_f1": {
                    "value": 0.13241,
                    "n": 1604,
                    "interval": {
                        "low": 0.1184,
                        "high": 0.1449,
                        "level": 0.95,
                        "method": "bootstrap",
                    },
                },
                "zero_f1_classes": {"value": 70, "n": 1604},
            }
        },
        "duration_s": 12.34,
        "hardware": {"device": "CPU", "cores": 2},
        "packages": {"numpy": "2.0.0"},
        "code_commit": "0123abc",
        "created": "2026-04-08",
    }
    return {**base, **changes}


def record(**changes: Any) -> Record:
    """A valid record with ``changes``."""
    return Record(**fields(**changes))


def make_project(root: Path) -> Project:
    """An empty project with the published figures of this checkout."""
    (root / "runs").mkdir(parents=True, exist_ok=True)
    (root / "_quarto.yml").write_text("project: {type: website}\n")
    source = Path(__file__).resolve().parents[2] / "runs" / "published.yml"
    (root / "runs" / "published.yml").write_text(source.read_text(encoding="utf-8"))
    return Project(root)


def add_run(project: Project, outputs: dict[str, Outputs] | None = None, **changes: Any) -> Record:
    """Write a run with ``outputs`` per split and return its record."""
    made = record(**changes)
    folder = project.runs / made.id
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {}
    for split, content in (outputs or {}).items():
        path = folder / f"{split}.safetensors"
        write_outputs(path, content)
        hashes[path.name] = sha256(path)
    made = record(**{**changes, "artifacts": hashes})
    write_record(folder, made)
    return made


def outputs_with(accuracy: float, n: int = 400, classes: int = 5, seed: int = 0) -> Outputs:
    """Outputs whose predictions are right on about ``accuracy`` of the rows."""
    random = np.random.default_rng(7)
    labels = random.integers(0, classes, n)
    right = np.random.default_rng(seed).random(n) < accuracy
    predictions = np.where(right, labels, (labels + 1) % classes)
    logits = np.eye(classes)[predictions] * 4.0
    return Outputs(logits, labels, [str(1000 + index) for index in range(n)])
