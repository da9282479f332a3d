"""A page executed in its own kernel, and turned into the Markdown that Quarto would store."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.freeze import ansi, cells, outputs
from pycode.site.freeze.entry import FrozenPage, source_hash
from pycode.site.freeze.figures import Figures
from pycode.site.freeze.formats import Output
from pycode.site.freeze.kernel import CellError, Kernel, start_kernel
from pycode.site.freeze.options import Options, resolve
from pycode.site.freeze.scrub import clean_text, reject_leaks
from pycode.site.freeze.source import Source
from pycode.site.qmd import Cell, Text, inline_expressions
from pycode.site.qmd import replace_inline as replace

OnCell = Callable[[int, int, str, float], None]
"""Told about each cell: its number, their count, its label or line, the seconds it took."""


@dataclass(frozen=True)
class Executed:
    """The result: an entry and its figure files for each output, and what the page used."""

    entries: dict[str, FrozenPage]
    figures: dict[str, dict[str, bytes]]
    used: dict[str, Any] = field(default_factory=dict)


def execute(source: Source, project: Project, on_cell: OnCell | None = None) -> Executed:
    """Execute a page and return what is to be stored. Nothing is written.

    Raises:
        CourseError: a cell raised (with page, line and traceback), an option is wrong, or an output
            cannot be shown on a page.
    """
    main = source.outputs[0]
    checked = {
        output.to: [
            resolve(cell, output, source.expanded.where(cell.line)) for cell in _cells(source)
        ]
        for output in source.outputs
    }
    _reject_twice(source, checked[main.to])
    figures = {key: main.execute[f"fig-{key}"] for key in ("width", "height", "dpi", "format")}
    with start_kernel(source.path.parent, project.root.resolve(), figures) as kernel:
        results = _run(source, kernel, checked[main.to], on_cell or (lambda *_: None))
        used = kernel.report()
    entries, files = {}, {}
    for output in source.outputs:
        entry, made = _entry(source, project, output, checked[output.to], results)
        entries[output.extension] = entry
        files[f"figure-{output.to}"] = made
    return Executed(entries, files, used)


def _cells(source: Source) -> list[Cell]:
    return [cell for cell in source.page.cells if _counts(cell)]


def _counts(cell: Cell) -> bool:
    """Return whether Quarto sees the cell at all: an empty one is dropped."""
    return bool(cell.code.strip() or cell.option_lines)


def _reject_twice(source: Source, options: list[Options]) -> None:
    seen: dict[str, str] = {}
    for item in options:
        if item.label and item.label in seen:
            raise CourseError(
                f"{item.place}: the label {item.label!r} is taken by {seen[item.label]}."
            )
        seen[item.label] = item.place


def _run(
    source: Source, kernel: Kernel, options: list[Options], on_cell: OnCell
) -> list[list[dict[str, Any]]]:
    """Execute all blocks in order; each gives the outputs of a cell, or the values of its text."""
    results: list[list[dict[str, Any]]] = []
    waiting = iter(options)
    number = 0
    for block in source.page.blocks:
        if isinstance(block, Text):
            found = inline_expressions(block.markdown, _shifted(source, block))
            results.append(kernel.evaluate([item.expression for item in found]))
        elif not _counts(block):
            results.append([])
        else:
            number += 1
            start = time.perf_counter()
            results.append(_run_cell(source, kernel, block, next(waiting)))
            took = time.perf_counter() - start
            name = block.label or f"line {source.expanded.where(block.line).rpartition(':')[2]}"
            on_cell(number, len(options), name, took)
    _reject_failed(source, results)
    return results


def _reject_failed(source: Source, results: list[list[dict[str, Any]]]) -> None:
    """Raise once for all inline expressions that failed, so that they can be mended in one go."""
    problems = []
    for block, values in zip(source.page.blocks, results, strict=True):
        if isinstance(block, Text):
            where = _shifted(source, block)
            for item, value in zip(inline_expressions(block.markdown, where), values, strict=True):
                if value.get("status") != "ok":
                    said = f"{value['ename']}: {value['evalue']}"
                    problems.append(f"{where(item.line)}: `{item.expression}` raised {said}")
    if problems:
        raise CourseError("\n".join(problems))


def _run_cell(source: Source, kernel: Kernel, cell: Cell, options: Options) -> list[dict[str, Any]]:
    if not options.get("eval"):
        return []
    dark = options.own.get("fig-dark", options.defaults["fig-dark"]) is not False
    kernel.before_cell(dark, options.own.get("warning") is True)
    try:
        return kernel.run(cell.code, bool(options.get("error")))
    except CellError as error:
        place = (
            source.expanded.where(cell.code_line + error.line - 1) if error.line else options.place
        )
        if error.name == CourseError.__name__:  # one clear sentence already
            raise CourseError(f"{place}: {error.value}") from None
        trace = ansi.strip_codes("\n".join(error.traceback)).strip("\n")
        raise CourseError(
            f"{place}: the cell at {options.place} raised {error}\n\n{trace}\n\n"
            f"Correct the cell and run `course freeze {source.name}` again."
        ) from None
    except CourseError as error:
        raise CourseError(f"{options.place}: {error}") from None


def _entry(
    source: Source,
    project: Project,
    output: Output,
    options: list[Options],
    results: list[list[dict[str, Any]]],
) -> tuple[FrozenPage, dict[str, bytes]]:
    """Return the stored form of the page for one output, and its figure files."""
    files_folder = f"{Path(source.name).stem}_files"
    figures = Figures(f"{files_folder}/figure-{output.to}")
    shared = cells.Page(output, figures, project.root.resolve())
    parts = _Parts(source, shared)
    waiting = iter(options)
    for block, result in zip(source.page.blocks, results, strict=True):
        if isinstance(block, Text):
            parts.add_text(block, result)
        elif _counts(block):
            parts.add_cell(block, next(waiting), result)
    several = len(source.outputs) > 1
    entry = FrozenPage(
        source_hash(source.text),
        parts.markdown(),
        (figures.folder if several else files_folder,),
    )
    return entry, figures.files


class _Parts:
    """The page's Markdown as it grows, with Quarto's empty lines between its parts."""

    def __init__(self, source: Source, shared: cells.Page) -> None:
        self.source = source
        self.shared = shared
        self.parts: list[str] = []
        self.waiting = source.page.front_matter_text.replace("\r\n", "\n")
        self.index = 0
        self.seen: dict[str, int] = {}

    def add_text(self, block: Text, values: list[dict[str, Any]]) -> None:
        """Add running text with its inline expressions replaced."""
        where = _shifted(self.source, block)
        items = iter(values)

        def value(item: Any) -> str:
            place = where(item.line)
            made = outputs.inline_value(
                next(items), item.expression, self.shared.output.is_html, place
            )
            made = clean_text(made, self.shared.root)
            reject_leaks(made, place, self.shared.root, "the expression")
            return made

        text = replace(block.markdown, value, where).replace("\r\n", "\n")
        if self.waiting and text.strip() and text.split("\n", 1)[0].strip():
            self._flush()  # text right below the front matter is a part of its own
        self.waiting += text

    def add_cell(self, cell: Cell, options: Options, result: list[dict[str, Any]]) -> None:
        """Add an executed cell."""
        self._flush()
        self.index += 1
        run = cells.CellRun(cell, options, result, self.index, cells.cell_id(cell, self.seen))
        self.parts.append(cells.cell_markdown(run, self.shared) + "\n")

    def markdown(self) -> str:
        """Return the whole page."""
        self._flush()
        return "".join(self.parts)

    def _flush(self) -> None:
        lines = self.waiting.split("\n")
        self.waiting = ""
        while lines and not lines[0].strip():
            lines.pop(0)
        while lines and not lines[-1].strip():
            lines.pop()
        if lines:
            self.parts.append("\n".join(lines) + "\n\n")


def _shifted(source: Source, block: Text) -> Callable[[int], str]:
    """Return ``file:line`` for lines counted from the start of ``block``."""
    return lambda line: source.expanded.where(block.line + line - 1)
