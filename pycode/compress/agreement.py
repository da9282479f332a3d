"""How far a compressed model is from its reference, whatever the labels say."""

import numpy as np

from pycode.errors import CourseError
from pycode.evaluate.calibration import log_softmax


def agreement(reference: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """Return of two tables of logits (n × C): ``same`` (share of equal predictions), ``kl`` (mean
    KL(reference ‖ other) in nats), ``largest_logit_gap`` and ``mean_logit_gap``.

    Raises:
        CourseError: different shapes.
    """
    if reference.shape != other.shape:
        raise CourseError(
            f"Logits of shape {reference.shape} and {other.shape} cannot be compared: other rows or classes."
        )
    log_p, log_q = log_softmax(reference), log_softmax(other)
    gap = np.abs(reference.astype(np.float64) - other)
    return {
        "same": float((reference.argmax(axis=1) == other.argmax(axis=1)).mean()),
        "kl": float((np.exp(log_p) * (log_p - log_q)).sum(axis=1).mean()),
        "mean_logit_gap": float(gap.mean()),
        "largest_logit_gap": float(gap.max()),
    }
