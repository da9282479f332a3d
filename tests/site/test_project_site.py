"""The course itself: it builds, twice the same, and passes every check that CI runs."""

import importlib
from pathlib import Path

import pytest

from pycode.project import Project
from pycode.site.checks import CHECKS
from pycode.site.render.build import build

pytestmark = pytest.mark.xdist_group("site")


@pytest.fixture(scope="module")
def site(project: Project) -> Path:
    """The built site in `_site/`."""
    build(project, renderer="embedded")
    return project.site


@pytest.mark.browser
@pytest.mark.parametrize("name", CHECKS)
def test_the_course_passes_the_check(name: str, site: Path, project: Project) -> None:
    problems = importlib.import_module(f"pycode.site.checks.{name}").check(project)
    assert not problems, "\n".join(map(str, problems))


def test_two_builds_are_byte_identical(site: Path, project: Project, tmp_path: Path) -> None:
    again = tmp_path / "again"
    build(project, output=again, renderer="embedded", force=True)
    first = {path.relative_to(site): path for path in site.rglob("*") if path.is_file()}
    second = {path.relative_to(again): path for path in again.rglob("*") if path.is_file()}
    assert set(first) == set(second)
    different = [
        str(name) for name in first if first[name].read_bytes() != second[name].read_bytes()
    ]
    assert not different


def test_every_menu_entry_is_a_page(site: Path) -> None:
    assert (site / "index.html").is_file()
    assert (site / "404.html").is_file()
    assert (site / "blog" / "index.xml").is_file()
    assert (site / "sitemap.xml").is_file()
    assert (site / "syllabus.pdf").read_bytes().startswith(b"%PDF")
