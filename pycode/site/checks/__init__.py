"""The checks of `course check`: one file each, all with the same two names.

A check module has ``DESCRIPTION`` (one line), ``NEEDS_SITE`` (whether `_site/` must be built first),
``NEEDS_BROWSER``, and ``check(project) -> list[Problem]``.
"""

from dataclasses import dataclass

CHECKS = (
    "freeze", "claims", "notebooks", "quizzes", "sources",
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
