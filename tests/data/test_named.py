"""Data sets by name: real sizes, the official test files kept, facts for pages."""

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import stand_in
from stand_in import cfpb_file, write

from pycode.data import load_dataset_by_name
from pycode.data.catalogue import DATASETS, dataset
from pycode.errors import CourseError


def texts(n):
    return [f"question number {n} about cards and money in case {n * n}" for n in range(n)]


def banking(path, per_class=20):
    names = [f"intent_{n % 4}" for n in range(4 * per_class)]
    split = ["test" if n >= 3 * per_class else "train" for n in range(4 * per_class)]
    return write(path, split=split, text=texts(len(names)), label=names)


def reuters(path):
    rows = [
        *(("train", ["earn"]) for _ in range(20)),
        *(("train", ["earn", "corn"]) for _ in range(8)),
        *(("test", ["corn", "earn"]) for _ in range(4)),
        ("train", []),
        ("unused", ["corn"]),
        *(("test", ["only-in-test"]) for _ in range(6)),
        *(("train", ["rare"]) for _ in range(3)),
    ]
    columns = {
        "newid": list(range(1, len(rows) + 1)),
        "split": [part for part, _ in rows],
        "text": texts(len(rows)),
        "topics": pa.array([names for _, names in rows], pa.list_(pa.string())),
    }
    return write(path, **columns)


def test_cfpb_8k_as_measured(shared):
    data = load_dataset_by_name("cfpb-8k", shared / "data")
    assert (data.name, data.source, data.n_classes) == ("cfpb-8k", "local", 64)
    assert [len(part) for part in (data.train, data.val, data.test)] == [5477, 783, 1566]
    assert data.train_counts().min() >= 3 and (data.test.counts(64) >= 1).all()
    notes = " ".join(data.notes)
    assert "401 rows changed their label" in notes
    assert "137 of 8018 rows carry 7 labels outside the 113" in notes
    assert "126 rows" in notes and "64 stay" in notes


def test_cfpb_8k_with_the_form_change_of_2023_keeps_126_rows_more(shared):
    data = load_dataset_by_name("cfpb-8k", shared / "data", forms=("2017", "2023"))
    assert len(data.train) + len(data.val) + len(data.test) == 7826 + 126


def test_banking77_keeps_its_official_test_file(shared):
    data = load_dataset_by_name("banking77", shared / "data")
    assert data.n_classes == 77
    assert [len(part) for part in (data.train, data.val, data.test)] == [9002, 1001, 3080]
    table = pq.read_table(shared / "data" / "banking77.parquet").to_pylist()
    official = Counter(row["text"] for row in table if row["split"] == "test")
    assert Counter(data.test.texts) == official


def test_reuters_by_the_rarest_topic(shared):
    path = shared / "data" / "reuters.parquet"
    data = load_dataset_by_name("reuters", path)
    assert (data.n_classes, len(data.test)) == (75, 3000)
    assert "10794 documents" in data.notes[0] and "(115 classes)" in data.notes[0]
    every = load_dataset_by_name("reuters", path, min_count=1)
    assert every.n_classes == 110  # five of the 115 have no training document
    head = every.label_names.index("earn")
    assert (
        sum(int((part.labels == head).sum()) for part in (every.train, every.val, every.test))
        == 3923
    )


def test_small_banking_file_and_a_folder(tmp_path, monkeypatch):
    banking(tmp_path / "banking77.parquet")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    data = load_dataset_by_name("banking77")
    assert [len(part) for part in (data.train, data.val, data.test)] == [54, 6, 20]
    assert data.test.row_ids[0] == "test/00000"
    assert load_dataset_by_name("banking77", seed=1).val.row_ids != data.val.row_ids
    assert (
        data.fingerprint
        == load_dataset_by_name("banking77", tmp_path / "banking77.parquet").fingerprint
    )


