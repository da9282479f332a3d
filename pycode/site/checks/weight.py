"""Pages stay light: what a reader loads before reading, compressed, pictures and fonts aside."""

import gzip
from functools import partial
from pathlib import Path

from pycode.project import Project
from pycode.site.checks import Problem
from pycode.site.checks._built import BuiltPage, is_local, pages, path_prefix, target

DESCRIPTION = "pages ≤ 120 kB, decks ≤ 250 kB, SVG figures ≤ 60 kB, compressed"
NEEDS_SITE = True
NEEDS_BROWSER = False

KB = 1024
PAGE, DECK, FIGURE = 120 * KB, 250 * KB, 60 * KB
_LOADED = "//script[@src]/@src | //link[contains(concat(' ', @rel, ' '), ' stylesheet ')]/@href"


def check(project: Project) -> list[Problem]:
    """Return the pages, decks and SVG pictures that are too heavy, with their heaviest parts."""
    sizes: dict[Path, int] = {}
    prefix = path_prefix(project)
    measure = partial(_size, sizes)
    problems: list[Problem] = []
    for page in pages(project):
        parts = {page.path: measure(page.path)}
        for file in page_files(page, project.site, prefix):
            parts[file] = measure(file)
        limit, kind = (DECK, "deck") if page.is_deck else (PAGE, "page")
        if sum(parts.values()) > limit:
            problems.append(Problem(page.name, _says(parts, limit, kind, project.site)))
    for path in sorted(project.site.rglob("*.svg")):
        if measure(path) > FIGURE:
            name = path.relative_to(project.site).as_posix()
            problems.append(
                Problem(
                    name,
                    f"weighs {_kb(measure(path))}, more than {_kb(FIGURE)}: draw fewer points or save a PNG.",
                )
            )
    return problems


def page_files(page: BuiltPage, site: Path, prefix: str = "") -> list[Path]:
    """Return the style sheets and scripts that a page loads at once."""
    addresses = [str(address) for address in page.tree.xpath(_LOADED)]
    found = (
        target(site, page.name, address, prefix)[0].resolve()
        for address in addresses
        if is_local(address)
    )
    return list(dict.fromkeys(path for path in found if path.is_file()))


def _size(sizes: dict[Path, int], path: Path) -> int:
    if path not in sizes:
        sizes[path] = len(gzip.compress(path.read_bytes(), 6, mtime=0))
    return sizes[path]


def _says(parts: dict[Path, int], limit: int, kind: str, site: Path) -> str:
    heaviest = sorted(parts.items(), key=lambda item: -item[1])[:3]
    names = ", ".join(f"{path.name} {_kb(size)}" for path, size in heaviest)
    return f"this {kind} weighs {_kb(sum(parts.values()))}, more than {_kb(limit)} (heaviest: {names}): load heavy parts on demand."


def _kb(size: int) -> str:
    return f"{size / KB:.0f} kB"
