"""For a number typed by hand: the published figures that it may have been copied from."""

import re

from pycode.runs.published import Entry
from pycode.runs.value import published_text

DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9",
    "ten": "10",
}  # fmt: skip
UNITS = {
    "a percentage": ("share", "%", "points"), "a score": ("score", "error", "nats", "delta"),
    "a latency": ("ms", "ms/ex", "ms/batch"), "a speed": ("ex/s", "tok/s"),
    "a duration": ("s", "min", "h", "min/64k", "min/epoch", "s/batch"), "a size": ("MB", "GB",
    "MiB"),
    "a factor": ("x", "x speed"), "a count of classes": ("classes",), "a count": ("rows", "params"),
    "a count of modules": ("modules",),
}  # fmt: skip

COMMON = ("a duration", "a size")  # so frequent that an equal number is mostly chance


def hint(text: str, look: str, entries: dict[str, Entry]) -> str:
    """Return a sentence that names up to two published figures with this value, or nothing."""
    number = _number(text)
    if not number:
        return ""
    same = [entry for entry in entries.values() if entry.unit in UNITS.get(look, ())]
    here = [entry for entry in same if _number(published_text(entry)) == number]
    for entry in [*here, *same]:
        other = _other_value(entry, number)
        if other:
            return (
                " The original contradicts itself about such a number "
                f"(published:{entry.id}): {other}."
            )
    names = " or ".join(f'claim("published:{entry.id}")' for entry in here[:2])
    return f" It is printed by {names}." if names and look not in COMMON else ""


def _other_value(entry: Entry, number: str) -> str:
    """Return both values of a contradiction in which ``number`` takes part, or nothing."""
    own = published_text(entry)
    sides = [
        f"{own} in {entry.source}",
        *(f"{item.text} in {item.source}" for item in entry.conflicts),
    ]
    numbers = [_number(own), *(_number(item.text) for item in entry.conflicts)]
    return ", ".join(sides) if entry.conflicts and number in numbers else ""


def _number(text: str) -> str:
    found = DIGITS.search(text.lower())
    if found:
        plain = found[0].replace(",", "")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return next((digit for word, digit in WORDS.items() if text.lower().startswith(word)), "")
