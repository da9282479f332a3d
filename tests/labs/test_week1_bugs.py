"""The four planted bugs of week 1: each runs, each changes the numbers, and the repair on the page removes it.

The code is taken from the pages themselves, so that a page cannot drift away from what is proved here.
"""

import re

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score

from pycode.data.tiers import TIERS, tiers
from pycode.labs import week1
from pycode.labs.recorded import recorded_outputs
from pycode.labs.sample import synthetic_sample
from pycode.site.notebook import read_lab
from pycode.site.notebook.code import solved_code


def cells(project, page):
    return [
        solved_code(cell.code)
        for cell in read_lab(project, project.root / "labs" / page).page.cells
    ]


def run_cell(project, page, mark, names):
    """Execute the one cell of ``page`` that holds ``mark`` with the variables ``names``."""
    found = [code for code in cells(project, page) if re.search(mark, code)]
    assert len(found) == 1, (mark, len(found))
    exec(compile(found[0], f"{page}: {mark}", "exec"), names)
    return names


@pytest.fixture(scope="module")
def data():
    return synthetic_sample()


@pytest.fixture(scope="module")
def outputs():
    return recorded_outputs("tfidf-cfpb8k", "val")


# --- bug 1: texts of one split, labels of another ---------------------------------------------------------


def test_bug_1_runs_and_hides_the_difference_between_tiers(project, data, capsys):
    names = {"data": data, "counts": data.train_counts()}
    run_cell(project, "week1-lab.qmd", r"def masked_share", names)
    run_cell(project, "week1-lab.qmd", r"(?m)^repaired = \{", names)
    tier = tiers(data.train_counts())[data.val.labels]
    truth = {
        name: np.mean(
            ["XXXX" in t for t, own in zip(data.val.texts, tier, strict=True) if own == name]
        )
        for name in TIERS
    }
    assert names["repaired"] == pytest.approx(truth)
    assert week1.masked_by_tier(data.val, data.train_counts()) == pytest.approx(truth)
    gap = {key: names[key]["head"] - names[key]["tail"] for key in ("repaired", "reported")}
    assert gap["repaired"] > 0.25 and abs(gap["reported"]) < gap["repaired"] - 0.15
    capsys.readouterr()


def test_bug_1_would_have_raised_with_strict(data):
    with pytest.raises(ValueError, match="shorter|longer"):
        list(zip(data.val.texts, data.train.labels, strict=True))


# --- bug 2: macro-F1 over the classes that happen to occur ------------------------------------------------


def test_bug_2_puts_both_halves_above_their_whole(project, outputs, capsys):
    names = {
        "np": np,
        "y": outputs.labels,
        "p": outputs.predictions,
        "n_classes": len(outputs.label_names),
    }
    run_cell(project, "week1-lab.qmd", r"even = np.arange", names)
    reported = names["reported"]
    assert min(reported["even rows"], reported["odd rows"]) > reported["all rows"] * 1.1
    from pycode.evaluate import macro_f1

    names |= {"macro_f1": macro_f1, "f1_score": f1_score}
    run_cell(project, "week1-lab.qmd", r"(?m)^repaired_even = ", names)
    even = names["even"]
    for key, rows, buggy in (
        ("repaired_even", even, "even rows"),
        ("repaired_odd", ~even, "odd rows"),
    ):
        truth = macro_f1(outputs.labels[rows], outputs.predictions[rows], len(outputs.label_names))
        assert names[key] == pytest.approx(truth, abs=1e-12)
        assert reported[buggy] - truth > 0.01
    whole = macro_f1(outputs.labels, outputs.predictions, len(outputs.label_names))
    assert names["repaired_even"] < whole and names["repaired_odd"] < whole
    capsys.readouterr()


# --- bug 3: predictions sorted, labels not ----------------------------------------------------------------


def test_bug_3_turns_the_surest_rows_into_the_worst(project, outputs, capsys):
    from pycode.evaluate import accuracy

    names = {"np": np, "accuracy": accuracy, "recorded_outputs": recorded_outputs}
    run_cell(project, "week1-homework.qmd", r"(?m)^surest = ", names)
    run_cell(project, "week1-homework.qmd", r"(?m)^repaired = float", names)
    y, p = outputs.labels, outputs.predictions
    surest = np.argsort(-names["confidence"], kind="stable")[:200]
    assert names["repaired"] == pytest.approx((p[surest] == y[surest]).mean())
    overall = (p == y).mean()
    assert names["reported"] < overall < names["repaired"]
    capsys.readouterr()


# --- bug 4: confusion matrix read the wrong way round -----------------------------------------------------


def test_bug_4_reverses_the_direction_of_the_confusions(project, outputs, capsys):
    names = {"np": np, "y": outputs.labels, "p": outputs.predictions, "recorded": outputs}
    run_cell(project, "week1-homework.qmd", r"def top_pairs", names)
    run_cell(project, "week1-homework.qmd", r"def repaired_pairs", names)
    truth = week1.confusions(outputs.labels, outputs.predictions, outputs.label_names, k=3)
    assert names["repaired_pairs"](names["matrix"]) == truth
    reported = names["top_pairs"](names["matrix"])
    assert [(guess, true, rows) for true, guess, rows in reported] == truth
    assert not set(reported) & set(truth)
    # the rows counted the wrong way round are rare or absent: the error is no near miss
    order = {name: place for place, name in enumerate(outputs.label_names)}
    matrix = confusion_matrix(outputs.labels, outputs.predictions, labels=range(len(order)))
    for true, guess, rows in reported:
        assert matrix[order[true], order[guess]] < rows / 2
    capsys.readouterr()


def test_the_reference_of_bug_4_agrees_with_scikit_learn(outputs):
    y, p, names = outputs.labels, outputs.predictions, outputs.label_names
    matrix = confusion_matrix(y, p, labels=range(len(names)))
    np.fill_diagonal(matrix, 0)
    for true, guess, rows in week1.confusions(y, p, names, k=20):
        assert matrix[names.index(true), names.index(guess)] == rows
    assert [rows for _, _, rows in week1.confusions(y, p, names, k=20)] == np.sort(
        matrix, axis=None
    )[::-1][:20].tolist()


def test_a_transposed_matrix_swaps_precision_and_recall(outputs):
    """Why direction matters: read the wrong way round, every recall is a precision."""
    y, p = outputs.labels, outputs.predictions
    top = int(np.bincount(y).argmax())
    recall = recall_score(y, p, labels=[top], average=None, zero_division=0)[0]
    precision = precision_score(y, p, labels=[top], average=None, zero_division=0)[0]
    assert abs(recall - precision) > 0.2
