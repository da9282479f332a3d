"""`{{< include >}}`, `var`, `meta` and `pagebreak`, expanded in the text before Pandoc sees it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pycode.errors import CourseError, nearest
from pycode.site.render import yamlio
from pycode.site.render.config import is_file

SHORTCODE = re.compile(r"(?<!\{)\{\{<\s*(?P<name>[\w-]+)\s*(?P<rest>.*?)\s*>\}\}(?!\})")
ESCAPED = re.compile(r"\{\{\{<(.*?)>\}\}\}")
FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})")
KNOWN = ("include", "var", "meta", "pagebreak")
PAGEBREAK = '\n\n```{=html}\n<div style="page-break-after: always;"></div>\n```\n\n```{=typst}\n#pagebreak()\n```\n\n'


@dataclass(frozen=True)
class Line:
    """One line of an expanded page and where it was written."""

    text: str
    file: str
    number: int


@dataclass
class Expanded:
    """A page after its includes, and the project-relative files that were included."""

    text: str
    origins: list[tuple[str, int]] | None
    name: str
    included: list[str] = field(default_factory=list)

    @cached_property
    def lines(self) -> list[Line]:
        """The lines with the place where each was written."""
        texts = self.text.split("\n")
        origins = self.origins or [(self.name, number) for number in range(1, len(texts) + 1)]
        return [Line(text, file, number) for text, (file, number) in zip(texts, origins)]


def fenced(lines: list[str]) -> Iterator[bool]:
    """Yield for each line whether it belongs to a fenced code block (its fences included)."""
    fence = ""
    for text in lines:
        match = FENCE.match(text)
        if fence:
            yield True
            stripped = text.strip().lstrip("> ")
            if match and stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
        else:
            fence = match.group(1) if match else ""
            yield bool(match)


def expand_includes(text: str, name: str, root: Path, depth: int = 0) -> Expanded:
    """Return the page with every `{{< include file >}}` line replaced by that file.

    Args:
        text: source of the page.
        name: its project-relative path, for messages and for relative includes.
        root: folder of the project.
        depth: how many includes we are inside of.

    Raises:
        CourseError: an included file is missing, or files include each other in a circle.
    """
    if depth > 8:
        raise CourseError(
            f"{name}: includes are nested more than 8 deep: do files include each other in a circle?"
        )
    if "{{< include" not in text:
        return Expanded(text, None, name)
    result: list[Line] = []
    included: list[str] = []
    lines = text.split("\n")
    for number, (line, inside) in enumerate(zip(lines, fenced(lines)), start=1):
        match = None if inside else SHORTCODE.fullmatch(line.strip())
        if not match or match["name"] != "include":
            result.append(Line(line, name, number))
            continue
        target = _included(match["rest"].strip("\"'"), name, number, root)
        try:
            content = (root / target).read_text(encoding="utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise CourseError(
                f"{target}: not UTF-8 text (byte {error.start}): save the file as UTF-8."
            ) from None
        inner = expand_includes(content, target, root, depth + 1)
        result += inner.lines
        included += [target, *inner.included]
    joined = "\n".join(line.text for line in result)
    return Expanded(joined, [(line.file, line.number) for line in result], name, included)


def _included(target: str, name: str, number: int, root: Path) -> str:
    path = root / target.lstrip("/") if target.startswith("/") else (root / name).parent / target
    if not is_file(path):
        raise CourseError(
            f"{name}:{number}: the included file {target!r} is not there: give its path from this page."
        )
    if not path.resolve().is_relative_to(root.resolve()):
        raise CourseError(
            f"{name}:{number}: the included file {target!r} is not in the project: move it there."
        )
    return path.resolve().relative_to(root.resolve()).as_posix()


def expand_values(
    text: str, variables: dict[str, Any], meta: dict[str, Any], where: Callable[[int], str]
) -> str:
    """Replace `var`, `meta` and `pagebreak`; ``where(offset)`` gives `file:line` for messages."""
    if "{{<" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        name, rest = match["name"], match["rest"].strip("\"'")
        if name == "pagebreak":
            return PAGEBREAK
        if name in ("var", "meta"):
            return _value(variables if name == "var" else meta, name, rest, where(match.start()))
        if name == "include":
            raise CourseError(f"{where(match.start())}: `include` must stand alone on its line.")
        raise CourseError(
            f"{where(match.start())}: shortcode {name!r} is not supported; known: {', '.join(KNOWN)}."
            f"{nearest(name, KNOWN)}"
        )

    return ESCAPED.sub(r"{{<\1>}}", SHORTCODE.sub(replace, text))


def _value(tree: dict[str, Any], kind: str, path: str, where: str) -> str:
    value = yamlio.lookup(tree, path)
    source = "_variables.yml" if kind == "var" else "the page's metadata"
    if value is None:
        raise CourseError(
            f"{where}: {path!r} is not in {source}.{nearest(path, list(_paths(tree)))}"
        )
    if isinstance(value, dict | list):
        raise CourseError(
            f"{where}: {path!r} in {source} is a {type(value).__name__}: name one value inside it."
        )
    return str(value).lower() if isinstance(value, bool) else str(value)


def _paths(tree: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _paths(value, f"{prefix}.{key}" if prefix else str(key))
    elif prefix:
        yield prefix
