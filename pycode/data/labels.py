"""The label space: 113 canonical issues, and the map from the labels that consumers saw.

The CFPB reworded its complaint form on 24 April 2017 and again in August 2023. Old rows keep the
old wording, so one class can carry several names. `labels.yml` holds the names, the map with a
reason for each entry, and the pairs that the map leaves unmerged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pycode.errors import CourseError, nearest
from pycode.project import read_yaml

FORMS = ("2017", "2023")
FORM_KEYS = {"2017": "merges", "2023": "merges_2023"}
MIN_CLASS_COUNT = 5

CANONICAL_LABELS: tuple[str, ...]
MERGE_MAP: Mapping[str, "Merge"]
NEAR_DUPLICATES: tuple["NearDuplicate", ...]


@dataclass(frozen=True)
class Merge:
    """One entry of the map: ``raw`` is counted as ``canonical``, because of ``why``.

    ``kind`` is `renamed`, `same-form`, `reversed` or `identity` (explained in labels.yml);
    ``doubtful`` marks entries that an annotator could contest.
    """

    raw: str
    canonical: str
    kind: str
    why: str
    doubtful: bool = False
    form: str = "2017"


@dataclass(frozen=True)
class NearDuplicate:
    """Canonical labels that mean nearly the same and stay apart: a known defect of the map."""

    labels: tuple[str, ...]
    why: str


@cache
def _tables() -> dict[str, Any]:
    return read_labels(Path(__file__).with_name("labels.yml"))


def read_labels(path: Path) -> dict[str, Any]:
    """Return the tables of a `labels.yml`.

    Raises:
        CourseError: the canonical labels are not in alphabetical order, or a merge or a group of
            near-duplicates names a label that is none of them; the message names file and line.
    """
    table: dict[str, Any] = read_yaml(path)
    names: list[str] = table["canonical"]
    for before, name in pairwise(names):
        if name <= before:
            raise CourseError(
                f"{_place(path, name)}: {name!r} must stand in alphabetical order and once, because "
                "the position of a label is its id."
            )
    targets = [entry["to"] for key in FORM_KEYS.values() for entry in table[key]]
    grouped = [name for group in table["near_duplicates"] for name in group["labels"]]
    for name in [*targets, *grouped]:
        if name not in names:
            raise CourseError(
                f"{_place(path, name)}: {name!r} is not one of the {len(names)} canonical labels."
                f"{nearest(name, names)}"
            )
    return table


def _place(path: Path, name: str) -> str:
    """Return `file:line` of the first line that holds ``name``, or the file's name."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = next((number for number, line in enumerate(lines, 1) if f'"{name}"' in line), None)
    return f"{path.name}:{found}" if found else path.name


@cache
def canonical_labels() -> tuple[str, ...]:
    """Return the 113 canonical labels in alphabetical order; the position is the label id."""
    return tuple(_tables()["canonical"])


@cache
def label_ids() -> Mapping[str, int]:
    """Return the id of each canonical label."""
    return MappingProxyType({name: index for index, name in enumerate(canonical_labels())})


@cache
def merge_map(forms: tuple[str, ...] = ("2017",)) -> Mapping[str, Merge]:
    """Return the map's entries by raw label.

    ``forms`` names the form changes to undo: ``("2017",)`` is the canonical map of 36 entries,
    ``("2017", "2023")`` adds the change of August 2023, which the original course does not know.

    Raises:
        CourseError: an unknown form.
    """
    unknown = [form for form in forms if form not in FORMS]
    if unknown:
        raise CourseError(f"Form change {unknown[0]!r} is not known: use 2017, 2023 or both.")
    entries = [_merge(entry, form) for form in forms for entry in _tables()[FORM_KEYS[form]]]
    return MappingProxyType({entry.raw: entry for entry in entries})


def _merge(entry: Mapping[str, Any], form: str) -> Merge:
    doubtful = bool(entry.get("doubtful", False))
    return Merge(entry["from"], entry["to"], entry["kind"], entry["why"], doubtful, form)


@cache
def near_duplicates() -> tuple[NearDuplicate, ...]:
    """Return the groups of canonical labels that mean nearly the same."""
    return tuple(
        NearDuplicate(tuple(group["labels"]), group["why"])
        for group in _tables()["near_duplicates"]
    )


def merge(label: str, forms: tuple[str, ...] = ("2017",)) -> str:
    """Return the canonical name of ``label``; a label that the map does not name stays as it is.

    The result need not be one of the 113: rare labels of the database are in neither.
    """
    entry = merge_map(forms).get(label)
    return entry.canonical if entry else label


def too_rare(labels: Iterable[str], minimum: int = MIN_CLASS_COUNT) -> frozenset[str]:
    """Return the labels that occur fewer than ``minimum`` times in ``labels`` (the drop rule).

    The original course counts over the training pool (train and val together), so a class with
    five rows there keeps four for training.
    """
    from collections import Counter

    return frozenset(label for label, count in Counter(labels).items() if count < minimum)


def __getattr__(name: str) -> Any:
    """Serve the tables as constants without reading a file at import."""
    served = {
        "CANONICAL_LABELS": canonical_labels,
        "MERGE_MAP": merge_map,
        "NEAR_DUPLICATES": near_duplicates,
    }
    if name in served:
        return served[name]()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
