import errno
import importlib
import json
import os
import re
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss

from pycode.cli import main
from pycode.data import load_dataset_by_name
from pycode.errors import CourseError
from pycode.evaluate import Interval
from pycode.experiment import execute, majority, measure, pending, runner
from pycode.experiment.environment import code_commit, packages
from pycode.experiment.runner import Start
from pycode.runs.outputs import read_outputs
from pycode.runs.record import read_record

RUN = "description: a run\nkind: {kind}\ndata:\n  name: cfpb-8k\n  fingerprint: {mark}\n{more}"


@pytest.fixture
def mark(complaints):
    return load_dataset_by_name("cfpb-8k", complaints).fingerprint


@pytest.fixture
def ready(course, declare, complaints, mark, monkeypatch):
    """A majority run that is declared, with few resamples."""
    monkeypatch.setattr("pycode.experiment.types.RESAMPLES", 100)
    declare("floor", RUN.format(kind="majority", mark=mark, more=""))
    return course, complaints


def test_majority_is_its_closed_form(ready):
    course, complaints = ready
    record = execute(course, "floor", data_path=complaints)
    data = load_dataset_by_name("cfpb-8k", complaints)
    top = int(data.train_counts().argmax())
    share = (data.test.labels == top).mean()
    assert record.metric("test.accuracy").value == pytest.approx(share)
    f1 = 2 * share / (1 + share) / data.n_classes
    assert record.metric("test.macro_f1").value == pytest.approx(f1)
    assert record.metric("test.zero_f1_classes").value == data.n_classes - 1
    p = data.train_counts() / len(data.train)
    expected = log_loss(data.test.labels, np.tile(p, (len(data.test), 1)), labels=range(len(p)))
    assert record.metric("test.nll").value == pytest.approx(expected, abs=2e-3)
    assert record.mode == "full"
    assert read_record(course.runs, "floor", verify=True).metrics == record.metrics


@pytest.mark.parametrize("store", ["test", "none"])
def test_only_the_splits_that_a_config_stores_are_kept(ready, declare, mark, store):
    course, complaints = ready
    execute(course, "floor", data_path=complaints)
    assert (course.runs / "floor" / "val.safetensors").is_file()
    declare("floor", RUN.format(kind="majority", mark=mark, more=f"store: [{store}]\n"))
    record = execute(course, "floor", data_path=complaints)
    kept = {path.name for path in (course.runs / "floor").glob("*.safetensors")}
    assert kept == ({"test.safetensors"} if store == "test" else set())
    assert kept == {name for name in record.artifacts if name.endswith(".safetensors")}
    assert record.metric("val.accuracy").value > 0
    assert record.config["store"] == [store]


@pytest.mark.parametrize(
    ("store", "message"),
    [("tests", "known: train, val, test, or `none` alone. Did you mean 'test'"), ("none, test", "'none' is no split")],
)  # fmt: skip
def test_an_unknown_split_to_store_is_named(ready, declare, mark, store, message):
    course, complaints = ready
    declare("floor", RUN.format(kind="majority", mark=mark, more=f"store: [{store}]\n"))
    with pytest.raises(CourseError, match=message):
        execute(course, "floor", data_path=complaints)


def test_tfidf_is_the_scikit_learn_pipeline(course, declare, complaints, mark, monkeypatch):
    monkeypatch.setattr("pycode.experiment.types.RESAMPLES", 50)
    more = "recipe: {first_words: 9, c: [0.1, 5.0]}\nseeds: [3]\n"
    declare("tfidf", RUN.format(kind="tfidf-lr", mark=mark, more=more))
    record = execute(course, "tfidf", data_path=complaints)
    data = load_dataset_by_name("cfpb-8k", complaints)
    cut = {
        n: [" ".join(t.split()[:9]) for t in data.split(n).texts] for n in ("train", "val", "test")
    }
    vec = TfidfVectorizer(
        max_features=50_000, ngram_range=(1, 2), sublinear_tf=True, strip_accents="unicode"
    )
    x = vec.fit_transform(cut["train"])
    models = [LogisticRegression(C=c, max_iter=1000).fit(x, data.train.labels) for c in (0.1, 5.0)]
    on_val = [f1_score(data.val.labels, m.predict(vec.transform(cut["val"])), labels=range(data.n_classes),
                       average="macro", zero_division=0) for m in models]  # fmt: skip
    assert [row["val_macro_f1"] for row in record.history] == pytest.approx(on_val)
    best = models[int(np.argmax(on_val))]
    guess = best.predict(vec.transform(cut["test"]))
    assert record.metric("test.accuracy").value == accuracy_score(data.test.labels, guess)
    expected = f1_score(
        data.test.labels, guess, labels=range(data.n_classes), average="macro", zero_division=0
    )
    assert record.metric("test.macro_f1").value == pytest.approx(expected)
    assert record.metric("fit.c").value == best.C
    assert record.metric("fit.features").value == len(vec.vocabulary_)
    assert record.sequence_policy == "first 9 words"
    stored = read_outputs(course.runs / "tfidf" / "test.safetensors")
    np.testing.assert_allclose(
        stored.logits, best.predict_log_proba(vec.transform(cut["test"])), rtol=1e-3, atol=1e-3
    )
    assert stored.row_ids == data.test.row_ids


