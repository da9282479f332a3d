"""The checks of `course check`: one file each, all with the same two names.

A check module has ``DESCRIPTION`` (one line), ``NEEDS_SITE`` (whether `_site/` must be built first),
``NEEDS_BROWSER``, and ``check(project) -> list[Problem]``.
"""

import re
from dataclasses import dataclass

from pycode.errors import CourseError

CHECKS = (
    "freeze", "claims", "notebooks", "quizzes", "sources", "variables",
    "links", "leaks", "requests", "html", "weight", "browser",
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """One finding: where it is, what is wrong and what to do about it."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


def from_error(path: str, error: CourseError) -> Problem:
    """Return the finding that an error tells; the file and line that it begins with are told once."""
    match = re.match(r"(?P<path>[\w./-]+\.\w+)(?:(?::|, line )(?P<line>\d+))?: ", str(error))
    if not match:
        return Problem(path, str(error))
    named = path if path.endswith(f"/{match['path']}") else match["path"]
    line = int(match["line"]) if match["line"] else None
    return Problem(named, str(error)[match.end() :], line)
