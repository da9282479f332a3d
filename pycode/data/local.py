"""The `local` source: a parquet file (or a folder laid out like the hub's) on this machine."""

import os
from collections.abc import Sequence
from pathlib import Path

from pycode.data.course import LABEL, TEXT, course_data
from pycode.data.groups import near_duplicate_groups, repeated
from pycode.data.labels import canonical_labels
from pycode.data.parquet import column_names, read_strings
from pycode.data.rows import (
    Rows,
    assemble,
    canonicalise,
    check,
    class_ids,
    drop_rare,
    present_labels,
)
from pycode.data.split import SEED, stratified_split
from pycode.data.types import CourseData
from pycode.errors import CourseError

VARIABLE = "COURSE_DATA"
LAYOUTS = (("text", "issue", "complaint_id"), (TEXT, LABEL))


def named_path(path: str | Path | None) -> Path | None:
    """Return what ``path`` or, without it, the variable COURSE_DATA names; None where neither names anything.

    Raises:
        CourseError: what is named is not there.
    """
    named = str(path) if path else os.environ.get(VARIABLE, "")
    if not named:
        return None
    origin = "path" if path else VARIABLE
    return existing(named, f"{origin} names {Path(named).name!r}, which is not there.")


def existing(path: str | Path, refusal: str) -> Path:
    """Return ``path`` with its ``~`` replaced.

    Raises:
        CourseError: nothing is there, or nobody may look; its sentence is ``refusal``.
    """
    try:
        found = Path(path).expanduser()
        if found.exists():
            return found
    except (OSError, RuntimeError):  # a folder closed to us; `~name` of a user who does not exist
        pass
    raise CourseError(refusal)


def local_path(path: str | Path | None) -> Path:
    """Return the file or folder that ``path`` or the variable COURSE_DATA names.

    Raises:
        CourseError: neither names one, or it is not there.
    """
    found = named_path(path)
    if found is None:
        raise CourseError(
            f"source='local' needs a parquet file: give path=… or set {VARIABLE} "
            "(`course data fetch cfpb-8k` makes one)."
        )
    return found


def load_local(
    path: str | Path | None,
    *,
    forms: tuple[str, ...] = ("2017",),
    groups: str | None = "both",
    unknown: str = "drop",
    seed: int = SEED,
    only_present: bool = False,
) -> CourseData:
    """Return the data set in a parquet file, or in a folder with train and test files.

    A single file is split 70/10/20 by near-duplicate group; a folder keeps its own test file and is
    treated like the hub's data. ``only_present`` shortens the label list to the classes that occur.

    Raises:
        CourseError: any fault of the file, see `pycode.data.parquet` and `pycode.data.rows`.
    """
    found = local_path(path)
    if found.is_dir():
        return course_data(
            read_part(found, "train"),
            read_part(found, "test"),
            source="local",
            forms=forms,
            unknown=unknown,
            seed=seed,
            groups=groups,
        )
    rows = check(read_rows(found), found.name)
    rows = drop_rare(canonicalise(rows, found.name, forms, unknown), found.name)
    return split_rows(rows, groups, seed, only_present)


def split_rows(rows: Rows, groups: str | None, seed: int, only_present: bool) -> CourseData:
    """Split canonical rows of one file 70/10/20, near-duplicate groups kept together if asked."""
    names = present_labels(rows) if only_present else canonical_labels()
    numbers = near_duplicate_groups(rows.texts, groups) if groups else None
    split = stratified_split(class_ids(rows, names), rows.ids, groups=numbers, seed=seed)
    if numbers is not None:
        note = (
            f"{repeated(numbers)} rows are near-duplicates of another row (rule: {groups}); "
            "no group is divided between splits."
        )
        rows = Rows(rows.ids, rows.texts, rows.labels, (*rows.notes, note))
    return assemble(rows, split, names, source="local", name="cfpb-8k")


def read_rows(path: Path) -> Rows:
    """Return the rows of a parquet file in one of the known layouts.

    Without a `complaint_id` column the row's position is its id.

    Raises:
        CourseError: the columns fit no layout (names got and wanted), or hold something else.
    """
    names = column_names(path)
    layout = next((wanted for wanted in LAYOUTS if set(wanted) <= set(names)), None)
    if layout is None:
        wanted = " or ".join(f"({', '.join(columns)})" for columns in LAYOUTS)
        raise CourseError(f"{path.name} has columns {', '.join(names)}; wanted {wanted}.")
    columns = read_strings(path, layout)
    texts, labels = columns[layout[0]], columns[layout[1]]
    ids = columns[layout[2]] if len(layout) == 3 else numbered("row", len(texts))
    return Rows(list(ids), texts, labels, (f"Read from {path.name}.",))


def read_part(folder: Path, part: str) -> Rows:
    """Return the rows of ``folder``'s files named ``train*.parquet`` or ``test*.parquet``.

    Raises:
        CourseError: there is no such file, in the folder or in its `data` folder.
    """
    files = sorted([*folder.glob(f"{part}*.parquet"), *folder.glob(f"data/{part}*.parquet")])
    if not files:
        raise CourseError(
            f"{folder.name} holds no {part}*.parquet: name one parquet file, or a folder laid out "
            "like the hub's (train and test files)."
        )
    texts, labels = _join(files)
    return Rows(numbered(part, len(texts)), texts, labels)


def _join(files: Sequence[Path]) -> tuple[list[str], list[str]]:
    columns = [read_strings(file, (TEXT, LABEL)) for file in files]
    return [t for c in columns for t in c[TEXT]], [t for c in columns for t in c[LABEL]]


def numbered(part: str, n: int) -> list[str]:
    """Return ids such as `train/00042`: the row's position in its file, sortable as text."""
    return [f"{part}/{row:05d}" for row in range(n)]
