"""Read off a text what it shows: the proof that the twin's posterior is a function of the text."""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pycode.data.twin.grammar import Template
from pycode.data.twin.model import STATEMENTS, YEARS
from pycode.data.twin.spec import phrases

_BETWEEN = re.compile(r"\.(?:\s+|$)")
Patterns = tuple[tuple[re.Pattern[str], ...], ...]


def read_evidence(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return what each text shows, shape (n, 5): product, year told, statements in sorted order.

    Uses the words only. Statements stand in a text in any order, and the posterior does not depend
    on it, so they come sorted, hidden ones (-1) last.
    """
    rows = [_row(text) for text in texts]
    return np.array(rows, dtype=np.int64).reshape(len(rows), 2 + STATEMENTS)


def same_order(evidence: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return evidence with the statements in the order that `read_evidence` uses."""
    last = np.iinfo(np.int64).max
    said = np.sort(np.where(evidence[:, 2:] < 0, last, evidence[:, 2:]), axis=1)
    return np.hstack([evidence[:, :2], np.where(said == last, -1, said)])


def meanings(sentence: str) -> list[tuple[int, int]]:
    """Return every (kind, index) that a sentence could express: kind 0 product, 1 year, 2 concept."""
    found = []
    for kind, patterns in enumerate(_patterns()):
        for index, pattern in enumerate(patterns):
            if pattern.fullmatch(sentence):
                found.append((kind, index))
    return found


@cache
def _meaning(sentence: str) -> tuple[int, int] | None:
    found = meanings(sentence)
    if len(found) > 1:
        raise AssertionError(f"ambiguous wording: {sentence!r} means {found}")
    return found[0] if found else None


def _row(text: str) -> list[int]:
    product, year, said = -1, -1, []
    for sentence in _BETWEEN.split(text.lower()):
        meaning = _meaning(sentence)
        if meaning is None:
            continue
        kind, index = meaning
        if kind == 0:
            product = index
        elif kind == 1:
            year = index
        else:
            said.append(index)
    return [product, year, *sorted(said), *[-1] * (STATEMENTS - len(said))]


@cache
def _patterns() -> Patterns:
    """Return one pattern per opening, year and concept, over both sets of phrases."""
    plain, named = phrases(False, YEARS), phrases(True, YEARS)
    kinds = ("openings", "years", "concepts")
    return tuple(
        tuple(
            _joined([*a, *b])
            for a, b in zip(getattr(plain, kind), getattr(named, kind), strict=True)
        )
        for kind in kinds
    )


def _joined(templates: Sequence[Template]) -> re.Pattern[str]:
    return re.compile("|".join(t.pattern for t in templates), re.IGNORECASE)
