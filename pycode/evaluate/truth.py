"""Scores against a known truth: how far probabilities are from the true P(label | text), without label noise.

All take the true posterior (n, C), which only made-up data have, and logits (n, C). Labels are drawn from the
posterior, so accuracy, NLL and ECE on labels are noisy versions of these.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from pycode.errors import CourseError
from pycode.evaluate.arrays import Floats, as_scores, same_length
from pycode.evaluate.calibration import bin_edges, bin_features, ece_of_totals, log_softmax

TOLERANCE = 1e-3  # of a row's sum: posteriors are stored in float32


def as_posterior(posterior: ArrayLike, logits: ArrayLike) -> tuple[Floats, Floats]:
    """Return the posterior (n, C), each row scaled to sum 1, and log-probabilities (n, C).

    Raises:
        CourseError: shapes that differ, or a row of the posterior that is no distribution.
    """
    truth, log_q = as_scores(posterior, "posterior"), log_softmax(logits)
    same_length(posterior=truth, logits=log_q)
    if truth.shape != log_q.shape:
        raise CourseError(
            f"posterior has {truth.shape[1]} classes, logits have {log_q.shape[1]}: not the same task."
        )
    sums = truth.sum(axis=1)
    bad = np.flatnonzero((truth.min(axis=1) < 0) | (np.abs(sums - 1) > TOLERANCE))
    if bad.size:
        raise CourseError(
            f"Row {bad[0]} of the posterior is no distribution (sum {sums[bad[0]]:.4g}, least "
            f"{truth[bad[0]].min():.4g}): pass probabilities of at least 0 that sum to 1."
        )
    return truth / sums[:, None], log_q


def hit_probability_rows(posterior: ArrayLike, logits: ArrayLike) -> Floats:
    """Return the true probability (n,) that the predicted class is the label."""
    truth, log_q = as_posterior(posterior, logits)
    return np.asarray(truth[np.arange(len(truth)), log_q.argmax(axis=1)])


def confidence_error_rows(posterior: ArrayLike, logits: ArrayLike) -> Floats:
    """Return |confidence - true probability of the predicted class| of each row (n,).

    Unlike ECE nothing cancels: a model may be calibrated on average and wrong about every row.
    """
    truth, log_q = as_posterior(posterior, logits)
    return np.asarray(np.abs(np.exp(log_q.max(axis=1)) - hit_probability_rows(truth, log_q)))


def kl_rows(posterior: ArrayLike, logits: ArrayLike) -> Floats:
    """Return KL(posterior || model) of each row (n,), in nats; 0 only where the model is the truth.

    The expected NLL is this plus the posterior's entropy.
    """
    truth, log_q = as_posterior(posterior, logits)
    return _kl(truth, log_q)


def kl_rest_rows(posterior: ArrayLike, logits: ArrayLike) -> Floats:
    """Return the part (n,) of ``kl_rows`` that lies among the classes below the truth's first one, in nats.

    With t the truth's first class, KL = KL over (t, not t) + (1 - p_t) KL over the other classes given not t
    (chain rule; Cover & Thomas 2006, theorem 2.5.3). This is the second term: the ranking of the unlikely classes,
    which Hinton et al. (2015) call dark knowledge.
    """
    truth, log_q = as_posterior(posterior, logits)
    rows, first = np.arange(len(truth)), truth.argmax(axis=1)
    p_rest, log_rest = truth.copy(), log_q.copy()
    p_rest[rows, first], log_rest[rows, first] = 0.0, -np.inf
    given = log_rest - np.logaddexp.reduce(log_rest, axis=1, keepdims=True)
    mass = p_rest.sum(axis=1, keepdims=True)
    share = np.divide(p_rest, mass, out=np.zeros_like(p_rest), where=mass > 0)
    return mass[:, 0] * _kl(share, np.where(p_rest > 0, given, 0.0))


def _kl(p: Floats, log_q: Floats) -> Floats:
    log_p = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.maximum((p * (log_p - log_q)).sum(axis=1), 0.0)


def true_ece(posterior: ArrayLike, logits: ArrayLike, bins: int = 15) -> float:
    """Expected calibration error with true probabilities in place of hits, in equal-width bins.

    What ``calibration.ece`` estimates, less the noise of the labels: 0 for a calibrated model at any n.
    """
    totals = true_ece_features(posterior, logits, bins).sum(axis=0)
    return float(ece_of_totals(totals[None, :])[0])


def true_ece_features(posterior: ArrayLike, logits: ArrayLike, bins: int = 15) -> Floats:
    """Return the ``bin_features`` (n, 2 B) of ``true_ece``, for a bootstrap."""
    truth, log_q = as_posterior(posterior, logits)
    confident = np.exp(log_q.max(axis=1))
    return bin_features(confident, hit_probability_rows(truth, log_q), bin_edges(confident, bins))


ROWS: dict[str, Callable[[ArrayLike, ArrayLike], Floats]] = {
    "expected_accuracy": hit_probability_rows,
    "confidence_error": confidence_error_rows,
    "kl": kl_rows,
    "kl_rest": kl_rest_rows,
}
