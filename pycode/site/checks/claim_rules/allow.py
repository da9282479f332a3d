"""Numbers that pages may type by hand: `runs/allowed_literals.yml`, a reason for each."""

import re
from dataclasses import dataclass
from fnmatch import fnmatch

from pycode.errors import CourseError
from pycode.project import Project, read_yaml
from pycode.runs import schema

KEYS = ("pages", "pattern", "reason")


@dataclass(frozen=True)
class Allowed:
    """One permission: on pages that match the glob, text that matches the pattern, for a reason."""

    pages: str
    pattern: re.Pattern[str]
    reason: str

    def covers(self, page: str, text: str, start: int, end: int) -> bool:
        """Return whether the number at ``text[start:end]`` lies inside a match on this page."""
        if not fnmatch(page, self.pages):
            return False
        return any(m.start() <= start and end <= m.end() for m in self.pattern.finditer(text))


def read_allowed(project: Project) -> list[Allowed]:
    """Return the permissions; none where the file is missing.

    Raises:
        CourseError: an entry lacks a key, has an unknown one, or its pattern is no regular
        expression.
    """
    path = project.runs / "allowed_literals.yml"
    if not path.is_file():
        return []
    entries = read_yaml(path) or []
    where = "runs/allowed_literals.yml"
    schema.need(isinstance(entries, list), where, "a list of {pages, pattern, reason} is needed.")
    return [_entry(item, f"{where}, entry {number}") for number, item in enumerate(entries, 1)]


def _entry(item: object, where: str) -> Allowed:
    schema.check_keys(item, KEYS, where)
    assert isinstance(item, dict)
    for key in KEYS:
        schema.check_text(item.get(key), f"{where}, {key}")
    try:
        pattern = re.compile(item["pattern"])
    except (re.error, OverflowError, RecursionError) as error:
        raise CourseError(f"{where}: the pattern is no regular expression ({error}).") from None
    return Allowed(item["pages"], pattern, item["reason"])
