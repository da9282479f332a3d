"""Code cells in their two forms: solved, as the source has them, and with blanks, as students get them."""

import ast
import re
from typing import TYPE_CHECKING

from pycode.errors import CourseError
from pycode.labs.check import seal

if TYPE_CHECKING:
    from pycode.site.qmd import Cell

_BLANK = re.compile(r"\s*#\s*blank\s*(?::\s*(?P<hint>.*\S))?\s*$")
_TARGET = re.compile(
    r"^(?P<head>\s*(?:return\s+|[^=!<>#]*?(?<![=!<>])[-+*/]?=(?!=)\s*))(?P<value>.*?)(?P<comma>,?)$"
)
_OPEN = re.compile(r"^(?P<indent>\s*)#\s*solution\s*(?::\s*(?P<task>.*\S))?\s*$")
_CLOSE = re.compile(r"^\s*#\s*end solution\s*$")
_HIDDEN = re.compile(r"(?<![\w.])(?<!def )hidden\((?P<value>[^()]*(?:\([^()]*\))?[^()]*)\)")


def page_echo(cell: "Cell") -> tuple[str, str | None]:
    """Return what the page shows of a cell: the student's code, and the solved code to fold (or None).

    There is nothing to fold where all blanks are the reader's own (`my_guess = 30  # blank`).

    Raises:
        CourseError: a mark cannot be applied; the message names the line within the page.
    """
    shown = student_code(cell.code, cell.code_line - 1)
    own = all(line.startswith("my_") for line in solution_lines(cell.code))
    if own or seal_hidden(cell.code, cell.code_line - 1) == shown:
        return shown, None
    return shown, solved_code(cell.code)


def student_code(code: str, line: int = 0) -> str:
    """Return ``code`` with blanks, without solutions and with hidden values sealed.

    ``line`` is the line of the page on which the cell begins, for messages.
    """
    lines: list[str] = []
    opened = 0
    for number, text in enumerate(code.split("\n"), line + 1):
        start = _OPEN.match(text)
        if opened:
            opened = 0 if _CLOSE.match(text) else opened
        elif start:
            opened = number
            lines += _task(start["indent"], start["task"])
        elif _CLOSE.match(text):
            raise CourseError(
                f"line {number}: `# end solution` without `# solution` above it: add it."
            )
        else:
            lines.append(_blank(text, number))
    if opened:
        raise CourseError(f"line {opened}: `# solution` is never closed: add `# end solution`.")
    return seal_hidden("\n".join(lines), line)


def solved_code(code: str) -> str:
    """Return ``code`` as a solution shows it: complete, without the marks."""
    lines = [line for line in code.split("\n") if not (_OPEN.match(line) or _CLOSE.match(line))]
    return "\n".join(_BLANK.sub("", line) for line in lines)


def solution_lines(code: str) -> list[str]:
    """Return the lines of ``code`` that a student must write and must not be given."""
    lines: list[str] = []
    inside = False
    for text in code.split("\n"):
        if _OPEN.match(text) or _CLOSE.match(text):
            inside = bool(_OPEN.match(text))
        elif inside or _BLANK.search(text):
            lines.append(_BLANK.sub("", text).strip())
    return [line for line in lines if line]


def hidden_values(code: str) -> list[str]:
    """Return the source text of each literal that stands in `hidden(…)`."""
    return [match["value"].strip() for match in _HIDDEN.finditer(code)]


def seal_hidden(code: str, line: int = 0) -> str:
    """Return ``code`` with each `hidden(literal)` replaced by `hidden("sealed:…")`."""

    def replace(match: re.Match[str]) -> str:
        try:
            value = ast.literal_eval(match["value"].strip())
            return f'hidden("{seal(value)}")'
        except (ValueError, SyntaxError, TypeError):
            number = line + code[: match.start()].count("\n") + 1
            raise CourseError(
                f"line {number}: hidden({match['value']}) must hold one literal (number, text, list): "
                "write the value itself, or compare with a computed value without hidden()."
            ) from None

    return _HIDDEN.sub(replace, code)


def _task(indent: str, task: str | None) -> list[str]:
    # The ellipsis keeps a function whose whole body is a solution valid Python.
    return [f"{indent}# your code here" + (f": {task}" if task else ""), f"{indent}..."]


def _blank(text: str, number: int) -> str:
    mark = _BLANK.search(text)
    if not mark:
        return text
    target = _TARGET.match(text[: mark.start()].rstrip())
    if not target or not target["value"]:
        raise CourseError(
            f"line {number}: a blank needs `name = value`, `key=value,` or `return value` on one line; "
            "use a `# solution` … `# end solution` block for anything longer."
        )
    hint = f"  # {mark['hint']}" if mark["hint"] else ""
    return f"{target['head']}___{target['comma']}{hint}"
