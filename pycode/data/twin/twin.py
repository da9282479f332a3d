"""The synthetic twin: complaint-like texts whose true label probabilities are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pycode.data.labels import canonical_labels
from pycode.data.rows import Rows
from pycode.data.split import NAMES, SEED
from pycode.data.twin.draws import choose, uniform
from pycode.data.twin.frame import FORMS, FULL, Frame, full_frame, subset
from pycode.data.twin.layout import hide, layout
from pycode.data.twin.model import (
    STATEMENTS,
    YEARS,
    YEARS_BACK,
    Settings,
    Tables,
    posterior,
    tables,
)
from pycode.data.twin.spec import raw_labels
from pycode.data.twin.text import write_texts
from pycode.data.types import Split
from pycode.errors import CourseError

LEAST = 1000
CHUNK = 20_000
INTENT, PRODUCT, BACK, SAID = 20, 21, 22, 30  # streams of random numbers
STAND_IN = "Other"  # the label whose wordings the dropped rows use

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Twin:
    """Rows over the 113 canonical labels, in the order of their ids within each split's file.

    ``texts``, ``raw_labels``, ``forms`` (``old``/``new``), ``dates`` (ISO) and ``row_ids`` are lists
    of length n; ``labels`` and ``split`` (0 train, 1 val, 2 test) are int64 arrays (n,).
    ``evidence`` (n, 5) holds what the text shows: product, year told, three statements, as indices
    or -1; ``told`` holds the same before anything was left out.
    """

    seed: int
    settings: Settings
    texts: list[str]
    labels: Ints
    split: Ints
    row_ids: list[str]
    raw_labels: list[str]
    forms: list[str]
    dates: list[str]
    evidence: Ints
    told: Ints
    intent: Ints

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def prior(self) -> NDArray[np.float64]:
        """Share of each label among all rows, shape (113,)."""
        counts = np.bincount(self.labels, minlength=len(canonical_labels()))
        return np.asarray(counts / len(self))

    def _form_share(self) -> NDArray[np.float64]:
        new = np.array([form == FORMS[1] for form in self.forms])
        rows = np.bincount(self.labels, minlength=len(canonical_labels()))
        share = np.bincount(self.labels, new, minlength=len(rows)) / np.maximum(rows, 1)
        return np.stack([1 - share, share], axis=1)

    def posterior(
        self, rows: Sequence[int] | Ints | None = None, *, uncut: bool = False
    ) -> NDArray[np.float32]:
        """Return the true P(label | text) of the given rows (default all), shape (n, 113).

        The text determines the evidence it shows, and nothing else in it depends on the label, so
        this is exact for a row drawn at random from the twin (see `pycode.data.twin.model`).

        Args:
            rows: positions in the twin (k,), whole numbers from 0.
            uncut: use what the complaint would have told without omissions.

        Raises:
            CourseError: positions that are not whole numbers, or outside the twin.
        """
        index = np.arange(len(self)) if rows is None else np.asarray(rows)
        if not index.size:  # an empty list has no whole numbers in it
            index = index.astype(np.int64)
        if index.dtype.kind not in "iu" or index.ndim != 1:
            raise CourseError(
                f"rows must be positions in the twin, such as `rows_of('test')`; got {index.dtype}."
            )
        if index.size and not 0 <= index.min() <= index.max() < len(self):
            raise CourseError(
                f"rows go from {index.min()} to {index.max()}; this twin has 0 to {len(self) - 1}."
            )
        source, table = self.told if uncut else self.evidence, tables(self.settings)
        prior, form_share = self.prior, self._form_share()
        result = np.empty((len(index), len(prior)), dtype=np.float32)
        for start in range(0, len(index), CHUNK):
            part = index[start : start + CHUNK]
            result[start : start + len(part)] = posterior(source[part], prior, form_share, table)
        return result

    def posterior_of(self, row_ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the true posterior of the rows with these ids, in their order, (n, 113).

        Raises:
            CourseError: an id that the twin does not have.
        """
        position = {row_id: index for index, row_id in enumerate(self.row_ids)}
        lost = [row_id for row_id in row_ids if row_id not in position]
        if lost:
            raise CourseError(
                f"{len(lost)} of {len(row_ids)} row ids are not in this twin (first: {lost[0]!r}): "
                "use the twin of the same seed and number of rows."
            )
        return self.posterior([position[row_id] for row_id in row_ids])

    def rows_of(self, name: str) -> Ints:
        """Return the positions of the rows of split ``train``, ``val`` or ``test``."""
        if name not in NAMES:
            raise CourseError(f"Split {name!r} is not known: use {', '.join(NAMES)}.")
        return np.flatnonzero(self.split == NAMES.index(name))

    def split_of(self, name: str) -> Split:
        """Return a split as models read it."""
        rows = self.rows_of(name)
        return Split(
            [self.texts[i] for i in rows], self.labels[rows], [self.row_ids[i] for i in rows]
        )


