"""From one lab to its notebooks: valid, clean, leak-free, and the solved one runs."""

import json
import re
import sys
from types import SimpleNamespace

import pytest

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.checks import notebooks as check_notebooks
from pycode.site.notebook import (
    buttons,
    find_labs,
    notebook_text,
    read_lab,
    solved_notebook,
    student_notebook,
)
from pycode.site.notebook.files import write_notebooks
from pycode.site.notebook.lab import notebook_name, read_needs

SOLUTIONS = [
    "len(words)",
    "sum(lengths)",
    "mean_length(words),",
    "secret sentence",
    "also_seven",
    "hidden(7)",
]


def text_of(notebook):
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


def test_the_student_notebook_is_valid_clean_and_deterministic(course, lab):
    import nbformat

    notebook = student_notebook(lab, course)
    text = notebook_text(notebook)
    nbformat.validate(json.loads(text))
    assert text == notebook_text(
        student_notebook(read_lab(course, course.root / lab.source), course)
    )
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


def test_a_cell_keeps_its_id_when_another_one_is_added(course, lab):
    before = {cell["id"] for cell in student_notebook(lab, course)["cells"]}
    path = course.root / lab.source
    path.write_text(path.read_text() + "\n```{python}\nnew = 1\n```\n")
    after = {cell["id"] for cell in student_notebook(read_lab(course, path), course)["cells"]}
    assert before < after and len(after) == len(before) + 1


def test_the_student_notebook_gives_nothing_away(course, lab):
    text = text_of(student_notebook(lab, course))
    for solution in SOLUTIONS:
        assert solution not in text
    assert "count = ___" in text and "# your code here: add up the lengths" in text


def test_text_is_what_jupyter_can_show(course, lab):
    text = text_of(student_notebook(lab, course))
    for mark in (":::", "{{<", "{#", "{.", "Only on the page", "buttons("):
        assert mark not in text
    assert "Welcome to TEST101." in text
    assert "(https://someone.example/course/syllabus.html#memos)" in text
    assert (
        "[the figure on the course page](https://someone.example/course/labs/week0-lab.html#fig-lengths)"
        in text
    )
    assert (
        "[Warner 2024](https://someone.example/course/labs/week0-lab.html#ref-warner2024)" in text
    )
    assert "`@fig-code` stays code" in text
    assert "<details>\n<summary>Hint</summary>\n\n`len` counts" in text
    assert "> **Note: On means**\n>\n> A mean hides the spread." in text
    assert "```python\nshown = True\n```" in text
    assert "*The result, once you have predicted:*\n\nNow count." in text
    assert "\n*Words by kind*" in text
    assert "<details>\n<summary>What we found</summary>\n\nSeven.\n\n</details>" in text
    assert (
        "The quiz is on [the course page](https://someone.example/course/labs/week0-lab.html)."
        in text
    )


def test_the_first_cell_pins_what_it_installs(course, lab):
    first = "".join(student_notebook(lab, course)["cells"][1]["source"])
    addresses = re.findall(r'"(https://[^"]+)"', first)
    assert addresses == [
        "https://raw.githubusercontent.com/someone/course/v9.9.9/requirements/notebook.txt",
        "https://github.com/someone/course/archive/v9.9.9.zip",
    ]
    assert "start(minutes=5, gpu=False, vram_gb=0, download_mb=1)" in first


@pytest.mark.parametrize(
    ("variable", "words"),
    [("KAGGLE_KERNEL_RUN_TYPE", "Settings > Internet"), ("COLAB_RELEASE_TAG", "delete runtime"),
     ("HOME", "%pip install -r https://raw")],
)  # fmt: skip
def test_a_first_cell_that_cannot_install_says_what_to_do_and_nothing_else(
    course, lab, monkeypatch, variable, words
):
    """Without Internet on Kaggle or Colab, and on a machine that lacks the package: no traceback."""
    for name in ("KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(
        "COURSE_PREDICTIONS", "predictions.json"
    )  # the cell sets it; undone afterwards
    monkeypatch.setenv(variable, "1")
    monkeypatch.setattr("subprocess.run", lambda command: SimpleNamespace(returncode=1))
    monkeypatch.setitem(sys.modules, "pycode.labs", None)
    first = "".join(student_notebook(lab, course)["cells"][1]["source"])
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the class is the cell's own
        exec(compile(first, "first cell", "exec"), {})
    shown = caught.value._render_traceback_()
    assert len(shown) == 1 and words in shown[0]


