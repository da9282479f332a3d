"""Where the data lie: a path that is not there is refused, and what a run does not need cannot break it."""

from types import SimpleNamespace

import numpy as np
import pytest

from pycode.cli import main
from pycode.data import Split, load_dataset_by_name
from pycode.errors import CourseError
from pycode.experiment import execute
from pycode.experiment.data import SMOKE_ROWS, _every, check_fingerprint

TWIN = "description: a run\nkind: majority\ndata: {name: twin, options: {n: 1000}}\n"


@pytest.fixture
def twin(course, declare, monkeypatch):
    """A declared run that needs no file, in the project that is the current folder."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.chdir(course.root)
    declare("floor", TWIN)
    return course


@pytest.mark.parametrize("data", ["twin", "course-113", "cfpb-8k"])
def test_a_data_path_that_is_not_there_is_refused_for_every_run(twin, declare, capsys, data):
    declare("floor", TWIN.replace("twin, options: {n: 1000}", data))
    assert main(["run", "floor", "--smoke", "--data", "/no/such.parquet"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("course run: --data names '/no/such.parquet', which is not there:")
    assert said.count("\n") == 1
    assert not twin.cache.exists()


def test_a_data_path_that_nobody_may_look_at_is_refused(twin, monkeypatch, capsys):
    def refuse(*_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.exists", refuse)
    assert main(["run", "floor", "--smoke", "--data", "/hidden/a.parquet"]) == 2
    assert "--data names '/hidden/a.parquet', which is not there" in capsys.readouterr().err


def test_a_stale_variable_breaks_only_runs_that_need_it(twin, declare, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", "/no/such.parquet")
    assert main(["run", "floor", "--smoke"]) == 0
    for kind, data in (("majority", "cfpb-8k"), ("text-audit", "cfpb-8k"), ("label-counts", "x")):
        declare("needs", f"description: a run\nkind: {kind}\ndata: {{name: {data}}}\n")
        capsys.readouterr()
        assert main(["run", "needs", "--smoke"]) == 2
        assert "COURSE_DATA names 'such.parquet', which is not there" in capsys.readouterr().err


def test_a_list_among_the_options_of_the_data_reaches_the_loader(course, declare, complaints):
    forms = '{name: cfpb-8k, options: {forms: ["2017", "2023"]}}'
    declare("both", f"description: a run\nkind: majority\ndata: {forms}\n")
    record = execute(course, "both", smoke=True, data_path=complaints)
    wanted = load_dataset_by_name("cfpb-8k", complaints, forms=("2017", "2023"))
    assert record.data["fingerprint"] == wanted.fingerprint
    assert "map of forms 2017, 2023" in record.data["notes"]


def test_every_digit_of_a_fingerprint_counts():
    declared = SimpleNamespace(name="twin", fingerprint="a" * 64)
    job = SimpleNamespace(config=SimpleNamespace(id="floor", data=declared), smoke=False)
    check_fingerprint(job, "a" * 64)
    with pytest.raises(CourseError, match="declared on twin with fingerprint aaaa"):
        check_fingerprint(job, "a" * 63 + "b")


def test_smoke_rows_are_spread_and_keep_their_labels():
    n = 3 * SMOKE_ROWS
    part = _every(Split([f"text {i}" for i in range(n)], np.arange(n), [str(i) for i in range(n)]))
    assert part.labels.tolist() == list(range(0, n, 3))
    assert part.row_ids == [str(i) for i in part.labels]
    assert part.texts == [f"text {i}" for i in part.labels]
