"""Student notebooks are those of today's labs, hold no outputs and give no solution away."""

import json
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.checks import Problem, from_error
from pycode.site.notebook import Lab, find_labs, notebook_text, student_notebook
from pycode.site.notebook.lab import NOTEBOOKS
from pycode.site.notebook.leaks import leaks

DESCRIPTION = "student notebooks are up to date, without outputs or solutions"
NEEDS_SITE = False
NEEDS_BROWSER = False


def check(project: Project) -> list[Problem]:
    """Return what is wrong with the notebooks, lab by lab."""
    try:
        labs = find_labs(project)
    except CourseError as error:
        return [from_error(NOTEBOOKS, error)]
    problems: list[Problem] = []
    for lab in labs:
        try:
            problems += _lab(lab, project)
        except CourseError as error:
            problems.append(from_error(lab.source, error))
    wanted = {lab.notebook for lab in labs}
    for path in sorted((project.root / NOTEBOOKS).glob("*.ipynb")):
        name = project.relative(path)
        if name not in wanted:
            problems.append(
                Problem(name, "belongs to no lab: delete it, or give its page a `lab:` block.")
            )
    return problems


def _lab(lab: Lab, project: Project) -> list[Problem]:
    wanted = notebook_text(student_notebook(lab, project))
    path = project.root / lab.notebook
    if not path.is_file():
        return [Problem(lab.notebook, f"is missing for {lab.source}: run `course notebooks`.")]
    stored = path.read_text(encoding="utf-8")
    found = _read(stored)
    if found is None:
        return [Problem(lab.notebook, "is not a notebook: run `course notebooks`.")]
    problems = [
        Problem(lab.source, f"{text}: mark it or reword it.") for text in leaks(lab, project, found)
    ]
    if any(cell.get("outputs") or cell.get("execution_count") for cell in found["cells"]):
        problems.append(
            Problem(lab.notebook, "holds outputs: run `course notebooks`, which writes it clean.")
        )
    elif stored != wanted:
        problems.append(
            Problem(lab.notebook, f"differs from {lab.source}: run `course notebooks`.")
        )
    return problems


def _read(text: str) -> dict[str, Any] | None:
    try:
        notebook = json.loads(text)
    except ValueError:
        return None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    good = isinstance(cells, list) and all(
        isinstance(cell, dict) and "source" in cell for cell in cells
    )
    return notebook if good else None
