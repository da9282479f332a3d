"""Words in figures: labels at the ends of lines instead of a legend, and drawn intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pycode.errors import CourseError
from pycode.figures.palette import LIGHT, text_colour
from pycode.figures.style import rows_of_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation


def halo(colour: str = LIGHT.paper, width: float = 3.0) -> list[Any]:
    """Return path effects that keep a label readable where it crosses lines: an edge of paper."""
    from matplotlib.patheffects import Normal, withStroke

    edge = withStroke(linewidth=width, foreground=colour)
    edge.is_course_halo = True  # type: ignore[attr-defined]
    return [edge, Normal()]


def label_ends(
    ax: "Axes", lines: Sequence["Line2D"], texts: Sequence[str], gap: float = 1.45
) -> list["Annotation"]:
    """Write each line's name at its right end, in its colour, moved apart where they would overlap.

    ``gap`` is the least distance of two names in text heights. Axis limits must be final.

    Raises:
        CourseError: not one text per line.
    """
    if len(lines) != len(texts):
        raise CourseError(
            f"Got {len(texts)} labels for {len(lines)} lines: give one text per line."
        )
    ends = [np.asarray(line.get_xydata())[-1] for line in lines]
    pixels = ax.transData.transform(np.array(ends))[:, 1] if len(ends) else np.empty(0)
    size = _text_height(ax)
    places = spread(pixels, size * gap)
    labels = []
    for line, text, end, now, wanted in zip(lines, texts, ends, pixels, places):
        labels.append(
            ax.annotate(
                text,
                end,
                xytext=(7, (wanted - now) * 72 / ax.figure.dpi),
                textcoords="offset points",
                va="center",
                color=text_colour(_hex(line.get_color())),
                annotation_clip=False,
            )
        )
    return labels


def spread(places: np.ndarray, distance: float) -> np.ndarray:
    """Return ``places`` (n,) moved as little as possible, in order, to be ``distance`` apart.

    Overlapping neighbours form a block around their mean (pool adjacent violators).
    """
    order = np.argsort(places, kind="stable")
    blocks: list[list[float]] = []  # sum of offsets-free positions, count
    for rank, index in enumerate(order):
        blocks.append([float(places[index]) - rank * distance, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    flat = np.repeat(
        [total / count for total, count in blocks], [int(count) for _, count in blocks]
    )
    moved = np.empty(len(places))
    moved[order] = flat + np.arange(len(places)) * distance
    return moved


def draw_intervals(
    ax: "Axes",
    names: Sequence[str],
    estimates: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    null: float | None = 0.0,
) -> None:
    """Draw one estimate with its interval per row, first name on top, and the line at ``null``.

    An interval that holds ``null`` is grey and open, as a tie should look; the others accented.
    """
    rows = np.arange(len(names))[::-1]
    if null is not None:
        ax.axvline(null, color=LIGHT.strong, linewidth=0.9)
    for row, estimate, low, high in zip(rows, estimates, lows, highs):
        tie = null is not None and low <= null <= high
        colour = LIGHT.faint if tie else LIGHT.accent
        face = LIGHT.paper if tie else colour
        ax.plot(
            [low, high], [row, row], color=colour, marker="|", markersize=9, markeredgewidth=1.6
        )
        ax.plot(
            [estimate],
            [row],
            "o",
            color=colour,
            markerfacecolor=face,
            markersize=6.5,
            markeredgewidth=1.6,
        )
    ax.set_yticks(rows, list(names))
    ax.set_ylim(-0.6, len(names) - 0.4)
    rows_of_names(ax)


def _text_height(ax: "Axes") -> float:
    """Return the height of a label in pixels."""
    import matplotlib as mpl

    return float(mpl.rcParams["font.size"]) * ax.figure.dpi / 72


def _hex(colour: Any) -> str:
    from matplotlib.colors import to_hex

    return to_hex(colour)
