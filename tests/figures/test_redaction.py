"""The ends of the redaction list are the ends, and each class stands there once."""

import matplotlib
import pytest

matplotlib.use("Agg")

from pycode.figures.dark import foreign_colours  # noqa: E402
from pycode.figures.redaction import extremes, redaction_extremes  # noqa: E402
from pycode.figures.tables import run_tables  # noqa: E402


def table(shares, rows=100):
    return [{"label": str(s), "rows": rows, "redacted_share": s} for s in shares]


def test_both_ends_in_falling_order():
    rows = table([0.5, 0.9, 0.1, 0.7, 0.3])
    assert [row["redacted_share"] for row in extremes(rows, 80, 2)] == [0.9, 0.7, 0.3, 0.1]


def test_a_short_list_is_shown_once():
    assert len(extremes(table([0.5, 0.9, 0.1]), 80, 2)) == 3


def test_small_classes_and_classes_without_a_share_are_left_out():
    rows = [*table([0.4]), *table([1.0], rows=79), {"label": "none", "rows": 500}]
    assert [row["redacted_share"] for row in extremes(rows, 80, 2)] == [0.4]


def test_the_figure_shows_the_run_with_intervals():
    figure = redaction_extremes(show=3)
    (axes,) = figure.axes
    rows = extremes(run_tables("text-audit-cfpb8k")["classes"]["rows"], 80, 3)
    points = [line.get_xdata() for line in axes.lines]
    for row, (interval, middle) in zip(reversed(rows), zip(points[::2], points[1::2]), strict=True):
        assert middle[0] == pytest.approx(100 * row["redacted_share"])
        assert interval[0] <= middle[0] <= interval[1]
    assert foreign_colours(figure) == []
