"""`{{< include file >}}` expanded before anything else is read; every line keeps its origin."""

import re
from dataclasses import dataclass
from pathlib import Path

from pycode.errors import CourseError, nearest
from pycode.project import Project
from pycode.site.qmd.fences import split_lines
from pycode.site.qmd.page import read_source

INCLUDE = re.compile(
    r"^\s*\{\{< include\s+(?P<quote>[\"']?)(?P<target>[^\"']*?)(?P=quote)\s+>\}\}\s*$"
)
BARE = re.compile(r"^\s*\{\{< include\s+>\}\}\s*$")
LITERAL = re.compile(r"^\s*(`{3,}|~{3,})\s*\{.*shortcodes\s*=\s*false")


@dataclass(frozen=True)
class Expanded:
    """A page with its includes in place.

    ``origins`` gives for each line of ``text`` the file and the line it came from; ``included`` lists
    the files in order of first use.
    """

    text: str
    included: tuple[Path, ...]
    origins: tuple[tuple[str, int], ...]

    def where(self, line: int) -> str:
        """Return ``file:line`` of the source for line ``line`` (from 1) of `text`."""
        if not self.origins:
            return "the page:1"
        name, number = self.origins[min(max(line, 1), len(self.origins)) - 1]
        return f"{name}:{number}"


def expand_includes(path: Path, project: Project) -> tuple[str, list[Path]]:
    """Return the text of ``path`` with its includes in place, and the included files.

    Raises:
        CourseError: as `expand`.
    """
    expanded = expand(path, project)
    return expanded.text, list(expanded.included)


def expand(path: Path, project: Project) -> Expanded:
    """Expand the includes of a page, recursively.

    As in Quarto, a target is relative to the *page* (also in an included file), or to the project when
    it starts with ``/``, and the included text is followed by an empty line.

    Raises:
        CourseError: a file is missing, outside the project, not UTF-8, or includes itself.
    """
    state = _Expansion(path, project)
    state.add(path, (path.resolve(),))
    text = "".join(state.lines)
    return Expanded(text, tuple(dict.fromkeys(state.included)), tuple(state.origins))


class _Expansion:
    """The lines gathered so far; one object per page."""

    def __init__(self, page: Path, project: Project) -> None:
        self.page = page
        self.project = project
        self.lines: list[str] = []
        self.origins: list[tuple[str, int]] = []
        self.included: list[Path] = []

    def add(self, path: Path, chain: tuple[Path, ...]) -> None:
        """Append the lines of ``path``; ``chain`` holds the files that are being included."""
        name = self.project.relative(path)
        literal = ""
        for number, line in enumerate(split_lines(read_source(path, name)), start=1):
            place = f"{name}:{number}"
            fence = LITERAL.match(line)
            if literal and line.strip() == literal:
                literal = ""
            elif fence and not literal:
                literal = fence[1]
            match = None if literal else INCLUDE.match(line)
            if not literal and BARE.match(line):
                raise CourseError(f"{place}: include needs the name of a file.")
            if match is None:
                self._append(line, name, number)
            else:
                self._include(match["target"], place, chain)
        if len(chain) > 1:
            self._end_include(name)

    def _include(self, target: str, place: str, chain: tuple[Path, ...]) -> None:
        path = self._resolve(target, place)
        if path in chain:
            raise CourseError(
                f"{place}: {target!r} includes itself, directly or through another file."
            )
        self.included.append(path)
        self.add(path, (*chain, path))

    def _end_include(self, name: str) -> None:
        last = self.origins[-1][1] if self.origins else 1
        if self.lines and not self.lines[-1].endswith("\n"):
            self.lines[-1] += "\n"
        self._append("\n", name, last)

    def _append(self, line: str, name: str, number: int) -> None:
        self.lines.append(line)
        self.origins.append((name, number))

    def _resolve(self, target: str, place: str) -> Path:
        base = self.project.root if target.startswith("/") else self.page.parent
        try:
            path = (base / target.lstrip("/")).resolve()
            if path.is_relative_to(self.project.root.resolve()) and path.is_file():
                return path
        except (OSError, ValueError):  # a name that no file system takes
            pass
        folder = (base / target.lstrip("/")).parent
        names = [item.name for item in folder.iterdir()] if folder.is_dir() else []
        hint = nearest(Path(target).name, names)
        raise CourseError(f"{place}: the included file {target!r} is not in the project.{hint}")
