"""What a student's notebook must not hold, found in the source without the code that writes notebooks."""

import re
from dataclasses import dataclass
from typing import Any

from pycode.project import Project
from pycode.site.notebook.code import hidden_values, solution_lines
from pycode.site.notebook.lab import Lab
from pycode.site.qmd import Cell

_SHORT_CODE, _SHORT_PROSE, _SHORT_VALUE = 10, 24, 3


@dataclass(frozen=True)
class Secret:
    """A text that only the solution has: its kind, normalised form and line in the page (or quiz)."""

    kind: str
    text: str
    line: int


def normalise(line: str) -> str:
    """Return ``line`` without white space, trailing comment, quotation marks and case."""
    line = re.sub(r"\s#\s.*$", "", line)
    return re.sub(r"[\s>`*_\"']+", "", line).casefold()


def leaks(lab: Lab, project: Project, notebook: dict[str, Any]) -> list[str]:
    """Return one sentence for each secret of the lab that ``notebook`` shows."""
    lines = [normalise(line) for cell in notebook["cells"] for line in _lines(cell)]
    text = "\n".join(lines)
    found = [
        f"line {secret.line}: {secret.kind} is in the student's notebook"
        for secret in solution_secrets(lab)
        if any(secret.text in line for line in lines)
    ]
    found += [
        f"{secret.kind} of {_quiz(lab)} line {secret.line} is in the student's notebook"
        for secret in quiz_secrets(lab, project)
        if secret.text in text
    ]
    return found + _values(lab, notebook)


def solution_secrets(lab: Lab) -> list[Secret]:
    """Return the solved lines of cells, and the lines of `.solution` divs."""
    found: list[Secret] = []
    for cell in lab.page.cells:
        for line in solution_lines(cell.code):
            if len(normalise(line)) >= _SHORT_CODE:
                found.append(Secret(f"the solution `{line}`", normalise(line), cell.line))
    depth = 0
    for number, line in enumerate(lab.page.source.splitlines(), 1):
        opening = re.match(r"\s*:{3,}\s*(\{.*\}|[\w-]+)\s*$", line)
        if opening and (depth or ".solution" in opening[1] or opening[1] == "solution"):
            depth += 1
        elif depth and re.match(r"\s*:{3,}\s*$", line):
            depth -= 1
        elif depth and len(normalise(line)) >= _SHORT_PROSE:
            found.append(Secret("a line of a .solution", normalise(line), number))
    return found


def quiz_secrets(lab: Lab, project: Project) -> list[Secret]:
    """Return the reasons of the quiz beside the lab: they tell which option is right."""
    from pycode.site.quiz import read_quiz

    path = project.root / _quiz(lab)
    if not path.is_file():
        return []
    quiz = read_quiz(path, project)
    return [
        Secret("a reason", normalise(option.reason), option.line)
        for question in quiz.questions
        for option in question.options
        if len(normalise(option.reason)) >= _SHORT_PROSE
    ]


def _quiz(lab: Lab) -> str:
    folder, _, _ = lab.source.rpartition("/")
    return f"{folder}/quiz.yml" if folder else "quiz.yml"


def _lines(cell: dict[str, Any]) -> list[str]:
    return "".join(cell["source"]).splitlines()


def _values(lab: Lab, notebook: dict[str, Any]) -> list[str]:
    """Return the hidden values that stand open in a cell which checks."""
    found: list[str] = []
    values = {value: cell for cell in lab.page.cells for value in hidden_values(cell.code)}
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "hidden(" in source:
            found += [_open(values[value], value) for value in values if _shows(source, value)]
    return found


def _shows(source: str, value: str) -> bool:
    if f"hidden({value})" in source:
        return True
    return len(value) >= _SHORT_VALUE and bool(
        re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.])", source)
    )


def _open(cell: Cell, value: str) -> str:
    return f"line {cell.line}: the hidden value {value} is in the student's notebook"
