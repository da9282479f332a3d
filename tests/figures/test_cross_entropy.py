"""The loss in figures agrees with scikit-learn, and its shares are shares."""

import matplotlib
import numpy as np
import pytest
from sklearn.metrics import log_loss

matplotlib.use("Agg")

from pycode.figures.cross_entropy import (  # noqa: E402
    GROUPS,
    cross_entropy_curve,
    loss_by_group,
    loss_share,
)
from pycode.figures.dark import foreign_colours  # noqa: E402
from pycode.runs.outputs import Outputs  # noqa: E402


@pytest.fixture
def outputs():
    generator = np.random.default_rng(3)
    labels = np.concatenate([np.arange(30), generator.integers(0, 30, 300)])
    logits = generator.normal(size=(len(labels), 30)) * 3
    return Outputs(logits, labels, [str(row) for row in range(len(labels))])


def test_points_lie_on_the_curve_that_scikit_learn_computes():
    (axes,) = cross_entropy_curve(points=(0.3, 0.07)).axes
    marked = [line.get_xydata()[0] for line in axes.lines if len(line.get_xydata()) == 1]
    assert [p for p, _ in marked] == [0.3, 0.07]
    for p, loss in marked:
        assert loss == pytest.approx(log_loss([1], [[1 - p, p]], labels=[0, 1]))


def test_groups_hold_what_scikit_learn_says(outputs):
    counts = np.arange(30)[::-1] + 1  # class 0 is the most frequent
    shares = loss_by_group(outputs, counts)
    p = np.exp(outputs.logits) / np.exp(outputs.logits).sum(axis=1, keepdims=True)
    whole = log_loss(outputs.labels, p, labels=range(30), normalize=False)
    for row, classes in zip(shares, ([0], range(1, 20), range(20, 30)), strict=True):
        mine = np.isin(outputs.labels, classes)
        part = log_loss(outputs.labels[mine], p[mine], labels=range(30), normalize=False)
        assert row == pytest.approx([mine.mean(), part / whole])
    assert shares.shape == (len(GROUPS), 2) and shares.sum(axis=0) == pytest.approx([1, 1])


def test_equal_probabilities_make_the_shares_equal(outputs):
    flat = Outputs(np.zeros_like(outputs.logits), outputs.labels, outputs.row_ids)
    shares = loss_by_group(flat, np.arange(30))
    assert shares[:, 0] == pytest.approx(shares[:, 1])


def test_groups_follow_the_training_counts_and_not_the_ids(outputs):
    falling, rising = np.arange(30)[::-1], np.arange(30)
    assert not np.allclose(loss_by_group(outputs, falling), loss_by_group(outputs, rising))


def test_the_bars_of_a_run_are_percentages_of_the_whole():
    figure = loss_share("tfidf-cfpb8k")
    (axes,) = figure.axes
    heights = np.array([bar.get_height() for bar in axes.patches]).reshape(2, 3)
    assert heights.sum(axis=1) == pytest.approx([100, 100])
    assert foreign_colours(figure) == []
