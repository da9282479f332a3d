"""The `local` source: one file, a folder, and everything that can be wrong with them."""

from itertools import pairwise

import numpy as np
import pytest
from stand_in import RARE, cfpb_file, hub_folder, labels, texts, write

from pycode.data import load_course_data
from pycode.data.labels import canonical_labels, label_ids, merge
from pycode.errors import CourseError


def all_rows(data):
    for part in (data.train, data.val, data.test):
        yield from zip(part.row_ids, part.texts, part.labels, strict=True)


def test_labels_go_through_the_map_and_ids_are_canonical(tmp_path):
    data = load_course_data("local", cfpb_file(tmp_path / "a.parquet"))
    assert data.source == "local" and data.label_names == canonical_labels()
    raw = dict(zip([str(1_000_000 + row) for row in range(1500)], labels(1500), strict=True))
    rows = list(all_rows(data))
    assert len(rows) == 1500
    assert all(label == label_ids()[merge(raw[row_id])] for row_id, _, label in rows)
    assert data.train.labels.dtype == np.int64
    assert [len(part) for part in (data.train, data.val, data.test)] == [1050, 150, 300]
    changed = sum(merge(label) != label for label in labels(1500))
    assert f"{changed} rows changed their label" in " ".join(data.notes)


def test_row_order_of_the_file_does_not_matter(tmp_path):
    n = 800
    order = np.random.default_rng(0).permutation(n)
    ids = [str(row) for row in range(n)]
    straight = cfpb_file(tmp_path / "a.parquet", n, complaint_id=ids)
    shuffled = cfpb_file(
        tmp_path / "b.parquet",
        n,
        complaint_id=[ids[i] for i in order],
        issue=[labels(n)[i] for i in order],
        text=[texts(n)[i] for i in order],
    )
    first, second = (load_course_data("local", path) for path in (straight, shuffled))
    assert first.fingerprint == second.fingerprint
    assert first.test.texts == second.test.texts


def test_seed_and_forms_change_the_fingerprint_only_when_they_change_the_data(tmp_path):
    path = cfpb_file(tmp_path / "a.parquet", 900)
    first = load_course_data("local", path).fingerprint
    assert load_course_data("local", path, forms=("2017", "2023")).fingerprint == first
    assert load_course_data("local", path, seed=1).fingerprint != first


def test_form_letters_stay_together(tmp_path):
    letter = "I dispute this account because it is not mine and I never opened it with the bank"
    text = texts(500)
    text[:60] = [f"{letter} {row}" for row in range(60)]
    path = cfpb_file(tmp_path / "a.parquet", 500, text=text)
    data = load_course_data("local", path)
    homes = [part for part in ("train", "val", "test") if letter in str(data.split(part).texts)]
    assert len(homes) == 1
    again = sum(letter in text for _, text, _ in all_rows(data)) - 1
    assert data.notes[-1].startswith(
        f"{again} rows are near-duplicates of another row (rule: both)"
    )
    apart = load_course_data("local", path, groups=None)
    assert all(letter in str(apart.split(part).texts) for part in ("train", "val", "test"))


def test_rare_and_unknown_labels_are_dropped_and_said(tmp_path):
    issue = ["Privacy"] * 40 + ["Arbitration"] * 4 + ["Privcy"] * 3 + ["Bankruptcy"] * 5 + ["Else"]
    path = cfpb_file(tmp_path / "a.parquet", 53, issue=issue)
    data = load_course_data("local", path)
    assert len(list(all_rows(data))) == 45
    notes = " ".join(data.notes)
    assert "4 of 53 rows carry 2 labels outside the 113 (most often 'Privcy', 3 rows)" in notes
    assert "4 rows of 1 classes with fewer than 5 rows; 2 stay" in notes
    with pytest.raises(CourseError, match=r"4 of 53 .* Did you mean 'Privacy'"):
        load_course_data("local", path, unknown="error")


def test_folder_in_the_hubs_layout(tmp_path):
    folder = hub_folder(tmp_path / "set", n_train=2000, n_test=300, test_dropped=2)
    data = load_course_data("local", folder)
    assert [len(part) for part in (data.train, data.val, data.test)] == [1800, 200, 298]
    assert data.test.row_ids[0] == "test/00000"
    assert any("test rows have one in train or val" in note for note in data.notes)


