"""Sentence templates: `[a|b]` is a choice, `{name}` stands for one of a list of words.

A template and a whole number give a sentence; a template also gives a pattern that matches exactly
its sentences, so that a reader can tell which template a sentence came from.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from pycode.errors import CourseError

Lists = Mapping[str, Sequence[str]]
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Template:
    """Pieces in order; each piece is the tuple of its alternatives."""

    pieces: tuple[tuple[str, ...], ...]

    def say(self, number: int) -> str:
        """Return the sentence that ``number`` (0 or more) chooses, with a capital first letter."""
        said = []
        for piece in self.pieces:
            if len(piece) == 1:
                said.append(piece[0])
            else:
                number, chosen = divmod(number, len(piece))
                said.append(piece[chosen])
        text = "".join(said)
        return text[0].upper() + text[1:]

    @property
    def variants(self) -> int:
        """Number of choices that the template offers."""
        count = 1
        for piece in self.pieces:
            count *= len(piece)
        return count

    @property
    def pattern(self) -> str:
        """Return a regular expression (to be used without regard to case) for its sentences."""
        return "".join(f"(?:{'|'.join(re.escape(p) for p in piece)})" for piece in self.pieces)

    @property
    def longest(self) -> int:
        """Length in characters of its longest sentence."""
        return sum(max(len(choice) for choice in piece) for piece in self.pieces)


def compile_template(text: str, lists: Lists) -> Template:
    """Return the template written as ``text``, with ``{names}`` looked up in ``lists``.

    Raises:
        CourseError: an unknown name, or a bracket without partner.
    """
    pieces: list[tuple[str, ...]] = []
    for index, part in enumerate(_CHOICE.split(text)):
        if index % 2:
            pieces.append(
                tuple(v for choice in part.split("|") for v in _fill(choice, lists, text))
            )
            continue
        for place, word in enumerate(_NAME.split(part)):
            if place % 2:
                pieces.append(tuple(_lookup(word, lists, text)))
            elif word:
                if set(word) & set("[]{}|"):
                    raise CourseError(f"Template with a bracket or bar out of place: {text!r}.")
                pieces.append((word,))
    return Template(tuple(pieces))


def compile_lines(text: str, lists: Lists) -> list[Template]:
    """Return one template per line of ``text``."""
    return [compile_template(line.strip(), lists) for line in text.splitlines() if line.strip()]


def _fill(choice: str, lists: Lists, where: str) -> list[str]:
    """Return the choice with every combination of words for the names in it."""
    parts = _NAME.split(choice)
    options = [_lookup(p, lists, where) if i % 2 else [p] for i, p in enumerate(parts)]
    return ["".join(words) for words in product(*options)]


def _lookup(name: str, lists: Lists, where: str) -> Sequence[str]:
    if name not in lists:
        raise CourseError(f"Template {where!r} uses the unknown name {{{name}}}.")
    return lists[name]
