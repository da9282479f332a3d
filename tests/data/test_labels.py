"""The label space: 113 names, 36 merges with a reason each, one later form change."""

import csv
import re
from pathlib import Path

import pytest

from pycode.data import labels
from pycode.data.labels import (
    canonical_labels,
    label_ids,
    merge,
    merge_map,
    near_duplicates,
    too_rare,
)
from pycode.errors import CourseError


def test_canonical_list_is_alphabetical_and_ids_are_positions():
    names = labels.CANONICAL_LABELS
    assert len(names) == len(set(names)) == 113
    assert list(names) == sorted(names)
    assert label_ids()["APR or interest rate"] == 0
    assert label_ids()["Incorrect information on your report"] == 52
    assert label_ids()["Wrong amount charged or received"] == 112


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '  to: "Improper use of your report"',
            '  to: "Improper use of your repport"',
            r"^labels\.yml:123: 'Improper use of your repport' is not one of the 113 canonical labels\."
            r" Did you mean 'Improper use of your report'\?$",
        ),
        (
            '- "Advertising"\n- "Advertising and marketing"\n',
            '- "Advertizing"\n- "Advertising and marketing"\n',
            r"^labels\.yml:10: 'Advertising and marketing' must stand in alphabetical order",
        ),
        ('- "Arbitration"\n', '- "Arbitration"\n- "Arbitration"\n', "'Arbitration' must stand"),
        (
            '  - "Advertising, marketing or disclosures"',
            '  - "Advertising"\n  - "Publicity"',
            r"^labels\.yml:293: 'Publicity' is not one of the 113",
        ),
    ],
)
def test_a_wrong_label_in_the_map_is_named_with_its_line(tmp_path, old, new, message):
    text = Path(labels.__file__).with_name("labels.yml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "labels.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CourseError, match=message):
        labels.read_labels(path)


def test_the_map_is_the_originals(shared):
    facts = (shared / "facts" / "data.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (\d+) \| ([^|]+?) \| ([^|]+?) \|$", facts, re.M)
    published = {raw: to.replace(" (identity, no-op)", "") for _, raw, to in table[:36]}
    assert {entry.raw: entry.canonical for entry in merge_map().values()} == published
    ids = re.findall(r"^\| (\d+) \| ([^|]+?) \| [^|]*? \| [^|]*? \|$", facts, re.M)
    assert [name for _, name in ids[-113:]] == list(canonical_labels())


def test_every_target_is_canonical_and_every_entry_has_its_own_reason():
    entries = merge_map().values()
    assert all(entry.canonical in label_ids() for entry in entries)
    assert [e.raw for e in entries if e.raw == e.canonical] == ["Can't repay my loan"]
    assert [e.raw for e in entries if e.kind == "identity"] == ["Can't repay my loan"]
    assert len({e.canonical for e in entries}) == 33
    assert all(len(e.why) > 15 and e.why.endswith(".") for e in entries)
    assert "A credit card bill is not a loan" in merge_map()["Struggling to pay your bill"].why
    assert merge_map()["Struggling to pay your bill"].doubtful


def test_kinds_agree_with_real_counts_per_form(shared):
    with (shared / "data" / "issue_counts_raw.csv").open(encoding="utf-8") as stream:
        table = {row["issue"]: row for row in csv.DictReader(stream)}

    def forms(name):
        row = table.get(name)
        old = row and int(row["narr_old_form_to_2017_04_23"])
        new = row and int(row["narr_new_form_2017_04_24_to_2018_02_28"])
        return bool(old), bool(new)

    for entry in merge_map().values():
        source, target = forms(entry.raw), forms(entry.canonical)
        if entry.kind == "renamed":
            assert (source, target) == ((True, False), (False, True)), entry.raw
        elif entry.kind == "reversed":
            assert (source, target) == ((False, True), (True, False)), entry.raw
        elif entry.kind == "same-form" and any(target):
            assert any(a and b for a, b in zip(source, target)), entry.raw


def test_merging_and_the_switch_for_2023():
    late = "Problem with a company's investigation into an existing problem"
    bureau = "Problem with a credit reporting company's investigation into an existing problem"
    assert merge("Incorrect information on credit report") == "Incorrect information on your report"
    assert merge("Repossession") == "Repossession"
    assert merge(late) == late
    assert merge(late, ("2017", "2023")) == bureau
    assert len(merge_map(("2017", "2023"))) == 37
    with pytest.raises(CourseError, match="2025"):
        merge_map(("2025",))


def test_merging_twice_changes_nothing_more():
    forms = ("2017", "2023")
    for raw in [*merge_map(forms), *canonical_labels()]:
        once = merge(raw, forms)
        assert merge(once, forms) == once


def test_near_duplicates_are_canonical_and_unmerged():
    for group in near_duplicates():
        assert len(group.labels) > 1
        assert all(label in label_ids() and merge(label) == label for label in group.labels)


def test_drop_rule_counts_below_the_minimum_only():
    assert too_rare(["a"] * 4 + ["b"] * 5) == {"a"}
    assert too_rare(["a"], minimum=1) == frozenset()


def test_unknown_constant_is_an_attribute_error():
    with pytest.raises(AttributeError, match="CANONICAL"):
        labels.CANONICAL  # noqa: B018
