"""One output of a cell as the Markdown that Quarto writes for it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pycode.errors import CourseError
from pycode.site.freeze import ansi

Json = Mapping[str, Any]
MARKDOWN, HTML, PLAIN, LATEX = "text/markdown", "text/html", "text/plain", "text/latex"
SVG, PNG, JPEG = "image/svg+xml", "image/png", "image/jpeg"
PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
SCRIPT = "application/javascript"
IMAGES = {SVG: "svg", PNG: "png", JPEG: "jpeg"}
STYLER = re.compile(r"(?<![0-9A-Za-z])T_[0-9a-f]{5}(?=[_\"' {]|$)")
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
NOISY = ("[<matplotlib", "<matplotlib", "<seaborn.", "<ggplot:")


def is_display(output: Json) -> bool:
    """Return whether ``output`` is something shown (as opposed to printed or raised)."""
    return output["output_type"] in ("display_data", "execute_result")


def lines_of(data: Any) -> str:
    """Return notebook text as one string: notebooks store it whole or as a list of lines."""
    return "".join(data) if isinstance(data, list) else str(data)


def mime_type(data: Json, is_html: bool) -> str | None:
    """Return which form of ``data`` Quarto shows."""
    order = [MARKDOWN, SVG, PNG, JPEG]
    if is_html:
        order = [WIDGET, SCRIPT, HTML, *order]
    elif re.search(r"<table.*</table", lines_of(data.get(HTML, "")), re.S | re.I):
        order.append(HTML)
    order.append(PLAIN)
    return next((kind for kind in order if kind in data), None)


def with_maths(output: Json) -> Json:
    """Give LaTeX formulas a Markdown form, which every output understands."""
    if not is_display(output) or LATEX not in output["data"] or MARKDOWN in output["data"]:
        return output
    latex = lines_of(output["data"][LATEX])
    dollars = latex.startswith("$") and latex.endswith("$")
    if dollars or (latex.startswith("\\begin{") and "\\end{" in latex):
        return {**output, "data": {**output["data"], MARKDOWN: latex}}
    return output


def is_leftover(output: Json, beside_image: bool) -> bool:
    """Return whether ``output`` is only the text of a plotting call's return value."""
    if output["output_type"] != "execute_result" or list(output["data"]) != [PLAIN]:
        return False
    lines = lines_of(output["data"][PLAIN]).splitlines()
    first = lines[0].strip() if lines else ""
    if not beside_image:
        return first.startswith(NOISY)
    if len(lines) > 1:
        return any("<matplotlib." in line for line in lines)
    wrapped = re.match(r"^[<(\[].*[>)\]]$", first) or re.match(r"^Text\([-\d]", first)
    return bool(wrapped) or (first.startswith("{") and "<matplotlib." in first)


def enclosed(open_: str, text: str, close: str) -> str:
    """Return ``text`` between two lines, with a line end of its own."""
    return f"{open_}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{close}\n"


def ticks(text: str, at_least: int = 3) -> str:
    """Return a fence that is longer than any in ``text``."""
    longest = max((len(run) for run in re.findall(r"^\s*`+", text, re.M)), default=0)
    return "`" * max(at_least, longest + 1)


def code_block(text: str) -> str:
    """Return printed text as a block without language."""
    fence = ticks(text)
    return enclosed(fence, text, fence)


def raw_block(kind: str, text: str) -> str:
    """Return ``text`` as a block that only outputs of ``kind`` show."""
    fence = ticks(text)
    return enclosed(f"{fence}{{={kind}}}", text, fence)


def coloured(text: str) -> str:
    """Return printed text with colours, in Quarto's form for HTML."""
    spans = ansi.to_spans(text)
    return f"\n::: {{.ansi-escaped-output}}\n```{{=html}}\n<pre>{spans}</pre>\n```\n:::\n\n"


def stream(text: str, is_html: bool) -> str:
    """Return printed text as Markdown."""
    if is_html and ansi.has_colours(text):
        return coloured(text)
    return code_block(ansi.strip_codes(text))


