"""From a lab to its notebooks: nbformat 4.5 with ids that depend on the content only."""

import ast
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.notebook.code import solved_code, student_code
from pycode.site.notebook.inline import Context
from pycode.site.notebook.lab import Lab
from pycode.site.notebook.platform import Addresses, addresses, first_cell
from pycode.site.notebook.prose import Prose
from pycode.site.qmd import Cell, Text

Notebook = dict[str, Any]


def student_notebook(lab: Lab, project: Project) -> Notebook:
    """Return the notebook that students get: blanks, no solutions, no outputs.

    Raises:
        CourseError: a mark, div or expression that a notebook cannot hold; names file and line.
    """
    return _notebook(lab, project, _student, with_solutions=False)


def solved_notebook(lab: Lab, project: Project) -> Notebook:
    """Return the notebook with every blank filled, for tests to execute from top to bottom."""
    return _notebook(lab, project, lambda cell, name: solved_code(cell.code), with_solutions=True)


def notebook_text(notebook: Notebook) -> str:
    """Return the file's text: one-space indent as Jupyter writes it, final newline."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _notebook(
    lab: Lab, project: Project, code_of: Callable[[Cell, str], str], with_solutions: bool
) -> Notebook:
    where = addresses(project)
    context = Context(project, lab.source, lab.page.front_matter, project.variables(), where)
    prose = Prose(lab.source, context.convert)
    cells: list[tuple[str, str, list[str]]] = [
        ("markdown", _title(lab, where), []),
        ("code", first_cell(lab, where), ["setup"]),
    ]
    for block in lab.page.blocks:
        if isinstance(block, Text):
            cells.append(("markdown", prose.read(block.markdown, block.line), []))
        elif belongs(block) and (prose.shown or (with_solutions and prose.in_solution)):
            prose.refuse_cell(block.line)
            cells.append(_cell(block, code_of(block, lab.source)))
        elif "quiz_page(" in block.code:
            cells.append(
                ("markdown", f"The quiz is on [the course page]({where.page(lab.source)}).", [])
            )
    prose.finish()
    return {"cells": _with_ids(cells), "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}


_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def belongs(cell: Cell) -> bool:
    """Return whether a notebook holds the cell: what readers see, unless `notebook:` says otherwise."""
    seen = (
        cell.options.get("echo", True) is not False
        and cell.options.get("include", True) is not False
    )
    return bool(cell.options.get("notebook", seen))


def _student(cell: Cell, name: str) -> str:
    try:
        code = student_code(cell.code, cell.code_line - 1)
        ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.MULTILINE))
    except CourseError as error:
        raise CourseError(f"{name}, {error}") from None
    except SyntaxError as error:
        line = cell.code_line + (error.lineno or 1) - 1
        raise CourseError(
            f"{name}, near line {line}: the student's form is not valid Python ({error.msg})."
        ) from None
    return code


def _cell(cell: Cell, code: str) -> tuple[str, str, list[str]]:
    if cell.options.get("eval", True) is False:
        return "markdown", f"```python\n{code}\n```", []
    return "code", code, ["check"] if cell.options.get("check") else []


def _title(lab: Lab, where: Addresses) -> str:
    page = where.page(lab.source)
    return (
        f"# {lab.title}\n\n"
        f"This notebook belongs to [its page of the course]({page}), which has the same text with figures, "
        "references and folded solutions. Fill in each `___`; cells that check your work say what is wrong."
    )


def _with_ids(cells: list[tuple[str, str, list[str]]]) -> list[dict[str, Any]]:
    """Return nbformat cells. An id is the digest of the cell's content, numbered where it repeats."""
    seen: Counter[str] = Counter()
    result: list[dict[str, Any]] = []
    for kind, source, tags in cells:
        if not source.strip():
            continue
        digest = hashlib.sha256(f"{kind}\n{source}".encode()).hexdigest()[:12]
        seen[digest] += 1
        name = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        cell: dict[str, Any] = {
            "cell_type": kind,
            "id": name,
            "metadata": {"tags": tags} if tags else {},
        }
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        result.append(cell | {"source": source.strip("\n").splitlines(keepends=True)})
    return result
