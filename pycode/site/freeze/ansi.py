"""Terminal colours as the HTML spans that Quarto writes, or gone."""

import html
import re
from dataclasses import asdict, dataclass, replace

COLOUR = re.compile(r"\x1b\[([\d;]*)m")
ANY = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
LEVELS = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True)
class _Style:
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False
    front: str = ""
    back: str = ""


def has_colours(text: str) -> bool:
    """Return whether ``text`` holds colour codes with a number, as Quarto looks for them."""
    return re.search(r"\x1b\[\d+(?:;\d+)*m", text) is not None


def strip_codes(text: str) -> str:
    """Return ``text`` without any terminal codes.

    A code inside another leaves a new one when it goes, so the escape character itself goes too.
    """
    return ANY.sub("", text).replace("\x1b", "")


def to_spans(text: str) -> str:
    """Return ``text`` as HTML with one span per coloured piece; other codes are dropped."""
    parts: list[str] = []
    style, position = _Style(), 0
    for match in COLOUR.finditer(text):
        parts.append(_span(text[position : match.start()], style))
        style = _apply(style, [int(code or 0) for code in match[1].split(";")])
        position = match.end()
    return "".join([*parts, _span(text[position:], style)])


def _span(text: str, style: _Style) -> str:
    inner = html.escape(strip_codes(text), quote=False)
    if not inner or style == _Style():
        return inner
    css = [
        rule
        for wanted, rule in (
            (style.faint, "opacity:0.7"),
            (style.italic, "font-style:italic"),
            (style.underline, "text-decoration:underline"),
        )
        if wanted
    ]
    classes = []
    for colour, rule, suffix in (
        (style.front, "color", "fg"),
        (style.back, "background-color", "bg"),
    ):
        if colour.startswith("rgb"):
            css.append(f"{rule}:{colour}")
        elif colour:
            classes.append(f"ansi-{colour}-{suffix}")
    classes += ["ansi-bold"] if style.bold else []
    attributes = f' style="{";".join(css)}"' if css else ""
    attributes += f' class="{" ".join(classes)}"' if classes else ""
    return f"<span{attributes}>{inner}</span>"


def _flagged(style: _Style, name: str, value: bool) -> _Style:
    return _Style(**{**asdict(style), name: value})


def _apply(style: _Style, codes: list[int]) -> _Style:
    """Return the style after one code sequence (SGR, ECMA-48)."""
    flags = {1: "bold", 2: "faint", 3: "italic", 4: "underline"}
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = _Style()
        elif code in flags:
            style = _flagged(style, flags[code], True)
        elif code == 22:
            style = replace(style, bold=False, faint=False)
        elif code in (23, 24):
            style = _flagged(style, flags[code - 20], False)
        elif code in (38, 39) or 30 <= code <= 37 or 90 <= code <= 97:
            style = replace(style, front=_colour(code, codes))
        elif code in (48, 49) or 40 <= code <= 47 or 100 <= code <= 107:
            style = replace(style, back=_colour(code - 10, codes))
    return style


def _colour(code: int, rest: list[int]) -> str:
    """Return a colour's class name or `rgb(…)`; takes what it needs from ``rest``."""
    if code == 39:
        return ""
    if code != 38:
        return NAMES[code - 30] if code < 90 else f"bright-{NAMES[code - 90]}"
    kind = rest.pop(0) if rest else 0
    if kind == 2 and len(rest) >= 3:
        values = [rest.pop(0) for _ in range(3)]
        return f"rgb({','.join(map(str, values))})"
    if kind == 5 and rest:
        return _palette(rest.pop(0))
    return ""


def _palette(index: int) -> str:
    """Return colour ``index`` of the 256-colour palette."""
    if index < 16:
        return NAMES[index] if index < 8 else f"bright-{NAMES[index - 8]}"
    if index < 232:
        number = index - 16
        values = [LEVELS[number // 36], LEVELS[number // 6 % 6], LEVELS[number % 6]]
    else:
        values = [8 + 10 * (index - 232)] * 3
    return f"rgb({','.join(map(str, values))})"
