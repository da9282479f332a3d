"""The colours of figures, light and dark, equal to those in assets/theme/tokens.css (tested)."""

from dataclasses import dataclass, fields

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Palette:
    """One ground with its inks. On paper, series reach 3:1, inks and ``*_text`` 4.5:1."""

    paper: str
    raised: str
    line: str
    strong: str
    ink: str
    soft: str
    faint: str
    accent: str
    rust: str
    ochre: str
    plum: str
    blue: str
    grey: str
    ochre_text: str
    plum_text: str
    blue_text: str


LIGHT = Palette(
    paper="#fdfcf9", raised="#f5f3ed", line="#e0dcd2", strong="#908a7e",
    ink="#1f1d1a", soft="#55514a", faint="#6d685f",
    accent="#0b6670", rust="#b5412a", ochre="#bd8800",
    plum="#45266f", blue="#3f78c4", grey="#96928a",
    ochre_text="#7d5a00", plum_text="#452670", blue_text="#2f62a8",
)  # fmt: skip
DARK = Palette(
    paper="#171717", raised="#212120", line="#373634", strong="#7d7a74",
    ink="#e7e3db", soft="#b8b3a9", faint="#99948a",
    accent="#63c3c8", rust="#e37c4a", ochre="#f0cf62",
    plum="#a66eba", blue="#62b4fa", grey="#8a857d",
    ochre_text="#f0cf63", plum_text="#c79bd6", blue_text="#62b4fb",
)  # fmt: skip

SERIES = ("accent", "rust", "ochre", "plum", "blue", "grey")
TEXT_OF = {
    LIGHT.ochre: LIGHT.ochre_text,
    LIGHT.plum: LIGHT.plum_text,
    LIGHT.blue: LIGHT.blue_text,
    LIGHT.grey: LIGHT.faint,
}


def series(palette: Palette = LIGHT) -> list[str]:
    """Return the six series colours in the order in which figures use them."""
    return [getattr(palette, name) for name in SERIES]


def text_colour(colour: str) -> str:
    """Return the shade for a label of that series: the same hue, at least 4.5:1 on paper."""
    return TEXT_OF.get(colour, colour)


def dark_of() -> dict[str, str]:
    """Return the dark colour for each light one."""
    return {getattr(LIGHT, f.name): getattr(DARK, f.name) for f in fields(Palette)}


def rgb(colour: str) -> Rgb:
    """Return ``#rrggbb`` as three sRGB values in 0…1."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.1)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1…21 (WCAG 2.1)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)
