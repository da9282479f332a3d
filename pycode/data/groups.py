"""Near-duplicate texts: form letters that must not stand in train and in test at once.

Two rules. ``prefix`` joins texts that begin alike once redactions and digits are gone; it is cheap
and finds letters that were copied whole. ``shingles`` joins texts whose sets of five-word pieces
overlap by half or more (Jaccard index), so it also finds letters with a new first sentence; close to
one half it misses some pairs (see `pycode.data.shingles`).
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pycode.data.sets import DisjointSets
from pycode.data.shingles import join_similar
from pycode.errors import CourseError, nearest

PREFIX_LENGTH = 120
METHODS = ("prefix", "shingles", "both")
_REDACTION = re.compile(r"x{2,}")
_DIGIT = re.compile(r"\d")
_NOT_A_LETTER = re.compile(r"[^a-z]+")


def normalise(text: str) -> str:
    """Return the text in lower case as plain words: no redaction marks (XX…), digits or signs."""
    bare = _DIGIT.sub("", _REDACTION.sub("", text.lower()))
    return _NOT_A_LETTER.sub(" ", bare).strip()


def near_duplicate_groups(texts: Sequence[str], method: str = "prefix") -> NDArray[np.int64]:
    """Return a group number per text, shape ``(n,)``; equal numbers are near-duplicates.

    A group's number is the position of its first text. Texts without any letter form one group under
    ``prefix`` and ``both``; ``shingles`` alone leaves each of them apart.

    Raises:
        CourseError: ``method`` is not `prefix`, `shingles` or `both`.
    """
    if method not in METHODS:
        raise CourseError(
            f"Grouping {method!r} is not known: use {', '.join(METHODS)}.{nearest(method, METHODS)}"
        )
    bare = [normalise(text) for text in texts]
    links = DisjointSets(len(bare))
    if method in ("prefix", "both"):
        links.join_equal([text[:PREFIX_LENGTH] for text in bare])
    if method in ("shingles", "both"):
        join_similar(bare, links)
    return links.groups()


def repeated(groups: NDArray[np.int64]) -> int:
    """Return how many rows share a group with an earlier row."""
    return int(len(groups) - len(np.unique(groups)))
