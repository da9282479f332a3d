"""A small course on which `course check claims` runs."""

import shutil
from pathlib import Path

from pycode.project import Project
from pycode.site.checks import Problem, claims

ROOT = Path(__file__).resolve().parents[3]
CONTRADICTIONS = Path(__file__).parent / "fixtures" / "contradictions"


def course_with(folder: Path, **pages: str) -> Project:
    """A project with the published figures of this checkout and the given files."""
    (folder / "runs").mkdir()
    (folder / "_quarto.yml").write_text("project: {type: website}\n", encoding="utf-8")
    shutil.copy(ROOT / "runs" / "published.yml", folder / "runs" / "published.yml")
    for name, text in pages.items():
        (folder / f"{name}.qmd").write_text(text, encoding="utf-8")
    return Project(folder)


def problems(folder: Path, text: str) -> list[Problem]:
    """What the check finds on one page."""
    return claims.check(course_with(folder, page=text))


def messages(folder: Path, text: str) -> str:
    """The messages for one page as one text."""
    return "\n".join(str(item) for item in problems(folder, text))
