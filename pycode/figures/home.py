"""The figure of the home page: the mail of every desk, on a ruler with one tick per desk."""

from typing import TYPE_CHECKING

import numpy as np

from pycode.figures.palette import LIGHT
from pycode.figures.style import new_figure, use_style
from pycode.figures.tables import run_tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 11.9, 2.2  # inches: as wide as the frame of the page
QUIET = 30  # as many desks at the end as the claim `bottom30_share` sums


def desks() -> "Figure":
    """Return one bar per class of the database, largest first, and a tick for each below it.

    The ticks show what a linear scale hides: that most desks are there and get nothing.
    """
    rows = run_tables("label-counts-cfpb")["classes"]["rows"]
    counts = np.array(sorted((row["all"] for row in rows if row["all"]), reverse=True), float)
    heights, places = counts / counts[0], np.arange(len(counts))
    colours = [LIGHT.accent] * (len(counts) - QUIET) + [LIGHT.rust] * QUIET
    with use_style():
        figure, axes = new_figure(WIDTH, HEIGHT)
        axes.bar(places, heights, width=0.72, color=colours)
        lengths = np.where(places % 10 == 0, 0.11, 0.06)
        axes.vlines(places, -0.025 - lengths, -0.025, color=colours, linewidth=1.1)
        axes.set(xlim=(-0.6, len(counts) - 0.4), ylim=(-0.14, 1.0))
        axes.set_axis_off()
        figure.set_layout_engine("constrained", w_pad=0, h_pad=0)
    return figure
