"""Decks on paper: one page for each slide, checked for what would be cut off."""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pycode.errors import CourseError
from pycode.files import write_bytes
from pycode.project import Project
from pycode.site.overflow import open_print_view, overflowing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}")
_NOTES_STYLE = """
.reveal .speaker-notes-pdf[data-layout="separate-page"] {
  box-sizing: border-box; width: 100% !important; height: auto; padding: 40px 60px !important; margin: 0 !important;
  background: none !important; color: #1f1d1a !important; font-size: 26px; line-height: 1.45; text-align: left;
  border: 0 !important; break-before: page; page-break-before: always;
}
.reveal .speaker-notes-pdf[data-layout="separate-page"]:last-child {
  break-after: auto !important; page-break-after: auto !important;
}
"""


@dataclass(frozen=True)
class Deck:
    """A built deck: its page in the site, its slides and how many of them have notes."""

    page: str
    slides: int
    noted: int


def find_decks(site: Path) -> list[Deck]:
    """Return the reveal.js decks of a built site, ordered by path."""
    pages = sorted(path for path in site.rglob("*.html") if "site_libs" not in path.parts)
    return [deck for path in pages if (deck := read_deck(path, site)) is not None]


def read_deck(path: Path, site: Path) -> Deck | None:
    """Return the deck at ``path``, or None when the page is no deck. Slides are counted in the HTML."""
    from lxml import html

    data = path.read_bytes()
    if b"reveal" not in data:
        return None
    tree = html.fromstring(data)
    slides = tree.xpath(
        "//*[contains(concat(' ', @class, ' '), ' reveal ')]/*[contains(concat(' ', @class, ' '), ' slides ')]"
    )
    if not slides:
        return None
    leaves = slides[0].xpath(
        ".//section[not(.//section)][not(ancestor-or-self::section[@data-visibility='hidden'])]"
    )
    noted = [
        leaf
        for leaf in leaves
        if leaf.xpath(".//aside[contains(@class, 'notes')]") or leaf.get("data-notes")
    ]
    return Deck(path.relative_to(site).as_posix(), len(leaves), len(noted))


def print_deck(browser: "Browser", base: str, deck: Deck, notes: bool = False) -> bytes:
    """Return a deck as PDF, dates removed: the same deck gives the same bytes in one browser.

    With ``notes`` a slide's speaker notes follow it on a page of their own.

    Raises:
        CourseError: a slide holds more than its box shows, or the number of pages is not that of slides.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    try:
        open_print_view(page, f"{base}/{deck.page}", "&showNotes=separate-page" if notes else "")
        problems = overflowing(page)
        if problems:
            raise CourseError(
                f"{deck.page}: {'; '.join(problems)}: shorten or split {_these(problems)}."
            )
        if notes:
            page.add_style_tag(content=_NOTES_STYLE)
        data = page.pdf(prefer_css_page_size=True, print_background=True)
    finally:
        page.close()
    _require_pages(deck, data, notes)
    return _DATE.sub(rb"\g<1>20000101000000", data)


def print_decks(
    project: Project, names: list[str], output: Path, notes: bool = False
) -> list[tuple[Path, int]]:
    """Print decks of the built site to ``output`` and return (file, pages) for each.

    ``names`` are deck pages or folders, as `weeks/week1` or `weeks/week1/slides.qmd`; none means all.

    Raises:
        CourseError: the site is not built, a deck is not known or does not print whole.
    """
    from pycode.site.browser import chromium, serve

    if not project.site.is_dir():
        raise CourseError("_site/ is not there: run `make site` first.")
    decks = choose_decks(find_decks(project.site), names)
    printed: list[tuple[Path, int]] = []
    with serve(project.site) as base, chromium() as browser:
        for deck in decks:
            data = print_deck(browser, base, deck, notes)
            path = output / pdf_name(deck.page, notes)
            write_bytes(path, data)
            printed.append((path, _pages(data)))
    return printed


def choose_decks(decks: list[Deck], names: list[str]) -> list[Deck]:
    """Return the decks that ``names`` name, all of them without names."""
    from pycode.errors import nearest

    if not decks:
        raise CourseError("The site has no decks: run `make site` first.")
    chosen: list[Deck] = []
    for name in names:
        wanted = re.sub(r"\.(qmd|html)$", "", name.strip("./"))
        found = [
            deck
            for deck in decks
            if deck.page == f"{wanted}.html" or deck.page.startswith(f"{wanted}/")
        ]
        if not found:
            known = [deck.page.removesuffix(".html") for deck in decks]
            raise CourseError(
                f"No deck {name!r}; known: {', '.join(known)}.{nearest(wanted, known)}"
            )
        chosen += [deck for deck in found if deck not in chosen]
    return chosen if names else decks


def pdf_name(page: str, notes: bool) -> str:
    """Return the PDF's file name: `weeks/week1/slides.html` becomes weeks-week1-slides.pdf."""
    return page.removesuffix(".html").replace("/", "-") + ("-notes" if notes else "") + ".pdf"


def _require_pages(deck: Deck, data: bytes, notes: bool) -> None:
    wanted = deck.slides + (deck.noted if notes else 0)
    pages = _pages(data)
    if pages != wanted:
        what = f"{deck.slides} slides" + (f" and {deck.noted} pages of notes" if notes else "")
        raise CourseError(
            f"{deck.page}: the PDF has {pages} pages for {what}: "
            + (
                "some notes fill more than a page; shorten them."
                if notes and pages > wanted
                else "a slide was lost or split."
            )
        )


def _pages(data: bytes) -> int:
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(data)).pages)


def _these(problems: list[str]) -> str:
    return "this slide" if len(problems) == 1 else "these slides"
