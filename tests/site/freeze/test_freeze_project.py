"""From `course freeze` to `course check freeze`: what is stored, what makes it stale, and why."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pycode.commands import freeze as command
from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.checks import freeze as check
from pycode.site.freeze.entry import read_entry, source_hash
from pycode.site.freeze.manifest import read_manifest

PUBLISHED = """attribution: Someone
licence: CC BY 4.0
commit: abc
sources: {book: A book}
entries:
  - {id: a.score, value: 0.512, unit: score, metric: macro_f1, source: book}
  - {id: b.score, value: 0.25, unit: score, metric: macro_f1, source: book}
"""
FILES = {
    "_quarto.yml": "project:\n  type: website\n  render: ['*.qmd', 'sub/*.qmd']\n"
    "website: {title: T}\nexecute: {freeze: auto, echo: true}\n",
    "_variables.yml": "name: x\n",
    "runs/published.yml": PUBLISHED,
    "runs/demo/record.json": '{"mode": "full"}\n',
    "data.csv": "a,b\n1,2\n",
    "helper.py": '"""Doc."""\nimport lower\n\n\ndef value():\n    return lower.VALUE\n',
    "lower.py": "VALUE = 7\n",
    "sub/page.qmd": """---
title: P
---

{{< include _part.qmd >}}

```{python}
import sys
sys.path.insert(0, "..")
from pathlib import Path
import helper
from pycode.runs import claim
run = Path("../runs/demo/record.json").read_text()
rows = Path("../data.csv").read_text()
sys.audit("course.data", "demo", "sha256:1")  # what loading a data set and listing runs say
sys.audit("course.runs")
```

Value `{python} helper.value()`, claim `{python} claim("published:a.score")`.

```{python}
#| label: fig-a
#| fig-cap: A
import matplotlib.pyplot as plt
plt.figure(figsize=(1, 1)); plt.plot([1, 2]); plt.show()
```
""",
    "sub/_part.qmd": "part\n",
    "plain.qmd": "---\ntitle: Nothing to execute\n---\n\ntext\n",
    "sub.qmd": "```{python}\n1 + 1\n```\n",
}


def write(root: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Project(root)


def course_freeze(project, *arguments):
    """Run the command in the project's folder and return its exit code."""
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    old = Path.cwd()
    os.chdir(project.root)
    try:
        return command.run(parser.parse_args(arguments))
    finally:
        os.chdir(old)


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    """A project that was frozen once."""
    project = write(tmp_path_factory.mktemp("master") / "site", FILES)
    assert course_freeze(project) == 0
    return project


@pytest.fixture
def frozen(master, tmp_path):
    """A copy of it to change."""
    shutil.copytree(master.root, tmp_path / "site")
    return Project(tmp_path / "site")


def stored(project):
    return {
        path.relative_to(project.freeze).as_posix(): path.read_bytes()
        for path in sorted(project.freeze.rglob("*"))
        if path.is_file()
    }


def test_what_is_stored(master):
    assert list(stored(master)) == [
        "manifest.json",
        "sub/execute-results/html.json",
        "sub/page/execute-results/html.json",
        "sub/page/figure-html/fig-a-output-1.svg",
    ]
    entry = read_entry(master, "sub/page.qmd")
    assert entry.hash == source_hash(FILES["sub/page.qmd"])
    assert entry.supporting == ("page_files",)
    assert 'data-claim="published:a.score"' in entry.markdown
    assert "part\n" in entry.markdown and "Value 7, claim [0.512" in entry.markdown
    assert str(master.root) not in "".join(map(str, stored(master).values()))


def test_manifest_holds_what_the_page_depends_on(master):
    page = read_manifest(master).pages["sub/page.qmd"]
    assert list(page["includes"]) == ["sub/_part.qmd"]
    assert sorted(page["modules"]) == ["helper.py", "lower.py"]
    assert list(page["runs"]) == ["demo"]
    assert list(page["files"]) == ["data.csv"]
    assert page["claims"]["published:a.score"]["text"] == "0.512"
    assert set(page["outputs"]) == {"execute-results/html.json", "figure-html/fig-a-output-1.svg"}
    assert "matplotlib" in page["packages"]
    assert page["data"] == {"demo": "sha256:1"}
    assert set(read_manifest(master).pages) == {"sub.qmd", "sub/page.qmd"}


