"""Rebuild `cfpb-8k` from the CFPB's public API: resumable, verified, written whole or not at all."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycode.data.cfpb_api import FIELDS, Client, Complaint, batches
from pycode.data.cfpb_list import ComplaintList, complaint_list, digest
from pycode.data.fingerprint import fingerprint_rows
from pycode.errors import CourseError
from pycode.files import write_bytes

WAYS = ("search", "document")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class FetchReport:
    """What came of a fetch. ``complete`` means: byte for byte the set that the course measured."""

    path: Path
    asked: int
    unchanged: int
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    fingerprint: str
    expected: str

    @property
    def complete(self) -> bool:
        """Whether texts, issues and ids are exactly the expected ones."""
        return self.fingerprint == self.expected


def fetch_cfpb(
    output: Path,
    client: Client,
    *,
    way: str = "search",
    wanted: ComplaintList | None = None,
    progress: Progress | None = None,
) -> FetchReport:
    """Fetch the listed complaints and write them to ``output`` as parquet.

    Answers are kept in `<output>.partial.jsonl` as they come, so an interrupted fetch goes on where
    it stopped; the file goes away once ``output`` is written.

    Args:
        output: the parquet file to write.
        client: of the API, or of a copy of it.
        way: `search` (some twenty ids per request) or `document` (one, and slower).
        wanted: the list of ids; default the course's.
        progress: called with the number of complaints settled and the number wanted.

    Raises:
        CourseError: the API gives no usable answer, or none of the complaints is there any more.
    """
    if way not in WAYS:
        raise CourseError(f"--by {way!r} is not known: use {' or '.join(WAYS)}.")
    wanted = wanted or complaint_list()
    partial = output.with_name(output.name + ".partial.jsonl")
    settled = read_partial(partial, wanted.digests)
    if output.is_dir():  # said before twenty minutes of fetching, not after
        raise CourseError(f"--output {str(output)!r} is a folder: name the parquet file to write.")
    missing = [row_id for row_id in wanted.digests if row_id not in settled]
    ask = _by_search if way == "search" else _by_document
    for answers in ask(client, missing, fresh=not settled):
        append_partial(partial, answers)
        settled.update(answers)
        if progress:
            progress(len(settled), len(wanted.digests))
    return _finish(output, partial, settled, wanted)


Answers = dict[str, Complaint | None]


def _by_search(client: Client, ids: list[str], *, fresh: bool) -> Iterable[Answers]:
    for number, batch in enumerate(batches(ids)):
        found = client.search(batch)
        if fresh and number == 0 and not found and client.document(batch[0]):
            raise CourseError(
                "The API no longer understands a search for several ids: use --by document, which "
                "asks for one complaint at a time (5 per minute)."
            )
        yield {row_id: _with_text(found.get(row_id)) for row_id in batch}


def _by_document(client: Client, ids: list[str], *, fresh: bool) -> Iterable[Answers]:
    for row_id in ids:
        yield {row_id: _with_text(client.document(row_id))}


def _with_text(complaint: Complaint | None) -> Complaint | None:
    """Return None for a complaint whose narrative was withdrawn: there is nothing to learn from."""
    return complaint if complaint and complaint["text"].strip() else None


def read_partial(path: Path, wanted: Mapping[str, str]) -> Answers:
    """Return what an interrupted fetch had settled; a torn or foreign line is asked for again.

    Raises:
        CourseError: the file is there and cannot be read.
    """
    try:
        content = path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise CourseError(f"Could not read {path.name}: {error.strerror or error}.") from error
    settled: Answers = {}
    for line in content.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        row_id = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(row_id, str) and row_id in wanted and _whole(entry.get("row"), row_id):
            settled[row_id] = entry["row"]
    return settled


def _whole(row: Any, row_id: str) -> bool:
    if row is None:
        return True
    fields = isinstance(row, dict) and set(row) == set(FIELDS)
    return (
        fields
        and all(isinstance(value, str) for value in row.values())
        and row["complaint_id"] == row_id
    )


def append_partial(path: Path, answers: Answers) -> None:
    """Add answers to the partial file and make sure that they are on the disk."""
    lines = [json.dumps({"id": row_id, "row": row}) + "\n" for row_id, row in answers.items()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.writelines(lines)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise CourseError(f"Could not write {path.name}: {error.strerror or error}.") from error


def _finish(output: Path, partial: Path, settled: Answers, wanted: ComplaintList) -> FetchReport:
    rows = [row for row_id in wanted.digests if (row := settled.get(row_id))]
    gone = tuple(row_id for row_id in wanted.digests if settled.get(row_id) is None)
    if not rows:
        partial.unlink(missing_ok=True)
        raise CourseError(
            "None of the complaints is in the database any more; nothing was written."
        )
    changed = tuple(
        row["complaint_id"]
        for row in rows
        if digest(row["issue"], row["text"]) != wanted.digests[row["complaint_id"]]
    )
    write_bytes(output, to_parquet(rows))
    partial.unlink(missing_ok=True)
    columns = [[row[name] for row in rows] for name in ("complaint_id", "text", "issue")]
    mark = fingerprint_rows(*columns)
    same = len(rows) - len(changed)
    return FetchReport(output, len(wanted.digests), same, changed, gone, mark, wanted.fingerprint)


def to_parquet(rows: list[Complaint]) -> bytes:
    """Return the rows as a parquet file with text columns, in the order given."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in FIELDS}
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, compression="zstd")
    return stream.getvalue()
