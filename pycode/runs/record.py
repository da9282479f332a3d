"""What one run measured: the frozen record, its validation, and its atomic file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pycode.errors import CourseError, nearest
from pycode.files import sha256, write_json
from pycode.runs.naming import title
from pycode.runs.schema import config_sha256
from pycode.runs.validate import check_record

SCHEMA = 1


@dataclass(frozen=True)
class Metric:
    """One measured quantity: ``value`` in ``unit`` over ``n`` rows, with interval and settings."""

    path: str
    value: float
    unit: str | None = None
    n: int | None = None
    statistic: str | None = None
    interval: Mapping[str, Any] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    per_seed: Mapping[str, float] | None = None
    note: str | None = None

    @property
    def name(self) -> str:
        """The metric's own name: the last part of its path."""
        return self.path.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class Record:
    """All facts of one run. Plain JSON types inside, so that new experiments need no new class.

    ``metrics`` is a tree: branches are names (a split, a tier, a batch size), leaves are mappings
    ``{value, n, unit, statistic, interval: {low, high, level, method}, settings, per_seed, note}``.
    ``config_sha256`` may be left empty: it is computed. Making an invalid record raises
    CourseError.
    """

    id: str
    description: str
    kind: str
    mode: str
    model: str
    config: Mapping[str, Any]
    data: Mapping[str, Any]
    seeds: list[int]
    metrics: Mapping[str, Any]
    duration_s: float | None
    hardware: Mapping[str, Any]
    packages: Mapping[str, str]
    code_commit: str
    created: str
    history: list[Mapping[str, Any]] = field(default_factory=list)
    peak_memory_mb: Mapping[str, Any] | None = None
    dtype: str | None = None
    batch_size: int | None = None
    sequence_policy: str | None = None
    artifacts: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    config_sha256: str = ""

    def __post_init__(self) -> None:
        if not self.config_sha256 and isinstance(self.config, Mapping):
            object.__setattr__(self, "config_sha256", config_sha256(self.config))
        check_record(self)

    @property
    def title(self) -> str:
        """The model as pages name it: with its loss and batch where they set the run apart."""
        return title(self.model, self.config)

    def to_json(self) -> dict[str, Any]:
        """Return the record as `record.json` stores it."""
        return {"schema": SCHEMA, **{item.name: getattr(self, item.name) for item in fields(self)}}

    def metric(self, path: str) -> Metric:
        """Return the metric at ``path`` (``test.macro_f1``).

        Raises:
            CourseError: there is no such metric; the nearest path is named.
        """
        found = {item.path: item for item in self.all_metrics()}
        if path not in found:
            raise CourseError(f"Run {self.id!r} has no metric {path!r}.{_hint(path, found)}")
        return found[path]

    def all_metrics(self) -> Iterator[Metric]:
        """Yield every metric of the tree, then the run's own facts (duration, memory, data
        sizes)."""
        yield from _leaves(self.metrics, "")
        if self.duration_s is not None:
            yield Metric("duration_s", float(self.duration_s), "s", statistic="one run")
        if self.peak_memory_mb is not None:
            what = {"what": self.peak_memory_mb["what"]}
            yield Metric("peak_memory_mb", float(self.peak_memory_mb["value"]), "MB", settings=what)
        for split, size in self.data["n"].items():
            yield Metric(f"data.n.{split}", size, "rows")
        if self.data.get("n_classes") is not None:
            yield Metric("data.n_classes", self.data["n_classes"], "classes")


def _hint(path: str, found: Mapping[str, Metric]) -> str:
    same_name = [item for item in found if item.rsplit(".", 1)[-1] == path.rsplit(".", 1)[-1]]
    hint = nearest(path, same_name) or nearest(path, list(found))
    names = sorted({item.partition(".")[0] for item in found})
    return f"{hint} It has {', '.join(names)}; `course claim --list` shows all."


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[Metric]:
    for name, item in tree.items():
        path = f"{prefix}{name}"
        if "value" in item:
            facts = {key: value for key, value in item.items() if value is not None}
            yield Metric(path=path, **facts)
        else:
            yield from _leaves(item, f"{path}.")


