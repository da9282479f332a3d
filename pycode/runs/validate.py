"""The checks of a whole run record; the first departure becomes one clear sentence."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pycode.runs import schema
from pycode.runs.schema import config_sha256

if TYPE_CHECKING:
    from pycode.runs.record import Record


def check_record(record: "Record") -> None:
    """Raise CourseError for the first departure from the schema."""
    schema.check_run_id(record.id)
    where = f"Run {record.id!r}"
    schema.check_choice(record.mode, schema.MODES, f"{where}, mode")
    schema.check_choice(record.kind, schema.KINDS, f"{where}, kind")
    schema.check_text(record.description, f"{where}, description")
    schema.check_text(record.model, f"{where}, model")
    schema.check_data(record.data, f"{where}, data")
    schema.check_metrics(record.metrics, f"{where}, metrics")
    schema.check_history(record.history, f"{where}, history")
    schema.check_hardware(record.hardware, f"{where}, hardware")
    _check_scalars(record, where)
    _check_provenance(record, where)


def _check_scalars(record: "Record", where: str) -> None:
    schema.need(
        record.duration_s is None
        or (schema.is_number(record.duration_s) and record.duration_s >= 0),
        f"{where}, duration_s",
        f"seconds as a number ≥ 0, or null where nobody measured them, are needed, got {record.duration_s!r}.",
    )
    if record.peak_memory_mb is not None:
        schema.check_memory(record.peak_memory_mb, f"{where}, peak_memory_mb")
    for name in ("dtype", "sequence_policy"):
        if getattr(record, name) is not None:
            schema.check_text(getattr(record, name), f"{where}, {name}")
    size = record.batch_size
    schema.need(
        size is None or (schema.is_count(size) and size > 0),
        f"{where}, batch_size",
        f"a whole number > 0 is needed, got {size!r}.",
    )
    seeds = record.seeds
    ok = (
        isinstance(seeds, list)
        and all(map(schema.is_count, seeds))
        and len(set(seeds)) == len(seeds)
    )
    schema.need(
        ok, f"{where}, seeds", f"a list of different whole numbers is needed, got {seeds!r}."
    )
    schema.need(isinstance(record.notes, str), f"{where}, notes", "text is needed.")


def _check_provenance(record: "Record", where: str) -> None:
    schema.need(isinstance(record.config, Mapping), f"{where}, config", "a mapping is needed.")
    schema.check_match(
        record.code_commit, schema.COMMIT, f"{where}, code_commit", "a Git hash or 'unknown'"
    )
    schema.check_match(record.created, schema.CREATED, f"{where}, created", "'2026-04-08' (UTC)")
    schema.check_names(record.packages, f"{where}, packages", schema.check_text)
    schema.check_names(
        record.artifacts,
        f"{where}, artifacts",
        lambda value, place: schema.check_match(value, schema.SHA256, place, "64 hex digits"),
    )
    for name in record.artifacts:
        schema.need(
            "/" not in name and "\\" not in name and not name.startswith("."),
            f"{where}, artifacts",
            f"{name!r} is not a plain file name: artefacts lie beside the record.",
        )
    schema.need(
        record.config_sha256 == config_sha256(record.config),
        f"{where}, config_sha256",
        "the hash does not belong to the config: the record was edited by hand; run it again.",
    )
