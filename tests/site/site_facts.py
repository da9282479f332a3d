"""What a rendered site says, read from its files: the same facts from real Quarto's DOM and from ours."""

import json
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree, html

UNREAD = ("katex", "screen-reader-only", "code-annotation-anchor", "footnote-back")
OUTSIDE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)


@dataclass(frozen=True)
class PageFacts:
    """One page. Addresses are site paths (``weeks/a.html#x``), texts have single spaces."""

    title: str = ""
    document_title: list[str] = field(default_factory=list)
    title_block: list[str] = field(default_factory=list)
    headings: list[tuple[str, str, str]] = field(default_factory=list)
    navbar: list[tuple[str, str]] = field(default_factory=list)
    sidebar: list[tuple[str, str]] = field(default_factory=list)
    breadcrumbs: list[str] = field(default_factory=list)
    neighbours: list[str] = field(default_factory=list)
    toc: list[tuple[str, str]] = field(default_factory=list)
    cross_references: list[tuple[str, str]] = field(default_factory=list)
    captions: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    images: list[tuple[str, str]] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    outputs: list[tuple[str, str]] = field(default_factory=list)
    callouts: list[tuple[str, str]] = field(default_factory=list)
    tabs: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    tables: list[list[str]] = field(default_factory=list)
    folds: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    listing: list[tuple[str, ...]] = field(default_factory=list)
    slides: list[tuple[str, str]] = field(default_factory=list)
    fragments: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SiteFacts:
    """A whole site: ``files`` are its pages and feeds, ``feeds`` the addresses in each feed."""

    files: list[str]
    pages: dict[str, PageFacts]
    sitemap: list[str]
    feeds: dict[str, list[tuple[str, str]]]
    searched: list[str]