def test_the_solved_notebook_runs_from_top_to_bottom(execute, course, lab, tmp_path):
    text, errors = execute(solved_notebook(lab, course), tmp_path)
    assert errors == []
    assert "Local, Python" in text and "dtype float32" in text
    assert "✓ count" in text and "✓ mean length" in text
    assert "number of words: you said 6, measured 7." in text


def test_the_student_notebook_fails_its_checks_in_plain_words(execute, course, lab, tmp_path):
    text, errors = execute(student_notebook(lab, course), tmp_path)
    messages = ["\n".join(error.traceback) for error in errors]
    assert "✓" not in text
    assert messages[0].startswith("number of words: write your own guess in place of ___")
    assert (
        "✗ count: there is still a blank: replace ___ with your own code.\n  Hint: count the spaces"
        in messages
    )
    assert "✗ mean length: there is still a blank: replace ___ with your own code." in messages


def test_buttons_lead_to_the_notebook(course, lab):
    text = str(buttons(lab.source, course))
    for address in (
        "https://kaggle.com/kernels/welcome?src=https://github.com/someone/course/blob/main/labs/notebooks/week0-lab.ipynb",
        "https://colab.research.google.com/github/someone/course/blob/main/labs/notebooks/week0-lab.ipynb",
        "(notebooks/week0-lab.ipynb)",
    ):
        assert address in text
    assert "About 5 minutes · no GPU · 1 MB to download" in text


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("labs/week1-lab.qmd", "week1-lab"),
        ("labs/extra/deep.qmd", "extra-deep"),
        ("pre-work/01-tokenization/index.qmd", "pre-work-01-tokenization"),
    ],
)
def test_notebooks_are_named_after_their_page(source, name):
    assert notebook_name(source) == name


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"minute": 5}, "at least the minutes"),
        ({"minutes": 5, "gpus": True}, "Did you mean 'gpu'"),
        ({"minutes": "5"}, "must be a number, got '5'"),
        ({"minutes": 5, "gpu": 1}, "must be true or false"),
        ({"minutes": True}, "must be a number"),
        (5, "at least the minutes"),
    ],
)
def test_a_wrong_lab_block_is_explained(block, words):
    with pytest.raises(CourseError, match=words):
        read_needs(block, "labs/x.qmd")


# --- the check -------------------------------------------------------------------------------------


def messages(course):
    return "\n".join(map(str, check_notebooks.check(course)))


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_check_passes_after_writing_and_writing_again_changes_nothing(course):
    assert [path.name for path in write_notebooks(course)] == ["week0-lab.ipynb"]
    assert messages(course) == ""
    assert write_notebooks(course) == []


def test_a_missing_stale_or_orphaned_notebook_is_named(course):
    assert "labs/notebooks/week0-lab.ipynb: is missing" in messages(course)
    write_notebooks(course)
    edit(course.root / "labs/week0-lab.qmd", "Welcome to", "You are in")
    assert "differs from labs/week0-lab.qmd: run `course notebooks`" in messages(course)
    (course.root / "labs/notebooks/old.ipynb").write_text("{}")
    assert "old.ipynb: belongs to no lab" in messages(course)
    write_notebooks(course)
    assert messages(course) == ""


def test_outputs_are_found(course):
    write_notebooks(course)
    path = course.root / "labs/notebooks/week0-lab.ipynb"
    notebook = json.loads(path.read_text())
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["3\n"]}]
    path.write_text(json.dumps(notebook))
    assert "holds outputs" in messages(course)


