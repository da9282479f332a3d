"""The search index: pages, decks and notebooks, by Pagefind."""

import html
import json
import re
import shutil
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from pycode.errors import CourseError
from pycode.site.render.store import Store, digest

IGNORED = [
    ".claim-source",
    ".code-copy-button",
    ".anchorjs-link",
    "aside.notes",
    ".search-panel",
    "annotation",
]
UNUSED = (
    "pagefind-ui.*",
    "pagefind-modular-ui.*",
    "pagefind-component-ui.*",
    "pagefind-highlight.js",
)
NOISE = re.compile(r"[#*`$\[\]{}|>]+|\]\([^)]*\)")


@dataclass(frozen=True)
class Record:
    """A searchable file that is not a page."""

    url: str
    title: str
    content: str


def notebook_record(path: Path, url: str) -> Record:
    """Return the search record of a notebook: its first heading, and the text of all its cells."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
    except (ValueError, KeyError, TypeError):
        raise CourseError(
            f"{url} is not a notebook: make it again with `course notebooks`."
        ) from None
    heading = next(
        (match[1] for text in sources if (match := re.search(r"^#+\s+(.+)$", text, re.M))),
        path.stem,
    )
    return Record(url, f"{heading} (notebook)", NOISE.sub(" ", "\n".join(sources)))


def stand_in(record: Record) -> str:
    """Return a page that Pagefind reads in the notebook's place; `url` leads to the notebook itself."""
    text, title, url = (html.escape(part) for part in (record.content, record.title, record.url))
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>'
        f'<meta data-pagefind-meta="url[content]" content="{url}"></head>'
        f'<body data-pagefind-body><h1 data-pagefind-meta="title">{title}</h1><p>{text}</p></body></html>'
    )


class Search:
    """The search index of one build: the last one when no page changed, else a new one.

    Pagefind reads a folder at once; handing it pages one by one costs a tenth of a second each.
    """

    def __init__(self, store: Store) -> None:
        self.folder = store.folder / "search"
        self.pages: list[str] = []
        self.result: Future[Path] | None = None

    def add(self, name: str, text: str) -> None:
        """Take note of a finished page."""
        self.pages += [name, text]

    def start(self, site: Path, records: list[Record]) -> None:
        """Begin to index the pages that are in the folder ``site`` by now, in a thread of its own."""
        parts = [part for record in records for part in (record.url, record.title, record.content)]
        key = digest("2", *IGNORED, *UNUSED, *self.pages, *parts)
        self.result = Future()
        threading.Thread(
            target=self._run, args=(self.result, site, key, records), daemon=True
        ).start()

    def finish(self, site: Path) -> None:
        """Wait for the index and put it into the site as `pagefind/`.

        Raises:
            CourseError: Pagefind is not installed or stopped.
        """
        assert self.result is not None
        try:
            kept = self.result.result()
        except CourseError:
            raise
        except Exception as error:
            raise CourseError(f"Pagefind stopped: {error}") from error
        shutil.copytree(kept, site / "pagefind", copy_function=shutil.copyfile)

    def _run(self, result: "Future[Path]", site: Path, key: str, records: list[Record]) -> None:
        try:
            result.set_result(self._index(site, key, records))
        except BaseException as error:  # noqa: BLE001 - finish() raises it in the main thread
            result.set_exception(error)

    def _index(self, site: Path, key: str, records: list[Record]) -> Path:
        import asyncio

        kept, new = self.folder / key, self.folder / "new"
        if kept.is_dir():
            return kept
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        standing_in = [site / f"{record.url}.html" for record in records]
        for path, record in zip(standing_in, records):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(stand_in(record), encoding="utf-8")
        try:
            asyncio.run(_pagefind(site, new))
        finally:
            for path in standing_in:
                path.unlink()
        new.rename(kept)
        return kept


async def _pagefind(site: Path, target: Path) -> None:
    try:
        from pagefind.index import IndexConfig, PagefindIndex
    except ImportError:
        raise CourseError(
            "Pagefind is missing from the environment: run `make site`, which installs it."
        ) from None
    config = IndexConfig(
        exclude_selectors=IGNORED, keep_index_url=True, output_path=str(target), force_language="en"
    )
    async with PagefindIndex(config=config) as index:
        await index.add_directory(str(site))
    for pattern in UNUSED:
        for path in target.glob(pattern):
            path.unlink()
