"""The published curve is drawn from claims; a run of ours is drawn seed by seed."""

from types import SimpleNamespace

import matplotlib
import pytest

matplotlib.use("Agg")

from pycode.errors import CourseError  # noqa: E402
from pycode.figures import training_curve as curve  # noqa: E402
from pycode.figures.dark import foreign_colours  # noqa: E402
from pycode.figures.palette import LIGHT  # noqa: E402
from pycode.runs import claim  # noqa: E402


def row(seed, epoch, loss):
    return {"seed": seed, "epoch": epoch, "train_loss": loss, "accuracy": 0.4, "macro_f1": 0.1}


@pytest.fixture
def trained(monkeypatch):
    record = SimpleNamespace(
        mode="full", history=[row(s, e, 4 - e) for s in (1, 2) for e in (1.0, 2.0)]
    )
    monkeypatch.setattr("pycode.runs.record.read_record", lambda runs, run_id: record)
    return record


def lines(figure, colour):
    return [[line for line in axes.lines if line.get_color() == colour] for axes in figure.axes]


def test_each_published_point_is_the_claim_of_its_epoch():
    figure = curve.training_curve()
    for axes, name in zip(figure.axes, curve.PANELS, strict=True):
        factor = 100 if name == "accuracy" else 1
        points = axes.lines[0].get_ydata()
        wanted = [factor * float(claim(f"published:enc.ft.e{epoch}.{name}")) for epoch in (1, 2, 3)]
        assert list(points) == pytest.approx(wanted)
        assert axes.get_ylim()[0] == 0
    assert foreign_colours(figure) == []


def test_a_run_is_drawn_beside_it_one_line_per_seed(trained, monkeypatch):
    monkeypatch.setattr(curve, "published_history", lambda: [row(0, 1, 3.0), row(0, 2, 2.0)])
    found = lines(curve.training_curve("ours"), LIGHT.ochre)
    assert [len(panel) for panel in found] == [2, 2, 2]
    assert list(found[0][0].get_ydata()) == [3.0, 2.0]


def test_a_longer_run_widens_the_axis(trained):
    trained.history.append(row(1, 8.0, 0.5))
    assert curve.training_curve("ours").axes[0].get_xlim()[1] > 8


@pytest.mark.parametrize("change", [{"mode": "smoke"}, {"history": [{"c": 1.0}]}])
def test_a_run_without_a_curve_is_named(trained, change):
    for name, value in change.items():
        setattr(trained, name, value)
    with pytest.raises(CourseError, match="'ours' has no curve"):
        curve.measured_histories("ours")