def has(name: str) -> str:
    """XPath condition: the element has the class ``name``."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def text_of(node: html.HtmlElement) -> str:
    """Text with single spaces, without formulas, code annotations and what is only read aloud."""
    tags = "self::math or self::script or self::style"
    classes = " or ".join(map(has, UNREAD))
    hidden = f"ancestor-or-self::*[{tags} or {classes}]"
    words = "".join(node.xpath(f".//text()[not({hidden})]"))
    return " ".join(words.replace("\xa0", " ").split())


def resolve(href: str, page: str) -> str:
    """Site path that ``href`` on ``page`` leads to; addresses elsewhere stay as they are."""
    if OUTSIDE.match(href):
        return href
    parts = urlsplit(href)
    if not parts.path:
        return f"{page}#{parts.fragment.lstrip('/')}"
    path = posixpath.normpath(posixpath.join("/", posixpath.dirname(page), parts.path)).lstrip("/")
    path = posixpath.join(path, "index.html") if parts.path.endswith("/") else path
    return f"{path}#{parts.fragment}" if parts.fragment else path


class Reader:
    """Reads one page's facts from its tree."""

    def __init__(self, tree: html.HtmlElement, page: str) -> None:
        self.tree, self.page = tree, page
        found = tree.xpath(f"//main[@id='quarto-document-content'] | //div[{has('slides')}]")
        self.main = found[0] if found else tree
        self.deck = bool(tree.xpath(f"//div[{has('slides')}]"))

    def texts(self, path: str) -> list[str]:
        return [text_of(node) for node in self.main.xpath(path)]

    def links(self, path: str) -> list[tuple[str, str]]:
        nodes = self.tree.xpath(path)
        return [
            (resolve(node.get("href"), self.page), text_of(node))
            for node in nodes
            if node.get("href")
        ]

    def title_block(self) -> list[str]:
        """Subtitle, description, categories, authors and date."""
        names = ("subtitle", "description", "quarto-category", "quarto-title-author-name", "date")
        authors = f".//*[{has('quarto-title-meta-contents')}]/p[not({has('date')})]"
        return [
            text
            for path in [*(f".//*[{has(name)}]" for name in names), authors]
            for text in self.texts(path)
        ]

    def headings(self) -> list[tuple[str, str, str]]:
        wanted = f".//section/*[self::h1 or self::h2 or self::h3 or self::h4][not({has('title')})]"
        skipped = {"quarto-bibliography", "quarto-reuse", "quarto-citation"}
        nodes = [
            node for node in self.main.xpath(wanted) if node.getparent().get("id") not in skipped
        ]
        return [(node.tag, node.getparent().get("id") or "", text_of(node)) for node in nodes]

    def captions(self) -> dict[str, str]:
        found = {}
        for figure in self.main.xpath(".//*[@id]/figure[figcaption]"):
            found[figure.getparent().get("id")] = text_of(figure.xpath("figcaption")[-1])
        # In a deck Quarto stretches a picture and leaves its caption bare.
        for caption in self.main.xpath(
            f".//img[@id]/following-sibling::*[1][self::p and {has('caption')}]"
        ):
            found[caption.getprevious().get("id")] = text_of(caption)
        return found

    def images(self) -> list[tuple[str, str]]:
        nodes = self.main.xpath(f".//img[not(ancestor::*[{has('thumbnail')}])]")
        addresses = [
            (node.get("src") or node.get("data-src") or "", node.get("alt") or "") for node in nodes
        ]
        return [(resolve(address, self.page), alt) for address, alt in addresses]

    def outputs(self) -> list[tuple[str, str]]:
        """Kinds and texts of the cells' outputs, without spaces: those between table cells are anyone's."""
        nodes = self.main.xpath(f".//div[{has('cell-output')}]")
        kinds = [
            " ".join(sorted(re.findall(r"cell-output-\w+", node.get("class")))) for node in nodes
        ]
        return [
            (kind, "".join(text_of(node).split())) for kind, node in zip(kinds, nodes, strict=True)
        ]

    def callouts(self) -> list[tuple[str, str]]:
        found = []
        for node in self.main.xpath(f".//*[{has('callout')}]"):
            kind = re.findall(r"callout-(note|tip|warning|important|caution)\b", node.get("class"))
            titles = node.xpath(f".//*[{has('callout-title-container')} or {has('callout-title')}]")
            found.append((kind[0] if kind else "", text_of(titles[0]) if titles else ""))
        return found

    def paragraphs(self) -> list[str]:
        """Sorted, because notes in the margin stand in different places."""
        frame = [
            "caption",
            "box-label",
            "quarto-title-block",
            "quarto-title-meta",
            "quarto-listing",
            "callout-title",
        ]
        outside = " or ".join(map(has, frame))
        nodes = self.main.xpath(
            f".//p[not(ancestor-or-self::*[{outside} or @id='quarto-appendix' or @id='title-slide' or self::td])]"
        )
        return sorted(filter(None, map(text_of, nodes)))

    def listing(self) -> list[tuple[str, ...]]:
        """Address, title, categories and date of each entry, in order."""
        found = []
        for post in self.main.xpath(f".//*[{has('quarto-post')}]"):
            title = post.xpath(f".//*[{has('listing-title')}]//a")[0]
            categories = [text_of(node) for node in post.xpath(f".//*[{has('listing-category')}]")]
            dates = [text_of(node) for node in post.xpath(f".//*[{has('listing-date')}]")]
            entry = (text_of(title), ", ".join(categories), *dates)
            found.append((resolve(title.get("href"), self.page), *entry))
        return found

    def slides(self) -> list[tuple[str, str]]:
        nodes = (
            self.main.xpath(f".//section[{has('slide')} or @id='title-slide']") if self.deck else []
        )
        return [
            (node.get("id") or "", text_of((node.xpath("./h1 | ./h2") or [node])[0]))
            for node in nodes
        ]

    def facts(self) -> PageFacts:
        """Everything that two renderers have to agree on."""
        tabs = f".//div[{has('panel-tabset')}]/ul//a"
        code = f".//pre[{has('sourceCode')}]/code"
        inside = f"not({has('footnote-ref')} or {has('footnote-back')} or {has('quarto-xref')} or @role='doc-biblioref' or @role='button')"
        plain = f".//p//a[@href][{inside}]"
        titles = self.tree.xpath("//head/title")
        return PageFacts(
            title=" ".join(self.texts(f".//h1[{has('title')}]")),
            document_title=sorted(text_of(titles[0]).split(" – ")) if titles else [],
            title_block=self.title_block(),
            headings=self.headings(),
            navbar=self.links(f"//header//a[{has('nav-link')}]"),
            sidebar=self.links(f"//*[@id='quarto-sidebar']//a[{has('sidebar-link')}]"),
            breadcrumbs=self.texts(f".//nav[{has('quarto-title-breadcrumbs')}]//li"),
            neighbours=[href for href, _ in self.links(f"//nav[{has('page-navigation')}]//a")],
            toc=self.links("//nav[@id='TOC']//ul//a[starts-with(@href, '#')]"),
            cross_references=[
                (resolve(node.get("href"), self.page), text_of(node))
                for node in self.main.xpath(f".//a[{has('quarto-xref')}]")
            ],
            captions=self.captions(),
            links=[resolve(node.get("href"), self.page) for node in self.main.xpath(plain)],
            images=self.images(),
            citations=self.texts(f".//*[{has('citation')}]"),
            code=self.texts(code),
            outputs=self.outputs(),
            callouts=self.callouts(),
            tabs=self.texts(tabs),
            paragraphs=self.paragraphs(),
            tables=[
                [text_of(cell) for cell in table.xpath(".//th | .//td")]
                for table in self.main.xpath(".//table")
            ],
            folds=self.texts(f".//details[not({has('code-fold')} or {has('callout')})]/summary"),
            boxes=self.texts(f".//*[{has('box-label')}]"),
            claims=self.texts(f".//*[{has('claim')}]"),
            listing=self.listing(),
            slides=self.slides(),
            fragments=len(self.main.xpath(f".//*[{has('fragment')}]")) if self.deck else 0,
            notes=self.texts(f".//aside[{has('notes')}]"),
        )