def test_a_model_that_does_not_converge_is_no_result(course, declare, complaints, mark):
    declare("tfidf", RUN.format(kind="tfidf-lr", mark=mark, more="recipe: {max_iter: 1}\n"))
    with pytest.raises(CourseError, match="did not converge in 1 steps: raise recipe.max_iter"):
        execute(course, "tfidf", data_path=complaints)
    assert not (course.runs / "tfidf" / "record.json").exists()


def test_metrics_come_with_intervals_tiers_and_slices(
    course, declare, complaints, mark, monkeypatch
):
    monkeypatch.setattr("pycode.experiment.types.RESAMPLES", 100)
    declare("tfidf", RUN.format(kind="tfidf-lr", mark=mark, more=""))
    record = execute(course, "tfidf", data_path=complaints)
    for path in ("test.macro_f1", "val.accuracy", "test.head.macro_f1", "test.ece", "test.nll"):
        bounds = record.metric(path).interval
        assert bounds["low"] <= record.metric(path).value <= bounds["high"]
        assert "near-duplicate groups" in bounds["method"]
    inside = {m.path: m for m in record.all_metrics() if re.match(r"test\.slice\..*y$", m.path)}
    assert not inside  # 33 test rows: no property leaves 20 on both sides


def test_slices_of_enough_rows_are_scored(complaints, monkeypatch):
    monkeypatch.setattr(measure, "SLICE_ROWS", 10)
    data = load_dataset_by_name("cfpb-8k", complaints)
    y = data.test.labels
    logits = np.eye(data.n_classes)[
        np.where(np.arange(len(y)) % 3 == 0, (y + 1) % data.n_classes, y)
    ]
    out = measure.outputs_of(data, "test", logits)
    tree = measure.slice_metrics(data, "test", out, 200)
    mask = np.array(["XX" in text for text in data.test.texts])
    leaf = tree["redaction"]["redacted"]
    assert leaf["accuracy"]["n"] == mask.sum()
    assert leaf["accuracy"]["value"] == pytest.approx((out.predictions == y)[mask].mean())
    assert "Holm-corrected p" in leaf["difference"]["note"]


def test_no_spread_is_no_interval():
    flat = Interval(0.0, 0.0, 0.0, 1000, 0.95)
    assert measure.interval_leaf(flat, "score", 9) == {
        "value": 0.0, "unit": "score", "n": 9, "note": measure.NO_SPREAD,
    }  # fmt: skip
    rounding = measure.interval_leaf(Interval(0.05, 0.05 - 7e-17, 0.05, 1000, 0.95), "error", 9)
    assert rounding["note"] == measure.NO_SPREAD and "interval" not in rounding
    wide = measure.interval_leaf(Interval(0.9, 0.8, 1.1, 1000, 0.95), "share", 9)
    assert (wide["interval"]["low"], wide["interval"]["high"]) == (0.8, 1.0)


def test_the_record_names_no_path_and_no_machine(ready):
    course, complaints = ready
    execute(course, "floor", data_path=complaints)
    text = (course.runs / "floor" / "record.json").read_text()
    assert str(course.root) not in text
    assert str(complaints.parent) not in text
    assert os.uname().nodename not in text
    assert not re.search(r'"/\w|[A-Z]:\\\\', text)
    record = read_record(course.runs, "floor")
    assert record.config["data"]["fingerprint"] == record.data["fingerprint"]
    assert record.hardware["cores"] >= 1
    assert record.packages["numpy"] == np.__version__
    assert record.peak_memory_mb["value"] > 10


