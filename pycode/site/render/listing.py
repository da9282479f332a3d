"""Listings (the blog): which pages they show, in which order, and their RSS feed."""

import html
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pycode.errors import CourseError
from pycode.site.render import dates
from pycode.site.render.config import SiteConfig
from pycode.site.render.shell import Rendered, folder_of, plain

FIELDS = (
    "date",
    "title",
    "description",
    "categories",
    "image",
    "author",
    "reading-time",
    "subtitle",
)
DEFAULT_FIELDS = ("date", "title", "description", "categories", "image", "author")
WORDS_PER_MINUTE = 200
DROPPED = ("katex-html", "code-copy-button", "anchorjs-link", "claim-source")


@dataclass(frozen=True)
class Item:
    """One page in a listing. Texts are HTML; ``href`` and ``image`` are site-relative."""

    source: str
    href: str
    title: str
    description: str
    author: str
    categories: tuple[str, ...]
    date: str
    date_iso: str
    image: str
    image_alt: str
    minutes: int
    body: str
    title_text: str


@dataclass(frozen=True)
class Listing:
    """The listing of one page."""

    entries: tuple[Item, ...]
    fields: tuple[str, ...]
    categories: tuple[tuple[str, int], ...]
    feed: bool


def build(config: SiteConfig, owner: Rendered, pages: dict[str, Rendered]) -> Listing | None:
    """Return the listing that the page ``owner`` declares, or None.

    Args:
        config: the site.
        owner: page with a `listing:` entry.
        pages: every rendered page by source path.

    Raises:
        CourseError: nothing matches, an unknown field or order, or an entry without the date that it is sorted by.
    """
    spec = owner.document.meta.get("listing")
    if not isinstance(spec, dict):
        return None
    source = owner.document.source
    chosen = _matching(source, spec.get("contents") or "*", pages)
    if not chosen:
        raise CourseError(f"{source}: its listing matches no page: correct `contents`.")
    items = [_item(config, pages[name]) for name in chosen]
    fields = tuple(spec.get("fields") or DEFAULT_FIELDS)
    for name in fields:
        if name not in FIELDS:
            raise CourseError(
                f"{source}: listing field {name!r} is not supported; allowed: {', '.join(FIELDS)}."
            )
    entries = _sorted(items, str(spec.get("sort") or "date desc"), source)
    return Listing(
        tuple(entries),
        fields,
        _counts(entries) if spec.get("categories") else (),
        bool(spec.get("feed")),
    )


def _matching(owner: str, contents: Any, pages: dict[str, Rendered]) -> list[str]:
    folder = PurePosixPath(owner).parent
    patterns = [contents] if isinstance(contents, str) else list(contents)
    found = []
    for name in sorted(pages):
        path = PurePosixPath(name)
        if name == owner or not path.is_relative_to(folder):
            continue
        relative = path.relative_to(folder)
        if any(_matches(relative, str(pattern)) for pattern in patterns):
            found.append(name)
    return found


def _matches(path: PurePosixPath, pattern: str) -> bool:
    if pattern.endswith(".qmd"):
        same_depth = "**" in pattern or len(path.parts) == pattern.count("/") + 1
        return path.match(pattern) and same_depth
    base = pattern.rstrip("/*")
    return not base or base == "." or path.as_posix().startswith(base + "/")


def _sorted(items: list[Item], order: str, source: str) -> list[Item]:
    key, _, direction = order.partition(" ")
    if key not in ("date", "title", "filename") or direction not in ("", "asc", "desc"):
        raise CourseError(
            f"{source}: listing order {order!r} is not supported; use date, title or filename, asc or desc."
        )
    if key == "date":
        undated = [item.source for item in items if not item.date_iso]
        if undated:
            raise CourseError(f"{undated[0]}: it is listed by date in {source} and has no `date:`.")
    keys = {
        "date": lambda item: item.date_iso,
        "title": lambda item: item.title_text,
        "filename": lambda item: item.source,
    }
    items = sorted(items, key=lambda item: item.source)
    return sorted(items, key=keys[key], reverse=direction == "desc")


