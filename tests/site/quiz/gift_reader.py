"""A GIFT reader written from Moodle's documentation (docs.moodle.org/en/GIFT_format), apart from our writer.

Rules used: blank lines separate questions; `//` lines are comments; `$CATEGORY:` sets the category;
`::title::` first; `[markdown]` names the text format; the answer block stands in braces; `=` opens a right
and `~` another answer, `~%n%` one with a weight; `#` opens its feedback; `\\` before ~ = # { } : takes away
their meaning, `\\n` is a line end.
"""

import re
from dataclasses import dataclass, field

SPECIAL = "~=#{}:"


@dataclass
class Answer:
    text: str
    feedback: str
    weight: float


@dataclass
class Read:
    title: str
    text: str
    category: str
    answers: list[Answer] = field(default_factory=list)


def tokens(text):
    """Yield (character, is control) pairs, escapes resolved."""
    position = 0
    while position < len(text):
        character = text[position]
        following = text[position + 1 : position + 2]
        if character == "\\" and following and following in SPECIAL + "\\":
            yield following, False
            position += 2
        elif character == "\\" and following == "n":
            yield "\n", False
            position += 2
        else:
            yield character, character in SPECIAL
            position += 1


def split(pairs, marks):
    """Split pairs at control characters in ``marks``: [(mark or '', pairs), …]."""
    parts = [("", [])]
    for character, control in pairs:
        if control and character in marks:
            parts.append((character, []))
        else:
            parts[-1][1].append((character, control))
    return parts


def plain(pairs):
    loose = [character for character, control in pairs if control and character in "{}"]
    assert not loose, f"a brace that is not escaped: {loose}"
    return "".join(character for character, _ in pairs).strip()


def read_gift(text):
    category, found = "", []
    for block in re.split(r"\n[ \t]*\n", text):
        lines = [line for line in block.split("\n") if not line.lstrip().startswith("//")]
        kept = []
        for line in lines:
            if line.startswith("$CATEGORY:"):
                category = line.removeprefix("$CATEGORY:").strip()
            else:
                kept.append(line)
        body = "\n".join(kept).strip()
        if body:
            found.append(read_question(body, category))
    return found


def read_question(body, category):
    title, text = "", body
    if body.startswith("::"):
        pairs = list(tokens(body[2:]))
        end = next(i for i in range(len(pairs) - 1) if pairs[i] == pairs[i + 1] == (":", True))
        title = plain(pairs[:end])
        rest = pairs[end + 2 :]
    else:
        rest = list(tokens(text))
    opened = split(rest, "{")
    assert len(opened) == 2, "exactly one answer block"
    closed = split(opened[1][1], "}")
    assert len(closed) == 2 and plain(closed[1][1]) == "", "the answer block ends the question"
    question = Read(title, re.sub(r"^\[markdown\]", "", plain(opened[0][1])), category)
    for mark, part in split(closed[0][1], "=~")[1:]:
        pieces = split(part, "#")
        assert len(pieces) <= 2, "one feedback for each answer"
        words = plain(pieces[0][1])
        weight = 100.0 if mark == "=" else 0.0
        if match := re.match(r"%(-?[\d.]+)%", words):
            weight, words = float(match[1]), words[match.end() :]
        question.answers.append(
            Answer(words, plain(pieces[1][1]) if len(pieces) > 1 else "", weight)
        )
    return question