def page_facts(text: str, page: str) -> PageFacts:
    """Facts of one page's HTML; ``page`` is its path in the site."""
    return Reader(html.document_fromstring(text), page).facts()


def feed_items(text: str) -> list[tuple[str, str]]:
    """Titles and links of an RSS feed's items."""
    items = etree.fromstring(text.encode()).findall(".//item")
    return [(item.findtext("title") or "", item.findtext("link") or "") for item in items]


def site_facts(folder: Path) -> SiteFacts:
    """Facts of the site in ``folder``; the libraries that a renderer brings are left out."""
    names = [
        path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()
    ]
    files = [
        name for name in names if re.search(r"\.(html|xml|pdf)$", name) and "site_libs/" not in name
    ]
    read = {
        name: (folder / name).read_text(encoding="utf-8")
        for name in files
        if not name.endswith(".pdf")
    }
    redirects = {
        name
        for name, text in read.items()
        if re.search('<title>Redirect<|http-equiv="refresh"', text)
    }
    pages = [name for name in read if name.endswith(".html") and name not in redirects]
    search = folder / "search.json"
    entries = json.loads(search.read_text(encoding="utf-8")) if search.is_file() else []
    feeds = {name: feed_items(text) for name, text in read.items() if "<rss" in text[:200]}
    return SiteFacts(
        files=files,
        pages={name: page_facts(read[name], name) for name in pages},
        sitemap=sorted(re.findall(r"<loc>(.*?)</loc>", read.get("sitemap.xml", ""))),
        feeds=feeds,
        searched=sorted({entry["href"].split("#")[0] for entry in entries}),
    )
