"""Finds constructs in a page's source that the embedded renderer does not know, with file and line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pycode.errors import nearest
from pycode.site.qmd import inline_expressions
from pycode.site.render import constructs
from pycode.site.render.config import SiteConfig
from pycode.site.render.pages import Page
from pycode.site.render.shortcodes import Line, fenced
from pycode.site.render.store import Store, digest

FENCE_OPEN = re.compile(r"^[ \t>]*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})\s*(.*?)\s*$")
DIV = re.compile(r"^[ \t>]*:{3,}\s*(?:\{(?P<attributes>.*)\}|(?P<name>[\w-]+))\s*:*\s*$")
HEADING = re.compile(r"^#{1,6}\s.*\{(?P<attributes>[^{}]*)\}\s*$")
INLINE = re.compile(r"(?:\]|\)|(?<!`)`)\{(?P<attributes>[^{}<>]*)\}")
TABLE_CAPTION = re.compile(r"^:\s.*\{(?P<attributes>[^{}]*)\}\s*$")
CELL_OPTION = re.compile(r"^\s*#\|\s?(?P<key>[\w.-]+)\s*:")
TOKEN = re.compile(r"""#[^\s}]+|\.[^\s}]+|[\w:.-]+=(?:"[^"]*"|'[^']*'|[^\s}]*)|[^\s}]+""")
CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
CSS_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
REFERENCE = re.compile(r"(?<![\w@.])@(?P<kind>thm|lem|def|exm|exr|prp|cor)-[\w-]+")
SPECIAL = {"unnumbered": "class", "unlisted": "class"}


@dataclass(frozen=True)
class Finding:
    """One construct that cannot be rendered."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@cache
def _known(kind: str) -> frozenset[str]:
    return constructs.names(kind)


def project_classes(config: SiteConfig) -> frozenset[str]:
    """Return the classes that the project's own style sheets and scripts know."""
    found: set[str] = set()
    theme = config.root / "assets" / "theme"
    for path in [*theme.glob("*.css"), *theme.glob("*.scss")]:
        found |= set(CSS_CLASS.findall(path.read_text(encoding="utf-8")))
    return frozenset(found)


def problems(page: Page, classes: frozenset[str]) -> list[Finding]:
    """Return everything in the page that is not supported.

    Args:
        page: the page, includes expanded.
        classes: classes that the project's theme knows.
    """
    found = list(_front_matter(page))
    lines = page.expanded.lines
    inside_code = False
    language = ""
    skip = _front_lines(lines)
    for line, inside in list(zip(lines, fenced([entry.text for entry in lines])))[skip:]:
        where = f"{line.file}:{line.number}"
        if inside and not inside_code:
            language = _language(line)
            found += _fence(line, where, classes)
        elif inside and language == "python":
            found += _cell_line(line, where)
        elif not inside:
            found += _text_line(line, where, classes)
        inside_code = inside and not _closes(line, inside_code)
    return found if page.executed else [*found, *_not_evaluated(lines[skip:])]


def _not_evaluated(lines: list[Line]) -> Iterator[Finding]:
    """Find inline expressions of a page without cells, which Quarto too would show as code."""

    def where(number: int) -> str:
        line = lines[number - 1]
        return f"{line.file}:{line.number}"

    for item in inline_expressions("\n".join(line.text for line in lines), where):
        yield Finding(
            where(item.line),
            f"{item.expression!r} is not evaluated, because this page has no cell: begin it with a "
            "`{python}` cell that imports what the expression uses.",
        )


def problems_kept(page: Page, classes: frozenset[str], store: Store) -> list[Finding]:
    """Return `problems`, without looking again at a text that was found clean before."""
    here = Path(__file__)
    rules = [here.read_bytes(), here.with_name("constructs.py").read_bytes()]
    key = digest(*rules, *sorted(classes), page.expanded.text)
    if store.get("scan", key) is not None:
        return []
    found = problems(page, classes)
    if not found:
        store.put("scan", key, b"")
    return found


def _closes(line: Line, was_inside: bool) -> bool:
    text = line.text.strip().lstrip("> ")
    return was_inside and bool(re.fullmatch(r"`{3,}|~{3,}", text))


