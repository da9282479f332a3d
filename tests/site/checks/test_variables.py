"""`course check variables`: weights that do not add up are named in one sentence."""

import pytest

from pycode.project import Project
from pycode.site.checks import variables

GOOD = """course: {title: T}
assessment:
  memos: 60
  quizzes: 15
  exam: 20
  participation: 5
  memos-counted: 5
  memos-total: 6
  late-penalty-per-day: 10
"""


def found(tmp_path, text):
    (tmp_path / "_variables.yml").write_text(text, encoding="utf-8")
    return [str(item) for item in variables.check(Project(tmp_path))]


def test_this_course_adds_up(project):
    assert variables.check(project) == []
    assert set(project.variables()["assessment"]) > {"memos", "quizzes", "exam", "participation"}


def test_a_course_that_adds_up_and_one_without_weights(tmp_path):
    assert variables.check(Project(tmp_path)) == []
    assert found(tmp_path, GOOD) == []
    assert (
        found(tmp_path, GOOD.replace("20", "19.5").replace("participation: 5", "part: 5.5")) == []
    )
    assert found(tmp_path, "course: {title: T}\n") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "quizzes: 15",
            "quizzes: 10",
            "_variables.yml:2: the assessment weights sum to 95, not to 100 (memos 60, quizzes 10, "
            "exam 20, participation 5): correct one.",
        ),
        (
            "exam: 20",
            "exam: 20\n  project: 10",
            "_variables.yml:2: the assessment weights sum to 110, not to 100 (memos 60, quizzes 15, "
            "exam 20, project 10, participation 5): correct one.",
        ),
        (
            "exam: 20",
            "exam: 20 %",
            "_variables.yml:5: `exam` must be a number from 0 to 100, got '20 %'.",
        ),
        (
            "memos-counted: 5",
            "memos-counted: 7",
            "_variables.yml:7: `memos-counted` is 7 of only 6: lower it, or raise `memos-total`.",
        ),
        (
            "assessment:\n  memos: 60",
            "assessment: 60\nother:\n  memos: 60",
            "_variables.yml:2: `assessment` must hold named numbers, as `exam: 20`.",
        ),
        ("course: {title: T}", "course: [", "_variables.yml:3: expected"),
    ],
)
def test_each_mistake_is_one_sentence(tmp_path, old, new, message):
    assert old in GOOD
    (problem,) = found(tmp_path, GOOD.replace(old, new))
    assert problem.startswith(message)


def test_every_variable_is_read_by_a_page(project):
    """An instructor who changes a value that nobody reads would wonder why nothing happens."""
    pages = "\n".join(
        path.read_text(encoding="utf-8")
        for pattern in ("*.qmd", "[a-z]*/**/*.qmd")
        for path in project.root.glob(pattern)
        if "node_modules" not in path.parts
    )
    values = project.variables()
    blocks = values.keys() - {"website", "notebooks"}
    unread = [
        f"{block}.{name}"
        for block in sorted(blocks)
        for name in values[block]
        if f"{{{{< var {block}.{name} >}}}}" not in pages
    ]
    assert not unread
