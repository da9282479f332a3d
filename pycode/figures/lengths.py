"""Token lengths against the budget that cuts them."""

from typing import TYPE_CHECKING

import numpy as np

from pycode.figures.palette import LIGHT
from pycode.figures.style import new_figure, use_style
from pycode.figures.tables import run_tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def length_histogram(run_id: str, *, budget: int = 128, size: str = "page") -> "Figure":
    """Return the histogram of token lengths of all and of short complaints, with a line at ``budget``."""
    tables = run_tables(run_id)
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 0.85)
        edges = np.array(tables["histograms"]["all"]["lower_edges"], dtype=float)
        step = edges[1] - edges[0]
        for name, colour in (("all", LIGHT.blue), ("short", LIGHT.ochre)):
            rows = np.array(tables["histograms"][name]["rows"], dtype=float)
            axes.stairs(
                100 * rows / rows.sum(),
                [*edges, edges[-1] + step],
                fill=True,
                color=colour,
                alpha=0.55,
            )
        top = axes.get_ylim()[1]
        axes.axvline(budget, color=LIGHT.rust, linewidth=1.6)
        axes.text(budget + step * 0.5, top * 0.98, f"{budget} tokens", color=LIGHT.rust, va="top")
        axes.text(
            budget + step * 0.5,
            top * 0.8,
            "complaints of at most 500 characters",
            color=LIGHT.ochre_text,
        )
        axes.text(330, top * 0.36, "all complaints", color=LIGHT.blue_text)
        axes.set(xlabel=f"tokens per complaint, {tables['tokenizer']}; last bin: longer",
                 ylabel="share of texts (%)", xlim=(0, edges[-1] + step))  # fmt: skip
    return figure
