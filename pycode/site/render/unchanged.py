"""Knows at a glance that nothing changed: names, sizes and times of all files that a site is made from."""

import json
import os
from pathlib import Path

from pycode.files import write_text
from pycode.project import Project
from pycode.site.render.report import BuildReport
from pycode.site.render.store import digest

SKIPPED = {
    "_site",
    "node_modules",
    ".venv",
    ".git",
    ".course",
    ".quarto",
    "tests",
    "runs",
    "requirements",
    "__pycache__",
}
HERE = Path(__file__).parent


def _files(folder: Path, skipped: set[str]) -> list[str]:
    lines: list[str] = []
    stack = [str(folder)]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in skipped and not (
                        entry.name[0] == "." and entry.name != ".github"
                    ):
                        stack.append(entry.path)
                elif entry.name[0] != ".":
                    status = entry.stat()
                    lines.append(f"{entry.path}\0{status.st_size}\0{status.st_mtime_ns}")
    return sorted(lines)


def stamp(project: Project) -> str:
    """Return one name for the state of all inputs: the project's files, the renderer and the web parts."""
    lines = _files(project.root, SKIPPED) + _files(HERE, {"__pycache__"})
    lock = project.root / "package-lock.json"
    return digest(*lines, lock.read_bytes() if lock.is_file() else b"")


def _memory(project: Project, target: Path) -> Path:
    return project.cache / "render" / f"built-{digest(str(target))[:12]}.json"


def recall(project: Project, target: Path, current: str) -> tuple[int, int, int] | None:
    """Return (pages, decks, PDFs) of the site at ``target`` when it is still what would be built, else None."""
    try:
        kept = json.loads(_memory(project, target).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if (
        kept.get("stamp") != current
        or not target.is_dir()
        or kept.get("site") != digest(*_files(target, set()))
    ):
        return None
    pages, decks, pdfs = kept["counts"]
    return pages, decks, pdfs


def remember(project: Project, target: Path, current: str, report: BuildReport) -> None:
    """Note that the site at ``target`` is what the inputs of ``current`` make."""
    value = {
        "stamp": current,
        "site": digest(*_files(target, set())),
        "counts": [report.pages, report.decks, report.pdfs],
    }
    write_text(_memory(project, target), json.dumps(value))
