"""A small project with one lab that uses every mark."""

import shutil
from pathlib import Path

import pytest

from pycode.project import Project
from pycode.site.notebook import Lab, notebook_text, read_lab

FIXTURE = Path(__file__).parent / "fixture"


@pytest.fixture
def course(tmp_path: Path) -> Project:
    shutil.copytree(FIXTURE, tmp_path / "course")
    return Project(tmp_path / "course")


@pytest.fixture
def lab(course: Project) -> Lab:
    return read_lab(course, course.root / "labs" / "week0-lab.qmd")


@pytest.fixture
def execute():
    """Return a function that runs a notebook in a folder: its text, and the errors of its cells."""
    import nbclient
    import nbformat

    def run(notebook, folder):
        node = nbformat.reads(notebook_text(notebook), as_version=4)
        client = nbclient.NotebookClient(
            node, timeout=300, allow_errors=True, resources={"metadata": {"path": str(folder)}}
        )
        client.execute()
        outputs = [item for cell in node.cells if cell.cell_type == "code" for item in cell.outputs]
        errors = [item for item in outputs if item.output_type == "error"]
        return "".join(item.get("text", "") for item in outputs), errors

    return run
