"""The list of `cfpb-8k`: 8,018 complaint ids, each with a short hash of what it said.

`cfpb_8k_ids.tsv` holds no text: one line per complaint with its id and the first eight hex digits
of a SHA-256 over issue and narrative (runs of white space count as one blank, because copies of the
database differ in them). The first line holds the fingerprint of the whole set.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pycode.errors import CourseError

LIST = "cfpb_8k_ids.tsv"


@dataclass(frozen=True)
class ComplaintList:
    """Ids with their short hashes, and the fingerprint of the complete, unchanged set."""

    digests: Mapping[str, str]
    fingerprint: str


def digest(issue: str, text: str) -> str:
    """Return eight hex digits that change when the issue or a word of the narrative does."""
    plain = f"{issue.strip()}\n{' '.join(text.split())}"
    return hashlib.sha256(plain.encode("utf-8")).hexdigest()[:8]


def parse_list(content: str) -> ComplaintList:
    """Return the list written by `format_list`.

    Raises:
        CourseError: a line is not an id, a tab and eight hex digits.
    """
    head, *lines = content.splitlines() or [""]
    pairs = [line.split("\t") for line in lines]
    for number, pair in enumerate(pairs, 2):
        if len(pair) != 2 or not pair[0].isdigit() or len(pair[1]) != 8:
            raise CourseError(f"{LIST}, line {number}: wanted a complaint id, a tab, eight digits.")
    digests = {pair[0]: pair[1] for pair in pairs}
    if not head.startswith("# fingerprint ") or len(digests) != len(lines):
        raise CourseError(f"{LIST}: the first line must hold the fingerprint and ids must differ.")
    return ComplaintList(digests, head.removeprefix("# fingerprint "))


def format_list(complaints: ComplaintList) -> str:
    """Return the list as text, ids in numerical order."""
    ids = sorted(complaints.digests, key=int)
    lines = [f"{row_id}\t{complaints.digests[row_id]}" for row_id in ids]
    return "\n".join([f"# fingerprint {complaints.fingerprint}", *lines]) + "\n"


@cache
def complaint_list() -> ComplaintList:
    """Return the list of `cfpb-8k` that this project carries."""
    return parse_list(Path(__file__).with_name(LIST).read_text(encoding="utf-8"))
