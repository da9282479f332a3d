"""The dark variant of a finished Matplotlib figure: its colours exchanged, later restored."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pycode.errors import CourseError
from pycode.figures.palette import DARK, LIGHT, dark_of, rgb
from pycode.figures.style import settle

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

Rgba = tuple[float, float, float, float]
PROPERTIES = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")
MAPS = ("course", "course-diverging")


@contextmanager
def dark_variant(fig: "Figure") -> Iterator["Figure"]:
    """Give the figure its dark colours inside the block and its light ones back after it.

    Colours outside the palette stay as they are; ``foreign_colours`` lists them.
    """
    settle(fig)  # ticks are made while drawing: make them before their colours are read
    undo: list[Callable[[], Any]] = []
    try:
        for artist in _artists(fig):
            undo += _darken(artist)
        yield fig
    finally:
        for restore in reversed(undo):
            restore()


def foreign_colours(fig: "Figure") -> list[str]:
    """Return the visible colours of the figure that the palette does not hold, sorted."""
    from matplotlib.colors import to_hex

    known = set(dark_of())
    found: set[str] = set()
    fig.draw_without_rendering()
    for artist in _artists(fig):
        for _, colours, _ in _colours(artist):
            found |= {to_hex(c) for c in colours if c[3] > 0}
    return sorted(found - known)


def colour_map(name: str = "course", dark: bool = False) -> "LinearSegmentedColormap":
    """Return ``course`` (paper to accent) or ``course-diverging`` (rust, paper, accent).

    Raises:
        CourseError: unknown name.
    """
    from matplotlib.colors import LinearSegmentedColormap

    palette = DARK if dark else LIGHT
    stops = {"course": ["raised", "accent"], "course-diverging": ["rust", "raised", "accent"]}
    if name not in stops:
        raise CourseError(f"No colour map {name!r}: choose one of {', '.join(MAPS)}.")
    colours = [getattr(palette, stop) for stop in stops[name]]
    return LinearSegmentedColormap.from_list(name, colours, N=256)


def _artists(fig: "Figure") -> Iterator["Artist"]:
    """Yield every artist of the figure, also those that Matplotlib keeps out of its tree."""
    for artist in fig.findobj():
        yield artist
        for name in ("arrow_patch", "_bbox_patch"):
            extra = getattr(artist, name, None)
            if extra is not None:
                yield extra


def _colours(artist: "Artist") -> Iterator[tuple[str, list[Rgba], bool]]:
    """Yield each colour property as (name, RGBA rows, whether it is a list of colours)."""
    from matplotlib.colors import to_rgba_array

    mapped = getattr(artist, "get_array", lambda: None)() is not None
    for name in PROPERTIES:
        getter = getattr(artist, f"get_{name}", None)
        if getter is None or (mapped and name in ("facecolor", "color")):
            continue
        try:
            value = getter()
            rows = to_rgba_array(value)
        except (ValueError, TypeError):
            continue  # 'inherit', 'auto', a gradient: not a colour of its own
        many = isinstance(value, np.ndarray) and value.ndim == 2
        if len(rows) and (many or len(rows) == 1):
            yield name, [_row(row) for row in rows], many


def _darken(artist: "Artist") -> list[Callable[[], Any]]:
    """Exchange the artist's colours and return what undoes it."""
    undo: list[Callable[[], Any]] = []
    for name, old, many in list(_colours(artist)):
        new = [_dark(row) for row in old]
        if new == old:
            continue
        setter = getattr(artist, f"set_{name}")
        setter(new if many else new[0])
        undo.append(partial(setter, old if many else old[0]))
    undo += _darken_map(artist)
    undo += _darken_halo(artist)
    return undo


def _darken_map(artist: Any) -> list[Callable[[], Any]]:
    old = getattr(artist, "get_cmap", lambda: None)()
    if old is None or old.name not in MAPS:
        return []
    artist.set_cmap(colour_map(old.name, dark=True))
    return [lambda: artist.set_cmap(old)]


def _darken_halo(artist: Any) -> list[Callable[[], Any]]:
    """Exchange the halo that ``pycode.figures.labels.halo`` draws around a label."""
    from pycode.figures.labels import halo

    old = getattr(artist, "get_path_effects", lambda: None)()
    if not old or not any(getattr(effect, "is_course_halo", False) for effect in old):
        return []
    artist.set_path_effects(halo(DARK.paper))
    return [lambda: artist.set_path_effects(old)]


def _dark(row: Rgba) -> Rgba:
    """Return the dark colour for an RGBA row of the light palette, with its own opacity."""
    from matplotlib.colors import to_hex

    exchanged = dark_of().get(to_hex(row))
    return (*rgb(exchanged), row[3]) if exchanged else row


def _row(values: np.ndarray) -> Rgba:
    red, green, blue, alpha = (float(value) for value in values)
    return red, green, blue, alpha
