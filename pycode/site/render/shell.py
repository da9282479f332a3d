"""The page around the content: head, bar, sidebars, title block, footer."""

import html
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2
from markupsafe import Markup

from pycode.site.render import dates
from pycode.site.render.assets import DECK_CSS
from pycode.site.render.config import SiteConfig, is_file
from pycode.site.render.nav import Entry, Navigation
from pycode.site.render.pages import Document
from pycode.site.render.pandoc import Parts

TEMPLATES = Path(__file__).parent / "templates"
TAG = re.compile(r"<[^>]+>")
SCRIPT = re.compile(r"<script[^>]*\bsrc=\"/([^\"]+)\"[^>]*></script>")
LICENCES = {
    "CC BY": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
}

# Nothing is loaded from elsewhere. Styles are inline in formulas and column widths; the search engine is WebAssembly.
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'"
)
# The speaker window of reveal.js writes its own page with a script in it.
DECK_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
PAGE_ONLY = ("search.js", "predict.js")


def reveal_options(meta: dict[str, Any]) -> dict[str, Any]:
    """Return the options that reveal.js starts with."""
    number = meta.get("slide-number", True)
    return {
        "hash": True,
        "history": True,
        "controls": bool(meta.get("controls", False)),
        "progress": bool(meta.get("progress", True)),
        "center": bool(meta.get("center", False)),
        "slideNumber": "c/t" if number is True else number,
        "transition": str(meta.get("transition") or "none"),
        "navigationMode": "linear",
        "width": int(meta.get("width") or 1050),
        "height": int(meta.get("height") or 700),
        "margin": float(meta.get("margin") or 0.1),
        "pdfSeparateFragments": False,
        "pdfMaxPagesPerSlide": 1,
    }


def plain(text: str) -> str:
    """Return HTML as text: tags dropped, entities decoded, blanks collapsed."""
    return " ".join(html.unescape(TAG.sub("", text)).split())


def is_findable(document: Document) -> bool:
    """Return whether search, here and elsewhere, may lead to the document."""
    return document.source != "404.qmd" and document.meta.get("search") is not False


@dataclass(eq=False)
class Rendered:
    """A document with what Pandoc made of it; formulas are already filled in."""

    document: Document
    parts: Parts

    @property
    def plain_title(self) -> str:
        """Title as text."""
        return plain(self.parts.title)

    @property
    def description(self) -> str:
        """Description as text, empty when the page gives none."""
        return plain(self.parts.description)

    @property
    def has_maths(self) -> bool:
        """Whether the page needs KaTeX's style sheet."""
        return 'class="katex' in self.parts.body or 'class="katex' in self.parts.toc


