"""Which pages are labs, what they need and how their notebooks are called."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pycode.errors import CourseError, nearest
from pycode.project import Project

if TYPE_CHECKING:
    from pycode.site.qmd import Page

FOLDERS = ("labs", "pre-work", "weeks")
NOTEBOOKS = "labs/notebooks"
_KEYS: dict[str, type | tuple[type, ...]] = {
    "minutes": int, "gpu": bool, "vram-gb": (int, float), "download-mb": (int, float),
}  # fmt: skip


@dataclass(frozen=True)
class Needs:
    """What a lab asks of its reader's machine: minutes, a GPU, GPU memory in GB, download in MB."""

    minutes: int
    gpu: bool = False
    vram_gb: float = 0
    download_mb: float = 0


@dataclass(frozen=True)
class Lab:
    """One lab: ``source`` is its page's path from the project's root, ``name`` its notebook's stem."""

    source: str
    name: str
    title: str
    needs: Needs
    page: "Page"

    @property
    def notebook(self) -> str:
        """Path of the student's notebook from the project's root."""
        return f"{NOTEBOOKS}/{self.name}.ipynb"


def find_labs(project: Project) -> list[Lab]:
    """Return every lab of the project, ordered by path."""
    pages = sorted(path for name in FOLDERS for path in (project.root / name).rglob("*.qmd"))
    return [read_lab(project, path) for path in pages if _says_lab(path)]


def read_lab(project: Project, path: Path) -> Lab:
    """Return the lab at ``path``, includes expanded.

    Raises:
        CourseError: no or a wrong `lab:` block.
    """
    from pycode.site.qmd import expand_includes, parse

    source = project.relative(path)
    text, _ = expand_includes(path, project)
    page = parse(text, source)
    if "lab" not in page.front_matter:
        raise CourseError(f"{source}: not a lab; add `lab: {{minutes: 30}}` to its front matter.")
    title = str(page.front_matter.get("title", "")).strip()
    return Lab(
        source, notebook_name(source), title, read_needs(page.front_matter["lab"], source), page
    )


def notebook_name(source: str) -> str:
    """Return the notebook's stem: `labs/week1-lab.qmd` is week1-lab, an index page is named by its folders."""
    parts = list(Path(source).with_suffix("").parts)
    if parts[-1] == "index":
        parts.pop()
    if parts[0] == "labs" and len(parts) > 1:
        parts.pop(0)
    return "-".join(parts)


def read_needs(block: Any, source: str) -> Needs:
    """Return the validated `lab:` block of the page ``source``."""
    if not isinstance(block, dict) or "minutes" not in block:
        raise CourseError(
            f"{source}: `lab:` must name at least the minutes, as in `lab: {{minutes: 30}}`."
        )
    for key, value in block.items():
        if key not in _KEYS:
            known = ", ".join(_KEYS)
            raise CourseError(
                f"{source}: unknown `lab: {key}`; known: {known}.{nearest(str(key), list(_KEYS))}"
            )
        if not isinstance(value, _KEYS[key]) or (isinstance(value, bool) != (key == "gpu")):
            kind = "true or false" if key == "gpu" else "a number"
            raise CourseError(f"{source}: `lab: {key}` must be {kind}, got {value!r}.")
    return Needs(
        block["minutes"],
        block.get("gpu", False),
        block.get("vram-gb", 0),
        block.get("download-mb", 0),
    )


def _says_lab(path: Path) -> bool:
    front = re.match(r"---\n(.*?)\n---\n", path.read_text(encoding="utf-8"), re.DOTALL)
    return bool(front and re.search(r"^lab\s*:", front[1], re.MULTILINE))
