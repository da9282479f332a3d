"""What a data source returns: three splits over one fixed list of labels."""

import sys
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SplitName = Literal["train", "val", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class Split:
    """Rows of one split, in the order of their ids.

    ``labels`` (int64, shape ``(n,)``) index the data set's ``label_names``; ``row_ids`` are unique
    strings that name the same row in every load of the same source.
    """

    texts: list[str]
    labels: NDArray[np.int64]
    row_ids: list[str]

    def __post_init__(self) -> None:
        if not len(self.texts) == len(self.labels) == len(self.row_ids):
            raise ValueError("texts, labels and row_ids differ in length")

    def __len__(self) -> int:
        return len(self.texts)

    def counts(self, n_classes: int) -> NDArray[np.int64]:
        """Return the number of rows per class, shape ``(n_classes,)``."""
        return np.bincount(self.labels, minlength=n_classes).astype(np.int64)


@dataclass(frozen=True)
class CourseData:
    """A data set ready for an experiment.

    ``source`` says where it came from (``hub``, ``local`` or ``twin``), ``name`` which set it is,
    ``fingerprint`` what exactly it holds, and ``notes`` whatever a reader must know: rows dropped,
    the file used, what cannot be claimed.
    """

    train: Split
    val: Split
    test: Split
    label_names: tuple[str, ...]
    source: str
    fingerprint: str
    name: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sys.audit("course.data", self.name or self.source, self.fingerprint)  # for the freeze

    @property
    def n_classes(self) -> int:
        """Length of the fixed class list (classes without rows count)."""
        return len(self.label_names)

    def split(self, name: str) -> Split:
        """Return the split called ``train``, ``val`` or ``test``."""
        return {"train": self.train, "val": self.val, "test": self.test}[name]

    def train_counts(self) -> NDArray[np.int64]:
        """Return the number of training rows per class, shape ``(n_classes,)``."""
        return self.train.counts(self.n_classes)

    def noted(self, *notes: str) -> "CourseData":
        """Return the same data with more notes."""
        return replace(self, notes=(*self.notes, *notes))
