"""The list of runs that the bench page can set side by side."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pycode.project import Project, find_project
from pycode.runs.listing import list_runs
from pycode.runs.record import Record, read_record

FILES = ("record.json", "classes.json", "test.safetensors", "val.safetensors")
LARGEST = 2_000_000  # bytes of stored test outputs that a page may ask a phone to load for one run


@dataclass(frozen=True)
class BenchRun:
    """A run that the bench offers: ``data`` names the rows that it shares with its partners."""

    id: str
    title: str
    data: str


@dataclass(frozen=True)
class BenchData:
    """The list as raw HTML, for a cell with `echo: false` and `output: asis`."""

    runs: tuple[BenchRun, ...]

    def _repr_markdown_(self) -> str:
        text = json.dumps([asdict(run) for run in self.runs], ensure_ascii=False)
        text = text.replace("<", "\\u003c")
        return (
            f'```{{=html}}\n<script type="application/json" id="bench-runs">{text}</script>\n```\n'
        )


def bench_runs(project: Project | None = None) -> BenchData:
    """Return the recorded runs with stored outputs that share their data with another one.

    Left out: smoke runs, runs whose outputs are larger than ``LARGEST``, and runs on the synthetic
    twin, whose rows say nothing about complaints.

    Raises:
        CourseError: a record is broken.
    """
    where = project or find_project()
    full = [item.id for item in list_runs(where) if item.status == "full"]
    found = [read_record(where.runs, item) for item in full if _has_outputs(where.runs / item)]
    records = [record for record in found if record.data["source"] != "twin"]
    prints = [record.data["fingerprint"] for record in records]
    titles = [record.title for record in records]
    return BenchData(
        tuple(
            BenchRun(record.id, _title(record, titles), record.data["name"])
            for record in records
            if prints.count(record.data["fingerprint"]) > 1
        )
    )


def _has_outputs(folder: Path) -> bool:
    files = [folder / name for name in FILES]
    return all(path.is_file() for path in files) and files[2].stat().st_size <= LARGEST


def _title(record: Record, titles: list[str]) -> str:
    """Return the model's name, with the run's where several runs share it."""
    return record.title if titles.count(record.title) == 1 else f"{record.title} ({record.id})"
