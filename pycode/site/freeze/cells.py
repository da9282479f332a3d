"""An executed cell as the Markdown that Quarto writes for it (Quarto's `jupyterToMarkdown`)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.site.freeze import ansi, attributes, outputs
from pycode.site.freeze.figures import Figures, Shown, image_markdown, image_of, pair_markdown
from pycode.site.freeze.formats import Output
from pycode.site.freeze.options import Options, html_id
from pycode.site.freeze.scrub import clean_text, reject_leaks
from pycode.site.qmd.page import Cell

Json = Mapping[str, Any]


@dataclass(frozen=True)
class CellRun:
    """A cell with its checked options and what it put out. ``index`` counts cells from 1."""

    cell: Cell
    options: Options
    outputs: list[dict[str, Any]]
    index: int
    id: str


@dataclass
class Page:
    """What the cells of one page share while their Markdown is made."""

    output: Output
    figures: Figures
    root: Path
    labels: dict[str, str] = field(default_factory=dict)


def cell_id(cell: Cell, seen: dict[str, int]) -> str:
    """Return an id that follows from the cell's source, so that freezing twice gives one text.

    Quarto takes eight random hex digits; ``seen`` tells equal cells of a page apart.
    """
    label, own = cell.options.get("label"), cell.options.get("id")
    if label:
        return f"cell-{label}"
    if own:
        return str(own)
    source = "\n".join((*cell.option_lines, cell.code.strip()))
    seen[source] = seen.get(source, 0) + 1
    return hashlib.sha256(f"{seen[source]}\n{source}".encode()).hexdigest()[:8]


def cell_markdown(run: CellRun, page: Page) -> str:
    """Return the Markdown of one executed cell, without the empty line that follows it.

    Raises:
        CourseError: an output cannot be shown, or shows what belongs to the machine.
    """
    options = run.options
    if not options.get("include"):
        return ""
    shown = _shown_outputs(run, page)
    if not run.cell.code.strip() and not shown:
        return ""
    body = _code(run) if options.get("echo") else ""
    labelled = _labels_cell(options, shown)
    if options.get("output"):
        body += _outputs(run, page, shown, labelled)
    caption, _ = attributes.captions(options, shown)
    needs_div = bool(
        (options.label and labelled)
        or attributes.classes(options)
        or options.attributes()
        or any(attributes.caps(options))
    )
    if body and (needs_div or not options.as_is):
        end = f"\n{caption}\n" if caption else ""
        body = f"::: {{{_div(run, page, labelled)}}}\n{body}{end}:::\n"
    return _indented(body + "\n", run.cell.indent)


def _shown_outputs(run: CellRun, page: Page) -> list[dict[str, Any]]:
    """Drop hidden warnings and the return values of plotting calls; clean the text of the rest."""
    cleaned = outputs.merged_streams([_cleaned(item, page.root) for item in run.outputs])
    kinds = [outputs.mime_type(item["data"], page.output.is_html) for item in cleaned
             if outputs.is_display(item)]  # fmt: skip
    beside_image = any(kind in outputs.IMAGES for kind in kinds)
    result = []
    for item in cleaned:
        stderr = item["output_type"] == "stream" and item["name"] == "stderr"
        if stderr and not run.options.shows_warnings:
            continue
        empty = item["output_type"] == "stream" and not outputs.lines_of(item["text"]).strip()
        if not empty and not outputs.is_leftover(item, beside_image):
            result.append(dict(outputs.with_maths(item)))
    return result


def _cleaned(item: dict[str, Any], root: Path) -> dict[str, Any]:
    if item["output_type"] == "stream":
        return {**item, "text": clean_text(outputs.lines_of(item["text"]), root)}
    if item["output_type"] == "error":
        return {**item, "traceback": [clean_text(line, root) for line in item["traceback"]]}
    data = {
        kind: clean_text(outputs.lines_of(value), root) if kind.startswith("text/") else value
        for kind, value in item["data"].items()
    }
    return {**item, "data": data}


def _code(run: CellRun) -> str:
    """Return the code block of a cell."""
    options = run.options
    shown, solution = student_form(run)
    code = _trimmed(shown)
    fence = outputs.ticks(code, 4 if options.fenced else 3)
    head = [options.text("lst-label")] if options.text("lst-label") else []
    head = [f"#{item.removeprefix('#')}" for item in head]
    head.append("" if options.fenced else f".{run.cell.language}")
    parts = " ".join([*head, ".cell-code"])
    if options.own.get("code-overflow") in ("wrap", "scroll"):
        parts += f" .code-overflow-{options.own['code-overflow']}"
    for key in ("lst-cap", "code-fold", "code-summary", "code-line-numbers"):
        if key in options.own:
            parts += f' {key}="{_script(options, key)}"'
    if options.fenced:
        lines = [f"```{{{{{run.cell.language}}}}}", *_fence_options(run), code, "```", ""]
        code = "\n".join(lines)
    block = f"{fence} {{{parts}}}\n{code}\n{fence}\n"
    return block + (_folded(_trimmed(solution)) if solution else "")


def student_form(run: CellRun) -> tuple[str, str | None]:
    """Return the code that readers see and, where the cell has blanks, the solution to fold.

    Raises:
        CourseError: a mark of a lab cannot be applied.
    """
    from pycode.site.notebook import page_echo

    try:
        return page_echo(run.cell)
    except CourseError as error:
        raise CourseError(f"{run.options.place}: {error}") from None


def _folded(solution: str) -> str:
    fence = outputs.ticks(solution, 3)
    return f"\n::: {{.solution}}\n{fence} {{.python .cell-code}}\n{solution}\n{fence}\n:::\n"


def _script(options: Options, key: str) -> str:
    value = options.own[key]
    return "false" if value is False else options.text(key)


def _fence_options(run: CellRun) -> list[str]:
    """Return the option lines that a fenced echo shows: Quarto writes them anew if some moved."""
    lines = list(run.cell.option_lines)
    hidden = run.options.hidden_in_fence
    if hidden:
        import yaml

        kept = {key: value for key, value in run.cell.options.items() if key not in hidden}
        text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=10**6)
        lines = [f"#| {line}" for line in text.splitlines()]
    return [line for line in lines if not line.rstrip().endswith("| echo: fenced")]


def _outputs(run: CellRun, page: Page, shown: list[dict[str, Any]], labelled: bool) -> str:
    """Return the outputs one after the other, each in its div unless they go in as they are."""
    options = run.options
    name = html_id((options.label or f"cell-{run.index + 1}").replace(":", "-"), ascii_only=True)
    _, captions = attributes.captions(options, shown)
    remaining = [caption.strip().replace("\n", " ") for caption in captions]
    body, suffix = "", 1
    for position, item in enumerate(shown):
        label = options.label
        if label and labelled and outputs.is_display(item):
            label, suffix = f"{label}-{suffix}", suffix + 1
        caption = remaining.pop(0) if outputs.is_display(item) and remaining else ""
        slot = _Slot(f"{name}-output-{position + 1}", label, caption, position)
        head, text = _output(run, page, item, slot)
        reject_leaks(text, options.place, page.root)
        body += text if options.as_is else f"\n::: {{{head}}}\n{text}:::\n"
    return body


@dataclass(frozen=True)
class _Slot:
    """Where an output goes: name of its file, its label and caption, its position in the cell."""

    name: str
    label: str
    caption: str
    position: int


def _output(run: CellRun, page: Page, item: dict[str, Any], slot: _Slot) -> tuple[str, str]:
    """Return the attributes of the output's div and the Markdown inside."""
    kind, is_html = item["output_type"], page.output.is_html
    if kind == "stream":
        text = outputs.lines_of(item["text"])
        plain = run.options.as_is and item["name"] == "stdout"
        shown = ansi.strip_codes(text) if plain else outputs.stream(text, is_html)
        return f".cell-output .cell-output-{item['name']}", shown
    if kind == "error":
        return ".cell-output .cell-output-error", outputs.error(item, is_html)
    return _display(run, page, item, slot)