def test_fresh_project_has_no_problems_and_executes_nothing(frozen, capsys):
    assert check.check(frozen) == []
    before = stored(frozen)
    assert course_freeze(frozen) == 0
    assert "0 frozen, 2 fresh, 0 failed" in capsys.readouterr().out
    assert stored(frozen) == before


def test_freezing_again_gives_the_same_bytes(frozen):
    before = stored(frozen)
    assert course_freeze(frozen, "--all") == 0
    assert stored(frozen) == before


def edit(project, name, old, new):
    path = project.root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "cause"),
    [
        ("sub/page.qmd", "Value", "The value", "page source changed"),
        ("sub/_part.qmd", "part", "other", "sub/_part.qmd changed"),
        ("lower.py", "7", "8", "lower.py changed"),
        ("runs/demo/record.json", "full", "fuller", "run demo record changed"),
        ("runs/published.yml", "0.512", "0.5", "claim published:a.score is now 0.500 (was 0.512)"),
        ("runs/published.yml", "book: A book", "book: B", "the source of claim published:a.score changed"),
        ("runs/published.yml", "id: a.score", "id: c", "claim published:a.score no longer resolves"),
        ("data.csv", "1,2", "1,3", "data.csv changed"),
        ("_quarto.yml", "echo: true", "echo: false", "setting echo for html is now False (was True)"),
        ("_freeze/sub/page/execute-results/html.json", "Value 7", "Value 9", "edited by hand: execute-results/html.json"),
        ("_freeze/sub/page/figure-html/fig-a-output-1.svg", "<svg", "<svg ", "edited by hand: figure-html/fig-a"),
        ("_freeze/sub/page/execute-results/html.json", '  "hash"', '<<<<<<< a\n  "hash"', "conflict markers"),
    ],
)  # fmt: skip
def test_each_change_is_named(frozen, name, old, new, cause):
    edit(frozen, name, old, new)
    problems = [item for item in check.check(frozen) if item.path == "sub/page.qmd"]
    assert len(problems) == 1
    assert cause in problems[0].message
    assert "course freeze sub/page.qmd" in problems[0].message


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("helper.py", '"""Doc."""', '"""Other words."""  # and a comment'),
        ("runs/published.yml", "value: 0.25", "value: 0.75"),
        ("runs/published.yml", "attribution: Someone", "attribution: Someone else"),
        ("_variables.yml", "name: x", "name: y"),
        ("_quarto.yml", "title: T", "title: U"),
        ("plain.qmd", "text", "other text"),
    ],
)
def test_changes_that_concern_nobody(frozen, name, old, new):
    edit(frozen, name, old, new)
    assert check.check(frozen) == []


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("date: 8 April", "date: 9 April", True),
        ("exam: 20", "exam: 30", True),
        ("ref: v1", "ref: v2", False),
        ("repo-url: a", "repo-url: b", False),
    ],
)
def test_dates_and_weights_execute_nothing_and_addresses_do(tmp_path, old, new, same):
    from pycode.site.freeze.digest import file_digest

    path = tmp_path / "_variables.yml"
    text = "website: {repo-url: a}\nnotebooks: {ref: v1}\nweek1: {date: 8 April}\nassessment: {exam: 20}\n"
    path.write_text(text, encoding="utf-8")
    before = file_digest(path)
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert (file_digest(path) == before) is same


@pytest.mark.parametrize(
    ("gone", "path", "cause"),
    [
        ("lower.py", "sub/page.qmd", "lower.py was removed"),
        ("runs/demo/record.json", "sub/page.qmd", "run demo record was removed"),
        ("_freeze/sub/page/execute-results/html.json", "sub/page.qmd", "no freeze entry"),
        ("_freeze/sub/page/figure-html/fig-a-output-1.svg", "sub/page.qmd", "is missing"),
        ("_freeze/manifest.json", "sub/page.qmd", "not in _freeze/manifest.json"),
        ("sub.qmd", "_freeze/sub/execute-results/html.json", "entry without page"),
    ],
)
def test_each_loss_is_named(frozen, gone, path, cause):
    (frozen.root / gone).unlink()
    problems = {item.path: item.message for item in check.check(frozen)}
    assert cause in problems[path]


def test_new_run_concerns_pages_that_list_runs(frozen):
    write(frozen.root, {"runs/other/record.json": "{}"})
    (problem,) = check.check(frozen)
    assert problem.path == "sub/page.qmd"
    assert "the list of recorded runs changed" in problem.message