def test_smoke_runs_stay_out_of_runs(ready):
    course, complaints = ready
    record = execute(course, "floor", smoke=True, data_path=complaints)
    assert record.mode == "smoke"
    assert not (course.runs / "floor" / "record.json").exists()
    assert (course.cache / "smoke" / "floor" / "record.json").is_file()
    assert pending(course) == ["floor"]


def test_smoke_takes_few_rows(ready, monkeypatch):
    course, complaints = ready
    monkeypatch.setattr("pycode.experiment.data.SMOKE_ROWS", 7)
    assert execute(course, "floor", smoke=True, data_path=complaints).data["n"]["train"] == 7


def test_two_executions_measure_the_same(ready):
    course, complaints = ready
    first = execute(course, "floor", data_path=complaints)
    files = {p.name: p.read_bytes() for p in (course.runs / "floor").glob("*.safetensors")}
    second = execute(course, "floor", data_path=complaints)
    assert first.metrics == second.metrics
    assert files == {p.name: p.read_bytes() for p in (course.runs / "floor").glob("*.safetensors")}


def test_other_data_are_refused(ready, declare):
    course, complaints = ready
    declare("floor", RUN.format(kind="majority", mark="ab" * 32, more=""))
    with pytest.raises(CourseError, match="fingerprint abababababab.*declare another run"):
        execute(course, "floor", data_path=complaints)


def test_a_full_run_needs_a_declared_fingerprint(course, declare, complaints, mark):
    declare("floor", "description: d\nkind: majority\ndata: {name: cfpb-8k}\n")
    with pytest.raises(CourseError, match=f'add `fingerprint: "{mark}"`'):
        execute(course, "floor", data_path=complaints)
    assert execute(course, "floor", smoke=True, data_path=complaints).mode == "smoke"


def test_missing_data_say_how_to_get_them(ready, monkeypatch, tmp_path):
    course, _ = ready
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match="cfpb_8k.parquet was not found.*course data fetch"):
        execute(course, "floor")
    assert not list((course.cache / "staging").iterdir())


def test_unknown_data_options_are_named(ready, declare, mark):
    course, complaints = ready
    declare("floor", RUN.format(kind="majority", mark=mark, more="").replace(
        "  name: cfpb-8k", "  name: cfpb-8k\n  options: {colour: red}"))  # fmt: skip
    with pytest.raises(CourseError, match="colour"):
        execute(course, "floor", data_path=complaints)


