"""A student's result beside recorded runs and published figures: on one axis where that is fair, and said so."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pycode.data.types import CourseData
from pycode.evaluate import bootstrap_metric
from pycode.figures.palette import LIGHT
from pycode.figures.style import new_figure, use_style
from pycode.labs.recorded import published_value, recorded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PUBLISHED_SET = "course-113"


@dataclass(frozen=True)
class Row:
    """One line of the comparison; ``low`` and ``high`` are None where nobody measured an interval."""

    name: str
    value: float
    low: float | None
    high: float | None
    same_data: bool


def beside(
    own: str,
    data: CourseData,
    predictions: ArrayLike,
    runs: tuple[str, ...],
    published: dict[str, str] | None = None,
    resamples: int = 2_000,
) -> "Figure":
    """Draw validation macro-F1 of ``predictions`` (n) above that of ``runs`` and of ``published`` figures.

    A row on other data than yours is drawn in grey and open: its place says how results spread, not who won.
    ``published`` names figures of the original course on the whole canonical set by their ids; each is one
    seed without an interval.
    """
    interval = bootstrap_metric(
        "macro_f1", data.val.labels, predictions, data.n_classes, resamples=resamples
    )
    rows = [Row(own, interval.estimate, interval.low, interval.high, True)]
    canonical = data.name == PUBLISHED_SET
    for name, entry in (published or {}).items():
        rows.append(Row(name, published_value(entry), None, None, canonical))
    rows += [_recorded(run_id, data) for run_id in runs]
    _say(rows)
    return _draw(rows)


def _recorded(run_id: str, data: CourseData) -> Row:
    record = recorded(run_id)
    metric = record.metric("val.macro_f1")
    low, high = (
        (metric.interval["low"], metric.interval["high"]) if metric.interval else (None, None)
    )
    return Row(run_id, metric.value, low, high, record.data["fingerprint"] == data.fingerprint)


def _say(rows: list[Row]) -> None:
    others = [row.name for row in rows if not row.same_data]
    if others:
        print(f"Other data than yours (grey): {', '.join(others)}.")
        print("Compare the widths of their intervals with yours, not the values:")
        print("another set, another class list, another task.")


def _draw(rows: list[Row]) -> "Figure":
    with use_style("page") as (width, _):
        figure, axes = new_figure(width, 0.9 + 0.36 * len(rows))
        places = np.arange(len(rows))[::-1]
        for place, row in zip(places, rows):
            colour = (
                LIGHT.rust if place == places[0] else LIGHT.accent if row.same_data else LIGHT.faint
            )
            if row.low is not None and row.high is not None:
                axes.plot(
                    [row.low, row.high], [place, place], color=colour, marker="|", markersize=9
                )
            face = colour if row.same_data else LIGHT.paper
            axes.plot([row.value], [place], "o", color=colour, markerfacecolor=face, markersize=6.5)
        axes.set_yticks(places, [row.name for row in rows])
        axes.set(xlabel="validation macro-F1, 95 % interval where there is one", xlim=(0, None))
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.grid(False, axis="y")
        axes.grid(True, axis="x")
    return figure
