"""Running text of a page, as a notebook can show it: claims, shortcodes, links, references, attributes."""

import ast
import posixpath
import re
from dataclasses import dataclass
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.notebook.platform import Addresses
from pycode.site.qmd import Inline, replace_inline

_SHORTCODE = re.compile(r"\{\{<\s*(\w+)\s*([^\s>]*)\s*>\}\}")
_HEADING = re.compile(r"^(#{1,6} .*?)[ \t]*\{[^}\n]*\}[ \t]*$", re.MULTILINE)
_CAPTION = re.compile(r"^: +(?! )(.+?)[ \t]*(?:\{[^}\n]*\})?[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"(?P<open>\]\()(?P<target>[^)\s]+)(?P<rest>[^)\n]*\))(?:\{[^}\n]*\})?")
_SPAN = re.compile(r"(?<!\!)\[([^\[\]\n]+)\]\{[^}\n]*\}")
_REFERENCE = re.compile(r"(?<![\w\\])@(?P<kind>fig|tbl|eq|sec|lst)-(?P<key>[\w-]+)")
_CITATION = re.compile(r"\[?(?<![\w\\])@(?P<key>[A-Za-z][\w:-]*[\w])\]?")
_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1(?!`)", re.DOTALL)
_FROM_RUNS = ("claim", "compare", "difference", "percent_change", "quote", "ratio")
_NAMES = {"fig": "figure", "tbl": "table", "eq": "equation", "sec": "section", "lst": "listing"}


@dataclass(frozen=True)
class Context:
    """What running text may refer to: the page, its metadata, the course's facts and addresses."""

    project: Project
    source: str
    meta: dict[str, Any]
    variables: dict[str, Any]
    where: Addresses

    def convert(self, text: str, line: int) -> str:
        """Return ``text``, which begins on ``line`` of the page, for a notebook.

        Raises:
            CourseError: an expression other than a claim or comparison, or a shortcode that is not known.
        """
        text = replace_inline(text, lambda item: self._expression(item, text, line))
        text = _SHORTCODE.sub(lambda match: self._shortcode(match, line), text)
        text = _CAPTION.sub(r"*\1*", _HEADING.sub(r"\1", text))
        return _outside_code(text, self._words)

    def _expression(self, item: Inline, text: str, line: int) -> str:
        place = f"{self.source}:{line + item.line - 1}"
        name, arguments = _call(item.expression)
        if name not in _FROM_RUNS:
            raise CourseError(
                f"{place}: a notebook cannot show `{item.expression}`: only {', '.join(_FROM_RUNS)} with literal "
                'arguments may stand in its text; put others in `::: {.content-visible when-format="html"}`.'
            )
        from pycode import runs

        value = getattr(runs, name)(*arguments, project=self.project)
        # A table has no room for the source of each cell; its page shows it.
        in_table = text.split("\n")[item.line - 1].lstrip("> ").startswith("|")
        return str(value.text if in_table else value.plain)

    def _shortcode(self, match: re.Match[str], line: int) -> str:
        kind, key = match[1], match[2]
        if kind == "pagebreak":
            return ""
        if kind not in ("var", "meta"):
            raise CourseError(
                f"{self.source}:{line}: a notebook cannot show the shortcode {match[0]}."
            )
        value: Any = self.variables if kind == "var" else self.meta
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            raise CourseError(
                f"{self.source}:{line}: {match[0]} names nothing: look for a misspelt key."
            )
        return str(value)

    def _words(self, text: str) -> str:
        text = _LINK.sub(
            lambda match: match["open"] + self._target(match["target"]) + match["rest"], text
        )
        text = _SPAN.sub(r"\1", text)
        page = self.where.page(self.source)
        text = _REFERENCE.sub(
            lambda match: (
                f"[the {_NAMES[match['kind']]} on the course page]({page}#{match['kind']}-{match['key']})"
            ),
            text,
        )
        return _CITATION.sub(
            lambda match: f"[{_author_year(match['key'])}]({page}#ref-{match['key']})", text
        )

    def _target(self, target: str) -> str:
        """Return a link's target as an absolute address on the site."""
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            return target
        if target.startswith("#"):
            return self.where.page(self.source) + target
        path, _, anchor = target.partition("#")
        base = posixpath.dirname(self.source)
        full = (
            path.lstrip("/")
            if path.startswith("/")
            else posixpath.normpath(posixpath.join(base, path))
        )
        address = self.where.page(full) if full.endswith(".qmd") else f"{self.where.site}/{full}"
        return f"{address}#{anchor}" if anchor else address


def _call(expression: str) -> tuple[str, list[Any]]:
    """Return the function's name and the literal arguments of a call, or an empty name."""
    try:
        node = ast.parse(expression, mode="eval").body
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return node.func.id, [ast.literal_eval(argument) for argument in node.args]
    except (SyntaxError, ValueError):
        pass
    return "", []


def _author_year(key: str) -> str:
    """Return 'Warner 2024' for the key warner2024 or warner_2024_modernbert."""
    match = re.match(r"([A-Za-z-]+?)[_:-]?((?:19|20)\d\d)", key)
    return f"{match[1].capitalize()} {match[2]}" if match else key


def _outside_code(text: str, convert: Any) -> str:
    """Apply ``convert`` to the parts of ``text`` that are not code spans."""
    parts: list[str] = []
    position = 0
    for match in _CODE.finditer(text):
        parts += [convert(text[position : match.start()]), match[0]]
        position = match.end()
    return "".join([*parts, convert(text[position:])])
