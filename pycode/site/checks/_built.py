"""What the checks of the built site share: its pages, parsed, and where an address leads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pycode.project import Project

# Third-party files that the build copies as they are.
COPIED = ("site_libs", "pagefind")


@dataclass(frozen=True)
class BuiltPage:
    """One HTML page; ``name`` is its path in the site."""

    site: Path
    name: str

    @property
    def path(self) -> Path:
        """The page's file."""
        return self.site / self.name

    @cached_property
    def tree(self) -> Any:
        """The parsed page (an lxml element)."""
        from lxml import html

        return html.document_fromstring(
            self.path.read_bytes(), parser=html.HTMLParser(encoding="utf-8")
        )

    @cached_property
    def is_deck(self) -> bool:
        """Whether the page is a reveal.js deck."""
        return bool(self.tree.xpath("//*[contains(concat(' ', @class, ' '), ' slides ')]//section"))

    @cached_property
    def anchors(self) -> set[str]:
        """The ids and names that a link may point to."""
        return {str(value) for value in self.tree.xpath("//@id | //a/@name")}

    def line(self, element: Any) -> int | None:
        """Return the line of an element in the file."""
        return getattr(element, "sourceline", None)


def pages(project: Project) -> list[BuiltPage]:
    """Return the site's own HTML pages, ordered by path."""
    return [BuiltPage(project.site, name) for name in files(project, ".html")]


def files(project: Project, *suffixes: str) -> list[str]:
    """Return the site's own files with one of the suffixes, ordered by path."""
    return sorted(_walk(project.site, suffixes))


def _walk(site: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    for path in site.rglob("*"):
        name = path.relative_to(site)
        if path.suffix in suffixes and path.is_file() and name.parts[0] not in COPIED:
            yield name.as_posix()


def is_external(address: str) -> bool:
    """Return whether an address leaves the site: another host, also without scheme (`//host`)."""
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme in ("http", "https", "ftp", "ws", "wss")


def is_local(address: str) -> bool:
    """Return whether an address names a file of the site (not mailto:, data:, javascript: and the like)."""
    return not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", address.strip()) and not is_external(address)


def path_prefix(project: Project) -> str:
    """Return the path under which the site is published, as `/applied-deep-learning`, or an empty string."""
    website = project.variables().get("website") or {}
    return urlsplit(str(website.get("site-url", ""))).path.rstrip("/")


def target(site: Path, page: str, address: str, prefix: str = "") -> tuple[Path, str]:
    """Return the file and the anchor that ``address`` on ``page`` leads to.

    ``prefix`` is the path under which the site is published: pages that are shown at any address (404.html)
    write their links from the root of the host.
    """
    parts = urlsplit(address.strip())
    path = unquote(parts.path)
    if prefix and (path + "/").startswith(prefix + "/"):
        path = path.removeprefix(prefix) or "/"
    base = site if path.startswith("/") else (site / page).parent
    file = (base / path.lstrip("/")) if path else site / page
    if path.endswith("/") or file.is_dir():
        file = file / "index.html"
    return Path(str(file)), unquote(parts.fragment)
