"""What a baseline learns and what it leaves at zero."""

from typing import TYPE_CHECKING

import numpy as np

from pycode.figures.palette import LIGHT
from pycode.figures.style import new_figure, use_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def per_class_f1_bars(run_id: str, *, split: str = "test", size: str = "page") -> "Figure":
    """Return the F1 of every class of a run, sorted, with the classes at zero as one marked block."""
    from pycode.evaluate.classification import per_class_f1
    from pycode.project import find_project
    from pycode.runs.outputs import read_outputs

    outputs = read_outputs(find_project().runs / run_id / f"{split}.safetensors")
    f1 = np.sort(per_class_f1(outputs.labels, outputs.predictions, outputs.n_classes))[::-1]
    zeros = int((f1 == 0).sum())
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 0.85)
        places = np.arange(1, len(f1) + 1)
        axes.bar(places, f1, color=LIGHT.accent, width=0.8)
        first = len(f1) - zeros + 0.5
        axes.axvspan(first, len(f1) + 0.5, color=LIGHT.rust, alpha=0.14, linewidth=0)
        axes.text(
            (first + len(f1) + 0.5) / 2, 0.5, f"{zeros} of {len(f1)} classes\nwith F1 = 0", color=LIGHT.rust,
            ha="center", va="center",
        )  # fmt: skip
        axes.axhline(f1.mean(), color=LIGHT.plum, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.text(
            len(f1) * 0.995,
            f1.mean() + 0.015,
            f"macro-F1 {f1.mean():.3f}",
            color=LIGHT.plum_text,
            ha="right",
        )
        axes.set(xlabel="class, sorted by F1", ylabel="F1", xlim=(0.3, len(f1) + 0.7), ylim=(0, 1))
    return figure
