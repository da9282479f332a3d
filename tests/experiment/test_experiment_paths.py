"""Where the data lie: a path that is not there is refused, and what a run does not need cannot break it."""

import pytest

from pycode.cli import main

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
