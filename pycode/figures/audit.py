"""Figures of the data audit: class counts, renamed labels, redaction by class."""

from typing import TYPE_CHECKING, Any

import numpy as np

from pycode.figures.palette import LIGHT
from pycode.figures.style import new_figure, rows_of_names, use_style
from pycode.figures.tables import run_tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def class_counts(size: str = "page") -> "Figure":
    """Return sorted class counts on a log scale: the whole database, and the real sample."""
    database = sorted(
        (row["all"] for row in _rows("label-counts-cfpb", "classes") if row["all"]), reverse=True
    )
    sample = [row["rows"] for row in _rows("text-audit-cfpb8k", "classes") if row["inside"]]
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * (0.86 if size == "deck" else 1))
        for values, colour, name, x in (
            (database, LIGHT.accent, "all complaints of 2012–2022", 62),
            (sample, LIGHT.rust, "cfpb-8k, classes with at least 5", 34),
        ):
            ranks = np.arange(1, len(values) + 1)
            axes.plot(ranks, values, color=colour, marker="o", markersize=2.6, linewidth=1.0)
            axes.annotate(
                name, (x, float(np.interp(x, ranks, values))), xytext=(8, 10), textcoords="offset points",
                color=colour,
            )  # fmt: skip
        axes.set_yscale("log")
        axes.set(xlabel="class, by rank", ylabel="complaints (log scale)", xlim=(0, 114))
    return figure


def renamed_labels(size: str = "page", show: int = 8) -> "Figure":
    """Return, for the largest merged classes of the database, how many rows carried each raw name."""
    raw = _raw_counts()
    merged = [row for row in _rows("label-counts-cfpb", "classes") if len(row["raw_labels"]) > 1]
    smaller = sorted(merged, key=lambda row: -min(raw.get(name, 0) for name in row["raw_labels"]))[
        :show
    ]
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 1.05)
        for place, row in enumerate(reversed(smaller)):
            names = sorted(row["raw_labels"], key=lambda name: -raw.get(name, 0))
            left = 0.0
            for colour, name in zip((LIGHT.accent, LIGHT.ochre, LIGHT.plum), names, strict=False):
                share = 100 * raw.get(name, 0) / row["all"]
                axes.barh(place, share, left=left, color=colour, height=0.62)
                left += share
        axes.set_yticks(range(len(smaller)), [_short(row["label"]) for row in reversed(smaller)])
        rows_of_names(axes)
        axes.set(xlabel="share of the class's rows, by the name on the form (%)", xlim=(0, 100))
    return figure


def redaction_by_class(size: str = "page", at_least: int = 80) -> "Figure":
    """Return the share of redacted texts per class of ``at_least`` rows with 95 % intervals."""
    rows = [
        row
        for row in _rows("text-audit-cfpb8k", "classes")
        if "redacted_share" in row and row["rows"] >= at_least
    ]
    rows.sort(key=lambda row: row["redacted_share"])
    shares = (
        np.array(
            [[row["redacted_share"], row["redacted_low"], row["redacted_high"]] for row in rows]
        )
        * 100
    )
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 1.35)
        places = np.arange(len(rows))
        axes.hlines(places, shares[:, 1], shares[:, 2], color=LIGHT.strong, linewidth=1.4)
        axes.plot(shares[:, 0], places, "o", color=LIGHT.accent, markersize=4)
        axes.set_yticks(
            places, [f"{_short(row['label'], 38)} ({row['rows']:,})" for row in rows], fontsize=8.2
        )
        rows_of_names(axes)
        axes.set(
            xlabel="texts with XXXX (%), 95 % interval; rows of the class in brackets",
            ylim=(-1, len(rows)),
        )
    return figure


def months(size: str = "page") -> "Figure":
    """Return the number of complaints per month in the real sample."""
    table = run_tables("text-audit-cfpb8k")["months"]
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 0.62)
        x = np.array([int(month[:4]) + (int(month[5:7]) - 1) / 12 for month, _ in table])
        axes.bar(x, [rows for _, rows in table], width=1 / 13, color=LIGHT.accent, align="edge")
        axes.set(xlabel="month received", ylabel="complaints")
    return figure


def _rows(run_id: str, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_tables(run_id)[table]["rows"]
    return found


def _raw_counts() -> dict[str, int]:
    return {
        row["label"] if "label" in row else row["raw"]: row["all"]
        for row in _rows("label-counts-cfpb", "raw_labels")
    }


def _short(text: str, limit: int = 44) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def class_counts_by_name() -> Any:
    """Return the database's class counts as a Plotly figure whose points name their class.

    It carries no colours: `assets/js/explore.js` gives it those of the page, light or dark.
    """
    import plotly.graph_objects as go

    rows = sorted(
        (row for row in _rows("label-counts-cfpb", "classes") if row["all"]),
        key=lambda row: -row["all"],
    )
    figure = go.Figure(
        go.Scatter(
            x=list(range(1, len(rows) + 1)),
            y=[row["all"] for row in rows],
            text=[row["label"] for row in rows],
            mode="markers",
            marker={"size": 6},
            hovertemplate="%{text}<br>rank %{x}: %{y:,} complaints<extra></extra>",
        )
    )
    figure.update_layout(
        template=None,
        margin={"l": 64, "r": 8, "t": 12, "b": 48},
        xaxis={"title": {"text": "class, by rank"}},
        yaxis={"title": {"text": "complaints (log scale)"}, "type": "log", "dtick": 1},
    )
    return figure
