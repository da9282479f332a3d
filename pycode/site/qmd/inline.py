"""Inline expressions: `` `{python} expr` `` in running text, never inside code."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pycode.errors import CourseError
from pycode.site.qmd.fences import Where, scan, split_lines

TICKS = re.compile(r"(?<!`)`+(?!`)")
BLANK = re.compile(r"\n[ \t]*\r?\n")
MARK = re.compile(r"\{python\}[ \t]")


@dataclass(frozen=True)
class Inline:
    """One inline expression; ``text[start:end]`` is the whole of it with its backticks."""

    expression: str
    line: int
    start: int
    end: int


def inline_expressions(text: str, where: Where | None = None) -> list[Inline]:
    """Return the inline expressions of ``text`` in order.

    Code blocks, executable cells and other code spans are skipped. ``line`` counts from 1.

    Raises:
        CourseError: a fence in ``text`` is never closed.
    """
    place = where or (lambda line: f"line {line}")
    lines = split_lines(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    found: list[Inline] = []
    for span in scan(lines, place):
        if span.kind == "text":
            found += _in_text(text, starts[span.first - 1], starts[span.last])
    return found


def replace_inline(text: str, value: Callable[[Inline], str], where: Where | None = None) -> str:
    """Return ``text`` with each inline expression replaced by ``value(expression)``.

    Raises:
        CourseError: as `inline_expressions`.
    """
    parts: list[str] = []
    position = 0
    for item in inline_expressions(text, where):
        parts += [text[position : item.start], value(item)]
        position = item.end
    return "".join([*parts, text[position:]])


def _in_text(text: str, start: int, stop: int) -> list[Inline]:
    """Return the expressions between two offsets; code spans do not cross empty lines."""
    found: list[Inline] = []
    position = start
    while opening := TICKS.search(text, position, stop):
        position = opening.end()
        if _is_escaped(text, opening.start(), start):
            continue
        blank = BLANK.search(text, position, stop)
        closing = _closing(text, opening.group(), position, blank.start() if blank else stop)
        if closing is None:
            continue
        body = text[opening.end() : closing.start()]
        if len(opening.group()) == 1 and MARK.match(body) and body[8:].strip():
            line = text.count("\n", 0, opening.start()) + 1
            found.append(Inline(body[8:].strip(), line, opening.start(), closing.end()))
        position = closing.end()
    return found


def _closing(text: str, ticks: str, position: int, stop: int) -> re.Match[str] | None:
    """Return the next run of as many backticks as ``ticks``, if one comes before ``stop``."""
    for match in TICKS.finditer(text, position, stop):
        if match.group() == ticks:
            return match
    return None


def _is_escaped(text: str, position: int, start: int) -> bool:
    """Return whether an odd number of backslashes stands before ``position``."""
    before = text[start:position]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def reject_inline(text: str, place: str, what: str) -> None:
    """Raise when ``text`` holds an inline expression where Quarto does not evaluate one.

    Raises:
        CourseError: always when ``text`` has one; the message says how to write it instead.
    """
    if MARK.search(text) and "`" in text:
        raise CourseError(
            f"{place}: Quarto does not evaluate expressions in {what}: put the figure or table "
            "in a `::: {#fig-…}` div and write the caption as its last paragraph."
        )