def test_a_full_disk_leaves_the_old_result_whole(ready, monkeypatch):
    course, complaints = ready
    execute(course, "floor", data_path=complaints)
    before = {p.name: p.read_bytes() for p in (course.runs / "floor").iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pycode.files.os.fsync", full)
    with pytest.raises(CourseError, match="No space left on device"):
        execute(course, "floor", data_path=complaints)
    assert {p.name: p.read_bytes() for p in (course.runs / "floor").iterdir()} == before
    assert not list((course.cache / "staging").iterdir())


def test_a_folder_in_the_place_of_a_file_leaves_the_old_result_whole(ready):
    course, complaints = ready
    execute(course, "floor", data_path=complaints)
    (course.runs / "floor" / "test.safetensors").unlink()
    (course.runs / "floor" / "test.safetensors").mkdir()
    before = {p.name: p.read_bytes() for p in (course.runs / "floor").iterdir() if p.is_file()}
    with pytest.raises(CourseError, match="runs/floor/test.safetensors is a folder"):
        execute(course, "floor", data_path=complaints)
    assert "record.json" in before
    for name, content in before.items():
        assert (course.runs / "floor" / name).read_bytes() == content


@pytest.mark.parametrize("stage", ["run", "_write_artifacts", "_record", "write_record"])
def test_an_interrupt_leaves_no_half_record(ready, monkeypatch, stage):
    course, complaints = ready

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(majority if stage == "run" else runner, stage, stop)
    with pytest.raises(KeyboardInterrupt):
        execute(course, "floor", data_path=complaints)
    assert [p.name for p in (course.runs / "floor").iterdir()] == ["config.yml"]
    assert not list((course.cache / "staging").iterdir())


def test_an_interrupt_while_publishing_leaves_no_record(ready, monkeypatch):
    """A second run that dies between its files must not leave the first one's record."""
    course, complaints = ready
    execute(course, "floor", data_path=complaints)
    real = Path.replace

    def die(self: Path, target: Path) -> Path:
        if Path(target).parent.name == "floor" and Path(target).name == "val.safetensors":
            raise KeyboardInterrupt
        return real(self, target)

    # Atomic writing renames within a folder; only moves out of the staging folder may die.
    monkeypatch.setattr(
        Path, "replace", lambda s, t: die(s, t) if s.parent != Path(t).parent else real(s, t)
    )
    with pytest.raises(KeyboardInterrupt):
        execute(course, "floor", data_path=complaints)
    assert not (course.runs / "floor" / "record.json").exists()
    assert pending(course) == ["floor"]
    monkeypatch.undo()


def test_code_commit_says_when_the_code_is_not_the_commit(project):
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", code_commit(project.root))


def test_code_commit_outside_git(tmp_path):
    assert code_commit(tmp_path) == "unknown"


def test_the_commit_is_that_with_which_a_run_began():
    start = Start(0.0, "a" * 40, True)
    assert start.commit_now("b" * 40) == "a" * 40  # a commit while it ran
    assert start.commit_now("a" * 40 + "-dirty") == "a" * 40 + "-dirty"
    dirty = Start(0.0, "a" * 40 + "-dirty", True)
    assert dirty.commit_now("b" * 40 + "-dirty") == "a" * 40 + "-dirty"


def test_versions_of_modules_that_worked_elsewhere_are_recorded(monkeypatch):
    monkeypatch.delitem(sys.modules, "peft", raising=False)
    assert "peft" not in packages()
    assert packages(["peft"])["peft"] == metadata.version("peft")


def test_the_peak_of_an_earlier_run_is_not_this_runs(ready):
    course, complaints = ready
    assert execute(course, "floor", data_path=complaints).peak_memory_mb is not None
    assert execute(course, "floor", data_path=complaints, alone=False).peak_memory_mb is None


def cli(course, monkeypatch, *arguments):
    monkeypatch.chdir(course.root)
    return main(["run", *arguments])


def test_command_runs_what_is_pending_and_goes_on_after_a_failure(
    ready, declare, monkeypatch, capsys
):
    course, complaints = ready
    declare("broken", RUN.format(kind="majority", mark="ab" * 32, more=""))
    assert cli(course, monkeypatch, "--pending", "--data", str(complaints)) == 2
    out = capsys.readouterr()
    assert "floor (full" in out.out and "test.macro_f1" in out.out
    assert "broken: Run 'broken' is declared on" in out.err
    assert pending(course) == ["broken"]
    (course.runs / "broken" / "config.yml").unlink()
    assert cli(course, monkeypatch, "--pending") == 0
    assert "No run is pending" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["flor"], "Did you mean 'floor'"),
        (["f" * 300], "No run 'fff"),
        ([], "Name one or more runs"),
        (["floor", "--pending"], "Name one"),
    ],
)
def test_command_names_mistakes_without_a_traceback(ready, monkeypatch, capsys, arguments, message):
    course, _ = ready
    assert cli(course, monkeypatch, *arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["torch", "torch.nn"])
def test_a_package_that_is_not_installed_is_named(ready, monkeypatch, capsys, missing):
    """After `make site` alone there is no torch."""
    course, complaints = ready
    monkeypatch.setitem(sys.modules, missing, None)  # importing it fails as if it were not there

    def needs_it(_: object) -> None:
        importlib.import_module(missing)

    monkeypatch.setattr(majority, "run", needs_it)
    assert cli(course, monkeypatch, "floor", "--smoke", "--data", str(complaints)) == 2
    said = capsys.readouterr().err
    assert "needs the package `torch`, which is not installed here: `make test`" in said
    assert said.count("\n") == 1
    assert not list((course.cache / "smoke").iterdir())


def test_a_module_of_ours_that_is_missing_is_no_users_mistake(ready, monkeypatch):
    course, complaints = ready
    monkeypatch.setattr(majority, "run", lambda _: importlib.import_module("pycode.nowhere"))
    with pytest.raises(ModuleNotFoundError):
        execute(course, "floor", data_path=complaints)


def test_classes_are_listed_beside_the_outputs(ready):
    course, complaints = ready
    record = execute(course, "floor", data_path=complaints)
    table = json.loads((course.runs / "floor" / "classes.json").read_text())
    assert [row["label"] for row in table] == record.data["labels"]
    assert sum(row["train"] for row in table) == record.data["n"]["train"]
    assert {row["tier"] for row in table} == {"head"}
