"""Rule f: a page does not print both sides of a contradiction as if they were two facts."""

import re

from pycode.runs.published import Entry
from pycode.site.checks import Problem
from pycode.site.checks.claim_rules.passage import Passage

SAID = re.compile(
    r"contradict\w*|disagree\w*|conflict\w*|two values|both values|inconsistent|differ\b",
    re.IGNORECASE,
)


def conflict_problems(passages: list[Passage], entries: dict[str, Entry]) -> list[Problem]:
    """Return claims on figures that another claim of the same page contradicts, unless it says
    so."""
    problems = []
    for page in sorted({item.path for item in passages}):
        mine = [item for item in passages if item.path == page]
        if not SAID.search(" ".join(item.text for item in mine)):
            problems += _page(page, mine, entries)
    return problems


def _page(page: str, passages: list[Passage], entries: dict[str, Entry]) -> list[Problem]:
    used: dict[str, int] = {}
    for item in passages:
        for use in item.found():
            if not use.both:
                for claim_id in use.ids:
                    used.setdefault(claim_id.removeprefix("published:"), item.line)
    problems = []
    for name, line in used.items():
        for other in used:
            if _opposed(entries.get(name), entries.get(other)):
                problems.append(
                    Problem(
                        page,
                        f"published:{name} and published:{other} contradict each other and "
                        "stand on one page: say so, "
                        "or print one of them with both=True.",
                        line,
                    )
                )
    return problems


def _opposed(entry: Entry | None, other: Entry | None) -> bool:
    """Return whether ``entry`` lists the value of ``other`` as one that contradicts it."""
    if entry is None or other is None or entry.unit != other.unit or other.value is None:
        return False
    return (
        any(
            item.value is not None
            and abs(item.value - other.value) <= 5e-4 * max(1.0, abs(other.value))
            for item in entry.conflicts
        )
        and entry.metric == other.metric
        and entry.model == other.model
    )
