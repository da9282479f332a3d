"""What a wrong answer costs, and which classes hold the loss."""

import json
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pycode.figures.palette import LIGHT
from pycode.figures.style import new_figure, use_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pycode.runs.outputs import Outputs

GROUPS = ("largest class", "rest of the head", "all other classes")


def cross_entropy_curve(
    points: tuple[float, ...] = (0.85, 0.10, 0.02), n_classes: int = 113, size: str = "deck"
) -> "Figure":
    """Return −ln p over the probability of the true class, with ``points`` and the uniform guess marked."""
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 0.84)
        p = np.geomspace(0.004, 1, 400)
        axes.plot(p, -np.log(p), color=LIGHT.accent)
        for value in points:
            loss = -np.log(value)
            axes.plot([value], [loss], "o", color=LIGHT.rust, markersize=11)
            right = value > 0.5
            axes.annotate(f"p = {value:.2f}, loss {loss:.2f}", (value, loss), xytext=(0 if right else 16, 12),
                          textcoords="offset points", ha="center" if right else "left", color=LIGHT.rust)  # fmt: skip
        start = np.log(n_classes)
        axes.axhline(start, color=LIGHT.plum, linewidth=1.6, linestyle=(0, (4, 2)))
        axes.text(1.0, start + 0.12, f"knows nothing: ln {n_classes} = {start:.2f}", ha="right",
                  color=LIGHT.plum_text)  # fmt: skip
        axes.set(xlabel="probability given to the true class", ylabel="loss (nats)",
                 xlim=(-0.01, 1.01), ylim=(0, 5.8), yticks=range(5))  # fmt: skip
    return figure


def loss_by_group(outputs: "Outputs", train_counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the shares of rows and of the summed loss per group of `GROUPS`, shape (3, 2).

    Groups are cut by rank of the training count: first class, rest of the head, all others.
    """
    from pycode.data.tiers import HEAD_CLASSES, rank_classes

    logits = outputs.logits.astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    losses = -log_p[np.arange(len(log_p)), outputs.labels]
    rank = np.empty(outputs.n_classes, dtype=np.int64)
    rank[rank_classes(train_counts)] = np.arange(outputs.n_classes)
    group = np.digitize(rank[outputs.labels], [1, HEAD_CLASSES])
    members = [group == index for index in range(len(GROUPS))]
    return np.array([[m.mean(), losses[m].sum() / losses.sum()] for m in members])


def loss_share(run_id: str, *, split: str = "test", size: str = "deck") -> "Figure":
    """Return, for a trained run, the share of rows beside the share of the loss in three groups of classes."""
    from pycode.project import find_project
    from pycode.runs.outputs import read_outputs
    from pycode.runs.record import read_record

    runs = find_project().runs
    read_record(runs, run_id, verify=True)
    outputs = read_outputs(runs / run_id / f"{split}.safetensors")
    classes = json.loads((runs / run_id / "classes.json").read_text(encoding="utf-8"))
    counts = np.array([row["train"] for row in sorted(classes, key=lambda row: row["id"])])
    shares = 100 * loss_by_group(outputs, counts)
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 0.84)
        places = np.arange(len(GROUPS))
        for shift, column, colour, name in (
            (-0.2, 0, LIGHT.grey, "share of rows"),
            (0.2, 1, LIGHT.accent, "share of the loss after training"),
        ):
            bars = axes.bar(places + shift, shares[:, column], width=0.36, color=colour, label=name)
            axes.bar_label(bars, fmt="%.0f %%", padding=3)
        axes.set_xticks(places, GROUPS)
        axes.set(ylabel="share (%)", ylim=(0, shares.max() * 1.32))
        axes.legend(loc="upper left", bbox_to_anchor=(0.0, 1.04), ncols=2)
    return figure
