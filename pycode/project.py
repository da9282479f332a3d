"""Where the project is, and the facts of `_variables.yml` that instructors edit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.yamltext import YamlProblem, parse_yaml


@dataclass(frozen=True)
class Project:
    """A checkout of the course. ``root`` is the folder that holds `_quarto.yml`."""

    root: Path

    @property
    def site(self) -> Path:
        """Folder of the built site."""
        return self.root / "_site"

    @property
    def freeze(self) -> Path:
        """Folder of the executed pages."""
        return self.root / "_freeze"

    @property
    def runs(self) -> Path:
        """Folder of the run records and of `published.yml`."""
        return self.root / "runs"

    @property
    def cache(self) -> Path:
        """Folder for what can be made again at any time; git ignores it."""
        return self.root / ".course"

    def relative(self, path: Path) -> str:
        """Return ``path`` as messages show it: from the project's root, with forward slashes."""
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return path.name

    def variables(self) -> dict[str, Any]:
        """Return the content of `_variables.yml`."""
        return read_yaml(self.root / "_variables.yml")


def find_project(start: Path | None = None) -> Project:
    """Return the project that holds ``start`` (default: the current folder).

    Raises:
        CourseError: no parent folder holds a `_quarto.yml`.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "_quarto.yml").is_file():
            return Project(folder)
    raise CourseError(
        f"No _quarto.yml in {here.name!r} or above it: run the command inside a checkout of the course."
    )


def read_yaml(path: Path) -> Any:
    """Return the parsed YAML file (safe loader).

    Raises:
        CourseError: the file is missing, not readable, not UTF-8 or not YAML; the message names file and line.
    """
    try:
        return parse_yaml(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise CourseError(
            f"{path.name} is missing from {path.parent.name or 'the project'}."
        ) from None
    except OSError as error:
        raise CourseError(
            f"{path.name} cannot be read ({error.strerror or error}): make it a file that you may read."
        ) from None
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{path.name} is not UTF-8 text (byte {error.start}): save it as UTF-8."
        ) from None
    except YamlProblem as problem:
        line = f", line {problem.line}" if problem.line else ""
        raise CourseError(f"{path.name}{line}: {problem.reason}.") from None
