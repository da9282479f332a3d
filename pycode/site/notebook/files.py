"""The student notebooks on disk."""

from pathlib import Path

from pycode.files import write_text
from pycode.project import Project
from pycode.site.notebook.lab import NOTEBOOKS, find_labs
from pycode.site.notebook.write import notebook_text, student_notebook


def write_notebooks(project: Project) -> list[Path]:
    """Write every lab's student notebook, remove those without a lab, and return the paths that changed.

    Raises:
        CourseError: a lab cannot be converted; no notebook is written then.
    """
    texts = {
        project.root / lab.notebook: notebook_text(student_notebook(lab, project))
        for lab in find_labs(project)
    }
    changed = [
        p for p, text in texts.items() if not p.is_file() or p.read_text(encoding="utf-8") != text
    ]
    for path in changed:
        write_text(path, texts[path])
    orphans = [path for path in (project.root / NOTEBOOKS).glob("*.ipynb") if path not in texts]
    for path in orphans:
        path.unlink()
    return changed + orphans
