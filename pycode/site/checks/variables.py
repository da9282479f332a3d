"""What an instructor edits in `_variables.yml` adds up."""

from collections.abc import Mapping
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.checks import Problem, from_error

DESCRIPTION = "the assessment weights in _variables.yml sum to 100"
NEEDS_SITE = False
NEEDS_BROWSER = False

NAME = "_variables.yml"
# Settings of a part; every other number under `assessment` is a part's weight.
SETTINGS = ("-counted", "-total", "-per-day")


def check(project: Project) -> list[Problem]:
    """Return what is wrong with the numbers under `assessment`; a course without them has none."""
    if not (project.root / NAME).is_file():
        return []
    try:
        values = project.variables()
    except CourseError as error:
        return [from_error(NAME, error)]
    assessment = values.get("assessment") if isinstance(values, Mapping) else None
    if assessment is None:
        return []
    line = _line(project, "assessment")
    if not isinstance(assessment, Mapping):
        return [Problem(NAME, "`assessment` must hold named numbers, as `exam: 20`.", line)]
    wrong = [
        Problem(
            NAME,
            f"`{name}` must be a number from 0 to 100, got {value!r}.",
            _line(project, str(name)),
        )
        for name, value in assessment.items()
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100
    ]
    return wrong or [*_weights(assessment, line), *_counted(project, assessment)]


def _weights(assessment: Mapping[str, Any], line: int | None) -> list[Problem]:
    weights = {k: v for k, v in assessment.items() if not str(k).endswith(SETTINGS)}
    total = sum(weights.values())
    if abs(total - 100) < 1e-9:
        return []
    parts = ", ".join(f"{name} {value:g}" for name, value in weights.items())
    return [
        Problem(
            NAME,
            f"the assessment weights sum to {total:g}, not to 100 ({parts}): correct one.",
            line,
        )
    ]


def _counted(project: Project, assessment: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(
            NAME,
            f"`{name}-counted` is {assessment[f'{name}-counted']} of only {total}: lower it, or raise "
            f"`{name}-total`.",
            _line(project, f"{name}-counted"),
        )
        for key, total in assessment.items()
        if (name := str(key).removesuffix("-total")) != key
        and assessment.get(f"{name}-counted", 0) > total
    ]


def _line(project: Project, key: str) -> int | None:
    """Return the line of `_variables.yml` that gives ``key``."""
    lines = (project.root / NAME).read_text(encoding="utf-8").splitlines()
    return next((n for n, text in enumerate(lines, 1) if text.strip().startswith(f"{key}:")), None)
