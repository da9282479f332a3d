"""The label map against the calendar: which of its entries are renames of the form of April 2017.

A rename leaves a trace in the counts: the old name stops on one day and the new one starts. The run
`label-counts-cfpb` counts complaints with text before and after 24 April 2017, so each entry can be
tested. The test sees names and dates only; whether two names mean the same it cannot tell.
"""

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

from pycode.data.labels import merge_map, near_duplicates
from pycode.figures.palette import LIGHT, text_colour
from pycode.figures.style import new_figure, rows_of_names, use_style
from pycode.figures.tables import run_tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RUN = "label-counts-cfpb"
KINDS = {
    "renamed": "one stops, one starts",
    "same-form": "two names on one form",
    "reversed": "new name to old name",
    "identity": "mapped to itself",
}
Rows = tuple[int, int]  # before and after the day


@dataclass(frozen=True)
class Entry:
    """One entry of the map: rows (before, after) the day under its old name and under its target."""

    raw: str
    canonical: str
    kind: str
    source: Rows
    target: Rows
    database: int  # rows under the old name in the whole database

    @property
    def is_rename(self) -> bool:
        """Whether the old name was only used before the day and the target only after it."""
        return stops(self.source) and starts(self.target)


def stops(rows: Rows) -> bool:
    """Return whether a name with ``rows`` before and after the day was used before it only."""
    return rows[0] > 0 and rows[1] == 0


def starts(rows: Rows) -> bool:
    """Return whether a name with ``rows`` before and after the day was used after it only."""
    return rows[0] == 0 and rows[1] > 0


def entries() -> list[Entry]:
    """Return the entries of the original map in its order, with what the run counted."""
    counts = {row["label"]: row for row in run_tables(RUN)["raw_labels"]["rows"]}

    def rows(label: str) -> Rows:
        return _rows(counts.get(label, {}))

    return [
        Entry(
            item.raw,
            item.canonical,
            item.kind,
            rows(item.raw),
            rows(item.canonical),
            counts[item.raw]["all"],
        )
        for item in merge_map().values()
    ]


def missed_renames() -> list[tuple[str, str]]:
    """Return pairs of our near-duplicates, left apart by the map, where one stops and one starts.

    Only groups of two labels: in larger ones a date does not say which name became which.
    """
    counts = {row["label"]: _rows(row) for row in run_tables(RUN)["classes"]["rows"] if row["all"]}
    pairs = [group.labels for group in near_duplicates() if len(group.labels) == 2]
    return [
        (old, new)
        for pair in pairs
        for old, new in permutations(pair)
        if old in counts and new in counts and stops(counts[old]) and starts(counts[new])
    ]


def not_renames(size: str = "page") -> "Figure":
    """Return, per entry that fails the test, which share of each name's rows came after the day.

    The top row is the largest rename, to compare with: it runs over the whole width.
    """
    ranked = sorted(entries(), key=lambda item: item.database)
    shown = [item for item in ranked if not item.is_rename]
    model = next(item for item in reversed(ranked) if item.is_rename)
    names = [_short(item.raw) for item in shown] + [f"a rename: {_short(model.raw, 30)}"]
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 1.4)
        for place, item in enumerate([*shown, model]):
            _draw(axes, place, item)
        axes.axhline(len(shown) - 0.5, color=LIGHT.strong, linewidth=0.7)
        axes.set_yticks(range(len(names)), names, fontsize=9.4)
        rows_of_names(axes)
        axes.set(
            xlabel="share of the name's rows after the form changed (%)",
            xlim=(-4, 104), ylim=(-0.7, len(shown) + 0.6),
        )  # fmt: skip
        for x, name, colour in ((0.0, "○ mapped from", LIGHT.rust), (0.26, "● to", LIGHT.accent)):
            axes.text(
                x, 1.0, name, transform=axes.transAxes, color=text_colour(colour), va="bottom"
            )
    return figure


def _draw(axes: Any, place: int, item: Entry) -> None:
    """Draw one entry: an open ring for the old name, a dot for its target where it was counted."""
    old, new = _after_share(item.source), _after_share(item.target)
    if old is not None and new is not None and item.kind != "identity":
        axes.plot([old, new], [place, place], color=LIGHT.strong, linewidth=1.2, zorder=1)
    if new is not None:
        axes.plot([new], [place], "o", color=LIGHT.accent, markersize=5, zorder=2)
    if old is not None:
        axes.plot(
            [old], [place], "o", color=LIGHT.rust, markersize=9, markerfacecolor="none",
            markeredgewidth=1.5, zorder=3,
        )  # fmt: skip


def _after_share(rows: Rows) -> float | None:
    return 100 * rows[1] / sum(rows) if sum(rows) else None


def _rows(counts: dict[str, Any]) -> Rows:
    return counts.get("old_form", 0), counts.get("new_form", 0)


def _short(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