def _item(config: SiteConfig, page: Rendered) -> Item:
    meta, parts = page.document.meta, page.parts
    date = dates.parse(meta["date"], page.document.source) if meta.get("date") else None
    categories = meta.get("categories") or []
    image = str(meta.get("image") or "")
    folder = folder_of(page.document.output)
    if image.startswith("/"):
        image = image.lstrip("/")
    elif image:
        image = f"{folder}/{image}" if folder else image
    words = len(plain(parts.body).split())
    return Item(
        source=page.document.source,
        href=page.document.output,
        title=parts.title,
        description=parts.description,
        author=", ".join(parts.authors),
        categories=tuple([categories] if isinstance(categories, str) else categories),
        date=dates.short(date, config.language) if date else "",
        date_iso=date.isoformat() if date else "",
        image=image,
        image_alt=str(meta.get("image-alt") or ""),
        minutes=max(1, round(words / WORDS_PER_MINUTE)),
        body=parts.body,
        title_text=page.plain_title,
    )


def _counts(entries: list[Item]) -> tuple[tuple[str, int], ...]:
    names = [name for entry in entries for name in entry.categories]
    return tuple((name, names.count(name)) for name in sorted(set(names), key=str.lower))


def feed(config: SiteConfig, owner: Rendered, listing: Listing) -> str:
    """Return the RSS 2.0 feed of a listing, with absolute links, newest first as the listing is sorted."""
    site, text = config.site_url, html.escape
    address = f"{site}/{owner.document.output}"
    folder = address.removesuffix("index.html")
    newest = max((entry.date_iso for entry in listing.entries if entry.date_iso), default="")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<rss xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">',
        "<channel>",
        f"<title>{text(config.title)}</title>",
        f"<link>{text(folder)}</link>",
        f'<atom:link href="{text(address[:-5])}.xml" rel="self" type="application/rss+xml"/>',
        f"<description>{text(str(config.website.get('description') or ''))}</description>",
        f"<language>{text(config.language)}</language>",
    ]
    if newest:
        lines.append(f"<lastBuildDate>{dates.rfc822(dates.parse(newest, ''))}</lastBuildDate>")
    for entry in listing.entries:
        lines += _feed_item(site, entry)
    return "\n".join([*lines, "</channel>", "</rss>", ""])


def _feed_item(site: str, entry: Item) -> list[str]:
    text = html.escape
    address = f"{site}/{entry.href}".removesuffix("index.html")
    body = _absolute(entry.body, address)
    lines = ["<item>", f"<title>{text(entry.title_text)}</title>"]
    if entry.author:
        lines.append(f"<dc:creator>{text(plain(entry.author))}</dc:creator>")
    lines += [f"<link>{text(address)}</link>", f"<description>{text(body)}</description>"]
    lines += [f"<category>{text(name)}</category>" for name in entry.categories]
    lines.append(f'<guid isPermaLink="true">{text(address)}</guid>')
    if entry.date_iso:
        lines.append(f"<pubDate>{dates.rfc822(dates.parse(entry.date_iso, ''))}</pubDate>")
    return [*lines, "</item>"]


def _absolute(body: str, address: str) -> str:
    """Return a post as feed readers need it: absolute addresses, formulas as MathML alone, no buttons."""
    from urllib.parse import urljoin

    from lxml import html as lxml_html

    tree = lxml_html.fragment_fromstring(body, create_parent="div")
    for element in tree.xpath(f"//*[{' or '.join(map(_class, DROPPED))}]"):
        element.drop_tree()
    for element in tree.iter():
        for name in ("href", "src"):
            if element.get(name):
                element.set(name, urljoin(address, element.get(name)))
    return str(lxml_html.tostring(tree, encoding="unicode"))


def _class(name: str) -> str:
    return f"contains(concat(' ', @class, ' '), ' {name} ')"
