"""Figures of a page: their files, and the Markdown that shows them, light and dark."""

import base64
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pycode.errors import CourseError
from pycode.site.freeze.outputs import IMAGES, PNG, SVG, lines_of

ATTRIBUTES = ("fig-align", "fig-env", "fig-alt", "fig-pos", "fig-scap")
SIZE = re.compile(r"<svg\b[^>]*?\bwidth=\"([\d.]+)(pt|px)?\"[^>]*?\bheight=\"([\d.]+)(pt|px)?\"")


@dataclass
class Figures:
    """The figure files of one output, gathered before anything is written.

    ``folder`` is how the page's Markdown calls their folder: ``<stem>_files/figure-html``.
    """

    folder: str
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, data: bytes) -> str:
        """Keep a file and return its path as the page calls it."""
        self.files[name] = data
        return f"{self.folder}/{name}"


@dataclass(frozen=True)
class Image:
    """A picture in its light form and perhaps its dark one, in bytes, with its size in pixels."""

    extension: str
    light: bytes
    dark: bytes | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Shown:
    """How a picture stands on the page; ``attributes`` by the names of the cell options (``fig-alt``, ``fig-link``)."""

    label: str
    caption: str
    attributes: Mapping[str, str]

    def linked(self, markdown: str) -> str:
        """Return the picture's Markdown inside its link, if it has one."""
        link = self.attributes.get("fig-link")
        return f"[{markdown}]({link})" if link else markdown


def image_of(output: Mapping[str, Any], mime: str, dpi: float, place: str) -> Image:
    """Return the picture of an output.

    ``dpi`` is the page's resolution; a PNG with twice of it is shown at half its size.

    Raises:
        CourseError: the data is no picture of that kind.
    """
    text = lines_of(output["data"][mime])
    details = (output.get("metadata") or {}).get(mime) or {}
    other = details.get("course_dark") if isinstance(details, Mapping) else None
    if mime == SVG and "<svg" in text:
        size = svg_size(text)
        return Image("svg", text.encode(), other.encode() if other else None, *size)
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        dark = base64.b64decode(other) if other else None
    except ValueError:
        raise CourseError(f"{place}: this output says it is {mime}, but its data is not.") from None
    if mime == SVG:
        return Image("svg", data, dark, *svg_size(data.decode("utf-8", "replace")))
    size = png_size(data, dpi) if mime == PNG else (None, None)
    width, height = details.get("width"), details.get("height")
    return Image(IMAGES[mime], data, dark, size[0] or width, size[1] or height)


def svg_size(text: str) -> tuple[int | None, int | None]:
    """Return width and height of an SVG in CSS pixels (1 pt = 4/3 px)."""
    match = SIZE.search(text)
    if not match:
        return None, None
    sizes = [
        float(value) * (4 / 3 if unit == "pt" else 1)
        for value, unit in ((match[1], match[2]), (match[3], match[4]))
    ]
    return half_up(sizes[0]), half_up(sizes[1])


def png_size(data: bytes, dpi: float) -> tuple[int | None, int | None]:
    """Return the size at which a PNG of double resolution is shown; None for other PNGs."""
    at = data.find(b"pHYs")
    if data[12:16] != b"IHDR" or at < 0 or len(data) < at + 12:
        return None, None
    width, height = struct.unpack(">II", data[16:24])
    per_metre = struct.unpack(">II", data[at + 4 : at + 12])
    if any(round(value * 0.0254) != round(2 * dpi) for value in per_metre):
        return None, None
    return half_up(width / 2), half_up(height / 2)


def half_up(value: float) -> int:
    """Return ``value`` rounded as JavaScript does: halves go up."""
    return math.floor(value + 0.5)


def image_markdown(image: Image, name: str, figures: Figures, shown: Shown) -> str:
    """Store the picture under ``name`` and return its Markdown, as Quarto writes a single image."""
    path = figures.add(f"{name}.{image.extension}", image.light)
    parts = [f"#{shown.label}"] if shown.label else []
    parts += _size(image)
    for key in ATTRIBUTES:
        if shown.attributes.get(key):
            escaped = shown.attributes[key].replace("'", "\\'")
            parts.append(f"{key}='{escaped}'")
    markdown = f"![{shown.caption}]({path})" + (f"{{{' '.join(parts)}}}" if parts else "")
    return shown.linked(markdown) + "\n"


def pair_markdown(image: Image, name: str, figures: Figures, shown: Shown) -> str:
    """Store both forms and return Markdown that shows one of them.

    A labelled pair stands in a div that has the label (the caller writes it): two paragraphs with an
    image each, then the caption. So it has one number and one caption under real Quarto. Without a
    label each form is a figure of its own and the hidden one takes its caption with it.
    """
    assert image.dark is not None
    paths = {
        "light-content": figures.add(f"{name}.{image.extension}", image.light),
        "dark-content": figures.add(f"{name}-dark.{image.extension}", image.dark),
    }
    label, caption, attributes = shown.label, shown.caption, shown.attributes
    if caption and not attributes.get("fig-alt"):  # a single image has its caption as alt text
        attributes = {**attributes, "fig-alt": plain_text(caption)}
    pieces = []
    for kind, path in paths.items():
        own = [f'{key}="{_quoted(attributes[key])}"' for key in ATTRIBUTES if attributes.get(key)]
        inner = " ".join([f".{kind}", *own, *_size(image)])
        text = "" if label else caption
        picture = shown.linked(f"![{text}]({path}){{{inner}}}")
        wrapped = f"::: {{.{kind}}}\n{picture}\n:::\n" if text else picture + "\n"
        pieces.append(wrapped)
    return "\n".join(pieces + ([caption + "\n"] if label and caption else []))


def plain_text(markdown: str) -> str:
    """Return a caption as alt text: without marks, attributes and link targets."""
    text = re.sub(r"\{[^{}]*\}|\]\([^()]*\)", "", markdown)
    return " ".join(re.sub(r"(?<!\\)[*_`\[\]]|\\(?=\W)", "", text).split())


def _size(image: Image) -> list[str]:
    sizes = (("width", image.width), ("height", image.height))
    return [f"{name}={value}" for name, value in sizes if value]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
