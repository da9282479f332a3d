"""The loss of Hinton, Vinyals and Dean 2015: soft targets at a temperature, hard labels beside them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pycode.errors import CourseError


def check_settings(temperature: float, alpha: float) -> None:
    """Raise a CourseError unless ``temperature`` > 0 and 0 ≤ ``alpha`` ≤ 1."""
    if not temperature > 0:
        raise CourseError(f"The distillation temperature is {temperature}; it must be above 0.")
    if not 0 <= alpha <= 1:
        raise CourseError(f"alpha is {alpha}; it is a share of the loss, from 0 to 1.")


def hinton_rows(
    student: Any,
    teacher: Any,
    labels: Any,
    temperature: float,
    alpha: float,
    smoothing: float = 0.0,
) -> Any:
    """Return per row (n) α·T²·KL(softmax(teacher/T) ‖ softmax(student/T)) + (1 − α)·CE(student, labels).

    ``student`` and ``teacher`` are logits (n × C). T² keeps the soft part's gradient of the same size at every
    temperature. The cross-entropy may smooth its labels. No gradient flows into the teacher.
    """
    import torch.nn.functional as functional

    log_q = functional.log_softmax(student.float() / temperature, dim=-1)
    log_p = functional.log_softmax(teacher.detach().float() / temperature, dim=-1)
    divergence = (log_p.exp() * (log_p - log_q)).sum(dim=-1)
    hard = functional.cross_entropy(
        student.float(), labels, reduction="none", label_smoothing=smoothing
    )
    return alpha * temperature**2 * divergence + (1 - alpha) * hard


def distillation_loss(
    targets: np.ndarray, temperature: float, alpha: float, smoothing: float = 0.0
) -> Callable[[Any, Any, np.ndarray], Any]:
    """Return the loop's ``batch_loss`` for teacher logits ``targets`` (n × C), row i for training row i."""
    import torch

    check_settings(temperature, alpha)
    stored = np.asarray(targets, dtype=np.float32)

    def loss(logits: Any, labels: Any, rows: np.ndarray) -> Any:
        teacher = torch.from_numpy(stored[rows]).to(logits.device)
        return hinton_rows(logits, teacher, labels, temperature, alpha, smoothing).sum()

    return loss
