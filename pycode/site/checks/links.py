"""Every internal link, anchor, picture and download of the built site leads somewhere. Works offline."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pycode.project import Project
from pycode.site.checks import Problem
from pycode.site.checks._built import (
    BuiltPage,
    files,
    is_external,
    is_local,
    pages,
    path_prefix,
    target,
)

DESCRIPTION = "internal links, anchors, pictures, downloads and notebook buttons lead somewhere"
NEEDS_SITE = True
NEEDS_BROWSER = False

_ATTRIBUTES = (
    "href",
    "src",
    "poster",
    "data-src",
    "data-background-image",
    "data-background-iframe",
)


def check(project: Project) -> list[Problem]:
    """Return the dead links of the built site, page by page."""
    variables = project.variables().get("website") or {}
    book = _Links(
        project,
        str(variables.get("site-url", "")).rstrip("/"),
        str(variables.get("repo-url", "")).rstrip("/"),
    )
    problems = [problem for page in book.pages.values() for problem in book.page(page)]
    for name in files(project, ".css"):
        problems += book.stylesheet(name)
    return problems


class _Links:
    """The site's pages by name, and the addresses that count as its own."""

    def __init__(self, project: Project, site_url: str, repo_url: str) -> None:
        self.project = project
        self.site_url = site_url
        self.repo_url = repo_url
        self.prefix = path_prefix(project)
        self.pages = {page.name: page for page in pages(project)}

    def page(self, page: BuiltPage) -> list[Problem]:
        """Return the dead links of one page."""
        problems: list[Problem] = []
        for element, address in _addresses(page.tree):
            message = self.problem(page.name, address)
            if message:
                problems.append(Problem(page.name, message, page.line(element)))
        return list(dict.fromkeys(problems))

    def stylesheet(self, name: str) -> list[Problem]:
        """Return the files that a style sheet names and that are not there."""
        text = (self.project.site / name).read_text(encoding="utf-8")
        found = re.findall(
            r"url\(\s*[\"']?([^\"')]+)[\"']?\s*\)|@import\s+[\"']([^\"']+)[\"']", text
        )
        messages = (self.problem(name, one or other) for one, other in found)
        return [Problem(name, message) for message in messages if message]

    def problem(self, page: str, address: str) -> str:
        """Return what is wrong with ``address`` on ``page``, or an empty string."""
        if self.site_url and (address + "/").startswith(self.site_url + "/"):
            return self.internal(page, address.removeprefix(self.site_url) or "/", address)
        if is_external(address):
            return self.repository(address)
        return self.internal(page, address, address) if is_local(address) else ""

    def internal(self, page: str, address: str, shown: str) -> str:
        """Check a file of the site and, in an HTML page, the anchor."""
        file, anchor = target(self.project.site, page, address, self.prefix)
        name = os.path.relpath(file, self.project.site).replace(os.sep, "/")
        if name.startswith("../"):
            return f"{shown} leaves the site: write a path inside it."
        if not file.is_file():
            return f"{shown} leads to {name}, which is not there."
        found = self.pages.get(name)
        if anchor and found and not self.has_anchor(found, anchor):
            return f"{shown}: {name} has no anchor #{anchor}."
        return ""

    def has_anchor(self, page: BuiltPage, anchor: str) -> bool:
        """Return whether the page has the anchor; in a deck also `/id` and `/3/1`."""
        if anchor in page.anchors or anchor == "top":
            return True
        return (
            page.is_deck
            and anchor.startswith("/")
            and (anchor[1:] in page.anchors or bool(re.fullmatch(r"(/\d+)*/?", anchor)))
        )

    def repository(self, address: str) -> str:
        """Check that a file of this repository, also behind Kaggle's and Colab's addresses, is there."""
        path = repository_path(address, self.repo_url)
        if path and not (self.project.root / path).exists():
            return f"{address} opens {path}, which is not in the repository."
        return ""


def repository_path(address: str, repo_url: str) -> str:
    """Return the path of this repository's file that an address opens, or an empty string."""
    parts = urlsplit(address)
    if parts.hostname in ("kaggle.com", "www.kaggle.com"):
        address = parse_qs(parts.query).get("src", [""])[0]
    elif parts.hostname == "colab.research.google.com" and parts.path.startswith("/github/"):
        address = "https://github.com/" + parts.path.removeprefix("/github/")
    slug = "/".join(repo_url.split("/")[-2:])
    raw = f"https://raw.githubusercontent.com/{slug}/"
    if raw and repo_url and address.startswith(raw):
        return unquote(urlsplit(address).path.split("/", 4)[-1])
    match = (
        re.match(rf"{re.escape(repo_url)}/(?:blob|edit|raw|tree)/[^/]+/([^?#]+)", address)
        if repo_url
        else None
    )
    return unquote(match[1]) if match else ""


def _addresses(tree: Any) -> list[tuple[Any, str]]:
    """Return every address of a page with its element."""
    found: list[tuple[Any, str]] = []
    for element in tree.iter("*"):
        found += [(element, element.get(name)) for name in _ATTRIBUTES if element.get(name)]
        found += [
            (element, part.split()[0])
            for part in (element.get("srcset") or "").split(",")
            if part.strip()
        ]
        if element.tag == "meta" and (element.get("http-equiv") or "").lower() == "refresh":
            match = re.search(
                r"url=\s*['\"]?([^'\"]+)", element.get("content") or "", re.IGNORECASE
            )
            found += [(element, match[1])] if match else []
    return [
        (element, address)
        for element, address in found
        if address.strip() and Path(address).name != "#"
    ]