def _display(run: CellRun, page: Page, item: dict[str, Any], slot: _Slot) -> tuple[str, str]:
    options = run.options
    shown = outputs.display(item, page.output.is_html, options.place)
    on_div, text = "", shown.markdown
    if shown.is_image:
        image = image_of(item, shown.mime, float(options.defaults["fig-dpi"]), options.place)
        if image.extension == "svg":
            reject_leaks(
                image.light.decode("utf-8", "replace"), options.place, page.root, "the figure"
            )
        dark = image.dark is not None and page.output.to != "typst"
        write = pair_markdown if dark else image_markdown
        on_div = slot.label if dark else ""
        chosen = {
            key: attributes.broadcast(options, key, slot.position) for key in attributes.BROADCAST
        }
        text = write(image, slot.name, page.figures, Shown(slot.label, slot.caption, chosen))
    elif not options.label.startswith("tbl-"):
        on_div = slot.label
    if slot.caption and not shown.is_image:
        text += f"\n{slot.caption}\n"
    classes = [f"#{on_div}"] if on_div else []
    classes += [".cell-output", ".cell-output-display"]
    classes += [".cell-output-markdown"] if shown.mime == outputs.MARKDOWN else []
    if isinstance(item.get("execution_count"), int):
        classes.append(f"execution_count={item['execution_count']}")
    if options.own.get("html-table-processing") == "none":
        classes.append("html-table-processing=none")
    return " ".join(classes), text


def _div(run: CellRun, page: Page, labelled: bool) -> str:
    """Return the attributes of the cell's div."""
    options = run.options
    parts = []
    if options.label and labelled:
        parts.append(f"#{options.label}")
    elif page.output.is_html:
        parts.append(f"#{run.id}")
    parts += [".cell", *attributes.classes(options)]
    for key, value in options.attributes():
        escaped = value.replace("'", "\\'")
        parts.append(f"{key}='{escaped}'")
    parts.append(f"execution_count={run.index}")
    return " ".join(parts)


def _labels_cell(options: Options, shown: list[dict[str, Any]]) -> bool:
    """Return whether the label goes on the cell (else on its single output)."""
    displays = sum(map(outputs.is_display, shown))
    several = displays > 1 and not isinstance(options.own.get("fig-cap"), list)
    table = options.text("label").startswith("tbl-")
    return not options.get("output") or displays == 0 or several or table


def _trimmed(text: str) -> str:
    """Return ``text`` without empty lines at its ends."""
    lines = text.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines)


def _indented(text: str, indent: str) -> str:
    """Return the Markdown of a cell in a list, which starts on a line of its own."""
    if not indent:
        return text
    return "\n" + "\n".join(indent + line for line in text.split("\n"))
