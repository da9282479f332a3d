"""The search index: pages, decks and notebooks, by Pagefind."""

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pycode.errors import CourseError
from pycode.site.render.config import SiteConfig
from pycode.site.render.shell import Rendered, is_findable
from pycode.site.render.store import Store, digest

IGNORED = (".claim-source", ".code-copy-button", ".anchorjs-link", "aside.notes")
UNUSED = (
    "pagefind-ui.*",
    "pagefind-modular-ui.*",
    "pagefind-component-ui.*",
    "pagefind-highlight.js",
)
SECTION = re.compile(r'<section id="([^"]+)"([^>]*)>\s*<h([1-6])')
NOISE = re.compile(r"[#*`$\[\]{}|>]+|\]\([^)]*\)")


@dataclass(frozen=True)
class Entry:
    """What Pagefind reads in the place of a page, deck or notebook: its content, without the shell around it.

    This takes half the time of the finished pages, in which formulas are long, and need not wait for them.
    """

    url: str
    title: str
    body: str

    @property
    def file(self) -> str:
        """Name that leads Pagefind to the right address."""
        return self.url if self.url.endswith(".html") else f"{self.url}.html"

    def text(self) -> str:
        """Return the HTML that stands in; only what is not a page must name its address."""
        meta = f'<meta data-pagefind-meta="url[content]" content="{html.escape(self.url)}">'
        return (
            f'<!DOCTYPE html><html lang="en"><head>{meta if self.file != self.url else ""}</head>'
            f'<body data-pagefind-body><h1 data-pagefind-meta="title">{self.title}</h1>{self.body}</body></html>'
        )


def entries(config: SiteConfig, items: Iterable[Rendered]) -> list[Entry]:
    """Return all that can be found: pages and decks that do not say `search: false`, and notebooks.

    Raises:
        CourseError: a notebook cannot be read.
    """
    pages = [item for item in items if item.document.format != "typst"]
    found = [_document_entry(item) for item in pages if is_findable(item.document)]
    names = [name for name in config.resources() if name.endswith(".ipynb")]
    return found + [notebook_entry(config.root / name, name) for name in names]


def _document_entry(item: Rendered) -> Entry:
    parts = item.parts
    # The address of a section sits on its element; Pagefind looks for it on the heading.
    body = SECTION.sub(r'<section\2><h\3 id="\1"', parts.body)
    lead = f"<p>{parts.subtitle}</p><p>{parts.description}</p>"
    return Entry(item.document.output, parts.title, f"{lead}{body}{parts.references}")


def notebook_entry(path: Path, url: str) -> Entry:
    """Return the entry of a notebook: its first heading, and the text of all its cells.

    Raises:
        CourseError: the file is not a notebook.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CourseError(
            f"{url} is not a notebook: make it again with `course notebooks`."
        ) from None
    heading = next(
        (match[1] for text in sources if (match := re.search(r"^#+\s+(.+)$", text, re.M))),
        path.stem,
    )
    text = html.escape(NOISE.sub(" ", "\n".join(sources)))
    return Entry(url, f"{html.escape(heading)} (notebook)", f"<p>{text}</p>")


def index(store: Store, found: list[Entry]) -> Path:
    """Return the folder of the index over the entries: the last one if they are the same, else a new one.

    Raises:
        CourseError: Pagefind is not installed or stopped.
    """
    texts = {entry.file: entry.text() for entry in found}
    key = digest("3", *IGNORED, *UNUSED, *(part for pair in texts.items() for part in pair))
    folder = store.folder / "search"
    # The name is this build's own: the Pagefind of a killed one may go on writing for a while.
    kept, new, pages = folder / key, folder / f".new-{os.getpid()}", folder / "pages"
    if kept.is_dir():
        return kept
    for old in folder.glob("*"):
        if old != pages:
            _remove(old)
    _lay_out(pages, texts)
    _pagefind(pages, new)
    new.rename(kept)
    return kept


def _remove(folder: Path) -> None:
    """Delete an index; it loses its name first, under which a later build would take half of it for whole."""
    gone = folder.with_name(f".old-{folder.name}")
    if not folder.name.startswith("."):
        shutil.rmtree(gone, ignore_errors=True)
        folder = folder.rename(gone)
    shutil.rmtree(folder, ignore_errors=True)


def _lay_out(folder: Path, texts: dict[str, str]) -> None:
    """Make the folder hold just these files; to write all of them anew would take a fifth of a second."""
    wanted = {folder / name: text.encode("utf-8") for name, text in texts.items()}
    for path in folder.rglob("*.html"):
        if path not in wanted:
            path.unlink()
    for path, data in wanted.items():
        if not (path.is_file() and path.read_bytes() == data):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _pagefind(site: Path, target: Path) -> None:
    try:
        from pagefind_bin import get_executable
    except ImportError:
        raise CourseError(
            "Pagefind is missing from the environment: run `make site`, which installs it."
        ) from None
    # Its command reads the pages on all processors; the service behind its Python module reads one after another.
    command = [str(get_executable()), "--site", str(site), "--output-path", str(target)]
    command += ["--exclude-selectors", ",".join(IGNORED)]
    command += ["--keep-index-url", "--force-language", "en", "--quiet"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise CourseError(f"Pagefind stopped: {(ran.stderr or ran.stdout).strip()}")
    for pattern in UNUSED:
        for path in target.glob(pattern):
            path.unlink()
