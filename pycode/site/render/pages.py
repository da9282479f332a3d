"""The documents of the site: a source page, its metadata, and the markdown that Pandoc gets."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from pycode.errors import CourseError
from pycode.site.render import frozen, shapes, yamlio
from pycode.site.render.config import SiteConfig, is_file, read_mapping, split_front_matter
from pycode.site.render.shortcodes import Expanded, expand_includes, expand_values

EXTENSIONS = {"html": "html", "revealjs": "html", "typst": "pdf"}
CELL = re.compile(r"^[ \t]*`{3,}\s*\{python\b", re.M)
LAYERED = ("html", "revealjs", "typst")


@dataclass(frozen=True)
class Document:
    """One output file: a page in one format."""

    source: str
    format: str
    meta: dict[str, Any]
    markdown: str
    frozen_key: str = ""

    @property
    def output(self) -> str:
        """Site-relative path of the file that this document becomes."""
        name = self.meta.get("output-file")
        path = PurePosixPath(self.source)
        stem = PurePosixPath(str(name)).stem if name else path.stem
        return (path.parent / f"{stem}.{EXTENSIONS[self.format]}").as_posix()

    @property
    def root(self) -> str:
        """Relative path from this document to the site's root, `./` or `../…/`."""
        return "../" * self.source.count("/") or "./"


@dataclass
class Page:
    """One `.qmd` file with all the documents made from it."""

    source: str
    text: str
    front: dict[str, Any]
    expanded: Expanded
    executed: bool
    documents: list[Document] = field(default_factory=list)

    def where(self, needle: str) -> str:
        """Return `file:line` of the first line that holds ``needle``, or the page's name."""
        for line in self.expanded.lines:
            if needle in line.text:
                return f"{line.file}:{line.number}"
        return self.source


def read_page(config: SiteConfig, source: str) -> Page:
    """Read the source of one page, includes expanded; `add_documents` makes something of it.

    Args:
        config: the site.
        source: project-relative path of the page.

    Raises:
        CourseError: unreadable text, YAML or include.
    """
    try:
        text = (config.root / source).read_text(encoding="utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{source}: not UTF-8 text (byte {error.start}): save the file as UTF-8."
        ) from None
    front_text, _, _ = split_front_matter(text)
    front = yamlio.load(front_text, source, 2) or {}
    if not isinstance(front, dict):
        raise CourseError(
            f"{source}:2: the front matter must be `key: value` lines, got {type(front).__name__}."
        )
    shapes.check_page(front, source)
    expanded = expand_includes(text, source, config.root)
    enabled = (front.get("execute") or {}).get("enabled", True)
    executed = bool(CELL.search(expanded.text) or "jupyter" in front) and enabled is not False
    return Page(source, text, front, expanded, executed)


def add_documents(config: SiteConfig, page: Page, included_meta: dict[str, Any]) -> None:
    """Build the page's documents, one per format.

    Args:
        config: the site.
        page: the page as read.
        included_meta: metadata of the `_metadata.yml` files in its folder and above.

    Raises:
        CourseError: unknown format or shortcode, missing or stale frozen result.
    """
    names = _formats(page, config)
    for name in names:
        document = _document(config, page, name, included_meta)
        document.meta["_formats"] = names
        page.documents.append(document)


def folder_metadata(
    config: SiteConfig, source: str, cache: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return the merged `_metadata.yml` of the page's folder and the folders above it."""
    folder = PurePosixPath(source).parent
    merged: dict[str, Any] = {}
    for parent in [*reversed(folder.parents), folder]:
        key = parent.as_posix()
        if key not in cache:
            path = config.root / key / "_metadata.yml"
            name = path.relative_to(config.root).as_posix()
            cache[key] = read_mapping(path, name) if path.is_file() else {}
            shapes.check_page(cache[key], name)
        merged = yamlio.merge(merged, cache[key])
    return merged


def _formats(page: Page, config: SiteConfig) -> list[str]:
    value = page.front.get("format") or config.tree.get("format") or "html"
    names = [value] if isinstance(value, str) else list(value)
    for name in names:
        if name not in EXTENSIONS:
            raise CourseError(
                f"{page.where(name)}: format {name!r} is not supported; allowed: {', '.join(EXTENSIONS)}."
            )
    return names


def _layer(tree: dict[str, Any], name: str) -> dict[str, Any]:
    """One source's metadata for one format: its general keys, then what it says under `format`."""
    formats = tree.get("format")
    own = formats.get(name) if isinstance(formats, dict) else None
    general = {
        key: value for key, value in tree.items() if key not in ("format", "project", "website")
    }
    return yamlio.merge(general, own if isinstance(own, dict) else {})


def _document(config: SiteConfig, page: Page, name: str, folder: dict[str, Any]) -> Document:
    meta = _layer(config.tree, name)
    for tree in (folder, page.front):
        meta = yamlio.merge(meta, _layer(tree, name))
    _absolute_bibliography(config, page, folder, meta)
    meta = _expand_meta(meta, config, page)
    shapes.check_page(meta, page.source)
    if page.executed:
        body, key = frozen.read(config.project, page.source, page.text, name)
        offset = None
    else:
        _, body, offset = split_front_matter(page.expanded.text)
        key = ""

    def where(position: int) -> str:
        if offset is None:
            found = re.search(r"\{\{<.*?>\}\}", body[position:])
            return page.where(found.group(0) if found else "{{<")
        line = page.expanded.lines[offset + body[:position].count("\n")]
        return f"{line.file}:{line.number}"

    markdown = expand_values(body, config.variables, meta, where)
    return Document(page.source, name, meta, markdown, key)


def _absolute_bibliography(
    config: SiteConfig, page: Page, folder: dict[str, Any], meta: dict[str, Any]
) -> None:
    """Bibliographies are relative to the file that names them: make them project-relative."""
    own = page.front.get("bibliography") or folder.get("bibliography")
    value = meta.get("bibliography")
    names = [value] if isinstance(value, str) else list(value or [])
    base = PurePosixPath(page.source).parent if own else PurePosixPath()
    result = []
    for name in names:
        path = config.root / base / name
        if not is_file(path):
            raise CourseError(f"{page.where(name)}: the bibliography {name!r} is not there.")
        result.append(path.resolve().relative_to(config.root.resolve()).as_posix())
    meta["bibliography"] = result


def _expand_meta(value: Any, config: SiteConfig, page: Page) -> Any:
    if isinstance(value, str):
        return expand_values(value, config.variables, page.front, lambda _: page.where(value[:40]))
    if isinstance(value, dict):
        return {key: _expand_meta(item, config, page) for key, item in value.items()}
    if isinstance(value, list):
        return [_expand_meta(item, config, page) for item in value]
    return value
