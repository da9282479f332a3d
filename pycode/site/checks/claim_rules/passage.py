"""Running text in the pieces that the rules judge: a paragraph, a list item, a table row, a
caption."""

import re
from dataclasses import dataclass, field

from pycode.runs import Claim

TOKEN = re.compile("\ue000(\\d+)\ue001")
SENTENCE = re.compile('(?<=[.!?])["”’)*_]*\\s+(?=["“(*_\\[]*[A-Z\ue000])|\\n\\s*\\n')


@dataclass(frozen=True)
class Use:
    """One result that a page asks for: the call, and what it resolved to."""

    function: str
    ids: tuple[str, ...]
    claims: tuple[Claim, ...] = ()
    interval: bool = False
    both: bool = False


@dataclass(frozen=True)
class Passage:
    """A piece of text of ``path``; each inline result stands in ``text`` as a token, see `TOKEN`.

    ``block`` numbers the text between two empty lines, so that a rule can look around.
    ``context`` is text that belongs to it without standing in it, like a table's column headers.
    """

    path: str
    line: int
    text: str
    uses: dict[int, tuple[Use, ...]] = field(default_factory=dict)
    block: int = 0
    kind: str = "text"
    context: str = ""

    def sentences(self) -> list["Passage"]:
        """Return the sentences, each with the line that it starts on."""
        pieces, start = [], 0
        for match in [*SENTENCE.finditer(self.text), None]:
            stop = match.start() if match else len(self.text)
            piece = self.text[start:stop]
            if piece.strip():
                lead = len(piece) - len(piece.lstrip())
                line = self.line + self.text.count("\n", 0, start + lead)
                pieces.append(self.part(piece.strip(), line))
            start = match.end() if match else stop
        return pieces

    def part(self, text: str, line: int) -> "Passage":
        """Return a passage of the same place with less text."""
        return Passage(self.path, line, text, self.uses, self.block, self.kind, self.context)

    def found(self) -> list[Use]:
        """Return the results used in this text, in order."""
        return [use for match in TOKEN.finditer(self.text) for use in self.uses[int(match[1])]]

    def claims(self) -> list[Claim]:
        """Return the claims used in this text, those inside ratios and differences included."""
        return [claim for use in self.found() for claim in use.claims]

    def readable(self) -> str:
        """Return the text with each result as readers see it, for messages."""

        def shown(match: re.Match[str]) -> str:
            uses = self.uses[int(match[1])]
            texts = [use.claims[0].text for use in uses if use.claims]
            return texts[0] if texts else "…"

        return " ".join(TOKEN.sub(shown, self.text).split())
