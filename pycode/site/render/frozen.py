"""Executed pages, read from `_freeze/` in Quarto's own format."""

import hashlib
from pathlib import Path, PurePosixPath

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.freeze.entry import entry_folder, read_entry
from pycode.site.render.config import split_front_matter

RESULT = {"html": "html", "revealjs": "html", "typst": "typ"}


def read(project: Project, source: str, text: str, fmt: str) -> tuple[str, str]:
    """Return the executed page's markdown without front matter, and a key that identifies the result.

    Args:
        project: the checkout.
        source: project-relative path of the page.
        text: source of the page with LF line ends.
        fmt: output format.

    Raises:
        CourseError: the page was never executed for this format, or its source changed since.
    """
    entry = read_entry(project, source, RESULT[fmt])
    advice = f"run `course freeze {source}`"
    if entry is None:
        name = f"{RESULT[fmt]}.json"
        raise CourseError(
            f"{source}: this page has Python cells and no stored result ({name}) in _freeze: {advice}."
        )
    if not entry.is_fresh(text):
        raise CourseError(f"{source}: the page changed after its cells were executed: {advice}.")
    _, body, _ = split_front_matter(entry.markdown)
    return body, hashlib.sha256(entry.markdown.encode("utf-8")).hexdigest()


def figures(project: Project, source: str, fmt: str) -> list[tuple[Path, str]]:
    """Return (file, site-relative target) of each figure that the page's execution left."""
    folder = entry_folder(project, source) / f"figure-{fmt}"
    page = PurePosixPath(source)
    target = page.parent / f"{page.stem}_files" / folder.name
    return [
        (path, (target / path.name).as_posix())
        for path in sorted(folder.glob("*"))
        if path.is_file()
    ]
