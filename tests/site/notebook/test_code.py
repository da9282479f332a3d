"""Marks in code cells: what students get, what the page shows, what is refused."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycode.errors import CourseError
from pycode.labs import hidden
from pycode.site.notebook import page_echo, student_code
from pycode.site.notebook.code import solution_lines, solved_code
from pycode.site.qmd import Cell


def cell(code):
    return Cell(code=code, options={}, line=10, end_line=20, code_line=11)


@pytest.mark.parametrize(
    ("source", "student"),
    [
        ("x = 1 + 2  # blank", "x = ___"),
        ("x = f(a)  # blank: call f", "x = ___  # call f"),
        ("    return total / n  # blank", "    return ___"),
        ("    lr=2e-5,  # blank: 1e-5 to 5e-5", "    lr=___,  # 1e-5 to 5e-5"),
        ("count += 1  # blank", "count += ___"),
        ("a.b[0] = 3 # blank", "a.b[0] = ___"),
        ("x = y == z  # blank", "x = ___"),
        ("x = 1  # blanket statement", "x = 1  # blanket statement"),
        ("plain = 1", "plain = 1"),
        ("y = layer.hidden(x)\nis_hidden(y)", "y = layer.hidden(x)\nis_hidden(y)"),
        ("# solution: add\nx = 1\ny = 2\n# end solution", "# your code here: add\n..."),
        (
            "def f():\n    # solution\n    return 1\n    # end solution",
            "def f():\n    # your code here\n    ...",
        ),
    ],
)
def test_the_student_gets_the_blank(source, student):
    assert student_code(source) == student
    if not source.startswith("    "):
        ast.parse(student)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("\nprint(x)  # blank", "line 12: a blank needs"),
        ("if a == b:  # blank", "line 11: a blank needs"),
        ("# solution\nx = 1", "line 11: `# solution` is never closed"),
        ("x = 1\n# end solution", "line 12: `# end solution` without"),
        ("x = 1\nhidden(x)", "line 12: hidden(x) must hold one literal"),
    ],
)
def test_a_mark_that_cannot_be_applied_names_its_line(source, words):
    with pytest.raises(CourseError) as caught:
        page_echo(cell(source))
    assert words in str(caught.value)


def test_the_page_shows_the_blank_and_folds_the_solution():
    shown, solution = page_echo(cell("x = 1 + 2  # blank: add\nprint(x)"))
    assert shown == "x = ___  # add\nprint(x)"
    assert solution == "x = 1 + 2\nprint(x)"


def test_a_cell_without_marks_has_no_solution():
    assert page_echo(cell("x = 1\nprint(x)")) == ("x = 1\nprint(x)", None)


def test_a_hidden_value_is_sealed_on_the_page_and_is_not_a_solution():
    shown, solution = page_echo(cell("check('n', n, hidden(7_114))"))
    assert solution is None and "7_114" not in shown and "7114" not in shown
    assert eval(shown.removeprefix("check('n', n, ").removesuffix(")"), {"hidden": hidden}) == 7114


def test_solution_lines_are_those_that_students_write():
    code = "a = 1\nb = a + 2  # blank: hint\n# solution\nc = 3\n# end solution\nd = 4"
    assert solution_lines(code) == ["b = a + 2", "c = 3"]


@given(st.lists(st.sampled_from(["x = 1", "y = f(x)", "print(x)", "# note", ""]), max_size=8))
def test_code_without_marks_is_never_changed(lines):
    code = "\n".join(lines)
    assert student_code(code) == code == solved_code(code)


def test_the_frozen_page_shows_the_student_form_and_folds_the_solution():
    from pycode.site.freeze.cells import student_form
    from pycode.site.freeze.options import Options

    run = type(
        "Run", (), {"cell": cell("x = 1 + 2  # blank"), "options": Options({}, {}, "labs/a.qmd:10")}
    )()
    assert student_form(run) == ("x = ___", "x = 1 + 2")
    run.cell = cell("print(x)  # blank")
    with pytest.raises(CourseError, match=r"labs/a\.qmd:10: line 11: a blank needs"):
        student_form(run)
