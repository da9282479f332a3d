"""Labelled texts on their way from a file to a `CourseData`: checks, label map, drop rule."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pycode.data.fingerprint import fingerprint
from pycode.data.labels import MIN_CLASS_COUNT, canonical_labels, label_ids, merge, too_rare
from pycode.data.split import NAMES
from pycode.data.types import CourseData, Split
from pycode.errors import CourseError, nearest


@dataclass(frozen=True)
class Rows:
    """Texts with an id and a label name each, plus notes on what was done to them."""

    ids: list[str]
    texts: list[str]
    labels: list[str]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def keep(self, wanted: Iterable[bool], note: str = "") -> "Rows":
        """Return the rows where ``wanted`` is true."""
        index = [row for row, flag in enumerate(wanted) if flag]
        ids, texts, labels = (
            [column[row] for row in index] for column in (self.ids, self.texts, self.labels)
        )
        return Rows(ids, texts, labels, (*self.notes, note) if note else self.notes)

    def noted(self, *notes: str) -> "Rows":
        """Return the same rows with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def check(rows: Rows, where: str) -> Rows:
    """Return ``rows`` if every text has a character, every label a name and every id is unique.

    Raises:
        CourseError: naming the kind of fault, how often it occurs and the first row that has it.
    """
    if not len(rows):
        raise CourseError(f"{where} has no rows.")
    for name, values in (("text", rows.texts), ("label", rows.labels)):
        empty = [row for row, value in enumerate(values) if not value.strip()]
        if empty:
            raise CourseError(
                f"{where}: {len(empty)} of {len(rows)} rows have an empty {name} "
                f"(first: row {empty[0]}, id {rows.ids[empty[0]]}). Remove them from the file."
            )
    repeated = [row_id for row_id, count in Counter(rows.ids).items() if count > 1]
    if repeated:
        raise CourseError(
            f"{where}: {len(repeated)} ids occur more than once (first: {repeated[0]}); "
            "each row needs its own id."
        )
    return rows


def canonicalise(rows: Rows, where: str, forms: tuple[str, ...], unknown: str = "drop") -> Rows:
    """Map labels to canonical names and drop (or refuse) rows whose label is not one of the 113.

    Raises:
        CourseError: ``unknown="error"`` and there is one, or no row carries a known label.
    """
    if unknown not in ("drop", "error"):
        raise CourseError(f"unknown={unknown!r} is not allowed: use 'drop' or 'error'.")
    merged = [merge(label, forms) for label in rows.labels]
    changed = sum(new != old for new, old in zip(merged, rows.labels, strict=True))
    strange = Counter(label for label in merged if label not in label_ids())
    note = f"{changed} rows changed their label through the map of forms {', '.join(forms)}."
    rows = Rows(rows.ids, rows.texts, merged, (*rows.notes, note))
    if not strange:
        return rows
    count, example = sum(strange.values()), strange.most_common(1)[0][0]
    story = (
        f"{count} of {len(rows)} rows carry {len(strange)} labels outside the 113 "
        f"(most often {example!r}, {strange[example]} rows)"
    )
    if unknown == "error" or count == len(rows):
        hint = nearest(example, canonical_labels())
        raise CourseError(f"{where}: {story}.{hint}")
    return rows.keep([label in label_ids() for label in merged], f"Dropped: {story}.")


def drop_rare(rows: Rows, where: str, minimum: int = MIN_CLASS_COUNT) -> Rows:
    """Drop the rows of labels that occur fewer than ``minimum`` times in ``rows``, which came from ``where``.

    Raises:
        CourseError: nothing would be left.
    """
    rare = too_rare(rows.labels, minimum)
    if not rare:
        return rows
    wanted = [label not in rare for label in rows.labels]
    count = len(rows) - sum(wanted)
    if count == len(rows):
        raise CourseError(
            f"{where}: no class has {minimum} rows ({count} rows, {len(rare)} classes), too few to learn from."
        )
    kept = len(set(rows.labels)) - len(rare)
    note = (
        f"Dropped: {count} rows of {len(rare)} classes with fewer than {minimum} rows; {kept} stay."
    )
    return rows.keep(wanted, note)


def class_ids(rows: Rows, label_names: Sequence[str]) -> NDArray[np.int64]:
    """Return the position of each row's label in ``label_names``, shape ``(n,)``."""
    position = {name: index for index, name in enumerate(label_names)}
    return np.array([position[label] for label in rows.labels], dtype=np.int64)


def assemble(
    rows: Rows, split: NDArray[np.int64], label_names: tuple[str, ...], *, source: str, name: str
) -> CourseData:
    """Return the finished data set; within each split rows are in the order of their ids.

    ``split`` holds 0 (train), 1 (val) or 2 (test) per row.
    """
    labels = class_ids(rows, label_names)
    order = sorted(range(len(rows)), key=lambda row: rows.ids[row])
    parts = {}
    for number, part in enumerate(NAMES):
        index = [row for row in order if split[row] == number]
        texts, ids = [rows.texts[row] for row in index], [rows.ids[row] for row in index]
        parts[part] = Split(texts, labels[index] if index else labels[:0], ids)
    mark = fingerprint(parts, label_names)
    return CourseData(
        **parts,
        label_names=label_names,
        source=source,
        fingerprint=mark,
        name=name,
        notes=rows.notes,
    )


def present_labels(rows: Rows) -> tuple[str, ...]:
    """Return the label names that occur, in alphabetical order."""
    return tuple(sorted(set(rows.labels)))
