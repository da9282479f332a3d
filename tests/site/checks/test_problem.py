"""A finding says once where it is."""

import pytest

from pycode.errors import CourseError
from pycode.site.checks import from_error


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a.qmd:5: it breaks.", "runs/a.qmd:5: it breaks."),
        ("sub/_part.qmd:7: it breaks.", "sub/_part.qmd:7: it breaks."),
        ("a.qmd: it: breaks.", "runs/a.qmd: it: breaks."),
        ("Run 'x': it breaks.", "runs/a.qmd: Run 'x': it breaks."),
        ("b.yml, line 3: it breaks.", "b.yml:3: it breaks."),
        ("a.qmd, line 3: it breaks.", "runs/a.qmd:3: it breaks."),
    ],
)
def test_the_place_of_an_error_is_told_once(said, shown):
    assert str(from_error("runs/a.qmd", CourseError(said))) == shown
