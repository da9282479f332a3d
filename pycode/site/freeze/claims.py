"""Which claims a page makes, and what each resolves to now."""

import re
from collections.abc import Iterable

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.freeze.digest import value_digest

MARKED = re.compile(r"data-claim=\"([^\"]+)\"")
CALL = re.compile(r"\b(?:claim|quote|ratio|difference|percent_change)\(([^()]*)\)")
TEXT = re.compile(r"[\"']([^\"'\n]+)[\"']")
ID = re.compile(r"\b[A-Za-z0-9][\w.-]*:[A-Za-z][\w.-]*\w")


def claim_ids(markdown: str, source: str, seen: Iterable[str]) -> list[str]:
    """Return the simple claim ids of a page, sorted.

    Found in what it prints (``data-claim``), in what it calls (``claim("…")``) and in what the
    package reported while it ran; ids of ratios and quotations give the ids inside them.
    """
    texts = [*MARKED.findall(markdown), *seen]
    for call in CALL.findall(source):
        texts += TEXT.findall(call)
    return sorted({found for text in texts for found in ID.findall(text)})


def resolve(project: Project, claim_id: str) -> dict[str, str]:
    """Return the text of a claim and a fingerprint of all that its mark on the page shows.

    Raises:
        CourseError: the id resolves to nothing.
    """
    from pycode.runs import claim, quote

    try:
        found = claim(claim_id, project=project)
    except CourseError:
        if not claim_id.startswith("published:"):
            raise
        found = quote(claim_id, project=project)
    return {
        "text": found.text,
        "source": value_digest([found.provenance, list(found.conflicts)])[:16],
    }


def resolved(project: Project, ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what each of the ids resolves to; ids that are no claims are left out."""
    found = {}
    for claim_id in ids:
        try:
            found[claim_id] = resolve(project, claim_id)
        except CourseError:
            continue  # a text that only looks like a claim: a real one stops the page itself
    return found


def changes(project: Project, recorded: dict[str, dict[str, str]]) -> list[str]:
    """Return one sentence per claim that is no longer what the page says."""
    causes = []
    for claim_id, was in sorted(recorded.items()):
        try:
            now = resolve(project, claim_id)
        except CourseError as error:
            causes.append(f"claim {claim_id} no longer resolves: {error}")
            continue
        if now["text"] != was.get("text"):
            causes.append(f"claim {claim_id} is now {now['text']} (was {was.get('text')})")
        elif now["source"] != was.get("source"):
            causes.append(f"the source of claim {claim_id} changed")
    return causes
