"""All running text of the project that readers can see, with the results that it asks for."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project, read_yaml
from pycode.site.checks import Problem, from_error
from pycode.site.checks.claim_rules.code import Found, read_code
from pycode.site.checks.claim_rules.mask import mask, tokens
from pycode.site.checks.claim_rules.passage import Passage, Use
from pycode.site.checks.claim_rules.pieces import pieces
from pycode.site.qmd import Cell, Page, Text, inline_expressions, read_page

SKIPPED = ("_site", "_freeze", "node_modules", "tests", "benchmarks", "requirements")
MATTER = ("title", "subtitle", "description", "abstract", "lead", "image-alt", "tbl-cap", "fig-cap")
OPTIONS = ("fig-alt", "fig-cap", "tbl-cap", "fig-subcap", "tbl-subcap", "lst-cap")
QUIZ_CLAIM = re.compile(r"\{claim:([^}\s]+)\}")


@dataclass
class Content:
    """What was read: passages to judge, claims that do not resolve, and numbers marked as
    examples."""

    passages: list[Passage] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    examples: list[tuple[str, int, str]] = field(default_factory=list)


def read_all(project: Project) -> Content:
    """Return the content of all pages, decks, quizzes and project files."""
    content = Content()
    for path in source_files(project, "*.qmd"):
        _guard(content, project, path, lambda p=path: _page(content, project, p))
    for pattern in ("*quiz*.yml", "*quiz*.yaml"):
        for path in source_files(project, pattern):
            _guard(content, project, path, lambda p=path: _yaml(content, project, p))
    for name in ("_quarto.yml", "_variables.yml"):
        path = project.root / name
        if path.is_file():
            _guard(content, project, path, lambda p=path: _project_file(content, project, p))
    return content


def source_files(project: Project, pattern: str) -> list[Path]:
    """Return the project's own files of that name, sorted; built, hidden and test folders left
    out."""
    found = []
    for folder, inner, names in os.walk(project.root):
        inner[:] = [name for name in inner if not name.startswith(".") and name not in SKIPPED]
        found += [Path(folder, name) for name in names if fnmatch(name, pattern)]
    return sorted(found)


def _guard(content: Content, project: Project, path: Path, read: Any) -> None:
    try:
        read()
    except CourseError as error:
        content.problems.append(from_error(project.relative(path), error))


def _page(content: Content, project: Project, path: Path) -> None:
    name = project.relative(path)
    page = read_page(path, name)
    _front_matter(content, project, page)
    block = 1000
    for item in page.blocks:
        if isinstance(item, Text):
            block = add_text(content, project, name, item.markdown, item.line, block)
        else:
            _cell(content, project, name, item, block)
        block += 1


def _front_matter(content: Content, project: Project, page: Page) -> None:
    for key in MATTER:
        value = page.front_matter.get(key)
        if isinstance(value, str):
            line = _line_of(page.front_matter_text, f"{key}:")
            add_text(content, project, page.name, value, line, -len(content.passages) - 1, key)


def _line_of(text: str, start: str) -> int:
    lines = text.split("\n")
    return next((i for i, line in enumerate(lines, 1) if line.lstrip().startswith(start)), 1)


def _cell(content: Content, project: Project, name: str, cell: Cell, block: int) -> None:
    found = read_code(cell.code, project)
    _report(content, name, found, cell.code_line)
    for key in OPTIONS:
        value = cell.options.get(key)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                line = cell.line + _line_of("\n".join(cell.option_lines), f"#| {key}")
                add_text(content, project, name, text, line, block, key)
    for line, text in found.shown:
        add_text(content, project, name, text, cell.code_line + line - 1, block, "text in code")


def _report(content: Content, name: str, found: Found, first_line: int) -> None:
    for line, message in found.errors:
        content.problems.append(Problem(name, message, first_line + line - 1))


def add_text(
    content: Content,
    project: Project,
    name: str,
    text: str,
    line: int,
    block: int,
    kind: str = "text",
) -> int:
    """Add the passages of a Markdown text that starts on ``line``; return the last block's
    number."""
    inline = inline_expressions(text)
    uses: dict[int, tuple[Use, ...]] = {}
    for index, item in enumerate(inline):
        found = read_code(item.expression, project, expression=True)
        for _, message in found.errors:
            content.problems.append(Problem(name, message, line + item.line - 1))
        uses[index] = tuple(found.uses)
    with_tokens = tokens(text, [(item.start, item.end) for item in inline], _token)
    masked = mask(with_tokens)
    content.examples += [(name, line + at - 1, example) for at, example in masked.examples]
    for at, attribute in masked.attributes:
        content.passages.append(Passage(name, line + at - 1, attribute, uses, block, "alt text"))
    for piece in pieces(masked.text):
        block += piece.new_block
        content.passages.append(
            Passage(
                name,
                line + piece.line - 1,
                piece.text,
                uses,
                block,
                piece.kind or kind,
                piece.context,
            )
        )
    return block


def _token(index: int) -> str:
    return f"\ue000{index}\ue001"


def _yaml(content: Content, project: Project, path: Path) -> None:
    """Add every text of a quiz; `{claim:ID}` stands for a claim there."""
    name = project.relative(path)
    source = path.read_text(encoding="utf-8")
    for block, text in enumerate(_strings(read_yaml(path))):
        line = _line_of_text(source, text)
        calls = QUIZ_CLAIM.sub(lambda m: f'`{{python}} claim("{m[1]}")`', text)
        add_text(content, project, name, calls, line, block * 100, "quiz")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _line_of_text(source: str, text: str) -> int:
    """Return the line on which a YAML text begins, judged by its first words."""
    start = " ".join(text.split()[:4])
    for number, line in enumerate(source.split("\n"), start=1):
        if start and start in " ".join(line.split()):
            return number
    return 1


def _project_file(content: Content, project: Project, path: Path) -> None:
    values = read_yaml(path)
    website = values.get("website") if isinstance(values, dict) else None
    name = project.relative(path)
    source = path.read_text(encoding="utf-8")
    for key in ("title", "description"):
        if isinstance(website, dict) and isinstance(website.get(key), str):
            line = _line_of(source, f"{key}:")
            add_text(content, project, name, website[key], line, -1, key)
