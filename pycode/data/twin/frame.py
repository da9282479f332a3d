"""Who is in the twin: rows with label, raw label, form, date and split; no text yet.

Class sizes are fixed numbers, not draws, so that the published class curve comes out exactly.
Which row carries which text is random; a row picked at random then has its label with probability
(rows of the class) / (all rows), which is the prior of the posterior.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pycode.data.course import PUBLISHED_DROPPED, PUBLISHED_FILES, PUBLISHED_SIZES
from pycode.data.labels import canonical_labels
from pycode.data.split import largest_remainder, stratified_split
from pycode.data.twin.draws import random_bits
from pycode.data.twin.spec import RawLabel, raw_labels

Ints = NDArray[np.int64]
# First and last day of each form: narratives are published since March 2015; the form changed on
# 24 April 2017; the course's data seem to end in February 2018.
FORMS = ("old", "new")
FORM_DAYS = (
    (date(2015, 3, 19).toordinal(), date(2017, 4, 23).toordinal()),
    (date(2017, 4, 24).toordinal(), date(2018, 2, 28).toordinal()),
)
FULL = PUBLISHED_SIZES["train"] + PUBLISHED_SIZES["val"] + PUBLISHED_SIZES["test"]
ORDER, SHUFFLE, DAY, PLACE, SUBSET = range(5)  # streams of random numbers


@dataclass(frozen=True)
class Frame:
    """Columns of equal length, one entry per row, canonical rows before the dropped ones.

    ``key`` names the row for the random numbers, ``raw`` indexes `spec.raw_labels()`, ``form`` is
    0 (old) or 1 (new), ``day`` an ordinal date, ``file`` 0 (train file) or 1 (test file), ``place``
    the position in it, ``split`` 0 train, 1 val, 2 test, -1 dropped.
    """

    key: Ints
    label: Ints
    raw: Ints
    form: Ints
    day: Ints
    file: Ints
    place: Ints
    split: Ints

    def __len__(self) -> int:
        return len(self.key)

    def take(self, index: Ints) -> "Frame":
        """Return the rows at ``index``."""
        return Frame(*(column[index] for column in vars(self).values()))

    @property
    def row_ids(self) -> list[str]:
        """Ids as the hub's files number them, such as `train/00042`."""
        names = ("train", "test")
        pairs = zip(self.file, self.place, strict=True)
        return [f"{names[file]}/{place:05d}" for file, place in pairs]


def full_frame(seed: int) -> Frame:
    """Return all 85,731 rows: 85,708 over the 113 labels and 23 that the drop rule removes."""
    blocks = [_class_block(seed, members) for members in _classes()]
    key, label, raw, form, file = (np.concatenate(column) for column in zip(*blocks, strict=True))
    low, days = (np.array([span(pair) for pair in FORM_DAYS])[form] for span in (_first, _length))
    draw = (random_bits(seed, DAY, key) >> np.uint64(11)).astype(np.int64)
    place = _places(seed, key, label, file)
    blank = np.full(len(key), -1)
    frame = Frame(key, label, raw, form, low + draw % days, file, place, blank)
    return _split(frame, seed)


def _first(days: tuple[int, int]) -> int:
    return days[0]


def _length(days: tuple[int, int]) -> int:
    return days[1] - days[0] + 1


def _classes() -> list[list[tuple[int, RawLabel]]]:
    """Return the raw labels of each class with their index; each dropped label is a class."""
    classes: list[list[tuple[int, RawLabel]]] = [[] for _ in canonical_labels()]
    for index, raw in enumerate(raw_labels()):
        if raw.label >= 0:
            classes[raw.label].append((index, raw))
        else:
            classes.append([(index, raw)])
    return classes


def _class_block(seed: int, members: list[tuple[int, RawLabel]]) -> tuple[Ints, ...]:
    """Deal one class's rows to its raw labels and forms, and, independently, to the two files."""
    first = members[0][1]
    rows = first.pool + first.test
    key = np.arange(rows, dtype=np.int64) + members[0][0] * (1 << 20)
    cells = [(i, form) for i, raw in members for form in (0, 1) if (raw.old, raw.new)[form]]
    weights = np.array([(raw_labels()[i].old, raw_labels()[i].new)[form] for i, form in cells])
    quota = largest_remainder(weights, rows, np.ones(len(cells)), np.full(len(cells), rows))
    dealt = np.repeat(np.arange(len(cells)), quota)[np.argsort(random_bits(seed, ORDER, key))]
    raw, form = np.array(cells, dtype=np.int64)[dealt].T
    in_test = np.argsort(random_bits(seed, SHUFFLE, key)) >= first.pool
    return key, np.full(rows, first.label), raw, form, in_test.astype(np.int64)


def _places(seed: int, key: Ints, label: Ints, file: Ints) -> Ints:
    """Shuffle each file; in the train file dropped rows stand where the published ones stood."""
    place = np.empty(len(key), dtype=np.int64)
    order = np.argsort(random_bits(seed, PLACE, key))
    for number, size in enumerate(PUBLISHED_FILES.values()):
        rows = order[file[order] == number]
        if number == 0:
            dropped = label[rows] < 0
            place[rows[dropped]] = PUBLISHED_DROPPED
            place[rows[~dropped]] = np.setdiff1d(np.arange(size), PUBLISHED_DROPPED)
        else:
            place[rows] = np.arange(size)
    return place


def _split(frame: Frame, seed: int) -> Frame:
    """Carve val out of the pool exactly as the course's pipeline does."""
    ids = frame.row_ids
    pool = np.flatnonzero((frame.file == 0) & (frame.label >= 0))
    dealt = stratified_split(
        frame.label[pool], [ids[row] for row in pool], val=PUBLISHED_SIZES["val"], test=0, seed=seed
    )
    frame.split[pool] = dealt
    frame.split[(frame.file == 1) & (frame.label >= 0)] = 2
    return frame


def subset(frame: Frame, rows: int, seed: int) -> Frame:
    """Return ``rows`` canonical rows, the same share of each class in each split, at least one."""
    cell = frame.label * 3 + frame.split
    inside = np.flatnonzero(frame.label >= 0)
    counts = np.bincount(cell[inside], minlength=3 * len(canonical_labels()))
    quota = largest_remainder(counts, rows, np.minimum(counts, 1), counts)
    order = inside[np.argsort(random_bits(seed, SUBSET, frame.key[inside]))]
    by_cell = order[np.argsort(cell[order], kind="stable")]
    starts = np.cumsum(counts) - counts
    rank = np.arange(len(by_cell)) - starts[cell[by_cell]]
    return frame.take(np.sort(by_cell[rank < quota[cell[by_cell]]]))