def test_data_sets_and_lists_of_runs_tell_who_watches(monkeypatch):
    import numpy as np

    from pycode.data import CourseData, Split
    from pycode.runs import list_runs

    heard = []
    monkeypatch.setattr(sys, "audit", lambda *event: heard.append(event))
    empty = Split([], np.array([], dtype=np.int64), [])
    CourseData(empty, empty, empty, ("a",), "twin", "sha256:2")
    list_runs(Project(Path("nowhere")))
    assert heard == [("course.data", "twin", "sha256:2"), ("course.runs",)]


def test_damaged_manifest_and_page_are_problems_not_crashes(frozen):
    (frozen.freeze / "manifest.json").write_text("<<<<<<< HEAD\n{}\n", encoding="utf-8")
    (frozen.root / "plain.qmd").write_text("```{python}\n", encoding="utf-8")
    problems = [str(item) for item in check.check(frozen)]
    assert any(
        "manifest.json is damaged (it holds merge conflict markers)" in item for item in problems
    )
    assert any("plain.qmd:1: this cell is never closed" in item for item in problems)


def test_stale_page_is_frozen_and_orphans_go(frozen, capsys):
    edit(frozen, "lower.py", "7", "8")
    edit(frozen, "sub/page.qmd", "label: fig-a", "label: fig-b")
    (frozen.root / "sub.qmd").unlink()
    assert course_freeze(frozen) == 0
    assert check.check(frozen) == []
    assert "Value 8" in read_entry(frozen, "sub/page.qmd").markdown
    assert list(stored(frozen)) == [
        "manifest.json",
        "sub/page/execute-results/html.json",
        "sub/page/figure-html/fig-b-output-1.svg",
    ]
    printed = capsys.readouterr().out
    assert "sub.qmd: no such executed page" in printed
    assert "cell 2/2  fig-b" in printed and "1 frozen, 0 fresh, 0 failed" in printed


def test_failing_page_keeps_its_old_results(frozen, capsys):
    before = stored(frozen)
    edit(frozen, "sub/page.qmd", "import helper", "import helper\n1 / 0")
    edit(frozen, "sub.qmd", "1 + 1", "1 + 2")
    assert course_freeze(frozen) == 1
    after = stored(frozen)
    kept = [name for name in before if name.startswith("sub/page/")]
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["sub/execute-results/html.json"] != before["sub/execute-results/html.json"]
    printed = capsys.readouterr()
    assert "1 frozen, 0 fresh, 1 failed" in printed.out
    assert (
        "course freeze: sub/page.qmd:12: the cell at sub/page.qmd:7 raised ZeroDiv" in printed.err
    )
    assert "ZeroDivisionError" in printed.err and "----> " in printed.err


def test_pages_are_chosen_by_path_or_folder(frozen, capsys):
    assert course_freeze(frozen, "sub", "--stale") == 0
    assert "0 frozen, 1 fresh" in capsys.readouterr().out
    with pytest.raises(CourseError, match=r"'sub/pag\.qmd' is not there\..*'sub/page\.qmd'"):
        course_freeze(frozen, "sub/pag.qmd")
    with pytest.raises(CourseError, match=r"'plain\.qmd' has no executable cell"):
        course_freeze(frozen, "plain.qmd")
    edit(frozen, "plain.qmd", "text", "text\n\n```{python}\n1\n")
    with pytest.raises(CourseError, match=r"^plain\.qmd:7: this cell is never closed"):
        course_freeze(frozen, "plain.qmd")


def test_without_jupyter_the_first_page_says_what_to_do(frozen, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "nbclient", None)
    with pytest.raises(CourseError, match=r"needs nbclient.*run `make freeze`"):
        course_freeze(frozen, "--all")
    assert capsys.readouterr().out.count("(asked for)") == 1


WITHOUT = """
import json, sys
for name in ("nbclient", "nbformat", "jupyter_client", "ipykernel", "IPython", "torch", "matplotlib",
             "pandas", "scipy", "sklearn", "pyarrow"):
    sys.modules[name] = None
from pathlib import Path
from pycode.project import Project
from pycode.site.checks.freeze import check
print(json.dumps([str(item) for item in check(Project(Path(sys.argv[1])))]))
"""


def test_check_needs_no_jupyter(frozen):
    edit(frozen, "lower.py", "7", "8")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(frozen.root)],
        capture_output=True,
        text=True,
        check=True,
    )
    (problem,) = json.loads(done.stdout)
    assert "lower.py changed" in problem
