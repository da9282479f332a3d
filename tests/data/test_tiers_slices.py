"""Tiers by rank, slices by rule, and the original's numeric rule with its flaws shown."""

import numpy as np
import pytest

from pycode.data.slices import (
    ORIGINAL_NUMERIC,
    SLICES,
    is_numeric,
    is_redacted,
    length_slice,
    rare_classes,
    slices,
)
from pycode.data.tiers import rank_classes, tiers


def test_tiers_are_top_20_next_40_and_the_rest():
    counts = np.arange(113) * 3
    names = tiers(counts)
    assert [(names == tier).sum() for tier in ("head", "mid", "tail")] == [20, 40, 53]
    assert counts[names == "head"].min() > counts[names == "mid"].max()
    assert counts[names == "mid"].min() > counts[names == "tail"].max()


def test_ties_go_to_the_lower_id_and_short_lists_work():
    assert rank_classes([5, 9, 5, 9]).tolist() == [1, 3, 0, 2]
    assert tiers([1, 1, 1], head=1, mid=1).tolist() == ["head", "mid", "tail"]
    assert tiers([3, 1]).tolist() == ["head", "head"]
    assert rank_classes(np.array([0, 5, 9], dtype=np.uint8)).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("words", "name"), [(34, "short"), (35, "medium"), (65, "medium"), (66, "long")]
)
def test_length_edges(words, name):
    assert length_slice("word " * words) == name


@pytest.mark.parametrize(
    ("text", "ours", "original"),
    [
        ("I paid {$500.00} twice", True, True),
        ("I paid {$XXXX} twice", True, False),
        ("I paid $ 500 twice", True, False),
        ("they took 1,200 from me", True, False),
        ("account 12345", True, True),
        ("since 2019", True, True),
        ("on XX/XX/2019", True, True),
        ("3 times in 30 days", False, False),
        ("form W2000x", False, False),
        ("no number", False, False),
    ],
)
def test_numeric_rule_and_what_the_original_misses(text, ours, original):
    assert is_numeric(text) is ours
    assert (ORIGINAL_NUMERIC.search(text) is not None) is original


def test_redaction_includes_masked_dates():
    assert is_redacted("on XX/XX/2019") and is_redacted("XXXX Bank")
    assert not is_redacted("an X on the form")


def test_rare_is_the_bottom_quarter_of_the_classes_that_occur():
    counts = np.array([0, 1, 2, 3, 4, 100])
    assert rare_classes(counts).tolist() == [True, True, True, False, False, False]
    assert rare_classes([0, 0]).tolist() == [True, True]


def test_slices_of_rows():
    got = slices(["XXXX took $5", "word " * 70], [0, 1], [1, 90])
    assert set(got) == set(SLICES)
    assert got["frequency"].tolist() == ["rare", "common"]
    assert got["length"].tolist() == ["short", "long"]
    assert got["redaction"].tolist() == ["redacted", "clean"]
    assert got["numeric"].tolist() == ["numeric", "non_numeric"]
    assert all(set(got[name]) <= set(SLICES[name]) for name in SLICES)