def from_json(value: Any, where: str) -> Record:
    """Return the validated record of a parsed `record.json`.

    Raises:
        CourseError: unknown or missing fields, another schema version, or any invalid value.
    """
    if not isinstance(value, Mapping):
        raise CourseError(f"{where} must hold one JSON object, got {type(value).__name__}.")
    if value.get("schema") != SCHEMA:
        raise CourseError(
            f"{where} has schema {value.get('schema')!r}, this package reads schema {SCHEMA}."
        )
    known = {item.name for item in fields(Record)}
    for key in value:
        if key not in known and key != "schema":
            raise CourseError(
                f"{where} has an unknown field {key!r}.{nearest(str(key), sorted(known))}"
            )
    missing = [item.name for item in fields(Record) if item.name not in value]
    if missing:
        raise CourseError(
            f"{where} lacks {', '.join(missing)}: it is not a whole record; run it again."
        )
    try:
        return Record(**{key: item for key, item in value.items() if key != "schema"})
    except CourseError as error:
        raise CourseError(f"{where}: {error}") from None


def write_record(folder: Path, record: Record) -> Path:
    """Write ``folder/record.json`` atomically and return its path; call it last, after the
    artefacts.

    Raises:
        CourseError: the folder's name is not the run's id, or a named artefact is missing or
        differs.
    """
    if folder.name != record.id:
        raise CourseError(
            f"Run {record.id!r} belongs in a folder of that name, not in {folder.name!r}."
        )
    _verify_artifacts(folder, record)
    path = folder / "record.json"
    write_json(path, record.to_json())
    return path


def read_record(runs_dir: Path, run_id: str, *, verify: bool = False) -> Record:
    """Return the record of ``runs_dir/run_id``; with ``verify`` the artefacts' hashes are
    checked too.

    Raises:
        CourseError: no such run (the nearest is named), declared but not run, or a broken record.
    """
    folder = _folder(runs_dir, run_id)
    where = f"runs/{run_id}/record.json"
    try:
        value = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise CourseError(f"{where} is not valid JSON: run `course run {run_id}` again.") from None
    except OSError as error:
        raise CourseError(f"{where} cannot be read: {error.strerror}.") from None
    record = from_json(value, where)
    if record.id != run_id:
        raise CourseError(
            f"{where} says it is run {record.id!r}: a folder was copied; run it again."
        )
    if verify:
        _verify_artifacts(folder, record)
    return record


def run_ids(runs_dir: Path) -> list[str]:
    """Return the names of the folders that declare or hold a run, sorted."""
    if not runs_dir.is_dir():
        return []
    names = ("config.yml", "record.json")
    return sorted(
        folder.name for folder in runs_dir.iterdir()
        if folder.is_dir() and any((folder / name).is_file() for name in names)
    )  # fmt: skip


def _folder(runs_dir: Path, run_id: str) -> Path:
    known = run_ids(runs_dir)
    if run_id not in known:
        listing = nearest(run_id, known) or (
            f" There are {', '.join(known[:8])}." if known else " None is recorded."
        )
        raise CourseError(f"There is no run {run_id!r} in runs/.{listing}")
    folder = runs_dir / run_id
    if not (folder / "record.json").is_file():
        raise CourseError(
            f"Run {run_id!r} is declared but has no record: do `course run {run_id}` first."
        )
    return folder


def _verify_artifacts(folder: Path, record: Record) -> None:
    for name, wanted in record.artifacts.items():
        path = folder / name
        if not path.is_file():
            raise CourseError(f"Run {record.id!r}: the artefact {name} is missing; run it again.")
        if sha256(path) != wanted:
            raise CourseError(
                f"Run {record.id!r}: {name} is not the file of the record (other SHA-256); "
                "run it again."
            )
