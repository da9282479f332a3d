"""Execute a declared run and keep its result, whole or not at all."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from pycode.errors import CourseError
from pycode.experiment import environment
from pycode.experiment.config import read_config, resolved
from pycode.experiment.machine import check_machine
from pycode.experiment.registry import kind_module
from pycode.experiment.types import Job, Result
from pycode.files import sha256, write_bytes, write_json
from pycode.project import Project, read_yaml
from pycode.runs.outputs import write_outputs
from pycode.runs.record import Record, read_record, write_record
from pycode.train.models import MODELS

Say = Callable[[str], None]


@dataclass(frozen=True)
class Start:
    """What is only known when a run begins: the clock (s), the commit, and whether it is the process's first."""

    clock: float
    commit: str
    alone: bool

    def commit_now(self, last: str) -> str:
        """Return the commit that the run began with, dirty if its code was changed until the end."""
        dirty = last.endswith("-dirty") and not self.commit.endswith("-dirty")
        return f"{self.commit}-dirty" if dirty else self.commit


def pending(project: Project) -> list[str]:
    """Return the ids of declared runs without a record, each after those whose results it reads."""
    declared = sorted(path.parent for path in project.runs.glob("*/config.yml"))
    waiting = [folder.name for folder in declared if not (folder / "record.json").is_file()]
    reads = {run_id: _reads(project.runs / run_id) for run_id in waiting}
    ordered: dict[str, None] = {}

    def add(run_id: str, above: tuple[str, ...]) -> None:
        for other in waiting:
            if other in reads[run_id] and other not in above:
                add(other, (*above, run_id))
        ordered[run_id] = None

    for run_id in waiting:
        add(run_id, (run_id,))
    return list(ordered)


def _reads(folder: Path) -> set[str]:
    """Return what the recipe names that may be a run: a teacher, a source, a model that a run pretrains."""
    try:
        declared = read_yaml(folder / "config.yml")
    except CourseError:
        return set()  # executing the run says what is wrong
    recipe = declared.get("recipe") if isinstance(declared, Mapping) else None
    values = recipe.values() if isinstance(recipe, Mapping) else ()
    named = {value for value in values if isinstance(value, str)}
    return named | {MODELS[name].location for name in named if name in MODELS}


def execute(
    project: Project,
    run_id: str,
    *,
    smoke: bool = False,
    data_path: Path | None = None,
    alone: bool = True,
) -> Record:
    """Execute `runs/<run_id>` and write its outputs and record; return the record.

    A smoke run (few rows, few resamples) is kept in `.course/smoke/`, never in `runs/`. A full run
    replaces an earlier result only when it is complete: until then the old one stays as it is.
    Under `accelerate launch` process 0 alone writes; the others wait for it
    and return a record without artifacts. ``alone`` says that this process has executed no other run, so that
    its peak of memory is the run's own.

    Raises:
        NotHere: the machine lacks what the run needs.
        CourseError: bad config, missing or other data, or nothing could be written.
    """
    config = read_config(project.runs, run_id)
    if not smoke:
        check_machine(run_id, config.needs)
    module = kind_module(config.kind)
    job = Job(config, smoke, data_path, project.runs / run_id)
    start = Start(time.perf_counter(), environment.code_commit(project.root), alone)
    environment.forget_gpu_peak()
    if environment.rank():
        result = _result(module, job)
        record = _record(project, job, module.RECORD_KIND, result, {}, start)
        environment.wait_for_all()
        return record
    staging = project.cache / ("smoke" if smoke else "staging") / run_id
    shutil.rmtree(staging, ignore_errors=True)
    _make(staging)
    try:
        result = _result(module, job)
        artifacts = _write_artifacts(staging, result, config.store)
        record = _record(project, job, module.RECORD_KIND, result, artifacts, start)
        write_record(staging, record)
        if not smoke:
            publish(staging, project.runs / run_id)
            shutil.rmtree(project.cache / "training" / run_id, ignore_errors=True)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    environment.wait_for_all()
    return record


def _result(module: ModuleType, job: Job) -> Result:
    """Execute the job; a package that only `make test` installs is named where it is missing."""
    try:
        result: Result = module.run(job)
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if package in ("", "pycode"):
            raise
        raise CourseError(
            f"Executing run {job.config.id!r} needs the package `{package}`, which is not installed here: "
            "`make test` installs all that runs need."
        ) from None
    return result


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise CourseError(f"Could not make the folder {folder.name}: {error.strerror}.") from None


def _write_artifacts(folder: Path, result: Result, store: tuple[str, ...]) -> dict[str, str]:
    for split, outputs in result.outputs.items():
        if store and split not in store:
            continue
        write_outputs(folder / f"{split}.safetensors", outputs)
    for name, table in result.tables.items():
        write_json(folder / f"{name}.json", table, indent=1)
    for name, content in result.files.items():
        write_bytes(folder / name, content)
    return {path.name: sha256(path) for path in sorted(folder.iterdir())}


def _record(
    project: Project, job: Job, kind: str, result: Result, artifacts: dict[str, str], start: Start
) -> Record:
    seconds = time.perf_counter() - start.clock
    notes = " ".join(text for text in (job.config.notes, result.notes) if text)
    facts: dict[str, Any] = {
        "id": job.config.id,
        "description": job.config.description,
        "kind": kind,
        "mode": "smoke" if job.smoke else "full",
        "model": result.model,
        "config": resolved(job.config),
        "data": dict(result.data),
        "seeds": list(job.config.seeds),
        "metrics": dict(result.metrics),
        "duration_s": round(seconds + result.earlier_seconds, 2),
        "hardware": environment.hardware(),
        "packages": environment.packages(result.uses),
        "code_commit": start.commit_now(environment.code_commit(project.root)),
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return Record(
        **facts,
        history=list(result.history),
        # of a run that was interrupted this process saw only the rest, and its peak may be that of an earlier run
        peak_memory_mb=environment.peak_memory()
        if start.alone and not result.earlier_seconds
        else None,
        dtype=result.dtype,
        batch_size=result.batch_size,
        sequence_policy=result.sequence_policy,
        artifacts=artifacts,
        notes=notes,
    )


def publish(staging: Path, folder: Path) -> None:
    """Move a complete run from ``staging`` to ``folder``: the old record goes first, the new last.

    Interrupted anywhere, the folder holds no record, and so no result that its files do not match.
    """
    old = _old_artifacts(folder)
    for path in staging.iterdir():
        if (folder / path.name).is_dir():
            raise CourseError(
                f"runs/{folder.name}/{path.name} is a folder where the result's file belongs: move it away and run "
                "it again."
            )
    try:
        (folder / "record.json").unlink(missing_ok=True)
        for name in old:
            (folder / name).unlink(missing_ok=True)
        for path in sorted(staging.iterdir()):
            if path.name != "record.json":
                path.replace(folder / path.name)
        (staging / "record.json").replace(folder / "record.json")
        staging.rmdir()
    except OSError as error:
        raise CourseError(
            f"Could not move the result to runs/{folder.name}: {error.strerror}; run it again."
        ) from None


def _old_artifacts(folder: Path) -> list[str]:
    if not (folder / "record.json").is_file():
        return []
    try:
        return list(read_record(folder.parent, folder.name).artifacts)
    except CourseError:
        return []
