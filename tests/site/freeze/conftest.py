"""Small projects to freeze."""

import pytest

from pycode.project import Project

QUARTO = """project:
  type: website
  render: ["**/*.qmd"]
website: {title: Test}
execute: {freeze: auto}
"""


@pytest.fixture
def make_project(tmp_path):
    """Return a function that writes files into a new project: ``make_project({"a.qmd": "…"})``."""

    def make(files: dict[str, str], settings: str = "") -> Project:
        root = tmp_path / "site"
        for name, text in {"_quarto.yml": QUARTO + settings, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Project(root)

    return make
