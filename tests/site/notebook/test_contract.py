"""The table of a week's notebooks repeats what their front matter asks for, and nothing else."""

import pytest

from pycode.errors import CourseError
from pycode.site.notebook.contract import contract

LAB = "---\ntitle: {title}\nlab: {needs}\n---\n\nText.\n"


def write(course, name, title, needs):
    (course.root / "labs" / name).write_text(LAB.format(title=title, needs=needs), encoding="utf-8")
    return f"labs/{name}"


def rows(course, *labs, page="weeks/week1/index.qmd"):
    text = contract(page, list(labs), course)._repr_markdown_()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def test_each_lab_has_a_row_with_its_needs_and_a_link_from_the_page(course):
    small = write(course, "a.qmd", "Look first", "{minutes: 80}")
    big = write(
        course, "b.qmd", "Train", "{minutes: 330, gpu: true, vram-gb: 7.5, download-mb: 620}"
    )
    assert rows(course, small, big) == [
        ["[Look first](../../labs/a.qmd)", "80", "no GPU", "nothing"],
        ["[Train](../../labs/b.qmd)", "330", "7.5 GB", "620 MB"],
    ]
    assert rows(course, small, page="self-study.qmd")[0][0] == "[Look first](labs/a.qmd)"


def test_a_gpu_without_stated_memory_is_any_gpu(course):
    assert rows(course, write(course, "c.qmd", "C", "{minutes: 5, gpu: true}"))[0][2] == "any GPU"


def test_missing_labs_are_named(course):
    with pytest.raises(CourseError, match="labs/none.qmd, which is not there"):
        contract("index.qmd", ["labs/none.qmd"], course)
    with pytest.raises(CourseError, match="at least one lab"):
        contract("index.qmd", [], course)
