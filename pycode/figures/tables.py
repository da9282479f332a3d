"""Reading the tables that audit runs store beside their record."""

import json
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.project import find_project


def run_tables(run_id: str, runs_dir: Path | None = None) -> Any:
    """Return the content of ``runs/<run_id>/tables.json``, its SHA-256 checked against the record.

    Raises:
        CourseError: unknown run, smoke run, or a file that is not the recorded one.
    """
    from pycode.runs.record import read_record

    folder = runs_dir or find_project().runs
    record = read_record(folder, run_id, verify=True)
    if record.mode != "full":
        raise CourseError(
            f"Run {run_id!r} was a smoke run: no figure shows it; do `course run {run_id}`."
        )
    if "tables.json" not in record.artifacts:
        raise CourseError(f"Run {run_id!r} stored no tables.json: only audit runs do.")
    return json.loads((folder / run_id / "tables.json").read_text(encoding="utf-8"))
