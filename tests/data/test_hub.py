"""The `hub` source, against a generated folder in the hub's layout; the hub itself is never asked."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from stand_in import hub_folder, labels, texts, write

from pycode.data import hub, load, load_course_data
from pycode.data.course import PUBLISHED_DROPPED, PUBLISHED_FILES, check_published, course_data
from pycode.data.hub import HUB_REVISION, checked_revision, current_revision, load_hub
from pycode.data.rows import Rows
from pycode.errors import CourseError


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def offline(monkeypatch):
    """No hub, and nothing in its cache."""
    import huggingface_hub

    def refuse(*_, **options):
        assert options.get("local_files_only", True)
        raise OSError("no such snapshot")

    monkeypatch.setattr(hub, "_answers", lambda timeout=5.0: False)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A folder with the published numbers of rows, and the sixteen rare rows where they were."""
    folder = tmp_path_factory.mktemp("hub") / "published"
    return hub_folder(folder, *PUBLISHED_FILES.values(), dropped=PUBLISHED_DROPPED, test_dropped=7)


def test_published_sizes_come_out(published):
    data = load_course_data("hub", hub_id=str(published))
    assert [len(part) for part in (data.train, data.val, data.test)] == [57_846, 6_430, 21_432]
    assert data.source == "hub" and data.n_classes == 113
    assert (data.val.counts(113) >= 1).all() and (data.train_counts() >= 4).all()
    pool = {int(row_id.split("/")[1]) for part in (data.train, data.val) for row_id in part.row_ids}
    assert set(range(64_292)) - pool == set(PUBLISHED_DROPPED)
    assert any(HUB_REVISION[:12] in note for note in data.notes)


def test_other_dropped_rows_are_refused(tmp_path):
    rows = (*PUBLISHED_DROPPED[:-1], 5)
    folder = hub_folder(tmp_path, *PUBLISHED_FILES.values(), dropped=rows, test_dropped=7)
    with pytest.raises(CourseError, match="dropped, not the 16 published ones"):
        load_hub(hub_id=str(folder))


def test_other_sizes_are_refused_and_named_or_accepted_and_noted(tmp_path):
    folder = hub_folder(tmp_path / "set")
    with pytest.raises(CourseError) as caught:
        load_course_data("hub", hub_id=str(folder))
    message = str(caught.value)
    assert "train file 2,000 rows, published 64,292" in message
    assert "val 200, published 6,430" in message and "test 600, published 21,432" in message
    data = load_course_data("hub", hub_id=str(folder), expect_published=False)
    assert (len(data.train), len(data.val), len(data.test)) == (1800, 200, 600)
    assert any("not compared with the published" in note for note in data.notes)


def test_hub_and_folder_give_the_same_data(tmp_path):
    folder = hub_folder(tmp_path / "set")
    by_hub = load_course_data("hub", hub_id=str(folder), expect_published=False)
    by_path = load_course_data("local", folder, groups=None)
    assert by_hub.fingerprint == by_path.fingerprint


def test_groups_keep_val_apart_from_train(tmp_path):
    folder = hub_folder(tmp_path / "set")
    letter = "this very same letter was sent by many people to the bank about the report"
    text = [letter] * 50 + texts(1950)
    names = ["Privacy"] * 50 + labels(1950, seed=1)
    file = next((folder / "data").glob("train*"))
    write(file, **{"Issue": names, "Consumer Complaint": text})
    load = {"hub_id": str(folder), "expect_published": False}
    kept = load_course_data("hub", groups="both", **load)
    assert letter not in kept.val.texts
    assert letter in load_course_data("hub", **load).val.texts


def test_the_pinned_revision_reaches_the_client(tmp_path, monkeypatch):
    import huggingface_hub

    folder = hub_folder(tmp_path / "set")
    asked = {}

    def download(hub_id, **options):
        asked.update(options, hub_id=hub_id)
        return str(folder)

    monkeypatch.setattr(hub, "_answers", lambda timeout=5.0: True)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    load_course_data("hub", expect_published=False)
    assert asked["hub_id"] == "determined-ai/consumer_complaints_medium"
    assert asked["revision"] == HUB_REVISION and not asked["local_files_only"]
    load_course_data("hub", revision="a" * 40, expect_published=False)
    assert asked["revision"] == "a" * 40


def test_revision_must_be_a_full_hash(monkeypatch):
    assert re.fullmatch("[0-9a-f]{40}", HUB_REVISION)
    for wrong in ("main", "4783de6", "A" * 40, "g" * 40):
        with pytest.raises(CourseError, match="not a full commit hash"):
            load_course_data("hub", revision=wrong)
        with pytest.raises(CourseError, match="not a full commit hash"):
            load_course_data("auto", revision=wrong)
    monkeypatch.setattr(hub, "HUB_REVISION", None)
    with pytest.raises(CourseError, match="course data pin"):
        checked_revision(None)


