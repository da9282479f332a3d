"""How much of a story a row shows, and how it looks: drawn without looking at label or intent.

Texts have a target length; short texts leave room for few statements, so the telling part is often
missing. Some texts also end in a sentence that breaks off; that only looks so, and hides nothing more.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pycode.data.twin.draws import choose, random_bits, uniform
from pycode.data.twin.model import STATEMENTS

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Length in words: share of rows that are shorter than the number beside it (published median: 50).
LENGTHS = (
    (0, 3), (0.01, 5), (0.1, 16), (0.25, 30), (0.5, 46), (0.75, 67), (0.9, 85), (0.99, 97), (1, 110),
)  # fmt: skip
# Share of rows that show 0, 1, 2, 3 statements: texts under 16 words, under 30 words, longer.
SHOWN = ((0.40, 0.60, 0.0, 0.0), (0.16, 0.48, 0.36, 0.0), (0.10, 0.37, 0.36, 0.17))
SHORT, MIDDLE = 16, 30
OPENING = (0.10, 0.40, 0.55)
YEAR = (0.02, 0.08, 0.16)
REDACTED, AMOUNT, BROKEN, UPPER, LOWER, PARAGRAPHS = 0.635, 0.15, 0.12, 0.03, 0.015, 0.18
ASIDES = (
    (1.0, 0.0, 0.0),
    (0.65, 0.35, 0.0),
    (0.45, 0.33, 0.22),
)  # share of rows with 0, 1, 2 of them
NUMBERS = 24  # random whole numbers per row for the choice of words
(LENGTH, SHOW, OPEN, TELL, MASK, MONEY, BREAK, STYLE, PARAGRAPH, ASIDE) = range(10, 20)
WORDS = 100


@dataclass(frozen=True)
class Layout:
    """One entry per row: target length in words, statements shown, and flags.

    ``asides`` counts sentences that name a topic which is not the topic; ``case`` is 0 (as written), 1 (capitals) or 2 (small letters); ``numbers`` (n, NUMBERS) choose
    words.
    """

    words: Ints
    shown: Ints
    opening: Flags
    year: Flags
    redacted: Flags
    amount: Flags
    asides: Ints
    broken: Flags
    case: Ints
    paragraphs: Flags
    numbers: NDArray[np.uint64]


def layout(seed: int, key: Ints) -> Layout:
    """Return the layout of the rows named by ``key``."""

    def below(stream: int, share: object) -> Flags:
        return np.asarray(uniform(seed, stream, key) < np.asarray(share))

    share, bound = np.array(LENGTHS).T
    words = np.interp(uniform(seed, LENGTH, key), share, bound).astype(np.int64)
    size = np.searchsorted([SHORT, MIDDLE], words, side="right")
    style = uniform(seed, STYLE, key)
    return Layout(
        words=words,
        shown=choose(np.array(SHOWN), size, uniform(seed, SHOW, key)),
        opening=below(OPEN, np.array(OPENING)[size]),
        year=below(TELL, np.array(YEAR)[size]),
        redacted=below(MASK, REDACTED),
        amount=below(MONEY, AMOUNT) & (words >= SHORT),
        asides=choose(np.array(ASIDES), size, uniform(seed, ASIDE, key)),
        broken=below(BREAK, BROKEN) & (words >= SHORT),
        case=np.where(style < UPPER, 1, np.where(style < UPPER + LOWER, 2, 0)),
        paragraphs=below(PARAGRAPH, PARAGRAPHS) & (words >= MIDDLE),
        numbers=np.stack([random_bits(seed, WORDS + i, key) for i in range(NUMBERS)], axis=1),
    )


def hide(told: Ints, rows: Layout) -> Ints:
    """Return the evidence (n, 2 + STATEMENTS) with everything that the row does not show as -1."""
    shown = told.copy()
    shown[~rows.opening, 0] = -1
    shown[~rows.year, 1] = -1
    for number in range(STATEMENTS):
        shown[rows.shown <= number, 2 + number] = -1
    return shown