@dataclass
class Shell:
    """Renders complete pages with the Jinja2 templates."""

    config: SiteConfig
    navigation: Navigation
    site_css: list[str]
    footer: str = ""
    scripts: list[str] = field(default_factory=list)
    theme_script: str = ""
    preload: list[str] = field(default_factory=list)
    feeds: dict[str, str] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)

    _sidebars: dict[tuple[int, str], str] = field(default_factory=dict)

    @cached_property
    def environment(self) -> jinja2.Environment:
        """The template environment; values are escaped unless they are HTML already."""
        loader = jinja2.FileSystemLoader(TEMPLATES)
        environment = jinja2.Environment(
            loader=loader,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        environment.filters["html"] = Markup
        return environment

    def page(self, item: Rendered, extra: dict[str, Any] | None = None) -> str:
        """Return the complete HTML of a page."""
        document = item.document
        absolute = document.source == "404.qmd"
        context = self.common(item) | self._around(document) | self._titles(item)
        context |= {
            "body": Markup(item.parts.body),
            "toc": Markup(item.parts.toc),
            "references": Markup(item.parts.references),
            "references_title": item.parts.facts.get("references-title") or "References",
            "listing": None,
            "other_formats": [],
        } | (extra or {})
        text = self.environment.get_template("page.html").render(context)
        return self._absolute(text) if absolute else text

    def deck(self, item: Rendered) -> str:
        """Return the complete HTML of a reveal.js deck."""
        context = self.common(item) | self._titles(item)
        context["body"] = Markup(item.parts.body)
        context |= {
            "css": [],
            "deck_css": DECK_CSS,
            "options": reveal_options(item.document.meta),
            "csp": DECK_POLICY,
            "up": self.navigation.above(item.document.source),
        }
        context["scripts"] = [
            name for name in self.scripts if PurePosixPath(name).name not in PAGE_ONLY
        ]
        return self.environment.get_template("deck.html").render(context)

    def common(self, item: Rendered) -> dict[str, Any]:
        """Return what the `<head>` of every document needs."""
        document, config = item.document, self.config
        card = self.cards.get(document.output, "")
        title = item.plain_title
        return {
            "lang": str(document.meta.get("lang") or config.language),
            "root": document.root,
            "site_title": config.title,
            "page_title": f"{title} – {config.title}"
            if title and title != config.title
            else title or config.title,
            "title_text": title or config.title,
            "description": item.description or str(config.website.get("description") or ""),
            "url": f"{config.site_url}/{document.output}" if config.site_url else "",
            "card": f"{config.site_url}/{card}" if card and config.site_url else "",
            "author_names": [plain(name) for name in item.parts.authors],
            "css": self.site_css,
            "scripts": self.scripts,
            "maths": item.has_maths,
            "feed": self.feeds.get(document.source, ""),
            "favicon": str(config.website.get("favicon") or ""),
            "indexed": is_findable(document),
            "meta": document.meta,
            "csp": POLICY,
            "preload": self.preload,
            "theme_script": self.theme_script,
        }

    def _titles(self, item: Rendered) -> dict[str, Any]:
        meta = item.document.meta
        given = meta.get("date")
        date = dates.parse(given, item.document.source) if given else None
        categories = meta.get("categories") or []
        return {
            "title": Markup(item.parts.title),
            "subtitle": Markup(item.parts.subtitle),
            "summary": Markup(item.parts.description),
            "authors": [Markup(name) for name in item.parts.authors],
            "date": dates.long(date, self.config.language) if date else "",
            "date_iso": date.isoformat() if date else "",
            "categories": [categories] if isinstance(categories, str) else categories,
            "title_block": str(meta.get("title-block-style", "default")) != "none",
        }

    def _around(self, document: Document) -> dict[str, Any]:
        navigation, website = self.navigation, self.config.website
        bar = navigation.sidebar_of(document.source)
        before, after = navigation.neighbours(document.source)
        flow = document.meta.get("page-navigation", website.get("page-navigation"))
        trail = (
            bar.trail(document.source)
            if bar and website.get("bread-crumbs", True) is not False
            else []
        )
        return {
            "navbar": navigation.navbar,
            "navbar_right": navigation.navbar_right,
            "active": self._active(document.source),
            "sidebar": bar,
            "sidebar_items": self._sidebar(document),
            "source": document.source,
            "trail": [(entry, _first_page(entry)) for entry in trail],
            "before": before if flow else None,
            "after": after if flow else None,
            "actions": self._actions(document),
            "licence": self._licence(document),
            "footer": Markup(self.footer),
            "back_to_top": bool(website.get("back-to-top-navigation")),
        }

    def _active(self, source: str) -> str:
        """Source of the navbar entry that stands for this page: itself, or its sidebar's."""
        listed = [entry.source for entry in self.navigation.navbar if entry.source]
        if source in listed:
            return source
        bar = self.navigation.sidebar_of(source)
        return next(
            (name for name in listed if bar and self.navigation.sidebar_of(name) is bar), ""
        )

    def _sidebar(self, document: Document) -> Markup:
        """The entries of the page's sidebar, drawn once per folder depth; the page's own link is marked."""
        bar = self.navigation.sidebar_of(document.source)
        if not bar:
            return Markup("")
        key = (id(bar), document.root)
        if key not in self._sidebars:
            template = self.environment.get_template("sidebar.html")
            self._sidebars[key] = template.render(entries=bar.entries, root=document.root)
        link = f'sidebar-link" href="{document.root}{document.source[:-4]}.html"'
        marked = link.replace("sidebar-link", "sidebar-link active") + ' aria-current="page"'
        return Markup(self._sidebars[key].replace(link, marked))

    def _actions(self, document: Document) -> list[tuple[str, str, str]]:
        website = self.config.website
        repo = str(website.get("repo-url") or "").rstrip("/")
        wanted = document.meta.get("repo-actions", website.get("repo-actions")) or []
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if not repo:
            return []
        branch = website.get("repo-branch") or "main"
        every = {
            "edit": (f"{repo}/edit/{branch}/{document.source}", "Edit this page", "bi-github"),
            "source": (f"{repo}/blob/{branch}/{document.source}", "View source", "bi-github"),
            "issue": (
                str(website.get("issue-url") or f"{repo}/issues/new"),
                "Report an issue",
                "empty",
            ),
        }
        return [every[name] for name in wanted if name in every]

    def _licence(self, document: Document) -> tuple[str, str] | None:
        name = str(document.meta.get("license") or "")
        return (name, LICENCES.get(name, "")) if name else None

    def _absolute(self, text: str) -> str:
        """Make the relative links of the 404 page work from any address of the site."""
        path = re.sub(r"^https?://[^/]+", "", self.config.site_url)
        return re.sub(r'((?:href|src|content)=")\./', rf"\1{path}/", text)


def _first_page(entry: Entry) -> str:
    pages = entry.pages()
    return pages[0].href if pages else ""


def page_scripts(config: SiteConfig) -> list[str]:
    """Return the scripts of every page, site-relative: the project's own and the search overlay."""
    layer = (config.tree.get("format") or {}).get("html") or {}
    names = layer.get("include-after-body") or []
    found: list[str] = []
    for name in [names] if isinstance(names, str) else names:
        path = config.root / str(name)
        if is_file(path):
            found += SCRIPT.findall(path.read_text(encoding="utf-8"))
    search = "assets/js/search.js"
    if (config.root / search).is_file() and search not in found:
        found.append(search)
    return [name for name in found if is_file(config.root / name)]


def folder_of(path: str) -> str:
    """Return the folder of a site-relative path, empty for the root."""
    folder = PurePosixPath(path).parent.as_posix()
    return "" if folder == "." else folder
