"""The executed pages of the project, and freezing one of them from start to end."""

from collections.abc import Callable

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.freeze import manifest, store
from pycode.site.freeze.source import Source, read_page_source


def executed_pages(project: Project) -> tuple[list[Source], list[CourseError]]:
    """Return the pages that are executed, and the mistakes in pages that cannot be read."""
    from pycode.site.render.config import load_config

    sources, errors = [], []
    for name in load_config(project).pages():
        try:
            source = read_page_source(project, name)
        except CourseError as error:
            errors.append(error)
            continue
        if source.is_executed:
            sources.append(source)
    return sources, errors


def freeze(
    project: Project, source: Source, on_cell: Callable[[int, int, str, float], None]
) -> int:
    """Execute a page, store its results with its dependencies, and return the number of figures.

    Raises:
        CourseError: a cell raised or its output cannot be shown; what was stored before stays.
    """
    from pycode.site.freeze.execute import execute

    done = execute(source, project, on_cell)
    with store.locked(project):
        store.store(project, source.name, done.entries, done.figures)
        markdown = "".join(entry.markdown for entry in done.entries.values())
        value = manifest.describe(project, source, markdown, done.used)
        manifest.write_manifest(project, current(project).with_page(source.name, value))
    return sum(len(files) for files in done.figures.values())


def drop(project: Project, page: str) -> None:
    """Delete the results of a page that is gone."""
    with store.locked(project):
        store.remove(project, page)
        manifest.write_manifest(project, current(project).without(page))


def current(project: Project) -> manifest.Manifest:
    """Return the manifest, or an empty one when it is damaged: freezing makes it again."""
    try:
        return manifest.read_manifest(project)
    except CourseError:
        return manifest.Manifest()