def test_small_reuters_file(tmp_path):
    data = load_dataset_by_name("reuters", reuters(tmp_path / "r.parquet"))
    assert data.label_names == ("corn", "earn")
    assert data.test.counts(2).tolist() == [4, 0]
    assert (data.train_counts() + data.val.counts(2)).tolist() == [8, 20]
    notes = " ".join(data.notes)
    assert "1 classes without a training row" in notes
    assert "3 rows of 1 classes with fewer than 5 rows" in notes


def test_the_rarest_topic_is_counted_in_the_split_and_the_first_name_breaks_a_tie(tmp_path):
    rows = [
        *[("train", ["earn"])] * 10,
        *[("train", ["earn", "zinc"])] * 6,
        *[("unused", ["zinc"])] * 20,
        *[("test", ["silver", "gold"])] * 2,
        *[("train", ["silver", "gold"])] * 4,
    ]
    columns = {
        "newid": list(range(len(rows))),
        "split": [part for part, _ in rows],
        "text": texts(len(rows)),
        "topics": pa.array([names for _, names in rows], pa.list_(pa.string())),
    }
    data = load_dataset_by_name("reuters", write(tmp_path / "r.parquet", **columns))
    assert data.label_names == ("earn", "gold", "zinc")
    assert (data.train_counts() + data.val.counts(3)).tolist() == [10, 4, 6]


def test_test_rows_with_a_near_duplicate_in_the_train_file_are_counted(tmp_path):
    text = stand_in.texts(40, words=30)
    text[30:32] = [f"Dear sirs {text[0]}", f"To whom it may concern {text[0]}"]
    columns = {"split": ["train"] * 30 + ["test"] * 10, "text": text, "label": ["a", "b"] * 20}
    data = load_dataset_by_name("banking77", write(tmp_path / "b.parquet", **columns))
    assert "2 of 10 test rows have a near-duplicate in train or val." in data.notes[-1]


def test_the_cache_of_the_project_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match=r"`course data fetch cfpb-8k` makes it"):
        load_dataset_by_name("cfpb-8k")
    cfpb_file(tmp_path / ".course" / "data" / "cfpb_8k.parquet")
    assert load_dataset_by_name("cfpb-8k").n_classes == 113
    monkeypatch.setenv("COURSE_DATA", str(cfpb_file(tmp_path / "mine.parquet", 1200)))
    assert len(load_dataset_by_name("cfpb-8k").train) == 840
    with pytest.raises(CourseError, match=r"banking77\.parquet was not found"):
        load_dataset_by_name("banking77")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="was not found"):  # named, so the cache is no answer
        load_dataset_by_name("cfpb-8k", tmp_path / "empty")


def test_a_folder_that_is_closed_to_us_holds_nothing(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.is_file", refuse)
    with pytest.raises(CourseError, match=r"banking77\.parquet was not found"):
        load_dataset_by_name("banking77", tmp_path)


@pytest.mark.parametrize("name", ["banking77", "reuters"])
def test_a_file_of_another_set_is_refused(tmp_path, name):
    path = cfpb_file(tmp_path / "a.parquet", 30)
    with pytest.raises(CourseError, match="has no column"):
        load_dataset_by_name(name, path)


def test_odd_splits_and_topics_are_refused(tmp_path):
    odd = write(tmp_path / "a.parquet", split=["dev"] * 9, text=texts(9), label=["x"] * 9)
    with pytest.raises(CourseError, match="split 'dev' is not known"):
        load_dataset_by_name("banking77", odd)
    columns = {"newid": [1], "split": ["train"], "text": ["t"], "topics": ["earn"]}
    with pytest.raises(CourseError, match="must hold lists"):
        load_dataset_by_name("reuters", write(tmp_path / "b.parquet", **columns))


def test_facts_for_pages():
    with pytest.raises(CourseError, match="Did you mean 'banking77'"):
        load_dataset_by_name("banking")
    assert dataset("banking77").licence == "CC BY 4.0"
    for name, facts in DATASETS.items():
        assert facts.name == name and facts.url.startswith("https://")
        assert all((facts.title, facts.licence, facts.attribution, facts.note))
