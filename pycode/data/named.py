"""Data sets by name, each over the labels that occur in it: cfpb-8k, banking77, reuters, twin."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from pycode.data.catalogue import Dataset, dataset
from pycode.data.groups import near_duplicate_groups
from pycode.data.labels import MIN_CLASS_COUNT
from pycode.data.local import VARIABLE, load_local, named_path, numbered
from pycode.data.parquet import read_columns, read_strings
from pycode.data.rows import Rows, assemble, check, class_ids, drop_rare, present_labels
from pycode.data.split import SEED, TEST, stratified_split
from pycode.data.types import CourseData
from pycode.errors import CourseError


def load_dataset_by_name(
    name: str, path: str | Path | None = None, *, seed: int = SEED, **options: Any
) -> CourseData:
    """Return a data set over the classes that occur in it.

    Args:
        name: `cfpb-8k`, `banking77`, `reuters`, `course-113` (the hub's set, all 113 classes)
            or `twin` (synthetic, all 113 classes).
        path: the file, or a folder that holds it; default COURSE_DATA, then `.course/data`.
        seed: of the split.
        options: for `cfpb-8k` and `course-113` those of `load_course_data`; for `banking77` and
            `reuters` ``min_count`` (default 5), the smallest class that is kept; for `twin`
            ``n``, the number of rows.

    `banking77` and `reuters` keep their official test files; val is a tenth of the train file.

    Raises:
        CourseError: unknown name, file not found, or a fault of the file.
    """
    facts = dataset(name)
    if name == "twin":
        from pycode.data.load import load_twin

        return load_twin(seed=seed, **options)
    if not facts.file:
        from pycode.data.hub import load_hub

        return load_hub(seed=seed, **options)
    found = find_file(facts, path)
    if name == "cfpb-8k":
        return load_local(found, seed=seed, only_present=True, **options)
    reader = {"banking77": read_banking77, "reuters": read_reuters}[name]
    rows, official = reader(found)
    return official_split(rows, official, name, seed=seed, **options)


def find_file(facts: Dataset, path: str | Path | None = None) -> Path:
    """Return where the data set's file is: ``path``, COURSE_DATA, or the project's cache.

    ``path`` and COURSE_DATA may name the file or a folder that holds it under its usual name. A
    COURSE_DATA that names another data set's file is passed over.

    Raises:
        CourseError: it is in none of these places, or ``path`` or COURSE_DATA names nothing that is there.
    """
    named = named_path(path)
    places = [named] if named else []
    if not path:
        places.append(Path(".course") / "data")
    for place in places:
        try:
            if place.is_dir() and (place / facts.file).is_file():
                return place / facts.file
            if place.is_file() and (path or place.name == facts.file or facts.name == "cfpb-8k"):
                return place
        except PermissionError:  # a folder that is closed to us
            continue
    fetch = " `course data fetch cfpb-8k` makes it." if facts.name == "cfpb-8k" else ""
    raise CourseError(
        f"{facts.file} was not found: name it, or the folder that holds it, with path=… or "
        f"{VARIABLE}.{fetch} Source: {facts.url}"
    )


def read_banking77(path: Path) -> tuple[Rows, list[str]]:
    """Return the rows of BANKING77 and the official split (`train` or `test`) of each."""
    columns = read_strings(path, ("split", "text", "label"))
    ids = _ids_within(columns["split"])
    return Rows(ids, columns["text"], columns["label"]), columns["split"]


def read_reuters(path: Path) -> tuple[Rows, list[str]]:
    """Return the documents of Reuters-21578 that have a topic, under their rarest topic.

    Rarity is counted over the train and test documents of the ModApte split; among equally rare
    topics the first by name is taken. Documents outside the split or without topic are left out.
    """
    columns = read_columns(path, ("newid", "topics"))
    columns |= read_strings(path, ("split", "text"))
    parts, topics = columns["split"], columns["topics"]
    if not all(isinstance(names, list) and all(map(_is_text, names)) for names in topics):
        raise CourseError(f"Column 'topics' of {path.name} must hold lists of topic names.")
    used = [row for row, names in enumerate(topics) if names and parts[row] in ("train", "test")]
    frequency = Counter(topic for row in used for topic in topics[row])
    labels = [min(topics[row], key=lambda topic: (frequency[topic], topic)) for row in used]
    ids = [_number(columns["newid"][row], path) for row in used]
    note = (
        f"{len(used)} documents of the ModApte split have a topic; each stands under its rarest "
        f"topic ({len(set(labels))} classes), so the task is single-label, unlike ModApte-90."
    )
    texts = [columns["text"][row] for row in used]
    return Rows(ids, texts, labels, (note,)), [parts[row] for row in used]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any, path: Path) -> str:
    """Return a document's number as its id, sortable as text."""
    try:
        return f"{int(value):05d}"
    except (TypeError, ValueError, OverflowError):
        raise CourseError(
            f"Column 'newid' of {path.name} must hold whole numbers, got {value!r}."
        ) from None


def _ids_within(parts: list[str]) -> list[str]:
    """Return ids that number the rows within their official split."""
    numbers = {part: iter(numbered(part, count)) for part, count in Counter(parts).items()}
    return [next(numbers[part]) for part in parts]


def official_split(
    rows: Rows,
    official: list[str],
    name: str,
    *,
    seed: int = SEED,
    min_count: int = MIN_CLASS_COUNT,
) -> CourseData:
    """Keep the official test rows, carve val out of the official train rows.

    A class is kept if it has ``min_count`` rows in all and one in the train file; otherwise nothing
    could be learned or measured for it. The notes say how many test rows have a near-duplicate in
    train or val, which an official split does not prevent.
    """
    rows = check(rows, name)
    part_of = dict(zip(rows.ids, official, strict=True))
    strange = sorted(set(official) - {"train", "test"})
    if strange:
        raise CourseError(f"{name}: split {strange[0]!r} is not known: use train and test.")
    trained = {label for label, part in zip(rows.labels, official, strict=True) if part == "train"}
    if not trained:
        raise CourseError(f"{name}: no row is in the train split, so nothing can be learned.")
    lost = sorted(set(rows.labels) - trained)
    if lost:
        note = f"Dropped: {len(lost)} classes without a training row."
        rows = rows.keep([label in trained for label in rows.labels], note)
    rows = drop_rare(rows, name, min_count)
    names = present_labels(rows)
    is_test = np.array([part_of[row_id] == "test" for row_id in rows.ids])
    pool = rows.keep(~is_test)
    split = np.full(len(rows), TEST, dtype=np.int64)
    split[~is_test] = stratified_split(class_ids(pool, names), pool.ids, test=0, seed=seed)
    groups = near_duplicate_groups(rows.texts, "shingles")
    leaked = int(np.isin(groups[is_test], groups[~is_test]).sum())
    rows = rows.noted(
        f"Official test split; val is a tenth of the train file. {leaked} of {int(is_test.sum())} "
        "test rows have a near-duplicate in train or val."
    )
    return assemble(rows, split, names, source="local", name=name)