def test_test_rows_with_a_near_duplicate_in_the_pool_are_counted(tmp_path):
    letter = "I dispute this account because it is not mine and I never opened it with the bank"
    for part, n, copies in (("train", 900, 2), ("test", 300, 3)):
        text = [letter] * copies + texts(n - copies, seed=n)
        columns = {"Consumer Complaint": text, "Issue": labels(n, seed=n)}
        write(tmp_path / f"{part}.parquet", **columns)
    note = load_course_data("local", tmp_path).notes[-1]
    assert note.startswith("4 rows are near-duplicates of another row (rule: both); 3 test rows")


def test_parts_of_a_file_are_read_in_the_order_of_their_names(tmp_path):
    text, names = texts(900), labels(900)
    for folder, cuts in (("one", (0, 900)), ("three", (0, 100, 500, 900))):
        for number, (a, b) in reversed(list(enumerate(pairwise(cuts)))):
            columns = {"Consumer Complaint": text[a:b], "Issue": names[a:b]}
            write(tmp_path / folder / "data" / f"train-{number:05d}.parquet", **columns)
        columns = {"Consumer Complaint": texts(9, seed=1), "Issue": labels(9)}
        write(tmp_path / folder / "data" / "test.parquet", **columns)
    one, three = (load_course_data("local", tmp_path / folder) for folder in ("one", "three"))
    assert one.fingerprint == three.fingerprint


def test_hub_columns_in_one_file(tmp_path):
    columns = {"Consumer Complaint": texts(900), "Issue": labels(900)}
    data = load_course_data("local", write(tmp_path / "a.parquet", **columns))
    assert data.train.row_ids[0].startswith("row/")


def test_the_variable_names_the_file(tmp_path, monkeypatch):
    path = cfpb_file(tmp_path / "a.parquet", 900)
    monkeypatch.setenv("COURSE_DATA", str(path))
    assert len(load_course_data("local").train) > 0
    assert len(load_course_data("auto", path).train) > 0
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "gone.parquet"))
    with pytest.raises(CourseError, match=r"COURSE_DATA names 'gone\.parquet'"):
        load_course_data("local")


def test_no_file_named():
    with pytest.raises(CourseError, match="needs a parquet file"):
        load_course_data("local")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": ["fine"] * 29 + ["  "]}, r"1 of 30 rows have an empty text \(first: row 29"),
        ({"issue": ["Privacy"] * 29 + [""]}, "1 of 30 rows have an empty label"),
        ({"issue": list(range(30))}, r"'issue' .* must be text, but row 0 is int"),
        ({"issue": RARE[:1] * 30}, "30 of 30 rows carry 1 labels outside"),
        ({"complaint_id": ["1"] * 30}, r"1 ids occur more than once \(first: 1\)"),
        ({"complaint_id": list(range(30))}, r"'complaint_id' .* must be text"),
    ],
)
def test_bad_content(tmp_path, changes, message):
    path = cfpb_file(tmp_path / "a.parquet", 30, **changes)
    with pytest.raises(CourseError, match=message):
        load_course_data("local", path)


def test_bad_shape(tmp_path):
    path = write(tmp_path / "a.parquet", complaint=["x"], issue=["Privacy"])
    with pytest.raises(CourseError) as caught:
        load_course_data("local", path)
    assert "has columns complaint, issue" in str(caught.value)
    assert "(text, issue, complaint_id) or (Consumer Complaint, Issue)" in str(caught.value)
    with pytest.raises(CourseError, match=r"holds no train\*\.parquet"):
        load_course_data("local", tmp_path)
    with pytest.raises(CourseError, match="no class has 5 rows"):
        load_course_data("local", cfpb_file(tmp_path / "c.parquet", 100))
    with pytest.raises(CourseError, match="has no rows"):
        load_course_data("local", cfpb_file(tmp_path / "b.parquet", 0))


def test_bad_options(tmp_path):
    path = cfpb_file(tmp_path / "a.parquet", 900)
    with pytest.raises(CourseError, match="Did you mean 'local'"):
        load_course_data("locl")
    with pytest.raises(CourseError, match="unknown='ignore'"):
        load_course_data("local", path, unknown="ignore")
    with pytest.raises(CourseError, match="Grouping 'all' is not known"):
        load_course_data("local", path, groups="all")
