"""The built pages are valid HTML: html-validate with `.htmlvalidate.json`, run by the Node that pip brought.

The rules that are off concern spelling (quotes, white space, style of void elements) or what Quarto and Pandoc
write by design (inline widths of table columns, ids that start with a digit, the table of contents and its `h2`
before the page's `h1`). For decks three more are off: headings start anew on each slide, pictures have `data-src`
until their slide comes, and every slide's notes are an `aside`.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.checks import Problem
from pycode.site.checks._built import pages

DESCRIPTION = "the pages are valid HTML, with a language, unique ids and headings in order"
NEEDS_SITE = True
NEEDS_BROWSER = False

CONFIG = ".htmlvalidate.json"
DECK_RULES = ("heading-level:off", "element-required-attributes:off", "unique-landmark:off")
_PROGRAM = "node_modules/html-validate/bin/html-validate.mjs"
_MANY = 200


def check(project: Project) -> list[Problem]:
    """Return what html-validate finds, and pages whose language is missing."""
    found = pages(project)
    decks = [page.name for page in found if page.is_deck]
    ordinary = [page.name for page in found if not page.is_deck]
    problems = [
        Problem(page.name, 'the page names no language: write <html lang="en">.')
        for page in found
        if not page.tree.get("lang")
    ]
    for names, rules in ((ordinary, ()), (decks, DECK_RULES)):
        for start in range(0, len(names), _MANY):
            problems += validate(project, names[start : start + _MANY], rules)
    return problems


def validate(project: Project, names: list[str], rules: tuple[str, ...] = ()) -> list[Problem]:
    """Return html-validate's findings in files of the site.

    Raises:
        CourseError: html-validate is not installed or does not run.
    """
    program, config = project.root / _PROGRAM, project.root / CONFIG
    node = Path(sys.executable).parent / "node"
    if not program.is_file() or not node.exists():
        raise CourseError(
            "html-validate is not installed: run `course setup web`, which installs it."
        )
    with tempfile.TemporaryDirectory() as folder:
        # To a file: Node drops what a pipe has not taken when it exits.
        output = Path(folder) / "report.json"
        command = [
            str(node),
            str(program),
            "--config",
            str(config),
            "--formatter",
            f"json={output}",
        ]
        for rule in rules:
            command += ["--rule", rule]
        result = subprocess.run(  # noqa: S603 - fixed program
            [*command, *names], cwd=project.site, capture_output=True, text=True, check=False
        )
        try:
            reports = json.loads(output.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            last = (result.stderr.strip().splitlines() or ["no output"])[-1]
            raise CourseError(f"html-validate did not run ({last}).") from None
    return [problem for report in reports for problem in _problems(project, report)]


def _problems(project: Project, report: dict[str, Any]) -> list[Problem]:
    path = Path(report["filePath"])
    name = path.relative_to(project.site).as_posix() if path.is_absolute() else path.as_posix()
    return [
        Problem(name, f"{message['message']} ({message['ruleId']})", message["line"])
        for message in report["messages"]
        if message["severity"] == 2
    ]
