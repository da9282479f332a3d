"""The same numbers as torchmetrics, and the places where it means something else by the same name.

torchmetrics computes in float32, hence the tolerance; the reference with exact agreement is scikit-learn.
Brier and NLL are not among its metrics.
"""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
reference = pytest.importorskip("torchmetrics.functional.classification")

from pycode.evaluate import calibration as cal  # noqa: E402
from pycode.evaluate import classification as cls  # noqa: E402
from pycode.evaluate.confusion import confusion_matrix  # noqa: E402

CLOSE = 2e-6
# rows, classes in the list, classes that occur: from one row to a long list that is mostly absent
SHAPES = [(1, 2, 1), (40, 3, 3), (500, 15, 9), (300, 113, 60), (2000, 64, 64), (150, 77, 5)]


def made(rows: int, classes: int, present: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels (n,) of the first ``present`` classes, the first most often, and logits (n, C) that know them a bit."""
    rng = np.random.default_rng([seed, rows, classes])
    share = 1 / np.arange(1, present + 1)
    labels = rng.choice(present, rows, p=share / share.sum())
    return labels, rng.normal(size=(rows, classes)) + 2 * np.eye(classes)[labels]


def theirs(
    name: str, labels: np.ndarray, given: np.ndarray, classes: int, **how: object
) -> np.ndarray:
    function: Callable[..., object] = getattr(reference, f"multiclass_{name}")
    truth, guess = torch.as_tensor(labels), torch.as_tensor(given)
    return np.asarray(function(guess, truth, num_classes=classes, **how), dtype=np.float64)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_every_metric_of_random_rows(shape: tuple[int, int, int], seed: int) -> None:
    y, z = made(*shape, seed)
    p, c = z.argmax(axis=1), shape[1]
    assert cls.accuracy(y, p, c) == pytest.approx(
        theirs("accuracy", y, p, c, average="micro"), abs=CLOSE
    )
    assert cls.weighted_f1(y, p, c) == pytest.approx(
        theirs("f1_score", y, p, c, average="weighted"), abs=CLOSE
    )
    for name, ours in (("f1_score", cls.per_class_f1), ("precision", cls.per_class_precision),
                       ("recall", cls.per_class_recall)):  # fmt: skip
        np.testing.assert_allclose(ours(y, p, c), theirs(name, y, p, c, average=None), atol=CLOSE)
    assert np.array_equal(confusion_matrix(y, p, c), theirs("confusion_matrix", y, p, c))
    for k in {1, min(3, c), c}:
        wanted = theirs("accuracy", y, z, c, average="micro", top_k=k)
        assert cls.top_k_accuracy(y, z, k) == pytest.approx(wanted, abs=CLOSE)
    for bins in (1, 10, 15):
        wanted = theirs("calibration_error", y, softmax(z), c, n_bins=bins, norm="l1")
        assert cal.ece(y, z, bins) == pytest.approx(wanted, abs=CLOSE)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_macro_f1_is_theirs_times_the_share_of_classes_that_they_average(
    shape: tuple[int, int, int],
) -> None:
    """torchmetrics leaves out classes that neither occur nor are predicted; ours keeps them as 0."""
    y, z = made(*shape)
    p, c = z.argmax(axis=1), shape[1]
    averaged = len(np.union1d(y, p))
    wanted = theirs("f1_score", y, p, c, average="macro") * averaged / c
    assert cls.macro_f1(y, p, c) == pytest.approx(wanted, abs=CLOSE)
    assert averaged < c or cls.macro_f1(y, p, c) == pytest.approx(
        theirs("f1_score", y, p, c, average="macro"), abs=CLOSE
    )


def test_absent_classes_raise_their_macro_average_to_one() -> None:
    y = np.array([0, 1, 1])
    assert theirs("f1_score", y, y, 4, average="macro") == 1.0
    assert cls.macro_f1(y, y, 4) == 0.5


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60))
def test_any_rows(pairs: list[tuple[int, int]]) -> None:
    y, p = (np.array(column) for column in zip(*pairs, strict=True))
    np.testing.assert_allclose(
        cls.per_class_f1(y, p, 6), theirs("f1_score", y, p, 6, average=None), atol=CLOSE
    )
    assert cls.weighted_f1(y, p, 6) == pytest.approx(
        theirs("f1_score", y, p, 6, average="weighted"), abs=CLOSE
    )
    averaged = len(np.union1d(y, p))
    macro = theirs("f1_score", y, p, 6, average="macro") * averaged / 6
    assert cls.macro_f1(y, p, 6) == pytest.approx(macro, abs=CLOSE)
    assert np.array_equal(confusion_matrix(y, p, 6), theirs("confusion_matrix", y, p, 6))


def test_a_confidence_on_the_edge_of_two_bins_goes_down_here_and_up_there() -> None:
    """Our bins are (a, b], as Guo et al. 2017 write them; torchmetrics takes [a, b)."""
    y = np.array([0, 1, 0, 0])
    p = np.array([[0.5, 0.5], [0.5, 0.5], [0.75, 0.25], [0.75, 0.25]])
    ours = cal.ece(y, np.log(p), bins=2)
    assert ours == pytest.approx(0.5 * abs(0.5 - 0.5) + 0.5 * abs(1.0 - 0.75))
    wanted = theirs("calibration_error", y, p, 2, n_bins=2, norm="l1")
    assert wanted == pytest.approx(abs(0.75 - 0.625))


def test_a_confidence_of_one_has_a_bin_of_its_own_there() -> None:
    y = np.array([1, 0])
    p = np.array([[1.0, 0.0], [0.75, 0.25]])
    logits = np.log(np.maximum(p, 1e-300))
    assert cal.ece(y, logits, bins=2) == pytest.approx(abs(0.5 - 0.875))
    wanted = theirs("calibration_error", y, p, 2, n_bins=2, norm="l1")
    assert wanted == pytest.approx(0.5 * abs(0 - 1) + 0.5 * abs(1 - 0.75))
