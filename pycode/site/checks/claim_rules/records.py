"""Records say what was declared and what the stored outputs say: none was edited by hand."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project, read_yaml
from pycode.runs.outputs import read_outputs
from pycode.runs.record import Record, read_record, run_ids
from pycode.site.checks import Problem

TOLERANCE = 1e-6


def record_problems(project: Project) -> list[Problem]:
    """Return records that are broken, or that differ from their config, artefacts or outputs."""
    problems: list[Problem] = []
    for run_id in run_ids(project.runs):
        place = f"runs/{run_id}/record.json"
        if not (project.root / place).is_file():
            continue
        try:
            record = read_record(project.runs, run_id, verify=True)
            problems += _config(project, record)
            problems += _scores(project, record)
        except CourseError as error:
            problems.append(Problem(place, str(error)))
    return problems


def _config(project: Project, record: Record) -> list[Problem]:
    """Compare what the config declares with the record; defaults stand only in the record."""
    path = project.runs / record.id / "config.yml"
    if not path.is_file():
        return []
    name = f"runs/{record.id}/config.yml"
    return [
        Problem(
            name,
            f"{key!r} is {said!r} here and {was!r} in the record: put it back, or do "
            f"`course run {record.id}` again.",
            _line(path, key),
        )
        for key, said, was in _differences(read_yaml(path), record.config)
    ]


def _differences(declared: Any, recorded: Any, key: str = "") -> list[tuple[str, Any, Any]]:
    """Return (dotted key, declared value, recorded value) of each declared value that differs."""
    if isinstance(declared, Mapping) and isinstance(recorded, Mapping):
        return [
            found
            for name, value in declared.items()
            for found in _differences(
                value, recorded.get(str(name)), f"{key}.{name}" if key else str(name)
            )
        ]
    return [] if declared == recorded else [(key, declared, recorded)]


def _line(path: Path, key: str) -> int | None:
    """Return the first line of a YAML file that gives the last part of a dotted key."""
    name = re.escape(key.rpartition(".")[2])
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, text in enumerate(lines, 1) if re.match(rf"\s*{name}\s*:", text)), None)


def _scores(project: Project, record: Record) -> list[Problem]:
    """Compare the metrics of each split with those of its stored outputs."""
    known = {item.path: item.value for item in record.all_metrics()}
    problems: list[Problem] = []
    for split in ("val", "test"):
        file = f"{split}.safetensors"
        if file not in record.artifacts:
            continue
        outputs = read_outputs(project.runs / record.id / file)
        for name, score in _measures().items():
            path = f"{split}.{name}"
            if path not in known:
                continue
            value = score(outputs.labels, outputs.logits)
            if abs(known[path] - value) > TOLERANCE:
                problems.append(
                    Problem(
                        f"runs/{record.id}/record.json",
                        f"{path} is {known[path]:.6g} here, and {file} gives {value:.6g}: the record "
                        f"was edited by hand; take it back, or do `course run {record.id}` again.",
                    )
                )
    return problems


def _measures() -> dict[str, Callable[[Any, Any], float]]:
    """Return the scores that need no more than labels (n) and logits (n × C)."""
    from pycode.evaluate import accuracy, macro_f1
    from pycode.evaluate.calibration import brier, ece, nll

    def counted(score: Callable[..., float]) -> Callable[[Any, Any], float]:
        return lambda labels, logits: score(labels, logits.argmax(axis=1), logits.shape[1])

    found: dict[str, Callable[[Any, Any], float]] = {"nll": nll, "brier": brier, "ece": ece}
    return found | {"accuracy": counted(accuracy), "macro_f1": counted(macro_f1)}
