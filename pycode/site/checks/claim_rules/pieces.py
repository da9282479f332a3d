"""Masked Markdown cut into the pieces that are judged: paragraphs, list items, table rows,
headings."""

import re
from dataclasses import dataclass

ROW = re.compile(r"^\s*\|.*\|\s*$")
RULE = re.compile(r"^\s*\|?[\s:|+=-]+\|?\s*$")
ITEM = re.compile(r"^\s*(?:[-*+]|\(?\d+[.)]|:)\s+")
HEADING = re.compile(r"^\s*#{1,6}\s")
DIV = re.compile(r"^\s*:{3,}")


@dataclass(frozen=True)
class Piece:
    """One piece: its first line (from 1), whether an empty line stands before it, and what it
    is."""

    line: int
    text: str
    new_block: bool
    kind: str = ""
    context: str = ""


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a masked text in order."""
    cutter = _Cutter()
    for number, line in enumerate(text.split("\n"), start=1):
        cutter.take(number, line)
    cutter.finish()
    return cutter.out


class _Cutter:
    """Collects lines until a piece ends."""

    def __init__(self) -> None:
        self.out: list[Piece] = []
        self.lines: list[str] = []
        self.first = 1
        self.gap = True
        self.header: list[str] = []

    def take(self, number: int, line: str) -> None:
        if not line.strip():
            self.finish()
            self.gap, self.header = True, []
        elif DIV.match(line):
            self.finish()
            self.gap = True
        elif ROW.match(line):
            self.finish()
            self._row(number, line)
        elif HEADING.match(line):
            self.finish()
            self._add(number, HEADING.sub("", line), "heading")
            self.gap = True
        else:
            if ITEM.match(line) or not self.lines:
                self.finish()
                self.first = number
                line = ITEM.sub(lambda m: " " * len(m[0]), line)
            self.lines.append(line)

    def finish(self) -> None:
        if self.lines:
            self._add(self.first, "\n".join(self.lines), "")
            self.lines = []

    def _add(self, line: int, text: str, kind: str, context: str = "") -> None:
        self.out.append(Piece(line, text, self.gap, kind, context))
        self.gap = False

    def _row(self, number: int, line: str) -> None:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if RULE.match(line):
            return
        if not self.header:
            self.header = cells
            self._add(number, " · ".join(cells), "table header")
            return
        for index, cell in enumerate(cells):
            column = self.header[index] if index < len(self.header) else ""
            row = cells[0] if index else ""
            if cell:
                self._add(number, cell, "table cell", f"{row} · {column}")
