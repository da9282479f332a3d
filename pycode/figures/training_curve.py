"""A training run epoch by epoch: the published one, and a run of this repository beside it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pycode.errors import CourseError
from pycode.figures.palette import LIGHT, text_colour
from pycode.figures.style import use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = {
    "train_loss": "training loss (nats)",
    "accuracy": "validation accuracy (%)",
    "macro_f1": "validation macro-F1",
}


def published_history(run: str = "enc.ft", epochs: int = 3) -> list[dict[str, float]]:
    """Return one row per epoch of a published run, read from its claims."""
    from pycode.runs import claim

    return [
        {
            "epoch": epoch,
            **{name: float(claim(f"published:{run}.e{epoch}.{name}")) for name in PANELS},
        }
        for epoch in range(1, epochs + 1)
    ]


def training_curve(run_id: str | None = None, size: str = "deck") -> "Figure":
    """Return loss, accuracy and macro-F1 per epoch of the published T4 run with the published baseline.

    ``run_id`` adds a run of this repository; its data may differ, so it is drawn for its shape.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    from pycode.runs import claim

    published = published_history()
    measured = measured_histories(run_id) if run_id else []
    baseline = {
        name: float(claim(f"published:baseline.tfidf.val.{name}"))
        for name in ("accuracy", "macro_f1")
    }
    last = max([len(published), *(row["epoch"] for seed in measured for row in seed)])
    with use_style(size) as (width, height):
        figure, panels = plt.subplots(1, 3, figsize=(width, height * 0.8))
        plt.close(figure)
        if measured:
            _name(panels[2], published, "published", LIGHT.accent, 8)
            best = max(measured, key=lambda rows: rows[-1]["macro_f1"])
            _name(panels[2], best, "our sample", LIGHT.ochre, 6)
        for axes, (name, title) in zip(panels, PANELS.items(), strict=True):
            factor = 100 if name == "accuracy" else 1
            _draw(axes, published, name, factor, LIGHT.accent)
            for seed in measured:
                _draw(axes, seed, name, factor, LIGHT.ochre)
            if name in baseline:
                axes.axhline(factor * baseline[name], color=LIGHT.rust, linestyle=(0, (4, 2)))
            if name == "macro_f1":
                axes.text(last + 0.2, baseline[name] * 0.97, "TF-IDF", color=LIGHT.rust,
                          ha="right", va="top")  # fmt: skip
            axes.set_title(title, fontsize="medium", fontweight="normal")
            axes.set(xlabel="epoch", xlim=(0.8, last + 0.2))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.set_ylim(0, axes.get_ylim()[1] * 1.12)
    return figure


def measured_histories(run_id: str) -> list[list[Mapping[str, Any]]]:
    """Return the evaluations of a training run of this repository, one list per seed.

    Raises:
        CourseError: unknown run, a smoke run, or a run that trained no epochs.
    """
    from pycode.project import find_project
    from pycode.runs.record import read_record

    record = read_record(find_project().runs, run_id)
    rows = [row for row in record.history if "epoch" in row and "train_loss" in row]
    if record.mode != "full" or not rows:
        raise CourseError(
            f"Run {run_id!r} has no curve to show: name a full training run, see `course runs`."
        )
    seeds = sorted({row.get("seed", 0) for row in rows})
    return [[row for row in rows if row.get("seed", 0) == seed] for seed in seeds]


def _name(
    axes: "Axes", rows: Sequence[Mapping[str, Any]], words: str, colour: str, above: int
) -> None:
    last = rows[-1]
    axes.annotate(
        words, (last["epoch"], last["macro_f1"]), xytext=(0, above), textcoords="offset points",
        ha="right", color=text_colour(colour),
    )  # fmt: skip


def _draw(
    axes: "Axes", rows: Sequence[Mapping[str, Any]], name: str, factor: float, colour: str
) -> None:
    kept = [row for row in rows if row.get(name) is not None]
    axes.plot(
        [row["epoch"] for row in kept], [factor * row[name] for row in kept], "o-", color=colour
    )
