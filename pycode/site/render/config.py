"""The project's configuration: `_quarto.yml`, its metadata files, and which pages it renders."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.render import shapes, yamlio

IGNORED = {"_site", "_freeze", "node_modules", ".venv", ".git", ".course", ".quarto"}


@dataclass(frozen=True)
class SiteConfig:
    """The merged `_quarto.yml`. ``tree`` is its content, ``variables`` that of `_variables.yml`."""

    project: Project
    tree: dict[str, Any]
    variables: dict[str, Any]

    @property
    def root(self) -> Path:
        """Folder of `_quarto.yml`."""
        return self.project.root

    @cached_property
    def website(self) -> dict[str, Any]:
        """The `website` block."""
        return self.tree.get("website") or {}

    @property
    def title(self) -> str:
        """Name of the site."""
        return str(self.website.get("title") or "")

    @property
    def site_url(self) -> str:
        """Public address of the site without final slash; empty when it is not configured."""
        return str(self.website.get("site-url") or "").rstrip("/")

    @property
    def language(self) -> str:
        """Language of the pages."""
        return str(self.tree.get("lang") or "en")

    def pages(self) -> list[str]:
        """Return the project-relative paths of the `.qmd` files to render, sorted.

        As in Quarto, a pattern with a wildcard matches in every folder unless it starts with `/`.
        """
        patterns = (self.tree.get("project") or {}).get("render") or ["*.qmd"]
        every = _walk(self.root)
        chosen: set[str] = set()
        for pattern in patterns:
            drop = pattern.startswith("!")
            regexp = _pattern(self.root, pattern.lstrip("!"), drop)
            found = {name for name in every if regexp.fullmatch(name)}
            chosen = chosen - found if drop else chosen | found
        return sorted(chosen)

    def resources(self) -> list[str]:
        """Return the project-relative paths of the files that `project.resources` names, sorted."""
        patterns = (self.tree.get("project") or {}).get("resources") or []
        names: set[str] = set()
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            try:
                names |= _matching(self.root, pattern.lstrip("/"))
            except (ValueError, NotImplementedError, OSError):
                raise CourseError(
                    f"_quarto.yml: project: the resources {pattern!r} are no files of the project: correct the pattern."
                ) from None
        return sorted(names)


def _matching(root: Path, pattern: str) -> set[str]:
    """Return the project-relative paths of the files that a pattern, or a folder that it names, leads to.

    Raises:
        ValueError: the pattern is none, or leads out of the project.
    """
    names: set[str] = set()
    for path in root.glob(pattern):
        files = path.rglob("*") if path.is_dir() else [path]
        names |= {file.relative_to(root).as_posix() for file in files if file.is_file()}
    if any(".." in name.split("/") for name in names):
        raise ValueError("outside")
    return names


def is_file(path: Path) -> bool:
    """Return whether there is such a file; a name that no file system takes names none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _walk(root: Path) -> list[str]:
    """Every `.qmd` of the project, without hidden files, underscored ones and what others made."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in IGNORED and name[0] not in "._")
        prefix = os.path.relpath(folder, root).replace(os.sep, "/")
        names = [name for name in files if name.endswith(".qmd") and name[0] not in "._"]
        found += [name if prefix == "." else f"{prefix}/{name}" for name in names]
    return found


def _pattern(root: Path, pattern: str, smart: bool) -> re.Pattern[str]:
    """Turn one `render` pattern into a regular expression over project-relative paths."""
    anchored = pattern.startswith("/")
    pattern = pattern.lstrip("/").removeprefix("./")
    glob = smart or any(sign in pattern for sign in "*?[")
    # No file system takes names of any length.
    if pattern.endswith("/") or (len(pattern) < 200 and (root / pattern).is_dir()):
        pattern = pattern.rstrip("/") + "/**/*"
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(
        parts.get(token, re.escape(token)) for token in re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    )
    return re.compile(body if anchored or not glob else f"(?:.*/)?{body}")


def load_config(project: Project) -> SiteConfig:
    """Read `_quarto.yml`, the metadata files that it names, and `_variables.yml`.

    Raises:
        CourseError: a file is missing or is not YAML, or the project is not a website.
    """
    tree = read_mapping(project.root / "_quarto.yml", "_quarto.yml")
    shapes.check_tree(tree, "_quarto.yml")
    for name in tree.get("metadata-files") or []:
        tree = yamlio.merge(read_mapping(project.root / name, name), tree)
    shapes.check_tree(tree, "_quarto.yml")
    kind = (tree.get("project") or {}).get("type", "default")
    if kind != "website":
        raise CourseError(
            f"_quarto.yml: project type {kind!r} is not supported: set `type: website`."
        )
    variables = project.root / "_variables.yml"
    return SiteConfig(
        project, tree, read_mapping(variables, "_variables.yml") if variables.is_file() else {}
    )


def read_mapping(path: Path, name: str) -> dict[str, Any]:
    """Return the mapping in a YAML file; ``name`` is its path from the project.

    Raises:
        CourseError: the file is missing, not UTF-8, not YAML or not a mapping.
    """
    if not is_file(path):
        raise CourseError(
            f"{name} is missing: _quarto.yml names it, so create it or drop the entry."
        )
    try:
        value = yamlio.load(path.read_text(encoding="utf-8"), name) or {}
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{name}: not UTF-8 text (byte {error.start}): save the file as UTF-8."
        ) from None
    if not isinstance(value, dict):
        raise CourseError(
            f"{name}: got a {type(value).__name__}, a mapping of `key: value` is needed."
        )
    return value


FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)


def split_front_matter(text: str) -> tuple[str, str, int]:
    """Return front matter text, body, and the number of lines that come before the body."""
    match = FRONT_MATTER.match(text)
    if not match:
        return "", text, 0
    return match.group(1), text[match.end() :], text[: match.end()].count("\n")
