"""The drawings of the labs: small, in the course's look, with any data."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pycode.figures.palette import LIGHT
from pycode.figures.style import new_figure, use_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def class_counts(counts: ArrayLike) -> "Figure":
    """Return the rows per class, largest first, on a log scale."""
    ranked = np.sort(np.asarray(counts))[::-1]
    with use_style("page") as (width, height):
        figure, axes = new_figure(width, height * 0.75)
        axes.bar(np.arange(1, len(ranked) + 1), ranked, color=LIGHT.accent, width=0.8)
        axes.set(
            xlabel="class, by rank", ylabel="training rows", yscale="log", xlim=(0, len(ranked) + 1)
        )
    return figure


def lengths(words: ArrayLike, cut: int) -> "Figure":
    """Return the histogram of text lengths in words with a line at ``cut``."""
    values = np.asarray(words)
    with use_style("page") as (width, height):
        figure, axes = new_figure(width, height * 0.75)
        axes.hist(values, bins=40, color=LIGHT.accent)
        axes.axvline(cut, color=LIGHT.rust, linewidth=1.4)
        axes.text(cut, axes.get_ylim()[1] * 0.95, f" {cut} words", color=LIGHT.rust, va="top")
        axes.set(xlabel="words", ylabel="rows", xlim=(0, np.percentile(values, 99.5)))
    return figure


def f1_bars(f1: ArrayLike) -> "Figure":
    """Return F1 per class, sorted, with the block of classes at zero marked."""
    ranked = np.sort(np.asarray(f1))[::-1]
    zeros = int((ranked == 0).sum())
    with use_style("page") as (width, height):
        figure, axes = new_figure(width, height * 0.75)
        axes.bar(np.arange(1, len(ranked) + 1), ranked, color=LIGHT.accent, width=0.8)
        if zeros:
            axes.axvspan(
                len(ranked) - zeros + 0.5,
                len(ranked) + 0.5,
                color=LIGHT.rust,
                alpha=0.14,
                linewidth=0,
            )
            axes.text(
                len(ranked) - zeros / 2, 0.5, f"{zeros} of {len(ranked)}\nwith F1 = 0", color=LIGHT.rust,
                ha="center", va="center",
            )  # fmt: skip
        axes.set(xlabel="class, sorted by F1", ylabel="F1", xlim=(0, len(ranked) + 1), ylim=(0, 1))
    return figure


def learning_curve(history: Sequence[Mapping[str, float]]) -> "Figure":
    """Return macro-F1 on validation and training loss against epochs, the kept checkpoint marked."""
    epochs = [row["epoch"] for row in history]
    best = max(history, key=lambda row: row["macro_f1"])
    with use_style("page") as (width, height):
        figure, axes = new_figure(width, height * 0.75)
        axes.plot(epochs, [row["macro_f1"] for row in history], "o-", color=LIGHT.accent)
        axes.plot(
            [best["epoch"]],
            [best["macro_f1"]],
            "o",
            color=LIGHT.rust,
            markersize=10,
            fillstyle="none",
        )
        axes.annotate(
            "kept", (best["epoch"], best["macro_f1"]), (0, -16), textcoords="offset points",
            color=LIGHT.rust, ha="center",
        )  # fmt: skip
        axes.set(xlabel="epochs", ylabel="validation macro-F1 (●)", ylim=(0, None))
        loss = axes.twinx()
        loss.plot(epochs, [row["train_loss"] for row in history], "s--", color=LIGHT.plum)
        loss.set(ylabel="training loss (■)", ylim=(0, None))
        loss.grid(False)
    return figure
