"""Slices: properties of a text by which results are reported apart.

The original course has four (frequency, length, redaction, numeric). Its numeric rule,
``ORIGINAL_NUMERIC``, has three flaws that change counts: it misses amounts that the CFPB redacted
(``{$XXX}``), amounts with a blank after the sign (``$ 500``) and numbers with separators
(``1,200``). ``is_numeric`` below counts all three; both are kept to show the difference.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

SHORT_BELOW, LONG_ABOVE = 35, 65
RARE_QUANTILE = 0.25
REDACTION = re.compile(r"X{2,}")
ORIGINAL_REDACTION = "XXXX"
ORIGINAL_NUMERIC = re.compile(r"\$\d|(?<!\w)\d{4,}(?!\w)")
_AMOUNT = re.compile(r"\$\s*(?:\d|X{2,})")
_NUMBER = re.compile(r"(?<!\w)(?:\d{4,}|\d{1,3}(?:,\d{3})+)(?!\w)")

SLICES: dict[str, tuple[str, ...]] = {
    "frequency": ("rare", "common"),
    "length": ("short", "medium", "long"),
    "redaction": ("redacted", "clean"),
    "numeric": ("numeric", "non_numeric"),
}


def word_count(text: str) -> int:
    """Return the number of blank-separated words."""
    return len(text.split())


def length_slice(text: str) -> str:
    """Return `short` (under 35 words), `medium` (35 to 65) or `long` (over 65)."""
    words = word_count(text)
    return "short" if words < SHORT_BELOW else "long" if words > LONG_ABOVE else "medium"


def is_redacted(text: str) -> bool:
    """Say whether the CFPB's marks (XX, XXXX, also within dates) occur in the text."""
    return REDACTION.search(text) is not None


def is_numeric(text: str) -> bool:
    """Say whether the text holds an amount of money, redacted or not, or a number over 999."""
    return _AMOUNT.search(text) is not None or _NUMBER.search(text) is not None


def rare_classes(train_counts: ArrayLike) -> NDArray[np.bool_]:
    """Return which classes are rare: count at or below the 25th percentile of the class counts.

    Classes without a training row are rare and do not enter the percentile.
    """
    counts = np.asarray(train_counts)
    if not (counts > 0).any():
        return np.ones(len(counts), dtype=np.bool_)
    return np.asarray(counts <= np.quantile(counts[counts > 0], RARE_QUANTILE))


def slices(
    texts: Sequence[str], labels: ArrayLike, train_counts: ArrayLike
) -> dict[str, NDArray[np.str_]]:
    """Return the slice of each row under each property, arrays of shape ``(n,)``.

    Args:
        texts: the rows' texts.
        labels: their class ids.
        train_counts: training rows per class, for the frequency slice.
    """
    rare = rare_classes(train_counts)[np.asarray(labels, dtype=np.int64)]
    return {
        "frequency": np.where(rare, "rare", "common"),
        "length": np.array([length_slice(text) for text in texts], dtype="<U6"),
        "redaction": _named(texts, is_redacted, *SLICES["redaction"]),
        "numeric": _named(texts, is_numeric, *SLICES["numeric"]),
    }


def _named(
    texts: Sequence[str], rule: Callable[[str], bool], yes: str, no: str
) -> NDArray[np.str_]:
    return np.array([yes if rule(text) else no for text in texts], dtype="<U11")
