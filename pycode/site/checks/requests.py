"""A reader's browser talks to this site only, and runs only its files: no page holds code of its own."""

import re
from collections.abc import Iterator
from typing import Any

from pycode.project import Project
from pycode.site.checks import Problem
from pycode.site.checks._built import BuiltPage, files, is_external, pages

DESCRIPTION = "nothing is loaded from another host, and no script stands inside a page"
NEEDS_SITE = True
NEEDS_BROWSER = False

_LOADING = (
    "src",
    "data-src",
    "srcset",
    "poster",
    "background",
    "data-background-image",
    "data-background-video",
    "data-background-iframe",
)
_LINKS = {
    "stylesheet", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "icon", "shortcut",
    "apple-touch-icon", "manifest", "mask-icon", "prerender",
}  # fmt: skip
_CSS = re.compile(r"url\(\s*[\"']?\s*([^\"')]+)|@import\s+[\"']([^\"']+)")
# Calls and assignments that load at once; a bare address in a string is no request.
_SCRIPT = re.compile(
    r"(?:\bfetch|\bimportScripts|\bimport|\bnew\s+(?:WebSocket|EventSource|Worker)|\bsendBeacon|\.open)\s*\(\s*"
    r"(?:[\"']\w+[\"']\s*,\s*)?[\"'`]((?:https?:|wss?:)?//[^\"'`]+)"
    r"|(?:\.src|\.href)\s*=\s*[\"'`]((?:https?:)?//[^\"'`]+)"
    r"|\b(?:import|from)\s*[\"']((?:https?:)?//[^\"']+)"
)
# Plotly's logo is a link of its tool bar, which `assets/js/explore.js` switches off; nothing is loaded from it.
_NO_REQUEST = {("assets/plotly/plotly.min.js", "https://plotly.com/")}


def check(project: Project) -> list[Problem]:
    """Return every address on another host that a browser would load, and every script in a page."""
    problems = [problem for page in pages(project) for problem in [*_page(page), *_inline(page)]]
    for name in _all(project, ".css"):
        text = (project.site / name).read_text(encoding="utf-8")
        problems += [Problem(name, _says(address)) for address in css_addresses(text)]
    for name in _all(project, ".js", ".mjs"):
        text = (project.site / name).read_text(encoding="utf-8", errors="replace")
        problems += [
            Problem(name, _says(address))
            for address in script_addresses(text)
            if (name, address) not in _NO_REQUEST
        ]
    return list(dict.fromkeys(problems))


def css_addresses(text: str) -> list[str]:
    """Return the addresses on other hosts that a style sheet loads."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = ((one or other).strip() for one, other in _CSS.findall(text))
    return [address for address in found if is_external(address)]


def script_addresses(text: str) -> list[str]:
    """Return the addresses on other hosts that a script loads in so many words."""
    return ["".join(match.groups(default="")) for match in _SCRIPT.finditer(text)]


def _page(page: BuiltPage) -> list[Problem]:
    return [
        Problem(page.name, _says(address), page.line(element))
        for element, address in _loads(page.tree)
        if is_external(address)
    ]


def _inline(page: BuiltPage) -> Iterator[Problem]:
    """Yield the code inside a page that has a policy; decks may hold scripts, but no handlers either.

    Quarto's own pages have no policy and hold scripts of its own.
    """
    policy = " ".join(page.tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content"))
    scripts = next((part for part in policy.split(";") if part.split()[:1] == ["script-src"]), "")
    for element in page.tree.iter("*") if policy else ():
        found = [name for name in element.attrib if name.startswith("on")]
        if any(v.strip().lower().startswith("javascript:") for v in element.attrib.values()):
            found.append("javascript:")
        runs = (element.get("type") or "module") in ("module", "text/javascript")
        if element.tag == "script" and not element.get("src") and runs:
            found += [] if "'unsafe-inline'" in scripts else ["script"]
        if found:
            message = f"holds code ({found[0]}): put it into a file in assets/js/."
            yield Problem(page.name, message, page.line(element))


def _loads(tree: Any) -> Iterator[tuple[Any, str]]:
    """Yield what the elements of a page load, inline styles and scripts included."""
    for element in tree.iter("*"):
        for name in _LOADING:
            value = element.get(name) or ""
            for part in value.split(",") if name == "srcset" else [value]:
                if part.strip():
                    yield element, part.split()[0]
        if element.tag == "link" and _LINKS & set((element.get("rel") or "").lower().split()):
            yield element, element.get("href") or ""
        if element.tag in ("use", "image", "feimage"):
            yield element, element.get("href") or element.get("xlink:href") or ""
        if element.tag == "object":
            yield element, element.get("data") or ""
        yield from ((element, address) for address in css_addresses(element.get("style") or ""))
        if element.tag == "style":
            yield from ((element, address) for address in css_addresses(element.text or ""))
        if element.tag == "script" and not element.get("src"):
            yield from ((element, address) for address in script_addresses(element.text or ""))


def _all(project: Project, *suffixes: str) -> list[str]:
    """Return the site's files with these suffixes, copied libraries included: readers load them too."""
    names = {
        path.relative_to(project.site).as_posix()
        for s in suffixes
        for path in project.site.rglob(f"*{s}")
    }
    return sorted(names | set(files(project, *suffixes)))


def _says(address: str) -> str:
    return f"loads {address[:120]}: put the file into the site instead."