def _front_lines(lines: list[Line]) -> int:
    if not lines or lines[0].text.strip() != "---":
        return 0
    for index, line in enumerate(lines[1:], start=2):
        if line.text.strip() in ("---", "..."):
            return index
    return 0


def _unknown(
    kind: str, name: str, where: str, what: str, extra: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    known = _known(kind)
    advice = constructs.INSTEAD.get(kind, {}).get(name)
    if advice:
        yield Finding(where, f"{what} {name!r} is not supported: {advice}.")
    elif name not in known and name not in extra:
        hint = nearest(name, sorted(known | extra)) or " docs/constructs.md lists what is."
        yield Finding(where, f"{what} {name!r} is not known.{hint}")


def _front_matter(page: Page) -> Iterator[Finding]:
    formats = page.front.get("format")
    nested = list(formats.items()) if isinstance(formats, dict) else []
    keys = [key for key in page.front if key != "format"]
    keys += [key for _, options in nested if isinstance(options, dict) for key in options]
    for key in keys:
        yield from _unknown("key", str(key), page.where(f"{key}:"), "front matter key")
    for key in page.front.get("execute") or {}:
        yield from _unknown("execute", str(key), page.where(f"{key}:"), "`execute` option")
    listing = page.front.get("listing")
    if isinstance(listing, list) or (
        isinstance(listing, dict) and listing.get("type", "default") != "default"
    ):
        yield Finding(
            page.where("listing:"), "only one listing of `type: default` is supported: use that."
        )


def _language(line: Line) -> str:
    match = FENCE_OPEN.match(line.text)
    info = match[2] if match else ""
    found = re.match(r"\{(\w[\w-]*)", info)
    return found[1] if found else ""


def _fence(line: Line, where: str, classes: frozenset[str]) -> Iterator[Finding]:
    match = FENCE_OPEN.match(line.text)
    info = match[2] if match else ""
    if not info.startswith("{") or info.startswith("{{"):
        return
    inner = info.strip("{}").strip()
    if inner.startswith("="):
        yield from _unknown("raw", inner[1:].strip(), where, "raw format")
    elif re.match(r"\w", inner) and "=" not in inner.split()[0]:
        yield from _unknown(
            "cell language", inner.split()[0].rstrip(","), where, "executed code in"
        )
    else:
        yield from _attributes(inner, where, classes, code=True)


def _cell_line(line: Line, where: str) -> Iterator[Finding]:
    match = CELL_OPTION.match(line.text)
    if match:
        yield from _unknown("cell", match["key"], where, "cell option")


def _text_line(line: Line, where: str, classes: frozenset[str]) -> Iterator[Finding]:
    text = line.text
    if "{" not in text and ":::" not in text and "@" not in text:
        return
    div = DIV.match(text)
    if div:
        inner = div["attributes"] if div["attributes"] is not None else f".{div['name']}"
        yield from _attributes(inner, where, classes)
        return
    bare = CODE_SPAN.sub(lambda found: "`" * len(found[1]), text)
    heading = HEADING.match(bare) or TABLE_CAPTION.match(bare)
    if heading:
        yield from _attributes(heading["attributes"], where, classes)
        bare = bare[: heading.start("attributes")]
    for found in INLINE.finditer(bare):
        inner = found["attributes"]
        if inner.startswith("="):
            yield from _unknown("raw", inner[1:], where, "raw format")
        else:
            yield from _attributes(inner, where, classes)
    for reference in REFERENCE.finditer(bare):
        yield from _unknown("reference", reference["kind"], where, "cross-reference to")


def _attributes(
    text: str, where: str, classes: frozenset[str], code: bool = False
) -> Iterator[Finding]:
    """Check the attribute list of a div, heading, span, image or code block."""
    for token in TOKEN.findall(text):
        if token.startswith("#") or token == "-":
            continue
        if token.startswith("."):
            if not code or token[1:] in constructs.INSTEAD["class"]:
                yield from _unknown("class", token[1:], where, "class", classes)
            continue
        name, equals, _ = token.partition("=")
        if equals:
            if not name.startswith(("data-", "aria-")):
                yield from _unknown("attribute", name, where, "attribute")
        elif name not in SPECIAL:
            yield Finding(where, f"{token!r} is not an attribute: write .class, #id or key=value.")
