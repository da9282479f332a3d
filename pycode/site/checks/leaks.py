"""Nothing of the machinery shows in the built pages: no raw syntax, traceback, NaN, machine path or token."""

import re
from collections.abc import Iterator
from typing import Any

from pycode.project import Project
from pycode.site.checks import Problem
from pycode.site.checks._built import BuiltPage, pages

DESCRIPTION = "no raw syntax, traceback, NaN, machine path or token in the built pages"
NEEDS_SITE = True
NEEDS_BROWSER = False

# In running text only: inside code these are examples.
TEXT = {
    r"\{python\}": "an inline expression was not evaluated",
    r"\?@|\?\?\?|\?(?:fig|tbl|eq|sec|lst)-|\?(?:var|meta):": "a reference or shortcode was not resolved",
    r"(?:^|\s):::+": "a div mark was not read",
    r"\{\{<|>\}\}": "a shortcode was not expanded",
    r"(?<![\w.])nan(?:%|(?![\w]))|(?<![\w])NaN(?![\w])": "a value is not a number (write the word itself as code)",
    r"\[object Object\]|^\s*undefined\s*$|(?<=[:=(] )undefined\b": "a script printed what it does not have",
    r"\{#(?:fig|tbl|eq|sec|lst)-|\]\{\.[\w-]+": "an attribute was not read",
    r"(?<!\w)@(?:fig|tbl|eq|sec|lst)-\w": "a cross-reference was not resolved",
}
# Anywhere on the page, code and attributes included.
EVERYWHERE = {
    r"Traceback \(most recent call last\)": "a traceback",
    r"\x1b\[|\\x1b\[|\[0;3\dm": "an ANSI colour code",
    r"(?<![\w.:/])/(?:home|Users)/[\w.-]+/|(?<![\w.:/-])/root/|[A-Z]:\\Users\\|(?<![\w.:/])/tmp/(?!\s)": "a machine's path",
    r"\bhf_[A-Za-z0-9]{20,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bAKIA[A-Z0-9]{16}\b|\bsk-[A-Za-z0-9_-]{24,}": "a secret token",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----": "a private key",
}
_CODE = {
    "code",
    "pre",
    "kbd",
    "samp",
    "textarea",
    "script",
    "style",
    "math",
    "annotation",
    "svg",
    "template",
}
_SHOWN_ATTRIBUTES = ("alt", "title", "aria-label", "content", "placeholder", "data-caption")


def check(project: Project) -> list[Problem]:
    """Return what leaked, page by page."""
    return [problem for page in pages(project) for problem in _page(page)]


def _page(page: BuiltPage) -> list[Problem]:
    problems: list[Problem] = []
    for element, text in _texts(page.tree):
        for pattern, what in TEXT.items():
            match = re.search(pattern, text, re.MULTILINE)
            if match:
                problems.append(
                    Problem(page.name, f"{what}: “{_around(text, match)}”", page.line(element))
                )
    raw = page.path.read_text(encoding="utf-8")
    for pattern, what in EVERYWHERE.items():
        for match in list(re.finditer(pattern, raw))[:3]:
            line = raw.count("\n", 0, match.start()) + 1
            shown = (
                what
                if "secret" in what or "private" in what
                else f"{what}: “{_around(raw, match)}”"
            )
            problems.append(Problem(page.name, f"{shown} stands on the page", line))
    return problems


def _texts(tree: Any) -> Iterator[tuple[Any, str]]:
    """Yield the running text and the shown attributes of a page, without code."""
    stack = [tree]
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str):
            continue
        yield from ((element, element.get(name)) for name in _SHOWN_ATTRIBUTES if element.get(name))
        if element.tag in _CODE:
            continue
        if element.text and element.text.strip():
            yield element, element.text
        for child in reversed(element):
            stack.append(child)
        yield from ((child, child.tail) for child in element if child.tail and child.tail.strip())


def _around(text: str, match: re.Match[str]) -> str:
    start, end = max(match.start() - 25, 0), match.end() + 25
    return " ".join(text[start:end].split())
