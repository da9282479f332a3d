"""Markdown with everything that is not prose blanked out, place by place, so that lines stay true.

What is blanked: code, mathematics (unless it is nothing but a number), comments, shortcodes, link
targets, attributes, citations, and what is marked as an invented example: `[0.9]{.example}` or a
`::: {.example}` block.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pycode.site.qmd.fences import scan, split_lines

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
MATH = re.compile(
    r"\$\$.+?\$\$|(?<![\\\w])\$(?=\S)(?:[^$\n]|\n(?!\n))*?(?<=[^\s\\])\$(?!\d)", re.DOTALL
)
NUMBER_ONLY = re.compile(r"[\s$\\]*[~≈+−-]*\s*[\d.,]+\s*(\\?%|\\text\{[^}]*\}|\\times)?[\s$]*")
SHORTCODE = re.compile(r"\{\{<.*?>\}\}", re.DOTALL)
TARGET = re.compile(r"(?<=\])\((?:[^()\n]|\([^()\n]*\))*\)")
URL = re.compile(r"<(?:https?|mailto):[^>\s]*>|https?://[^\s)>\]]+")
TAG = re.compile(r"</?[A-Za-z][^>]*>")
CITATION = re.compile(r"(?<![\w\ue001])@[\w:./-]+|\[\^[^\]]+\]")
ATTRIBUTES = re.compile(r"\{[^{}\n]*\}")
ALT = re.compile(
    r"""(?:fig-alt|alt|title|aria-label|tbl-cap|fig-cap)=(["'])(.*?)(?<!\\)\1""", re.DOTALL
)
SPAN_END = re.compile(r"\]\{[^{}\n]*\.example\b[^{}\n]*\}")
DIV = re.compile(r"^\s*:{3,}\s*(.*?)\s*:*\s*$")


@dataclass
class Masked:
    """The blanked text, the texts found in attributes, and the marked examples, each with its
    line."""

    text: str
    attributes: list[tuple[int, str]] = field(default_factory=list)
    examples: list[tuple[int, str]] = field(default_factory=list)


def mask(text: str) -> Masked:
    """Return ``text`` with everything but prose as blanks of the same length."""
    out = Masked(_code_blocks(text))
    out.text = COMMENT.sub(blank, out.text)
    out.text = CODE_SPAN.sub(blank, out.text)
    out.text = MATH.sub(lambda m: m[0] if NUMBER_ONLY.fullmatch(m[0]) else blank(m), out.text)
    out.text = SHORTCODE.sub(lambda m: _fill(m[0], "§"), out.text)
    _example_blocks(out)
    _example_spans(out)
    for pattern in (ATTRIBUTES, TAG):
        out.attributes += _harvest(pattern, out.text)
    for pattern in (TARGET, URL, TAG, CITATION, ATTRIBUTES):
        out.text = pattern.sub(blank, out.text)
    return out


def blank(match: re.Match[str]) -> str:
    """Return blanks in place of a match; line ends stay."""
    return _fill(match[0], " ")


def _fill(text: str, with_: str) -> str:
    return re.sub(r"[^\n]", with_, text)


def _code_blocks(text: str) -> str:
    lines = split_lines(text)
    spans = scan(lines, _line)
    return "".join(
        "".join(lines[span.first - 1 : span.last])
        if span.kind == "text"
        else _fill("".join(lines[span.first - 1 : span.last]), " ")
        for span in spans
    )


def _line(number: int) -> str:
    return f"line {number}"


def _harvest(pattern: re.Pattern[str], text: str) -> list[tuple[int, str]]:
    return [
        (text.count("\n", 0, match.start()) + 1, attribute[2])
        for match in pattern.finditer(text)
        for attribute in ALT.finditer(match[0])
    ]


def _example_spans(out: Masked) -> None:
    """Blank `[…]{.example}`, brackets inside it included."""
    for end in SPAN_END.finditer(out.text):
        depth, position = 1, end.start() - 1
        while position >= 0 and depth:
            depth += {"]": 1, "[": -1}.get(out.text[position], 0)
            position -= 1
        if depth:
            continue
        start = position + 1
        _note(out, start, end.start())
        out.text = (
            out.text[:start] + _fill(out.text[start : end.end()], " ") + out.text[end.end() :]
        )


def _example_blocks(out: Masked) -> None:
    """Blank the lines of `::: {.example}` blocks, nested blocks included."""
    lines = split_lines(out.text)
    stack: list[tuple[bool, int]] = []
    position = 0
    for line in lines:
        div = DIV.match(line)
        if div and div[1]:
            stack.append((bool(re.search(r"\.example\b|^example$", div[1])), position))
        elif div and stack:
            is_example, start = stack.pop()
            if is_example:
                _note(out, start + out.text[start:].index("\n") + 1, position)
                filled = _fill(out.text[start:position], " ")
                out.text = out.text[:start] + filled + out.text[position:]
        position += len(line)


def _note(out: Masked, start: int, stop: int) -> None:
    text = " ".join(out.text[start:stop].split()).strip("[]")
    out.examples.append((out.text.count("\n", 0, start) + 1, text))


def tokens(text: str, places: list[tuple[int, int]], token: Callable[[int], str]) -> str:
    """Return ``text`` with the spans ``places`` replaced by tokens of the same length."""
    for index, (start, end) in enumerate(places):
        piece = text[start:end]
        mark = token(index)
        ends = "\n" * piece.count("\n")
        text = (
            text[:start]
            + mark
            + " " * max(0, len(piece) - len(mark) - len(ends))
            + ends
            + text[end:]
        )
    return text
