"""What pages share: style sheets, scripts, fonts, KaTeX, reveal.js."""

import posixpath
import re
from pathlib import Path

from pycode.errors import CourseError
from pycode.site.render.config import SiteConfig

FIRST = ("fonts.css", "tokens.css", "shell.css", "parts.css", "course.css", "boxes.css")
LAST = ("print.css",)
DECK = ("fonts.css", "tokens.css", "parts.css", "deck.css")
SITE_CSS = "assets/theme/site.css"
DECK_CSS = "assets/theme/deck.css"
URL = re.compile(r"url\(\s*[\"']?([^\"')]+)[\"']?\s*\)")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
REVEAL = {
    "dist/reveal.js": "reveal.js",
    "dist/reveal.css": "reveal.css",
    "plugin/notes/notes.js": "notes.js",
    "plugin/search/search.js": "search.js",
    "plugin/zoom/zoom.js": "zoom.js",
}
STATIC = Path(__file__).parent / "static"


def squeeze(css: str) -> str:
    """Drop comments and needless white space; strings and `url()` are left as they are."""
    pieces = re.split(r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')", COMMENT.sub("", css))
    for i in range(0, len(pieces), 2):
        text = re.sub(r"\s+", " ", pieces[i])
        pieces[i] = re.sub(r" ?([{};,]) ?", r"\1", text).replace(";}", "}")
    return "".join(pieces).strip()


def _bundle(theme: Path, names: list[str]) -> str:
    return "\n".join(
        squeeze((theme / name).read_text(encoding="utf-8"))
        for name in names
        if (theme / name).is_file()
    )


def style_sheets(config: SiteConfig) -> dict[str, bytes]:
    """Return the two bundles, for pages and for decks, by their place in the site."""
    theme = config.root / "assets" / "theme"
    others = sorted(
        path.name for path in theme.glob("*.css") if path.name not in (*FIRST, *LAST, *DECK)
    )
    pages = _bundle(theme, [*FIRST, *others, *LAST])
    deck = (
        _bundle(theme, list(DECK))
        + "\n"
        + squeeze((STATIC / "deck.css").read_text(encoding="utf-8"))
    )
    return {SITE_CSS: pages.encode(), DECK_CSS: deck.encode()}


def _referred(css: str, folder: str, root: Path) -> dict[str, Path]:
    """Files that a style sheet in the site-relative ``folder`` loads, by their place in the site.

    Raises:
        CourseError: one of them is not there.
    """
    found = {}
    for address in URL.findall(css):
        if address.startswith(("data:", "#")):
            continue
        name = posixpath.normpath(posixpath.join(folder, address.split("?")[0].split("#")[0]))
        if not (root / name).is_file():
            raise CourseError(
                f"{name}, which a style sheet needs, is missing: run `course setup web`."
            )
        found[name] = root / name
    return found


def files(config: SiteConfig, maths: bool, decks: bool) -> dict[str, Path | bytes]:
    """Return every shared file of the site: its place, and where its bytes are.

    Args:
        config: the site.
        maths: whether some document needs KaTeX's style sheet and fonts.
        decks: whether there is a deck.

    Raises:
        CourseError: a part that npm installs is missing.
    """
    result: dict[str, Path | bytes] = dict(style_sheets(config))
    for name, css in list(result.items()):
        result |= _referred(bytes(css).decode(), posixpath.dirname(name), config.root)
    for path in sorted((config.root / "assets" / "js").glob("*.js")):
        result[f"assets/js/{path.name}"] = path
    for path in sorted((config.root / "assets" / "images").rglob("*")):
        if path.is_file():
            result[path.relative_to(config.root).as_posix()] = path
    result["assets/js/listing.js"] = STATIC / "listing.js"
    if maths:
        result |= _katex(config.root)
    if decks:
        result |= _reveal(config.root)
    return result


def _package(root: Path, name: str) -> Path:
    folder = root / "node_modules" / name
    if not folder.is_dir():
        raise CourseError(f"{name} is missing from node_modules/: run `course setup web`.")
    return folder


def _katex(root: Path) -> dict[str, Path | bytes]:
    """KaTeX's style sheet with only the woff2 form of its fonts."""
    folder = _package(root, "katex") / "dist"
    css = (folder / "katex.min.css").read_text(encoding="utf-8")
    css = re.sub(r",url\([^)]*\.(?:woff|ttf)\) format\(\"(?:woff|truetype)\"\)", "", css)
    result: dict[str, Path | bytes] = {"assets/katex/katex.min.css": css.encode()}
    for path in sorted((folder / "fonts").glob("*.woff2")):
        result[f"assets/katex/fonts/{path.name}"] = path
    return result


def _reveal(root: Path) -> dict[str, Path | bytes]:
    folder = _package(root, "reveal.js")
    result: dict[str, Path | bytes] = {
        f"assets/reveal/{target}": folder / source for source, target in REVEAL.items()
    }
    result["assets/reveal/deck.js"] = STATIC / "deck.js"
    return result
