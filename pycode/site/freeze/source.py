"""A page and its settings, before anything is executed. Needs no Jupyter."""

from dataclasses import dataclass
from pathlib import Path

from pycode.project import Project
from pycode.site.freeze.formats import Output, outputs_of, project_tree
from pycode.site.qmd import Expanded, Page, expand, parse
from pycode.site.qmd.page import read_source


@dataclass(frozen=True)
class Source:
    """A page before execution. ``name`` is its project-relative path, ``text`` that of the file."""

    name: str
    path: Path
    text: str
    expanded: Expanded
    page: Page
    outputs: list[Output]

    @property
    def is_executed(self) -> bool:
        """Whether Quarto keeps an entry for this page: it has cells and is not switched off."""
        engine = bool(self.page.cells) or "jupyter" in self.page.front_matter
        return engine and self.outputs[0].execute["enabled"] is not False


def read_page_source(project: Project, name: str) -> Source:
    """Read a page with its includes and its settings.

    Raises:
        CourseError: the page or an included file cannot be read or parsed.
    """
    path = project.root / name
    text = read_source(path, name)
    expanded = expand(path, project)
    page = parse(expanded.text, name, expanded.where)
    tree = project_tree(project, name)
    return Source(name, path, text, expanded, page, outputs_of(page.front_matter, tree, name))
