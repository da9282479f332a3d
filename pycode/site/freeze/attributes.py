"""Captions, classes and figure options of a cell, as Quarto derives them from its options."""

from typing import Any

from pycode.site.freeze.options import Options
from pycode.site.freeze.outputs import is_display

BROADCAST = ("fig-align", "fig-scap", "fig-link", "fig-env", "fig-pos", "fig-alt")


def broadcast(options: Options, key: str, position: int) -> str:
    """Return a figure option for one output: a list gives each output its own."""
    value = options.own.get(key)
    if isinstance(value, list):
        return str(value[position]) if position < len(value) else ""
    return str(value) if value else ""


def classes(options: Options) -> list[str]:
    """Return the classes of the cell's div, each with its dot."""
    own = options.own.get("classes") or []
    names = [str(item) for item in own] if isinstance(own, list) else [str(own)]
    prefixes = {
        "panel": "panel-", "column": "column-", "fig-column": "fig-column-",
        "tbl-column": "tbl-column-", "fig-cap-location": "fig-cap-location-",
        "tbl-cap-location": "tbl-cap-location-",
    }  # fmt: skip
    names += [prefix + options.own[key] for key, prefix in prefixes.items()
              if isinstance(options.own.get(key), str)]  # fmt: skip
    return [name if name.startswith(".") else f".{name}" for text in names for name in text.split()]


def caps(options: Options) -> tuple[str, list[str]]:
    """Return the caption of the cell and those of its outputs."""
    caption, sub = options.own.get("fig-cap"), options.own.get("fig-subcap")
    if isinstance(caption, list):
        return "", [str(item) for item in caption]
    if not caption:
        return "", []
    if sub is None:
        return "", [str(caption)]
    captions = [""] if sub is True else sub if isinstance(sub, list) else [sub]
    return str(caption), [str(item) for item in captions]


def captions(options: Options, shown: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """Return the captions that are used: without a display, those of displays are not."""
    caption, others = caps(options)
    if isinstance(options.own.get("fig-cap"), list) and not any(map(is_display, shown)):
        return "", []
    return caption, others
