"""From shown evidence and layout to a text: templates in order, fillers up to the target length.

Everything chosen here depends on the shown evidence and on random numbers of the row only, so no
word here tells more about the label than the evidence does.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pycode.data.twin.grammar import Template
from pycode.data.twin.layout import Layout
from pycode.data.twin.model import YEARS, Ints
from pycode.data.twin.spec import Phrases, phrases

LIMIT = 499  # characters; a paragraph break adds one: 500 as in the canonical set
REDACTED_FILLERS = 3  # one filler in so many carries XXXX where the row is redacted


class Row(NamedTuple):
    """One row of a `Layout`, as plain Python values."""

    words: int
    redacted: bool
    amount: bool
    asides: int
    broken: bool
    case: int
    paragraphs: bool
    numbers: list[int]


def write_texts(evidence: Ints, rows: Layout) -> list[str]:
    """Return one text per row of ``evidence`` (n, 5)."""
    sets = (phrases(False, YEARS), phrases(True, YEARS))
    columns = (getattr(rows, name).tolist() for name in Row._fields)
    laid_out = (Row(*values) for values in zip(*columns, strict=True))
    return [
        _write(shown, sets[row.redacted], row)
        for shown, row in zip(evidence.tolist(), laid_out, strict=True)
    ]


def _write(shown: Sequence[int], say: Phrases, row: Row) -> str:
    stream = iter(row.numbers)
    first, statements = _evidence(shown, say, stream)
    order = next(stream)
    more = _fillers([*first, *statements], say, row, stream)
    sentences = [*first, *_shuffled([*statements, *more], order)]
    text = ". ".join(sentences) + "."
    fragment = _pick(say.fragments, order)
    if row.broken and len(text) + 1 + len(fragment) <= LIMIT:
        text = f"{text} {fragment}"
    if row.paragraphs:
        text = _break_lines(text, order)
    return text.upper() if row.case == 1 else _small(text) if row.case == 2 else text


def _evidence(
    shown: Sequence[int], say: Phrases, stream: Iterator[int]
) -> tuple[list[str], list[str]]:
    """Return opening and year, and the statements, short enough to fit together."""
    product, year, *concepts = shown
    first = []
    if product >= 0:
        first.append(_pick(say.openings[product], next(stream)))
    if year >= 0:
        first.append(_pick(say.years[year], next(stream)))
    room = LIMIT - sum(len(s) + 2 for s in first)
    statements: list[str] = []
    told = [concept for concept in concepts if concept >= 0]
    for place, concept in enumerate(told):
        fair = room // (len(told) - place) - 2
        again = told[:place].count(concept)
        sentence = _pick_short(say.concepts[concept], next(stream), again, fair)
        statements.append(sentence)
        room -= len(sentence) + 2
    return first, statements


def _pick(templates: Sequence[Template], number: int, skip: int = 0) -> str:
    number, index = divmod(number, len(templates))
    return templates[(index + skip) % len(templates)].say(number)


def _pick_short(templates: Sequence[Template], number: int, skip: int, room: int) -> str:
    """Return a sentence of at most ``room`` characters, the first that fits in a seeded order."""
    for step in range(len(templates)):
        sentence = _pick(templates, number, skip + step)
        if len(sentence) <= room:
            return sentence
    return min((t.say(0) for t in templates), key=len)


def _fillers(before: Sequence[str], say: Phrases, row: Row, stream: Iterator[int]) -> list[str]:
    """Return sentences that tell nothing, until the text has its length; at least one sentence."""
    count = sum(len(sentence.split()) for sentence in before)
    room = LIMIT - sum(len(sentence) + 2 for sentence in before)
    must = [say.redacted] if row.redacted and not any("XXXX" in s for s in before) else []
    must += [say.amount] * row.amount + [say.aside] * row.asides
    added: list[str] = []
    used: set[int] = set()
    for number in stream:
        if not must and count and count + 4 > row.words:
            break
        kind = must.pop() if must else _kind(say, row.redacted, number)
        if all(id(template) in used for template in kind):
            # Rarely, a row runs through all that carry XXXX; of the plain ones there are enough.
            kind = say.plain
        number, index = divmod(number // REDACTED_FILLERS, len(kind))
        while id(kind[index]) in used:
            index = (index + 1) % len(kind)
        sentence = kind[index].say(number)
        if len(sentence) + 2 > room and kind is say.redacted:
            sentence = min((t.say(0) for t in kind), key=len)
        if len(sentence) + 2 > room:
            if must:
                continue
            break
        used.add(id(kind[index]))
        added.append(sentence)
        count += len(sentence.split())
        room -= len(sentence) + 2
    return added


def _kind(say: Phrases, redacted: bool, number: int) -> Sequence[Template]:
    return say.redacted if redacted and number % REDACTED_FILLERS == 0 else say.plain


def _shuffled(items: list[str], number: int) -> list[str]:
    """Return the items in the order that ``number`` chooses (Fisher and Yates)."""
    for last in range(len(items) - 1, 0, -1):
        number, other = divmod(number, last + 1)
        items[last], items[other] = items[other], items[last]
    return items


def _break_lines(text: str, number: int) -> str:
    parts = text.split(". ")
    cut = 1 + number % max(1, len(parts) - 1)
    return ". ".join(parts[:cut]) + ".\n\n" + ". ".join(parts[cut:]) if cut < len(parts) else text


def _small(text: str) -> str:
    return text.lower().replace("xxxx", "XXXX").replace("xx/", "XX/")