@pytest.mark.parametrize(
    ("leak", "words"),
    [
        ("The answer:  `COUNT = len( words )`  # really", "the solution `count = len(words)`"),
        (
            "> The secret sentence of the solution: a list *knows* its length.",
            "a line of a .solution",
        ),
        ('check("n", count, hidden(7))', "the hidden value 7"),
        ('hidden("sealed:x"), 4.142857', "the hidden value 4.142857"),
        ("also_seven = sum(1 for word in words)", "a line of a .solution"),
        ("Because a list keeps its own length and tells it at once.", "a reason of labs/quiz.yml"),
    ],
)
def test_a_leak_by_hand_is_found(course, leak, words):
    (course.root / "labs/quiz.yml").write_text(
        "title: T\nquestions:\n- id: a\n  objective: o\n  text: t\n  options:\n"
        "  - {text: a, correct: true, reason: Because a list keeps its own length and tells it at once.}\n"
        "  - {text: b, reason: wrong}\n"
    )
    write_notebooks(course)
    assert messages(course) == ""
    path = course.root / "labs/notebooks/week0-lab.ipynb"
    notebook = json.loads(path.read_text())
    cell = next(
        c for c in notebook["cells"] if c["cell_type"] == "code" and not c["metadata"].get("tags")
    )
    cell["source"] = [*cell["source"], "\n", leak]
    path.write_text(json.dumps(notebook))
    assert words in messages(course)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("len(words)  # blank", "print(words)\nprint(1)  # blank", "a blank needs"),
        ("A [span]{.aside}", "`{python} 1 + 1`", "a notebook cannot show `1 + 1`"),
        ("A [span]{.aside}", "{{< video x >}}", "cannot show the shortcode"),
        ("{{< var course.code >}}", "{{< var course.nope >}}", "names nothing"),
        ("## First part", "::: {.aside}\n\n## First part", "this div is never closed"),
    ],
)
def test_what_a_notebook_cannot_hold_is_refused_with_file_and_line(course, old, new, words):
    edit(course.root / "labs/week0-lab.qmd", old, new)
    found = messages(course)
    assert words in found and re.search(r"labs/week0-lab\.qmd(:\d+|, line \d+)", found)


def test_only_pages_with_a_lab_block_are_labs(course):
    (course.root / "labs/notes.qmd").write_text("---\ntitle: lab notes\n---\n\nlab: no\n")
    assert [lab.name for lab in find_labs(course)] == ["week0-lab"]


def test_the_repositorys_notebooks_are_up_to_date(project: Project):
    assert [str(problem) for problem in check_notebooks.check(project)] == []


def test_notebook_pins_are_those_the_tests_use(project: Project):
    locked = (project.root / "requirements/test.txt").read_text()
    pins = [
        line for line in (project.root / "requirements/notebook.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]  # fmt: skip
    assert all(re.fullmatch(r"[a-z-]+==[\d.]+", pin) for pin in pins)
    names = {
        pin.split("==")[0]
        for pin in pins
        if re.search(rf"^{pin.split('==')[0]}==", locked, re.MULTILINE)
    }
    assert len(names) >= 8
    assert [
        pin
        for pin in pins
        if pin.split("==")[0] in names and not re.search(rf"^{pin}\b", locked, re.MULTILINE)
    ] == []


@pytest.mark.parametrize("form", ["solved", "student"])
def test_every_lab_of_the_course_runs_solved_and_stops_unsolved(
    execute, project: Project, tmp_path, form
):
    """In an empty folder, as on a student's machine. Labs that need a GPU are left to machines that have one."""
    make = solved_notebook if form == "solved" else student_notebook
    for lab in find_labs(project):
        if lab.needs.gpu:
            continue
        text, errors = execute(make(lab, project), tmp_path)
        messages = ["\n".join(error.traceback) for error in errors]
        if form == "solved":
            assert messages == [], lab.source
        elif "___" in text_of(make(lab, project)).replace("each `___`", ""):
            assert any("___" in message for message in messages), lab.source
