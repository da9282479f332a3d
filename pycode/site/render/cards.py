"""Social cards: one quiet picture per page with its title, drawn from the site's own fonts."""

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from pycode.site.render.store import Store, digest

SIZE = (1200, 630)
PAPER, INK, ACCENT = "#fdfcf9", "#1f1d1a", "#0b6670"
EDGE, WIDTH = 90, 1020
VERSION = "3"
SOFT, FULL = 8, 31  # levels: half ink, whole accent


def card(store: Store, fonts: Path, title: str, site: str, subtitle: str = "") -> bytes:
    """Return a PNG of 1200 × 630 with the page's title, from the store when it was drawn before.

    Args:
        store: where drawn cards are kept.
        fonts: folder with `source-serif-4.woff2` and `source-sans-3.woff2`; without them Pillow's own font is used.
        title: large text; shrinks until it fits on four lines.
        site: small text above it.
        subtitle: small text below it.
    """
    stamp = "".join(str(path.stat().st_size) for path in sorted(fonts.glob("source-s*.woff2")))
    key = digest(VERSION, title, site, subtitle, stamp)
    return store.get("cards", key) or store.put("cards", key, _draw(fonts, title, site, subtitle))


def _draw(fonts: Path, title: str, site: str, subtitle: str) -> bytes:
    from PIL import Image, ImageDraw

    # Text is drawn as grey levels, which a palette then turns into ink or accent on paper: small and fast.
    image = Image.new("L", SIZE, 0)
    draw = ImageDraw.Draw(image)
    for size in (86, 74, 62, 52):
        font = _font(fonts / "source-serif-4.woff2", size)
        lines = _wrap(draw, title, font)
        if len(lines) <= 4:
            break
    top = 290 - len(lines[:4]) * size * 0.6
    for line in lines[:4]:
        draw.text((EDGE, top), line, font=font, fill=255)
        top += size * 1.2
    if subtitle:
        small = _font(fonts / "source-sans-3.woff2", 34)
        draw.text((EDGE, 470), _wrap(draw, subtitle, small)[0], font=small, fill=255)
    levels = image.point([value // 16 for value in range(256)])
    head = Image.new("L", (WIDTH, 60), 0)
    ImageDraw.Draw(head).text((0, 4), site, font=_font(fonts / "source-sans-3.woff2", 34), fill=255)
    levels.paste(head.point([16 + value // 16 for value in range(256)]), (EDGE + 92, 72))
    _mark(levels)
    _ruler(levels)
    picture = Image.frombytes("P", SIZE, levels.tobytes())
    picture.putpalette(_ramp(INK) + _ramp(ACCENT))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _mark(levels: Any) -> None:
    """Draw the course's mark, an estimate with its interval, before the site's name."""
    from PIL import ImageDraw

    left, right, top, bottom = EDGE, EDGE + 70, 80, 112
    middle = (top + bottom) // 2
    for box in (
        (left, middle - 2, right, middle + 2),
        (left, top, left + 5, bottom),
        (right - 5, top, right, bottom),
    ):
        levels.paste(FULL, box)
    ImageDraw.Draw(levels).ellipse((left + 22, middle - 9, left + 40, middle + 9), fill=FULL)


def _ruler(levels: Any) -> None:
    """Draw the ruler that closes each page's title."""
    levels.paste(SOFT, (EDGE, 555, EDGE + WIDTH, 557))
    for tick in range(WIDTH // 17 + 1):
        x = EDGE + tick * 17
        levels.paste(SOFT, (x, 555, x + 2, 583 if tick % 5 == 0 else 569))


def _ramp(colour: str) -> list[int]:
    """Sixteen steps from paper to the colour, as palette bytes."""
    low, high = ([int(name[i : i + 2], 16) for i in (1, 3, 5)] for name in (PAPER, colour))
    return [round(a + (b - a) * step / 15) for step in range(16) for a, b in zip(low, high)]


@lru_cache(16)
def _font(path: Path, size: int) -> Any:
    from PIL import ImageFont

    if path.is_file():
        try:
            return ImageFont.truetype(str(path), size)
        except OSError:
            pass
    return ImageFont.load_default(size)


def _wrap(draw: Any, text: str, font: Any) -> list[str]:
    """Break the text into lines that fit."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=font) <= WIDTH:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]
