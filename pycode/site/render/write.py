"""Writes the files of a site into a fresh folder."""

import contextlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.site.render import (
    assets,
    cards,
    extras,
    fragments,
    listing,
    nav,
    pdf,
    resources,
    shell,
)
from pycode.site.render.config import SiteConfig
from pycode.site.render.report import BuildReport, Failure
from pycode.site.render.shell import Rendered, Shell
from pycode.site.render.store import Store, digest

PRELOADED = ("assets/fonts/source-serif-4.woff2", "assets/fonts/source-sans-3.woff2")
THEME_SCRIPT = "assets/js/theme.js"


def write_site(
    site: "Site", items: list[Rendered], store: Store, report: BuildReport, failures: list[Failure], jobs: int
) -> None:  # fmt: skip
    """Write all but the search index into the empty ``site``; problems go into ``failures``."""
    config = site.config
    html_items = [item for item in items if item.document.format == "html"]
    decks = [item for item in items if item.document.format == "revealjs"]
    pdfs = [item for item in items if item.document.format == "typst"]
    report.pages, report.decks, report.pdfs = len(html_items), len(decks), len(pdfs)
    copies = resources.collect(config, items, failures)
    if failures:
        return
    write_documents(site, html_items, decks, store, failures)
    if failures:
        return
    site.add_all(
        assets.files(config, any(item.has_maths for item in html_items + decks), bool(decks))
    )
    site.add_all(copies)
    write_pdfs(site, pdfs, store, failures, jobs)
    write_extras(site, [*html_items, *decks])


class Site:
    """A folder being filled, with what is in it so far."""

    def __init__(self, config: SiteConfig, folder: Path, last: Path) -> None:
        self.config, self.folder, self.last = config, folder, last
        self.taken: set[str] = set()

    def add(self, name: str, data: bytes | str | Path) -> None:
        """Write one file, or copy it; what is the same in the last site is linked, at a tenth of the time."""
        path, before = self.folder / name, self.last / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.taken.add(name)
        if isinstance(data, Path):
            data = data.read_bytes()
        elif isinstance(data, str):
            data = data.encode("utf-8")
        if _holds(before, data):
            with contextlib.suppress(OSError):  # a file system without hard links
                path.hardlink_to(before)
                return
        path.write_bytes(data)

    def add_all(self, files: Mapping[str, Path | bytes]) -> None:
        """Write or copy several files."""
        for name, data in files.items():
            self.add(name, data)

    def add_folder(self, name: str, folder: Path) -> None:
        """Copy a folder with all that is in it."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.add(f"{name}/{path.relative_to(folder).as_posix()}", path)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def write_documents(
    site: Site,
    html_items: list[Rendered],
    decks: list[Rendered],
    store: Store,
    failures: list[Failure],
) -> None:
    """Wrap pages and decks in their shells and write them, with feeds and social cards."""
    config = site.config
    by_source = {item.document.source: item for item in html_items}
    titles = {item.document.source: item.parts.title for item in [*html_items, *decks]}
    listings = _listings(config, by_source, failures)
    frame = Shell(
        config,
        nav.build(config, titles),
        [assets.SITE_CSS],
        _footer(config),
        shell.page_scripts(config),
    )
    frame.theme_script = THEME_SCRIPT if (config.root / THEME_SCRIPT).is_file() else ""
    frame.preload = [name for name in PRELOADED if (config.root / name).is_file()]
    frame.feeds = _feeds(listings)
    frame.cards = _cards(site, [*html_items, *decks], store)
    formats = {(item.document.source): item for item in html_items}
    for item in html_items:
        try:
            entry = listings.get(item.document.source)
            extra: dict[str, Any] = {
                "listing": entry,
                "other_formats": _other_formats(site, formats[item.document.source]),
            }
            if entry and entry.categories:
                extra["scripts"] = [*frame.scripts, "assets/js/listing.js"]
            site.add(item.document.output, frame.page(item, extra))
            if entry and entry.feed and config.site_url:
                site.add(frame.feeds[item.document.source], listing.feed(config, item, entry))
        except CourseError as error:
            failures.append(Failure(item.document.source, str(error)))
    for item in decks:
        site.add(item.document.output, frame.deck(item))


def _listings(
    config: SiteConfig, pages: dict[str, Rendered], failures: list[Failure]
) -> dict[str, listing.Listing]:
    found = {}
    for source, page in pages.items():
        try:
            made = listing.build(config, page, pages)
        except CourseError as error:
            failures.append(Failure(source, str(error)))
            continue
        if made:
            found[source] = made
    return found


def _feeds(listings: dict[str, listing.Listing]) -> dict[str, str]:
    """Feed of each page: its own, else that of the listing that shows it."""
    result: dict[str, str] = {}
    for source, made in listings.items():
        if made.feed:
            name = source.removesuffix(".qmd") + ".xml"
            result[source] = name
            for entry in made.entries:
                result.setdefault(entry.source, name)
    return result


def _other_formats(site: Site, item: Rendered) -> list[tuple[str, str]]:
    formats = item.document.meta.get("_formats") or []
    stem = Path(item.document.output).stem
    return [(f"{stem}.pdf", "PDF")] if "typst" in formats else []


def _footer(config: SiteConfig) -> str:
    footer = config.website.get("page-footer") or ""
    text = (
        footer if isinstance(footer, str) else str(footer.get("left") or footer.get("center") or "")
    )
    return fragments.markdown_inline(text) if text else ""


def _cards(site: Site, items: list[Rendered], store: Store) -> dict[str, str]:
    """Draw the social cards; a page with its own `image:` uses that one."""
    config = site.config
    if not config.site_url or not config.website.get("open-graph", False):
        return {}
    fonts = config.root / "assets" / "fonts"
    wanted = {}
    result = {}
    for item in items:
        image = item.document.meta.get("image")
        if image:
            folder = shell.folder_of(item.document.output)
            name = (
                str(image).lstrip("/")
                if str(image).startswith("/")
                else f"{folder}/{image}".lstrip("/")
            )
            result[item.document.output] = name
        else:
            title = item.plain_title or config.title
            wanted[item.document.output] = title
    for output, title in wanted.items():
        data = cards.card(store, fonts, title, config.title)
        name = f"assets/cards/{digest(data)[:16]}.png"
        result[output] = name
        if name not in site.taken:
            site.add(name, data)
    return result


def write_pdfs(
    site: Site, items: list[Rendered], store: Store, failures: list[Failure], jobs: int
) -> None:
    """Compile the hand-outs."""

    def one(item: Rendered) -> tuple[str, bytes] | Failure:
        try:
            return item.document.output, pdf.compile_pdf(
                site.config, item, store, resources.typst_images(site.config, item)
            )
        except CourseError as error:
            return Failure(item.document.source, str(error))

    with ThreadPoolExecutor(jobs) as pool:
        for result in pool.map(one, items):
            if isinstance(result, Failure):
                failures.append(result)
            else:
                site.add(*result)


def write_extras(site: Site, items: list[Rendered]) -> None:
    """Write the sitemap, robots.txt, redirects and the marker that GitHub must not run Jekyll."""
    config = site.config
    public = [item for item in items if item.document.source != "404.qmd"]
    site.add_all(
        {name: text.encode() for name, text in extras.redirects(items, site.taken).items()}
    )
    site.add(".nojekyll", b"")
    if config.site_url:
        site.add("sitemap.xml", extras.sitemap(config.site_url, public))
        site.add("robots.txt", extras.robots(config.site_url))
