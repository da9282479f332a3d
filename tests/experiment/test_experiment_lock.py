"""One process at a time executes a run, and a process that dies holds nothing."""

import signal
import subprocess
import sys

import pytest

from pycode.cli import main
from pycode.errors import CourseError
from pycode.experiment.lock import only_one
from pycode.project import Project

DECLARED = "description: a run\nkind: majority\ndata: {name: twin, options: {n: 1000}}\n"
HOLD = """
import sys
from pathlib import Path
from pycode.experiment.lock import only_one
from pycode.project import Project

with only_one(Project(Path(sys.argv[1])), "floor", smoke=sys.argv[2] == "smoke"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def floor(course, declare, monkeypatch):
    """A declared run, in the project that is the current folder."""
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.chdir(course.root)
    declare("floor", DECLARED)
    return course


def holder(course: Project, mode: str) -> "subprocess.Popen[str]":
    """A process that executes the run, as far as the lock can tell."""
    started = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(course.root), mode],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.stdout is not None
    assert started.stdout.readline() == "held\n"
    return started


def end(started: "subprocess.Popen[str]") -> None:
    started.send_signal(signal.SIGKILL)
    started.communicate()


def test_a_second_process_stops_with_one_sentence_until_the_first_is_gone(floor, capsys):
    first = holder(floor, "smoke")
    try:
        assert main(["run", "floor", "--smoke"]) == 2
        said = capsys.readouterr().err
        assert said.startswith("course run: Run 'floor' is being executed by another process:")
        assert said.count("\n") == 1
        assert not (floor.cache / "smoke").exists()
    finally:
        end(first)
    assert main(["run", "floor", "--smoke"]) == 0


def test_other_runs_and_the_other_mode_are_free(floor, declare):
    declare("other", DECLARED)
    with only_one(floor, "floor", smoke=False):
        assert main(["run", "other", "--smoke"]) == 0
        assert main(["run", "floor", "--smoke"]) == 0
        again = only_one(floor, "floor", smoke=False)
        with pytest.raises(CourseError, match="'floor' is being executed"), again:
            pass
    with only_one(floor, "floor", smoke=False):
        pass


def test_an_error_inside_gives_the_run_back(floor):
    with pytest.raises(ZeroDivisionError), only_one(floor, "floor", smoke=True):
        raise ZeroDivisionError
    with only_one(floor, "floor", smoke=True):
        pass


def test_the_processes_of_one_launch_share_a_run(floor, monkeypatch):
    with only_one(floor, "floor", smoke=False):
        monkeypatch.setenv("RANK", "1")
        with only_one(floor, "floor", smoke=False):
            pass


def test_a_machine_without_file_locks_works_without_them(floor, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with only_one(floor, "floor", smoke=False), only_one(floor, "floor", smoke=False):
        pass


@pytest.mark.parametrize("run_id", ["flor", "../runs/floor", "", "A"])
def test_a_run_that_is_not_declared_leaves_no_file(floor, run_id, capsys):
    assert main(["run", run_id, "--smoke"]) == 2
    assert "is declared" in capsys.readouterr().err
    assert not floor.cache.exists()


def test_a_cache_that_cannot_be_written_is_one_sentence(floor):
    floor.cache.write_text("")
    with (
        pytest.raises(CourseError, match="^The lock of run 'floor' could not be made"),
        only_one(floor, "floor", smoke=False),
    ):
        pass
