"""Where redaction is common and where it is rare: the ends of the list, large enough for a room."""

from typing import TYPE_CHECKING, Any

from pycode.figures.palette import LIGHT
from pycode.figures.style import new_figure, rows_of_names, use_style
from pycode.figures.tables import run_tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def extremes(rows: list[dict[str, Any]], at_least: int, show: int) -> list[dict[str, Any]]:
    """Return the ``show`` classes with the highest and the ``show`` with the lowest share, falling.

    Classes with fewer than ``at_least`` rows are left out; no class appears twice.
    """
    large = [row for row in rows if "redacted_share" in row and row["rows"] >= at_least]
    large.sort(key=lambda row: -row["redacted_share"])
    return large if len(large) <= 2 * show else large[:show] + large[-show:]


def redaction_extremes(
    run_id: str = "text-audit-cfpb8k", at_least: int = 80, show: int = 4, size: str = "deck"
) -> "Figure":
    """Return the share of texts with XXXX, with 95 % intervals, of the classes at both ends."""
    rows = extremes(run_tables(run_id)["classes"]["rows"], at_least, show)
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 0.86)
        for place, row in enumerate(reversed(rows)):
            low, middle, high = (100 * row[f"redacted_{part}"] for part in ("low", "share", "high"))
            colour = LIGHT.accent if place >= len(rows) / 2 else LIGHT.rust
            axes.plot([low, high], [place, place], color=colour, linewidth=3)
            axes.plot([middle], [place], "o", color=colour, markersize=10)
        axes.set_yticks(range(len(rows)), [_short(row["label"]) for row in reversed(rows)])
        rows_of_names(axes)
        axes.set(xlabel="texts with XXXX (%), 95 % interval", xlim=(None, 100.5))
    return figure


def _short(text: str, limit: int = 42) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
