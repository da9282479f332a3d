"""The resource contract of a page's notebooks: what each asks for, in one table."""

import posixpath

from pycode.errors import CourseError
from pycode.project import Project, find_project
from pycode.site.notebook.buttons import PageMarkdown
from pycode.site.notebook.lab import Lab, read_lab

HEADER = (
    "| Notebook | Minutes | GPU memory | Download |\n|:-----------------------|---:|----:|----:|\n"
)


def contract(page: str, labs: list[str], project: Project | None = None) -> PageMarkdown:
    """Return a table of what ``labs`` need, with links as they must stand on ``page``.

    Both are paths from the project's root. The figures are those of each lab's `lab:` block, which
    the notebook's first cell checks against the machine. For a hidden cell with `output: asis`.

    Raises:
        CourseError: no labs are named, or one is not there or has no `lab:` block.
    """
    project = project or find_project()
    if not labs:
        raise CourseError(f"{page}: contract() needs at least one lab.")
    missing = [name for name in labs if not (project.root / name).is_file()]
    if missing:
        raise CourseError(f"{page}: contract() names {missing[0]}, which is not there.")
    rows = [_row(page, read_lab(project, project.root / name)) for name in labs]
    return PageMarkdown(HEADER + "".join(rows))


def _row(page: str, lab: Lab) -> str:
    link = posixpath.relpath(lab.source, posixpath.dirname(page) or ".")
    needs = lab.needs
    if needs.gpu:
        gpu = f"{needs.vram_gb:g} GB" if needs.vram_gb else "any GPU"
    else:
        gpu = "no GPU"
    download = f"{needs.download_mb:g} MB" if needs.download_mb else "nothing"
    return f"| [{lab.title}]({link}) | {needs.minutes} | {gpu} | {download} |\n"
