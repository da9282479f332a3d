"""Fingerprints: blind to order, sensitive to everything else."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from pycode.data.fingerprint import fingerprint, fingerprint_labels, fingerprint_rows
from pycode.data.types import Split

ROWS = Split(["one", "two", "three"], np.array([0, 1, 0]), ["a", "b", "c"])


def mark(train=ROWS, names=("x", "y")):
    return fingerprint({"train": train, "test": ROWS}, names)


def test_rows_by_hand():
    sha = hashlib.sha256(b"text").hexdigest()
    expected = hashlib.sha256(f"1\t{sha}\tlabel\n".encode()).hexdigest()
    assert fingerprint_rows(["1"], ["text"], ["label"]) == expected


def test_order_of_rows_does_not_matter():
    moved = Split(["three", "one", "two"], np.array([0, 0, 1]), ["c", "a", "b"])
    assert mark(moved) == mark()


@pytest.mark.parametrize(
    "other",
    [
        replace(ROWS, texts=["one", "two", "three."]),
        replace(ROWS, labels=np.array([0, 1, 1])),
        replace(ROWS, row_ids=["a", "b", "d"]),
        replace(ROWS, row_ids=["b", "a", "c"]),
        Split(ROWS.texts[:2], ROWS.labels[:2], ROWS.row_ids[:2]),
    ],
)
def test_any_change_of_a_row_changes_it(other):
    assert mark(other) != mark()


def test_label_list_and_split_names_count():
    assert mark(names=("x", "z")) != mark()
    assert fingerprint_labels(("y", "x")) != fingerprint_labels(("x", "y"))
    assert fingerprint_labels(("a", "bc")) != fingerprint_labels(("ab", "c"))
    parts = {"train": ROWS, "test": Split([], ROWS.labels[:0], [])}
    assert fingerprint(dict(reversed(parts.items())), ("x", "y")) == fingerprint(parts, ("x", "y"))
    assert fingerprint({"val": ROWS}, ("x", "y")) != fingerprint({"test": ROWS}, ("x", "y"))


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="differ in length"):
        Split(["a"], np.array([0, 1]), ["1"])
