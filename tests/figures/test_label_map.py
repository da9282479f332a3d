"""Renames are told from the rest by the calendar, and the figure shows exactly the rest."""

import csv

import matplotlib
import pytest

from pycode.figures import label_map
from pycode.figures.label_map import Entry, starts, stops

matplotlib.use("Agg")


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ((7, 0), (0, 9), True),
        ((7, 1), (0, 9), False),  # the old name lived on
        ((7, 0), (1, 9), False),  # the target was there before
        ((0, 9), (7, 0), False),  # reversed
        ((7, 0), (0, 0), False),  # a target that nobody used
    ],
)
def test_a_rename_stops_on_the_day_and_its_target_starts(source, target, expected):
    assert Entry("a", "b", "renamed", source, target, 7).is_rename is expected


def test_a_name_without_rows_neither_stops_nor_starts():
    assert not stops((0, 0)) and not starts((0, 0))


def test_the_calendar_agrees_with_the_kind_that_the_map_states():
    for entry in label_map.entries():
        assert entry.is_rename == (entry.kind == "renamed"), entry.raw
        assert entry.kind in label_map.KINDS


def test_entries_carry_the_counts_of_the_source_table(shared):
    with (shared / "data" / "issue_counts_raw.csv").open(encoding="utf-8") as stream:
        table = {row["issue"]: row for row in csv.DictReader(stream)}
    for entry in label_map.entries():
        row = table[entry.raw]
        assert entry.source == (
            int(row["narr_old_form_to_2017_04_23"]),
            int(row["narr_new_form_2017_04_24_to_2018_02_28"]),
        )
        assert entry.database == int(row["all_complaints_2012_2022"])


def test_missed_renames_run_from_the_name_that_stops_to_the_one_that_starts():
    pairs = label_map.missed_renames()
    assert ("Disclosure verification of debt", "Written notification about debt") in pairs
    merged = {entry.raw for entry in label_map.entries() if entry.kind != "identity"}
    assert not merged & {old for old, _ in pairs}
    assert all("Fees" not in pair for pair in pairs)  # six labels: the day cannot say which


def test_the_figure_has_one_row_for_each_entry_that_is_no_rename_and_one_model():
    axes = label_map.not_renames().axes[0]
    *rows, model = [text.get_text() for text in axes.get_yticklabels()]
    failed = [entry.raw for entry in label_map.entries() if not entry.is_rename]
    assert len(rows) == len(failed) and "Closing an account" in rows
    assert model.startswith("a rename: Incorrect information")
