"""Fenced code, line by line: which lines are code, and where executable cells begin and end.

Executable cells follow Quarto's own rule (backticks only, the closing fence has the indentation and
the length of the opening one); other fences follow CommonMark.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pycode.errors import CourseError

Where = Callable[[int], str]

CELL = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>`{3,})[ \t]*\{(?P<language>python)(?P<rest>[ ,][^}]*)?\}\s*$"
)
TILDE_CELL = re.compile(r"^[ \t]*~{3,}[ \t]*\{python[ ,}]")
OPEN = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>.*)$")


@dataclass(frozen=True)
class Span:
    """Lines ``first`` to ``last`` (from 1, both included) of one kind.

    ``kind`` is ``text``, ``code`` (a fence that is only shown) or ``cell`` (one that is executed).
    """

    kind: str
    first: int
    last: int
    indent: str = ""
    info: str = ""


def split_lines(text: str) -> list[str]:
    """Split after each ``\\n`` only, so that joining the lines gives ``text`` back."""
    lines = text.split("\n")
    whole = [line + "\n" for line in lines[:-1]]
    return whole + [lines[-1]] if lines[-1] else whole


def scan(lines: list[str], where: Where, first: int = 1) -> list[Span]:
    """Return the spans that cover ``lines[first - 1:]`` without gaps.

    Raises:
        CourseError: a fence is never closed, or Quarto would read a cell otherwise.
    """
    spans: list[Span] = []
    number = text_from = first
    while number <= len(lines):
        span = _fence_at(lines, number, where)
        if span is None:
            number += 1
            continue
        if text_from < number:
            spans.append(Span("text", text_from, number - 1))
        spans.append(span)
        number = text_from = span.last + 1
    if text_from <= len(lines):
        spans.append(Span("text", text_from, len(lines)))
    return spans


def _fence_at(lines: list[str], number: int, where: Where) -> Span | None:
    """Return the fenced block that opens on line ``number``, or None."""
    line = lines[number - 1].rstrip("\r\n")
    if TILDE_CELL.match(line):
        raise CourseError(
            f"{where(number)}: Quarto does not execute ~~~{{python}}: open the cell with ```."
        )
    if cell := CELL.match(line):
        return _cell_span(lines, number, cell, where)
    opening = OPEN.match(line)
    if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
        return None
    return _code_span(lines, number, opening, where)


def _cell_span(lines: list[str], number: int, cell: re.Match[str], where: Where) -> Span:
    if (cell["rest"] or "").strip(" ,"):
        raise CourseError(
            f"{where(number)}: options of a cell go on lines `#| key: value` below {{python}}, "
            f"not in the braces (got {cell['rest'].strip()!r})."
        )
    closing = re.compile(f"^{cell['indent']}{cell['fence']}\\s*$")
    for last in range(number + 1, len(lines) + 1):
        if closing.match(lines[last - 1]):
            return Span("cell", number, last, cell["indent"], cell["language"])
    raise CourseError(
        f"{where(number)}: this cell is never closed: end it with {cell['fence']}, indented alike."
    )


def _code_span(lines: list[str], number: int, opening: re.Match[str], where: Where) -> Span:
    mark, length = opening["fence"][0], len(opening["fence"])
    closing = re.compile(f"^[ \\t]*{re.escape(mark)}{{{length},}}\\s*$")
    for last in range(number + 1, len(lines) + 1):
        if closing.match(lines[last - 1]):
            return Span("code", number, last, info=opening["info"].strip())
        if CELL.match(lines[last - 1].rstrip("\r\n")):
            raise CourseError(
                f"{where(last)}: Quarto executes a {{python}} cell even inside another code block: "
                "write {{python}} to show one."
            )
    raise CourseError(
        f"{where(number)}: this code block is never closed: end it with {opening['fence']}."
    )
