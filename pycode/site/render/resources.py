"""Files that pages show or link to: figures of executed cells, images, notebooks, downloads."""

import html
import os
import posixpath
import re
from pathlib import Path

from pycode.site.render import frozen
from pycode.site.render.config import SiteConfig, is_file
from pycode.site.render.report import Failure
from pycode.site.render.shell import Rendered, folder_of

FOREIGN = re.compile(r"^(?:[a-zA-Z][\w+.-]*:|//)")


def collect(config: SiteConfig, items: list[Rendered], failures: list[Failure]) -> dict[str, Path]:
    """Return the files to copy, by their place in the site.

    Args:
        config: the site.
        items: every rendered document.
        failures: gets one entry per picture that does not exist.
    """
    found = {name: config.root / name for name in config.resources()}
    for item in items:
        figures = {
            target: path
            for path, target in frozen.figures(
                config.project, item.document.source, item.document.format
            )
        }
        if item.document.format == "typst":
            continue
        found |= figures
        for name in _local(config, item, figures, failures):
            found[name] = config.root / name
    return found


def _local(
    config: SiteConfig, item: Rendered, figures: dict[str, Path], failures: list[Failure]
) -> list[str]:
    """Project-relative paths of the files that the document's HTML refers to."""
    folder = folder_of(item.document.source)
    names = []
    for attribute, raw in item.parts.facts.get("addresses") or []:
        address = html.unescape(raw)
        if FOREIGN.match(address):
            continue
        name = posixpath.normpath(posixpath.join(folder, address))
        if name in figures or name.startswith(".."):
            continue
        path = config.root / name
        if is_file(path) and path.suffix not in (".qmd", ".html"):
            names.append(name)
        elif attribute != "href" and not os.path.exists(path):  # noqa: PTH110 - Path.exists raises for long names
            failures.append(Failure(item.document.source, _missing(config, item, address)))
    return names + _front_images(config, item, folder, failures)


def _missing(config: SiteConfig, item: Rendered, address: str) -> str:
    """Return what to do about a picture that is not there: drawn by a cell, or named in the text."""
    page = item.document.source
    if address.startswith(f"{Path(page).stem}_files/"):
        return (
            f"{page}: the figure {address!r} is missing from _freeze: run `course freeze {page}`."
        )
    lines = (config.root / page).read_text(encoding="utf-8").splitlines()
    line = next((n for n, text in enumerate(lines, 1) if address in text), None)
    place = f"{page}:{line}" if line else page
    return f"{place}: the picture {address!r} is not there: correct its path, seen from this page."


def _front_images(
    config: SiteConfig, item: Rendered, folder: str, failures: list[Failure]
) -> list[str]:
    image = item.document.meta.get("image")
    if not image or FOREIGN.match(str(image)):
        return []
    base = "" if str(image).startswith("/") else folder
    name = posixpath.normpath(posixpath.join(base, str(image).lstrip("/")))
    if name.startswith("..") or not is_file(config.root / name):
        failures.append(
            Failure(item.document.source, f"`image: {image}` is not there: correct its path.")
        )
        return []
    return [name]


def typst_images(config: SiteConfig, item: Rendered) -> list[bytes]:
    """Return the bytes of the pictures in a hand-out, which its stored PDF depends on."""
    names = re.findall(r'image\("/([^"]+)"', item.parts.body)
    return [path.read_bytes() for name in names if is_file(path := config.root / name)]