def make_twin(seed: int = SEED, n: int | None = None, settings: Settings | None = None) -> Twin:
    """Return the twin: 85,708 rows, or ``n`` of them with the same shares of classes and splits.

    The same ``seed`` gives the same rows on every machine; a smaller twin is part of the full one.

    Raises:
        CourseError: a seed or number of rows that is not allowed.
    """
    seed, rows = _checked(seed, n)
    frame = full_frame(seed)
    if rows is not None:
        frame = subset(frame, rows, seed)
    return _told(frame.take(_by_place(frame)), seed, settings or Settings())


def _checked(seed: int, n: int | None) -> tuple[int, int | None]:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise CourseError(f"seed={seed!r} is not allowed: use a whole number, 0 or more.")
    if n is None or n == FULL:
        return int(seed), None
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or not LEAST <= n <= FULL:
        raise CourseError(
            f"A twin of {n!r} rows cannot be made: use a whole number from {LEAST:,} to {FULL:,}."
        )
    return int(seed), int(n)


def _by_place(frame: Frame) -> Ints:
    """Return the positions of the canonical rows in the order of the files."""
    order = np.lexsort((frame.place, frame.file))
    return order[frame.label[order] >= 0]


def _told(frame: Frame, seed: int, settings: Settings) -> Twin:
    """Draw stories for the rows of ``frame``, hide parts of them, and write them down."""
    intent, told = _stories(frame, seed, tables(settings))
    rows = layout(seed, frame.key)
    evidence = hide(told, rows)
    return Twin(
        seed=seed,
        settings=settings,
        texts=write_texts(evidence, rows),
        labels=frame.label,
        split=frame.split,
        row_ids=frame.row_ids,
        raw_labels=[raw_labels()[i].name for i in frame.raw],
        forms=[FORMS[i] for i in frame.form],
        dates=[date.fromordinal(day).isoformat() for day in frame.day.tolist()],
        evidence=evidence,
        told=told,
        intent=intent,
    )


def _stories(frame: Frame, seed: int, t: Tables) -> tuple[Ints, Ints]:
    """Draw intent (n,) and the full evidence (n, 5) of each row, given its label and date."""
    key = frame.key
    label = np.where(frame.label < 0, canonical_labels().index(STAND_IN), frame.label)
    intent = choose(t.intent, label, uniform(seed, INTENT, key))
    columns = [choose(t.product, label, uniform(seed, PRODUCT, key)), _years(frame, seed)]
    columns += [choose(t.concept, intent, uniform(seed, SAID + i, key)) for i in range(STATEMENTS)]
    return intent, np.stack(columns, axis=1)


def _years(frame: Frame, seed: int) -> Ints:
    """Return the index of the year that each row tells: its own, or a year or two before."""
    own = np.array([date.fromordinal(day).year for day in frame.day.tolist()])
    chances = np.array([YEARS_BACK])
    back = choose(chances, np.zeros(len(own), dtype=np.int64), uniform(seed, BACK, frame.key))
    return np.asarray(own - back - YEARS[0], dtype=np.int64)


def raw_files(seed: int = SEED) -> tuple[Rows, Rows]:
    """Return the twin as the hub's two files would hold it: 64,292 and 21,439 rows, raw labels.

    The 23 rows that the drop rule removes are among them; `pycode.data.course.course_data` makes
    the twin's splits out of these files.
    """
    seed, _ = _checked(seed, None)
    frame = full_frame(seed)
    frame = frame.take(np.lexsort((frame.place, frame.file)))
    twin = _told(frame, seed, Settings())
    files = []
    for number in (0, 1):
        index = np.flatnonzero(frame.file == number)
        ids, texts, labels = (
            [column[i] for i in index] for column in (twin.row_ids, twin.texts, twin.raw_labels)
        )
        files.append(Rows(ids, texts, labels))
    return files[0], files[1]
