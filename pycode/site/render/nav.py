"""Navigation: navbar, sidebars, breadcrumbs, previous and next page."""

import html
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pycode.errors import CourseError, nearest
from pycode.site.render.config import SiteConfig


@dataclass(frozen=True)
class Entry:
    """One line of a navigation. ``source`` is a page of this project, or empty for a section or a foreign link."""

    text: str
    source: str = ""
    href: str = ""
    children: tuple["Entry", ...] = ()

    def pages(self) -> list["Entry"]:
        """This entry and those below it that are pages, in reading order."""
        own = [self] if self.source else []
        return own + [page for child in self.children for page in child.pages()]


@dataclass(frozen=True)
class Sidebar:
    """The navigation of one part of the site."""

    id: str
    title: str
    entries: tuple[Entry, ...]

    def pages(self) -> list[Entry]:
        """All its pages in reading order, each once."""
        seen: dict[str, Entry] = {}
        for entry in self.entries:
            for page in entry.pages():
                seen.setdefault(page.source, page)
        return list(seen.values())

    def trail(self, source: str) -> list[Entry]:
        """The entries from the top down to the page, the page last; empty when it is not here."""

        def search(entries: tuple[Entry, ...]) -> list[Entry]:
            for entry in entries:
                below = search(entry.children)
                if below:
                    return [entry, *below]
                if entry.source == source:
                    return [entry]
            return []

        return search(self.entries)


@dataclass
class Navigation:
    """Everything that a page's shell shows of the site's structure."""

    navbar: list[Entry] = field(default_factory=list)
    navbar_right: list[Entry] = field(default_factory=list)
    sidebars: list[Sidebar] = field(default_factory=list)

    @cached_property
    def _places(self) -> dict[str, tuple[Sidebar, list[Entry], int]]:
        """For each listed page: its sidebar, that sidebar's pages, and the page's place among them."""
        places: dict[str, tuple[Sidebar, list[Entry], int]] = {}
        for bar in self.sidebars:
            pages = bar.pages()
            for at, page in enumerate(pages):
                places.setdefault(page.source, (bar, pages, at))
        return places

    def sidebar_of(self, source: str) -> Sidebar | None:
        """Return the sidebar that lists the page."""
        place = self._places.get(source)
        return place[0] if place else None

    def above(self, source: str) -> Entry | None:
        """Return where a deck belongs: its section's name, with the first other page of that section."""
        bar = self.sidebar_of(source)
        trail = bar.trail(source) if bar else []
        if len(trail) < 2:
            return None
        pages = [page for page in trail[-2].pages() if page.source != source]
        return replace(pages[0], text=trail[-2].text) if pages else None

    def neighbours(self, source: str) -> tuple[Entry | None, Entry | None]:
        """Return the page before and the page after in the page's sidebar."""
        if source not in self._places:
            return None, None
        _, pages, at = self._places[source]
        return (pages[at - 1] if at else None), (pages[at + 1] if at + 1 < len(pages) else None)


def build(config: SiteConfig, titles: dict[str, str]) -> Navigation:
    """Read the navigation from the configuration.

    Args:
        config: the site.
        titles: title of each page (as HTML) by source path, for entries that give none.

    Raises:
        CourseError: an entry points at a page that does not exist.
    """
    navbar = config.website.get("navbar") or {}
    if navbar is True:
        navbar = {}
    sidebars = config.website.get("sidebar") or []
    result = Navigation(
        navbar=[_entry(item, titles) for item in navbar.get("left") or []],
        navbar_right=[_entry(item, titles) for item in navbar.get("right") or []],
    )
    for bar in [sidebars] if isinstance(sidebars, dict) else sidebars:
        entries = tuple(_entry(item, titles) for item in bar.get("contents") or [])
        result.sidebars.append(
            Sidebar(str(bar.get("id") or ""), str(bar.get("title") or ""), entries)
        )
    return result


def _entry(item: Any, titles: dict[str, str]) -> Entry:
    if isinstance(item, str):
        item = {"href": item}
    below = item.get("contents") or item.get("menu") or [] if isinstance(item, dict) else None
    if not isinstance(below, list):
        raise CourseError(
            f"_quarto.yml: a navigation entry is a page, or `text:` with `href:` or `contents:`, got {item!r}."
        )
    target = str(item.get("href") or item.get("file") or "")
    section = item.get("section")
    if section and str(section).endswith(".qmd"):
        target, section = str(section), None
    children = tuple(_entry(child, titles) for child in below)
    text = item.get("text") or section
    if not target.endswith(".qmd"):
        return Entry(html.escape(str(text or target)), href=target, children=children)
    source = target.lstrip("/")
    if source not in titles:
        raise CourseError(
            f"_quarto.yml: the navigation names {target!r}, which is not a page.{nearest(source, list(titles))}"
        )
    return Entry(
        html.escape(str(text)) if text else titles[source], source, source[:-4] + ".html", children
    )