def error(output: Json, is_html: bool) -> str:
    """Return an error that the page means to show."""
    trace = "\n".join(output["traceback"])
    if is_html and ansi.has_colours(trace):
        return coloured(trace)
    head = f"{output['ename']}: {output['evalue']}"
    return code_block(ansi.strip_codes(f"{head}\n{trace}" if trace else head))


def stable_ids(text: str) -> str:
    """Replace random ids (pandas' Styler, UUIDs) by ones that follow from the content."""
    found = list(dict.fromkeys(STYLER.findall(text) + UUID.findall(text)))
    names = {name: f"@{number}@" for number, name in enumerate(found)}
    for name, mark in names.items():
        text = text.replace(name, mark)
    digest = hashlib.sha256(text.encode()).hexdigest()
    for number, (name, mark) in enumerate(names.items()):
        made = hashlib.sha256(f"{digest}{number}".encode()).hexdigest()
        text = text.replace(mark, f"T_{made[:5]}" if name.startswith("T_") else f"id-{made[:12]}")
    return text


@dataclass(frozen=True)
class Shown:
    """What a display comes to: ``markdown``, or an image to be stored under a name."""

    mime: str
    markdown: str = ""

    @property
    def is_image(self) -> bool:
        """Whether the display is a picture."""
        return self.mime in IMAGES


def display(output: Json, is_html: bool, place: str) -> Shown:
    """Return how a display is shown.

    Raises:
        CourseError: it has no form that a page can hold: a widget, a script, an unknown type.
    """
    data = output["data"]
    mime = mime_type(data, is_html)
    if PLOTLY in data or mime in (WIDGET, SCRIPT, None):
        kinds = ", ".join(sorted(data)) or "nothing"
        raise CourseError(
            f"{place}: a page cannot hold this output ({kinds}): show a picture, a table or text."
        )
    assert mime is not None
    if mime in IMAGES:
        return Shown(mime)
    text = lines_of(data[mime])
    if mime == MARKDOWN:
        return Shown(mime, text + "\n")
    if mime == HTML:
        return Shown(mime, raw_block("html", stable_ids(text)))
    return Shown(mime, _plain(text, is_html))


def _plain(text: str, is_html: bool) -> str:
    if re.fullmatch(r"'<table.*</table>'", text):
        return text[1:-1] + "\n"
    return stream(text, is_html)


def inline_value(result: Json, expression: str, is_html: bool, place: str) -> str:
    """Return the Markdown that takes the place of an inline expression.

    Raises:
        CourseError: the expression raised, is None, or has no form for running text.
    """
    shown = f"`{expression}`"
    if result.get("status") != "ok":
        raise CourseError(f"{place}: {shown} raised {result['ename']}: {result['evalue']}")
    data = with_maths({"output_type": "display_data", "data": result["data"]})["data"]
    mime = mime_type(data, is_html)
    text = lines_of(data.get(mime, "")) if mime else ""
    if mime == MARKDOWN:
        return text
    if mime == HTML:
        return f"`{stable_ids(text)}`{{=html}}"
    if mime != PLAIN or text == "None":
        raise CourseError(f"{place}: {shown} gives {text or mime or 'nothing'}, which is no text.")
    if re.match(r"np\.\w+\(|<.*>$", text):
        raise CourseError(f"{place}: {shown} prints as {text}: write it as a number or a text.")
    return escape_text(text)


def escape_text(shown: str) -> str:
    """Return a value's repr as running text; texts lose their quotes and are escaped, as in Quarto."""
    if len(shown) < 2 or shown[0] != shown[-1] or shown[0] not in "'\"":
        return shown
    doubled = shown[1:-1].replace("\\", "\\\\")
    return re.sub(r"([\\`*_{}\[\]()>#+\-.,!])", r"\\\1", doubled)


def merged_streams(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join neighbouring pieces of the same stream, which arrive in chunks of arbitrary size."""
    result: list[dict[str, Any]] = []
    for output in outputs:
        last = result[-1] if result else {}
        same = output["output_type"] == last.get("output_type") == "stream"
        if same and output["name"] == last["name"]:
            last["text"] = lines_of(last["text"]) + lines_of(output["text"])
        else:
            result.append(json.loads(json.dumps(output)))
    return result
