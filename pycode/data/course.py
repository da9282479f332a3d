"""The course's own pipeline: from the two files of the hub to three splits over 113 classes.

What can be claimed about row identity with the original course
----------------------------------------------------------------
The original distributes the numbers of its train and val rows, but never the script that drew
them. From what it states:

- the *pool* (train and val together) is the same: all rows of the train file except sixteen, whose
  numbers are known and are checked here;
- the *test* split is the same: the test file without the rows of the dropped classes;
- the sizes are the same: 57,846, 6,430 and 21,432. A tenth of the 64,276 pool rows, rounded up,
  would be 6,428; the published 6,430 is a tenth of the file's 64,292 rows before the drop, so the
  share was probably taken before it, and that is done here;
- **which** pool rows are train and which are val is our own draw (seed 42, stratified). It has the
  published sizes, but nothing says that it is the original's. Numbers measured on val are therefore
  comparable with the published ones as two samples of one pool, not row by row.
"""

import numpy as np

from pycode.data.groups import near_duplicate_groups, repeated
from pycode.data.labels import canonical_labels, label_ids, merge, too_rare
from pycode.data.rows import Rows, assemble, canonicalise, check, class_ids
from pycode.data.split import NAMES, SEED, TEST, VAL_FRACTION, stratified_split
from pycode.data.types import CourseData
from pycode.errors import CourseError

TEXT, LABEL = "Consumer Complaint", "Issue"
PUBLISHED_FILES = {"train": 64_292, "test": 21_439}
PUBLISHED_SIZES = {"train": 57_846, "val": 6_430, "test": 21_432}
# Positions in the train file of the rows whose class is too rare (data sheet of the original).
PUBLISHED_DROPPED = (
    *(516, 4639, 8848, 11497, 13370, 19160, 20098, 26637),
    *(35727, 38005, 42635, 43560, 47375, 51065, 61021, 61096),
)


def course_data(
    train: Rows,
    test: Rows,
    *,
    source: str,
    forms: tuple[str, ...] = ("2017",),
    unknown: str = "drop",
    seed: int = SEED,
    groups: str | None = None,
) -> CourseData:
    """Return the canonical data set made from the rows of the train and the test file.

    ``groups`` keeps near-duplicates together between train and val; the test file is taken as it
    is, and the notes say how many of its rows have a near-duplicate in the pool.

    Raises:
        CourseError: empty texts, labels that no entry of the map or list knows.
    """
    size = int(np.ceil(round(VAL_FRACTION * len(train), 6)))
    train, test = check(train, "the train file"), check(test, "the test file")
    pool = canonicalise(train, "the train file", forms, unknown)
    held = canonicalise(test, "the test file", forms, unknown)
    names = canonical_labels()
    numbers = near_duplicate_groups([*pool.texts, *held.texts], groups) if groups else None
    split = stratified_split(
        class_ids(pool, names),
        pool.ids,
        val=min(size, max(len(pool) - 1, 0)),
        test=0,
        groups=None if numbers is None else numbers[: len(pool)],
        seed=seed,
    )
    notes = [*(f"train file: {n}" for n in pool.notes), *(f"test file: {n}" for n in held.notes)]
    if numbers is not None:
        leaked = int(np.isin(numbers[len(pool) :], numbers[: len(pool)]).sum())
        notes.append(
            f"{repeated(numbers)} rows are near-duplicates of another row (rule: {groups}); "
            f"{leaked} test rows have one in train or val."
        )
    rows = Rows(
        [*pool.ids, *held.ids],
        [*pool.texts, *held.texts],
        [*pool.labels, *held.labels],
        tuple(notes),
    )
    both = np.concatenate([split, np.full(len(held), TEST)])
    return assemble(rows, both, names, source=source, name="course-113")


def check_published(data: CourseData, train: Rows, test: Rows) -> None:
    """Compare the data with what the original course published about it.

    Raises:
        CourseError: file sizes, split sizes, dropped rows or dropped classes differ.
    """
    faults = []
    for part, rows in (("train", train), ("test", test)):
        if len(rows) != PUBLISHED_FILES[part]:
            faults.append(f"{part} file {len(rows):,} rows, published {PUBLISHED_FILES[part]:,}")
    for part in NAMES:
        if (got := len(data.split(part))) != PUBLISHED_SIZES[part]:
            faults.append(f"{part} {got:,}, published {PUBLISHED_SIZES[part]:,}")
    merged = [merge(label) for label in train.labels]
    dropped = [row for row, label in enumerate(merged) if label not in label_ids()]
    if tuple(dropped) != PUBLISHED_DROPPED:
        faults.append(f"{len(dropped)} rows of the train file dropped, not the 16 published ones")
    if too_rare(merged) != {merged[row] for row in dropped}:
        faults.append("the drop rule (fewer than 5 rows) does not give the 113 published classes")
    if faults:
        raise CourseError(
            f"The data differ from what the course published: {'; '.join(faults)}. Check the "
            "revision, or pass expect_published=False to use them anyway."
        )
