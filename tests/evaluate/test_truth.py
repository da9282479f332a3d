"""Scores against a known truth: scipy, closed forms, and labels drawn from the truth."""

import numpy as np
import pytest
from scipy.special import rel_entr

from pycode.data.twin.twin import make_twin
from pycode.errors import CourseError
from pycode.evaluate import calibration, truth

RNG = np.random.default_rng(3)
N, C = 400, 7


@pytest.fixture(scope="module")
def known() -> tuple[np.ndarray, np.ndarray]:
    posterior = RNG.dirichlet(np.full(C, 0.4), N)
    posterior[:5] = np.eye(C)[:5]  # a sure truth has nothing below its first class
    return posterior, np.log(RNG.dirichlet(np.full(C, 0.7), N)) + 3.0


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(calibration.log_softmax(logits))


def test_kl_is_scipys_and_nothing_for_the_truth_itself(known) -> None:
    p, z = known
    np.testing.assert_allclose(truth.kl_rows(p, z), rel_entr(p, softmax(z)).sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(truth.kl_rows(0.9995 * p, z), truth.kl_rows(p, z), rtol=1e-9)
    itself = np.log(np.maximum(p, 1e-300))
    for rows in (truth.kl_rows, truth.kl_rest_rows, truth.confidence_error_rows):
        np.testing.assert_allclose(rows(p, itself), 0, atol=1e-9)
    assert truth.true_ece(p, itself) == pytest.approx(0, abs=1e-9)
    assert calibration.ece(draw(p), itself) > 0.01  # labels alone cannot show that it is right


def test_the_two_parts_of_kl_add_up(known) -> None:
    p, z = known
    q, rows, first = softmax(z), np.arange(N), p.argmax(axis=1)
    top = rel_entr(p[rows, first], q[rows, first]) + rel_entr(
        1 - p[rows, first], 1 - q[rows, first]
    )
    np.testing.assert_allclose(truth.kl_rest_rows(p, z) + top, truth.kl_rows(p, z), atol=1e-9)
    assert (truth.kl_rest_rows(p, z)[:5] == 0).all()


def test_only_the_rest_differs_where_the_top_is_right() -> None:
    p, q = np.array([[0.6, 0.3, 0.1]]), np.array([[0.6, 0.1, 0.3]])
    expected = 0.3 * np.log(3) - 0.1 * np.log(3)
    assert truth.kl_rest_rows(p, np.log(q))[0] == pytest.approx(expected)
    assert truth.kl_rows(p, np.log(q))[0] == pytest.approx(expected)
    sure = np.array([[800.0, 0.0, -800.0]])  # log-probabilities far below what exp can hold
    assert np.isfinite(truth.kl_rest_rows(p, sure)).all()


def test_hit_probability_and_confidence(known) -> None:
    p, z = known
    q = softmax(z)
    hit = p[np.arange(N), q.argmax(axis=1)]
    np.testing.assert_allclose(truth.hit_probability_rows(p, z), hit)
    np.testing.assert_allclose(truth.confidence_error_rows(p, z), np.abs(q.max(axis=1) - hit))


def draw(p: np.ndarray) -> np.ndarray:
    return np.minimum((p.cumsum(axis=1) < RNG.random((len(p), 1))).sum(axis=1), p.shape[1] - 1)


def test_scores_on_many_drawn_labels_approach_those_against_the_truth(known) -> None:
    p, z = (np.repeat(item, 500, axis=0) for item in known)
    labels = draw(p)
    entropy = -(p * np.log(np.maximum(p, 1e-300))).sum(axis=1).mean()
    assert calibration.nll(labels, z) == pytest.approx(truth.kl_rows(p, z).mean() + entropy, abs=0.02)  # fmt: skip
    assert calibration.ece(labels, z) == pytest.approx(truth.true_ece(p, z), abs=0.01)
    assert (labels == z.argmax(axis=1)).mean() == pytest.approx(truth.hit_probability_rows(p, z).mean(), abs=0.005)  # fmt: skip
    sure = np.eye(C)[labels]
    assert truth.true_ece(sure, z) == pytest.approx(calibration.ece(labels, z))


def test_the_twins_posterior_is_taken_as_it_is() -> None:
    posterior = make_twin(n=1000).posterior()
    assert truth.kl_rows(posterior, np.log(np.maximum(posterior, 1e-30))).max() < 1e-6
    flat = np.zeros_like(posterior)
    assert truth.hit_probability_rows(posterior, flat)[0] == pytest.approx(posterior[0, 0], rel=1e-5)  # fmt: skip


@pytest.mark.parametrize(
    ("posterior", "words"),
    [
        (np.full((2, 3), 0.5), "no distribution"),
        (np.full((2, 3), 0.33), "no distribution"),
        (np.array([[1.2, -0.2, 0.0]] * 2), "no distribution"),
        (np.full((2, 4), 0.25), "not the same task"),
        (np.full((3, 3), 1 / 3), "posterior has 3"),
    ],
)
def test_what_is_no_posterior_is_said(posterior: np.ndarray, words: str) -> None:
    with pytest.raises(CourseError, match=words):
        truth.kl_rows(posterior, np.zeros((2, 3)))
