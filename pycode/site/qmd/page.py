"""A page taken apart: front matter, then text and executable cells in turn."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.site.qmd.fences import Span, Where, scan, split_lines
from pycode.yamltext import YamlProblem, parse_yaml

OPTION = re.compile(r"^#\s*\| ?")
RULE = re.compile(r"^---\s*$")
END = re.compile(r"^(---|\.\.\.)\s*$")


@dataclass(frozen=True)
class Text:
    """Markdown that is not executed; ``markdown`` is verbatim and starts on ``line``."""

    markdown: str
    line: int

    @property
    def source(self) -> str:
        """The block's text in the page."""
        return self.markdown


@dataclass(frozen=True)
class Cell:
    """An executable cell.

    ``code`` has neither options nor indentation nor a final newline; ``options`` holds the parsed
    ``#|`` lines, ``option_lines`` their source. ``line`` and ``end_line`` are those of the fences,
    ``code_line`` that of the first line of ``code``.
    """

    code: str
    options: dict[str, Any]
    line: int
    end_line: int
    indent: str = ""
    language: str = "python"
    source: str = ""
    option_lines: tuple[str, ...] = ()
    code_line: int = 0

    @property
    def label(self) -> str:
        """The cell's label, or an empty string."""
        return str(self.options.get("label") or "")


@dataclass(frozen=True)
class Page:
    """A parsed page. ``front_matter_text`` is verbatim with its ``---`` lines, or empty."""

    name: str
    front_matter: dict[str, Any]
    front_matter_text: str
    blocks: list[Text | Cell] = field(default_factory=list)

    @property
    def cells(self) -> list[Cell]:
        """The executable cells in order."""
        return [block for block in self.blocks if isinstance(block, Cell)]

    @property
    def source(self) -> str:
        """The page's text, exactly as it was parsed."""
        return self.front_matter_text + "".join(block.source for block in self.blocks)


def parse(text: str, name: str, where: Where | None = None) -> Page:
    """Take the text of a page apart.

    Args:
        text: the page, includes expanded or not.
        name: how messages call the page.
        where: gives ``file:line`` for a line of ``text`` (used when includes moved the lines).

    Raises:
        CourseError: bad YAML, an open fence, or a cell that Quarto would read otherwise.
    """
    place = where or (lambda line: f"{name}:{line}")
    lines = split_lines(text)
    head = _front_matter_length(lines, place)
    blocks = [_block(span, lines, place) for span in _merged(scan(lines, place, head + 1))]
    matter = _mapping("".join(lines[1 : head - 1]), 1, place, "the front matter") if head else {}
    return Page(name, matter, "".join(lines[:head]), blocks)


def read_page(path: Path, name: str | None = None) -> Page:
    """Parse the file ``path`` without expanding its includes.

    Raises:
        CourseError: as `parse`; also when the file is missing or not UTF-8.
    """
    return parse(read_source(path, name or path.name), name or path.name)


def read_source(path: Path, name: str) -> str:
    """Return the file's text with its line ends as they are.

    Raises:
        CourseError: the file is missing or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{name} is not UTF-8 text (byte {error.start}): save it as UTF-8."
        ) from None
    except OSError as error:
        raise CourseError(f"{name} cannot be read: {error.strerror or error}.") from None


def _front_matter_length(lines: list[str], where: Where) -> int:
    """Return how many lines the front matter takes, with both rules; 0 when there is none."""
    if not lines or not RULE.match(lines[0].removeprefix("\ufeff")):
        return 0
    if len(lines) > 1 and not lines[1].strip():
        return 0  # Quarto and Pandoc read a rule followed by an empty line as a horizontal rule
    for number, line in enumerate(lines[1:], start=2):
        if END.match(line):
            return number
    raise CourseError(f"{where(1)}: the front matter is never closed: end it with a line `---`.")


def _merged(spans: list[Span]) -> list[Span]:
    """Join neighbouring spans that are not cells: shown code is part of the text."""
    result: list[Span] = []
    for span in spans:
        if span.kind != "cell" and result and result[-1].kind != "cell":
            result[-1] = Span("text", result[-1].first, span.last)
        else:
            result.append(span)
    return result


def _block(span: Span, lines: list[str], where: Where) -> Text | Cell:
    source = lines[span.first - 1 : span.last]
    if span.kind != "cell":
        return Text("".join(source), span.first)
    body = [line.rstrip("\r\n").removeprefix(span.indent) for line in source[1:-1]]
    blank = next((i for i, line in enumerate(body) if line.strip()), len(body))
    count = blank
    while count < len(body) and OPTION.match(body[count]):
        count += 1
    options = tuple(body[blank:count])
    yaml_text = "\n".join(OPTION.sub("", line) for line in options)
    return Cell(
        code="\n".join(body[count:]),
        options=_mapping(yaml_text, span.first + blank, where, "the cell's options"),
        line=span.first,
        end_line=span.last,
        indent=span.indent,
        language=span.info,
        source="".join(source),
        option_lines=options,
        code_line=span.first + 1 + count,
    )


def _mapping(text: str, before: int, where: Where, what: str) -> dict[str, Any]:
    """Return the YAML mapping ``text``, whose first line is line ``before + 1`` of the page."""
    try:
        value = parse_yaml(text)
    except YamlProblem as problem:
        line = before + (problem.line or 1)
        raise CourseError(f"{where(line)}: {what}: {problem.reason}.") from None
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise CourseError(
            f"{where(before + 1)}: {what} must be `key: value` lines, got {text.strip()[:40]!r}."
        )
    return dict(value)