def test_no_hub(offline):
    with pytest.raises(CourseError, match=r"does not answer, and its cache .* source='local'"):
        load_course_data("hub")


def test_auto_without_hub_and_twin_says_both(offline, monkeypatch):
    monkeypatch.setattr(load, "TWIN", "pycode.data.no_such_twin")
    with pytest.raises(CourseError) as caught:
        load_course_data()
    assert "does not answer" in str(caught.value) and "synthetic twin" in str(caught.value)
    monkeypatch.setenv("COURSE_DATA", "some.parquet")
    with pytest.raises(CourseError, match="COURSE_DATA is set: source='local' uses it"):
        load_course_data()


def test_auto_takes_the_twin_loudly(offline, monkeypatch, tmp_path):
    real = load_course_data("local", hub_folder(tmp_path / "set"))
    twin = SimpleNamespace(load_twin=lambda seed: real)
    monkeypatch.setattr(load, "TWIN", "stand_in")
    monkeypatch.setitem(sys.modules, "stand_in", twin)
    monkeypatch.setattr(load.importlib.util, "find_spec", lambda name: twin)
    with pytest.warns(UserWarning, match="synthetic twin, not the real data"):
        data = load_course_data()
    assert any("The hub was tried first" in note for note in data.notes)


def test_auto_does_not_hide_wrong_data_behind_the_twin(tmp_path):
    with pytest.raises(CourseError, match="differ from what the course published"):
        load_course_data(hub_id=str(hub_folder(tmp_path / "set")))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"issue": ["a"], "Consumer Complaint": ["b"]}, "no column 'Issue'; it has issue"),
        ({"Issue": [1], "Consumer Complaint": ["b"]}, "must be text, but row 0 holds int"),
        ({"Issue": [None], "Consumer Complaint": ["b"]}, "row 0 holds NoneType|must be text"),
    ],
)
def test_bad_columns(tmp_path, columns, message):
    for part in ("train", "test"):
        write(tmp_path / "data" / f"{part}-00000.parquet", **columns)
    with pytest.raises(CourseError, match=message):
        load_hub(hub_id=str(tmp_path))


def test_missing_split(tmp_path):
    columns = {"Issue": ["a"], "Consumer Complaint": ["b"]}
    write(tmp_path / "data" / "train-00000.parquet", **columns)
    with pytest.raises(CourseError, match="no 'test' split: it has train"):
        load_hub(hub_id=str(tmp_path))


def test_progress_bars_come_back(tmp_path):
    import datasets.utils

    folder = hub_folder(tmp_path / "set")
    before = datasets.utils.are_progress_bars_disabled()
    load_course_data("hub", hub_id=str(folder), expect_published=False)
    assert datasets.utils.are_progress_bars_disabled() == before


def test_asking_for_the_current_revision(monkeypatch, capsys):
    import huggingface_hub

    from pycode.cli import main

    class Api:
        sha = HUB_REVISION

        def dataset_info(self, hub_id, timeout):
            if self.sha is None:
                raise ConnectionError("no route")
            return SimpleNamespace(sha=self.sha)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(hub, "_answers", lambda timeout=5.0: True)
    assert current_revision() == HUB_REVISION
    assert main(["data", "pin"]) == 0
    Api.sha = "b" * 40
    assert main(["data", "pin"]) == 1
    assert "b" * 40 in capsys.readouterr().out
    Api.sha = None
    assert main(["data", "pin"]) == 2
    assert "no route" in capsys.readouterr().err


def test_the_split_is_ours_and_stratified(published):
    data = load_hub(hub_id=str(published))
    pool = data.train_counts() + data.val.counts(113)
    assert np.abs(data.val.counts(113) - pool / 10).max() <= 1


@pytest.mark.parametrize(("rows", "fits"), [(4, False), (5, True)])
def test_a_kept_class_below_the_drop_rule_is_noticed(rows, fits):
    train = Rows(
        [f"a{i}" for i in range(20 + rows)],
        texts(20 + rows),
        ["Privacy"] * 20 + ["Bankruptcy"] * rows,
    )
    test = Rows(["b"], ["a text"], ["Privacy"])
    with pytest.raises(CourseError) as caught:
        check_published(course_data(train, test, source="hub"), train, test)
    assert ("the drop rule (fewer than 5 rows) does not give" in str(caught.value)) != fits
