"""Quarto Markdown between two cells, as a Jupyter notebook can show it.

Jupyter knows no divs, shortcodes, references or expressions. Hints become folded `<details>`, predictions
and call-outs quotations, links absolute, claims their text; solutions and page-only parts are left out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pycode.errors import CourseError
from pycode.site.qmd.fences import scan, split_lines

_DIV_OPEN = re.compile(r"^\s*:{3,}\s*(?P<attributes>\{.*\}|[\w-]+)\s*:*\s*$")
_DIV_CLOSE = re.compile(r"^\s*:{3,}\s*$")
_CALLOUT = re.compile(r"\.callout-(\w+)")
_FORMAT = re.compile(r"when-format=[\"']?([\w-]+)")
_QUOTED = {
    "predict": "Predict before you run the next cell.",
    "decision": "What this means for the decision.",
    "mind-change": "What would change our mind.",
    "twin": "Synthetic twin: made data, not complaints.",
}


@dataclass(frozen=True)
class Div:
    """An open div: how its lines are prefixed, whether they are shown, what closes it."""

    kind: str
    line: int
    shown: bool = True
    prefix: str = ""
    closing: str = ""


@dataclass
class Prose:
    """Reads the texts of one page in order; divs may open in one text and close in a later one.

    ``inline`` turns one piece of running text (no code block) into what the notebook shows.
    """

    name: str
    inline: Callable[[str, int], str]
    stack: list[Div] = field(default_factory=list)
    closed: set[int] = field(default_factory=set)

    @property
    def in_solution(self) -> bool:
        """Whether what comes next belongs to a solution."""
        return any(div.kind == "solution" for div in self.stack)

    @property
    def shown(self) -> bool:
        """Whether what comes next is in the notebook."""
        return all(div.shown for div in self.stack)

    def refuse_cell(self, line: int) -> None:
        """Raise when a cell stands inside a hint: a fold cannot hold a cell."""
        if any(div.kind == "hint" for div in self.stack):
            raise CourseError(
                f"{self.name}:{line}: a cell inside a .hint cannot be folded in a notebook: move it out."
            )

    def read(self, markdown: str, line: int) -> str:
        """Return the notebook's form of a text that begins on ``line`` of the page."""
        lines = split_lines(markdown)
        self.closed = {line + index for index in _closed_here(lines)}
        parts: list[str] = []
        for span in scan(lines, lambda number: f"{self.name}:{line + number - 1}"):
            chunk = lines[span.first - 1 : span.last]
            if span.kind != "code":
                parts += self._text(chunk, line + span.first - 1)
            elif self.shown and not span.info.startswith("{="):
                parts.append(self._quoted(_plain_fence("".join(chunk))))
        text = re.sub(r"\n{3,}", "\n\n", "".join(parts)).strip("\n")
        return re.sub(r"^(> \*\*.+\*\*)\n\n(?=>)", r"\1\n>\n", text, flags=re.MULTILINE)

    def finish(self) -> None:
        """Raise when a div of the page is never closed."""
        if self.stack:
            raise CourseError(
                f"{self.name}:{self.stack[-1].line}: this div is never closed: add a line `:::`."
            )

    def _text(self, lines: list[str], first: int) -> list[str]:
        """Split running text at its div marks and convert what stands between them."""
        parts: list[str] = []
        piece: list[str] = []
        for number, text in enumerate([*lines, ""], first):
            opening = _DIV_OPEN.match(text)
            if opening or _DIV_CLOSE.match(text) or number == first + len(lines):
                if piece and self.shown:
                    start = number - len(piece)
                    parts.append(self._quoted(self.inline("".join(piece), start)))
                piece = []
                parts.append(
                    self._open(opening["attributes"], number)
                    if opening
                    else self._close(text, number)
                )
            else:
                piece.append(text)
        return parts

    def _open(self, attributes: str, line: int) -> str:
        before = self.shown
        div, heading = _read_div(attributes, line, line in self.closed)
        self.stack.append(div)
        return self._quoted(heading) if before and self.shown and heading else ""

    def _close(self, text: str, line: int) -> str:
        if not text:
            return ""
        if not self.stack:
            raise CourseError(
                f"{self.name}:{line}: `:::` closes a div that was never opened: remove it."
            )
        visible, prefix = self.shown, "".join(div.prefix for div in self.stack[:-1])
        div = self.stack.pop()
        if not visible:
            return ""
        return f"\n{prefix}{div.closing}\n\n" if div.closing else "\n"

    def _quoted(self, text: str) -> str:
        prefix = "".join(div.prefix for div in self.stack)
        if not prefix:
            return text
        body = "\n".join(f"{prefix}{line}".rstrip() for line in text.strip("\n").split("\n"))
        return f"\n{body}\n"


def _closed_here(lines: list[str]) -> set[int]:
    """Return the positions of the lines that open a div which closes in the same text: no cell is inside."""
    opened: list[int] = []
    closed: set[int] = set()
    for index, text in enumerate(lines):
        if _DIV_OPEN.match(text):
            opened.append(index)
        elif _DIV_CLOSE.match(text) and opened:
            closed.add(opened.pop())
    return closed


def _folded(kind: str, line: int, summary: str) -> tuple[Div, str]:
    heading = f"\n<details>\n<summary>{summary}</summary>\n\n"
    return Div(kind, line, closing="</details>"), heading


def _read_div(attributes: str, line: int, without_cells: bool) -> tuple[Div, str]:
    """Return the div that ``attributes`` open and the text that announces it."""
    named = re.search(r"(?:summary|title)=(\"[^\"]*\"|'[^']*')", attributes)
    summary = named[1][1:-1] if named else ""
    classes = (
        set(re.findall(r"\.([\w-]+)", attributes)) if attributes.startswith("{") else {attributes}
    )
    if "solution" in classes:
        return Div("solution", line, shown=False), ""
    if "hint" in classes:
        return _folded("hint", line, summary or "Hint")
    if not _visible(classes, attributes):
        return Div("other", line, shown=False), ""
    if "reveal" in classes:
        if without_cells:
            return _folded("reveal", line, summary or "Show the result")
        return Div("reveal", line), "\n*The result, once you have predicted:*\n\n"
    for kind, words in _QUOTED.items():
        if kind in classes:
            return Div(kind, line, prefix="> "), f"**{words}**\n\n"
    callout = _CALLOUT.search(attributes)
    if callout:
        words = callout[1].capitalize() + (f": {summary}" if summary else "")
        return Div("callout", line, prefix="> "), f"**{words}**\n\n"
    return Div("other", line), ""


def _visible(classes: set[str], attributes: str) -> bool:
    form = _FORMAT.search(attributes)
    if "content-visible" in classes:
        return form is not None and form[1] == "ipynb"
    if "content-hidden" in classes:
        return form is not None and form[1] != "ipynb"
    return not classes & {"hidden", "dark-content", "notebook-buttons"}


def _plain_fence(block: str) -> str:
    """Return a shown code block with a plain info string: ```{.python filename="x"} becomes ```python."""
    return re.sub(r"^(\s*[`~]{3,})\s*\{\.?\{?(\w*)[^}\n]*\}\}?", r"\1\2", block, count=1)
