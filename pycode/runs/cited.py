"""Claims and quotations of figures that the original course published."""

import sys
from dataclasses import replace

from pycode.errors import CourseError, nearest
from pycode.project import Project, find_project
from pycode.runs import kinds, provenance
from pycode.runs.published import Entry, read_published
from pycode.runs.value import Claim, published_text, require_settings, split_id, words


def published_claim(entry: Entry, style: str | None = None, *, both: bool = False) -> Claim:
    """Return the claim of one entry of `runs/published.yml`."""
    claim_id = f"published:{entry.id}"
    kind = entry.kind
    if kind.timed:
        require_settings(
            claim_id,
            entry.settings,
            f'the original course does not say; quote("{claim_id}") prints it as a quotation',
        )
    text = published_text(entry, style)
    if both:
        if not entry.conflicts:
            raise CourseError(
                f"Claim {claim_id!r}: both=True, but no contradiction is known for it."
            )
        text = " or ".join([text, *(item.text for item in entry.conflicts)])
    return Claim(
        id=claim_id,
        value=entry.value,
        text=text,
        unit=entry.unit,
        provenance=provenance.of_entry(entry),
        kind=kind.name,
        model=entry.model,
        split=entry.split,
        n=entry.n,
        n_classes=entry.n_classes,
        settings=entry.settings,
        interval=entry.interval,
        conflicts=tuple(item.text for item in entry.conflicts),
        source="the original course",
    )


def quote(claim_id: str, *, both: bool = False, project: Project | None = None) -> Claim:
    """Return a published figure as a quotation, with what it leaves unsaid.

    For timed figures whose device, dtype, batch size, sequence policy or statistic the original
    does not state: they can be cited as said, but not claimed or put into a ratio. ``both`` adds
    the values that contradict it.
    """
    source, path = split_id(claim_id)
    if source != "published":
        raise CourseError(f"quote() is for published figures; {claim_id!r} is a run: use claim().")
    sys.audit("course.claim", claim_id)
    entry = find_entry(project or find_project(), path)
    known = dict.fromkeys(kinds.TIMED_SETTINGS, "unstated")
    base = published_claim(replace(entry, settings=known), both=both)
    tail = " Quoted as printed."
    unstated = [words(name) for name in kinds.TIMED_SETTINGS if name not in entry.settings]
    if entry.kind.timed and unstated:
        tail = f" Quoted as printed; not stated there: {', '.join(unstated)}."
    return replace(
        base,
        id=f"quote(published:{entry.id})",
        text=f"“{base.text}”",
        provenance=provenance.of_entry(entry) + tail,
        settings=entry.settings,
        quoted=True,
    )


def find_entry(project: Project, entry_id: str) -> Entry:
    """Return the entry of that id, or raise CourseError that names the nearest one."""
    entries = read_published(project.runs)
    if entry_id not in entries:
        ending = [
            item for item in entries if item.rsplit(".", 1)[-1] == entry_id.rsplit(".", 1)[-1]
        ]
        hint = nearest(entry_id, list(entries)) or nearest(entry_id, ending)
        raise CourseError(f"runs/published.yml has no entry {entry_id!r}.{hint}")
    return entries[entry_id]
