"""`course runs` and `course claim` as a user sees them."""

import json

import pytest
from helpers_runs import add_run, make_project

from pycode.cli import main


@pytest.fixture
def course(tmp_path, monkeypatch):
    project = make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return project


def test_no_runs(course, capsys):
    assert main(["runs"]) == 0
    assert "No run is declared" in capsys.readouterr().out


def test_a_table_of_runs(course, capsys):
    add_run(course)
    (course.runs / "later").mkdir()
    (course.runs / "later" / "config.yml").write_text("a: 1\n")
    assert main(["runs"]) == 0
    header, later, tfidf = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["id", "mode", "data"]
    assert later.split() == ["later", "pending"]
    assert "test.macro_f1 0.132 [0.118, 0.145]; test.accuracy 54.2 %" in tfidf
    assert main(["runs", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["id"], first["status"]) == ("later", "pending")
    assert second["n"]["test"] == 1604


def test_one_claim(course, capsys):
    add_run(course)
    assert main(["claim", "tfidf-cfpb8k:test.accuracy"]) == 0
    out = capsys.readouterr().out
    assert "0.54189" in out
    assert "54.2 %" in out
    assert "run tfidf-cfpb8k" in out
    assert main(["claim", "tfidf-cfpb8k:test.macro_f1", "--style", "interval", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "0.132 [0.118, 0.145]"


def test_an_unknown_claim_names_the_nearest(course, capsys):
    add_run(course)
    assert main(["claim", "tfidf-cfpb8k:test.acuracy"]) == 2
    assert "Did you mean 'test.accuracy'" in capsys.readouterr().err
    assert main(["claim"]) == 2
    assert main(["claim", "--list", "nothing-like-this"]) == 2


def test_the_list_of_claims(course, capsys):
    add_run(course)
    assert main(["claim", "--list", "enc.dec"]) == 0
    assert "“19×” (only quote())" in capsys.readouterr().out
    assert main(["claim", "--list"]) == 0
    assert "tfidf-cfpb8k:test.macro_f1" in capsys.readouterr().out


def test_marked_examples_are_listed(course, capsys):
    (course.root / "page.qmd").write_text("It says [90 %]{.example}.\n", encoding="utf-8")
    assert main(["claim", "--examples"]) == 0
    assert capsys.readouterr().out == "page.qmd:1: 90 %\n1 marked examples.\n"


def test_outside_a_project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["runs"]) == 2
    assert "_quarto.yml" in capsys.readouterr().err
