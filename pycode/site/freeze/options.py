"""The options of a cell: which exist, what they default to, and which become attributes."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pycode.errors import CourseError, nearest
from pycode.site.freeze.formats import Output
from pycode.site.qmd.inline import reject_inline
from pycode.site.qmd.page import Cell

# Options that Quarto acts on; the others become attributes of the cell's div.
ACTED_ON = (
    "eval", "echo", "warning", "error", "output", "include", "label", "classes", "panel", "column",
    "fig-cap", "fig-subcap", "fig-scap", "fig-cap-location", "tbl-cap-location", "cap-location",
    "fig-column", "tbl-column", "fig-link", "fig-align", "fig-alt", "fig-env", "fig-pos",
    "lst-label", "lst-cap", "out-width", "out-height", "md-indent", "code-fold",
    "code-line-numbers", "code-summary", "code-overflow", "html-table-processing", "fig-dark",
)  # fmt: skip
LAYOUT = ("layout-align", "layout-valign", "layout-ncol", "layout-nrow", "layout", "tbl-cap",
          "tbl-colwidths")  # fmt: skip
UNFORWARDED = ("collapsed", "autoscroll", "deletable", "format", "name", "id", "colab",
               "colab_type", "outputid", "lines_to_next_cell", "language")  # fmt: skip
OTHERS = ("id", "tags", "code-annotations", "fig-width", "fig-height", "fig-format", "fig-dpi",
          "output-location", "filename", "renderings", "export")  # fmt: skip
KNOWN = (*ACTED_ON, *LAYOUT, *OTHERS)
SWITCHES = ("eval", "include", "warning", "error")
TEXTS = ("label", "fig-alt", "fig-align", "fig-link", "tbl-cap", "lst-label", "lst-cap", "panel",
         "column", "code-summary")  # fmt: skip
LISTS = ("fig-alt", "fig-align", "fig-link")
TAGS: dict[str, dict[str, bool]] = {
    "hide-cell": {"include": False}, "remove-cell": {"include": False},
    "hide-code": {"echo": False}, "show-code": {"echo": True},
    "hide-output": {"output": False}, "show-output": {"output": True},
    "hide-warnings": {"warning": False}, "show-warnings": {"warning": True},
}  # fmt: skip


@dataclass(frozen=True)
class Options:
    """A cell's options for one output, checked. ``place`` is ``file:line`` of the cell."""

    own: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""

    def get(self, name: str) -> Any:
        """Return the cell's own value, or the default of the page and its output."""
        return self.own[name] if name in self.own else self.defaults.get(name)

    def text(self, name: str) -> str:
        """Return the cell's own value as text, or an empty string."""
        value = self.own.get(name)
        return script_text(value) if value not in (None, False) else ""

    @property
    def label(self) -> str:
        """The label as an HTML id, as Quarto writes it."""
        return html_id(self.text("label"))

    @property
    def fenced(self) -> bool:
        """Whether the code is shown with its fence and options."""
        return self.get("echo") == "fenced"

    @property
    def as_is(self) -> bool:
        """Whether printed text goes into the page as Markdown."""
        return self.get("output") == "asis"

    @property
    def shows_warnings(self) -> bool:
        """Whether what the cell writes to stderr is shown."""
        if self.defaults.get("output") is False and self.own.get("output") is not False:
            return bool(self.own.get("warning"))
        return bool(self.get("warning"))

    def attributes(self) -> list[tuple[str, str]]:
        """Return what is forwarded to the cell's div, in Quarto's order."""
        # Quarto keeps unknown options in the notebook's metadata, whose keys are sorted on disk
        metadata = sorted(key for key in self.own if key not in KNOWN[: len(ACTED_ON + LAYOUT)])
        layout = [key for key in self.own if key in LAYOUT]
        pairs = []
        for key in metadata + layout:
            if key.lower() in UNFORWARDED:
                continue
            value = self.own[key]
            if isinstance(value, Mapping):
                key, value = "quarto-private-1", compact({"key": key, "value": value})
            pairs.append((key, value if isinstance(value, str) else compact(value)))
        return pairs

    @property
    def hidden_in_fence(self) -> set[str]:
        """Options that Quarto moves away from the source and so does not show in a fence."""
        return {key for key in self.own if key not in (*ACTED_ON, *LAYOUT) or key == "fig-dark"}


def resolve(cell: Cell, output: Output, place: str) -> Options:
    """Return the options of ``cell`` for ``output``.

    Raises:
        CourseError: an option is misspelt, has a value of the wrong kind, or holds an inline
            expression, which Quarto would not evaluate.
    """
    for key, value in cell.options.items():
        _check(key, value, place)
    tags = cell.options.get("tags") or []
    implied: dict[str, Any] = {}
    for tag in tags if isinstance(tags, list) else [tags]:
        implied |= TAGS.get(str(tag), {})
    added = {key: value for key, value in implied.items() if key not in cell.options}
    return Options({**cell.options, **added}, output.execute, place)


def _check(key: str, value: Any, place: str) -> None:
    if key not in KNOWN and nearest_option(key):
        raise CourseError(f"{place}: unknown cell option {key!r}.{nearest(key, KNOWN)}")
    if key in SWITCHES and not isinstance(value, bool):
        raise CourseError(f"{place}: {key} must be true or false, got {value!r}.")
    if key == "echo" and value not in (True, False, "fenced"):
        raise CourseError(f"{place}: echo must be true, false or fenced, got {value!r}.")
    if key == "output" and value not in (True, False, "asis"):
        raise CourseError(f"{place}: output must be true, false or asis, got {value!r}.")
    listed = key in LISTS and isinstance(value, list)
    if key in TEXTS and not listed and not isinstance(value, str | int | float | None):
        raise CourseError(f"{place}: {key} must be text, got {compact(value)}.")
    if isinstance(value, str):
        reject_inline(value, place, f"the option {key}")


def nearest_option(key: str) -> str:
    """Return the known option that ``key`` very likely stands for, or an empty string."""
    import difflib

    if key.startswith(("data-", "quarto-")):
        return ""
    match = difflib.get_close_matches(key, KNOWN, n=1, cutoff=0.74)
    return match[0] if match else ""


def compact(value: Any) -> str:
    """Return ``value`` as JSON without spaces, as JavaScript prints it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def script_text(value: Any) -> str:
    """Return ``value`` as JavaScript puts it into a text: `true`, `1,3`, `0.5`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(script_text(item) for item in value)
    return str(value)


def html_id(text: str, ascii_only: bool = False) -> str:
    """Return ``text`` as Pandoc makes identifiers: lower case, from the first letter on."""
    if ascii_only:
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"""[!"#$%&')*+,/:;<=>?@\[\\\]^`{|}~]""", "", text)
    return re.sub(r"^[^A-Za-z]+", "", re.sub(r"\s", "-", text).lower())
