"""Vector scaling: a scale and a shift per class, the richer alternative to one temperature.

Reference: Guo et al. 2017, section 4.2. NLL is convex in scale and shift; a ridge towards (1, 0)
keeps classes without rows from running away. Solved by Newton's method with step halving.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError
from pycode.evaluate.arrays import Floats, as_scores
from pycode.evaluate.calibration import checked, log_softmax, nll


@dataclass(frozen=True)
class VectorFit:
    """Fitted ``scale`` and ``shift`` (C,), and whether the gradient vanished (it should)."""

    scale: Floats
    shift: Floats
    nll_before: float
    nll_after: float
    iterations: int
    converged: bool

    def apply(self, logits: ArrayLike) -> Floats:
        """Return the recalibrated logits (n, C); predictions may change."""
        table = log_softmax(logits)
        if table.shape[1] != len(self.scale):
            raise CourseError(
                f"This fit is for {len(self.scale)} classes; the logits have {table.shape[1]}."
            )
        return table * self.scale + self.shift


def fit_vector(labels: ArrayLike, logits: ArrayLike, ridge: float = 1.0) -> VectorFit:
    """Minimise total NLL + ridge / 2 (|scale - 1|² + |shift|²) over C scales and C shifts.

    Raises:
        CourseError: ``ridge`` is not positive.
    """
    if not ridge > 0:
        raise CourseError(f"The ridge must be above 0 (1 is usual); got {ridge}.")
    truth, z = checked(labels, logits)
    start = np.concatenate([np.ones(z.shape[1]), np.zeros(z.shape[1])])
    theta, loss = start, _loss(start, start, truth, z, ridge)
    for step in range(1, 101):
        gradient, hessian = _derivatives(theta, start, truth, z, ridge)
        direction = np.linalg.solve(hessian, gradient)
        decrement = float(gradient @ direction)
        if decrement < 1e-10:
            return _fit(theta, truth, z, step, True)
        size, theta_next, loss_next = 1.0, theta, loss
        while size > 1e-8:
            theta_next = theta - size * direction
            loss_next = _loss(theta_next, start, truth, z, ridge)
            if loss_next <= loss - 1e-4 * size * decrement:
                break
            size /= 2
        if loss_next >= loss:
            return _fit(theta, truth, z, step, decrement < 1e-6)
        theta, loss = theta_next, loss_next
    return _fit(theta, truth, z, 100, False)


def _fit(theta: Floats, truth: NDArray[np.int64], z: Floats, step: int, done: bool) -> VectorFit:
    scale, shift = np.split(theta, 2)
    return VectorFit(scale, shift, nll(truth, z), nll(truth, z * scale + shift), step, done)


def _loss(theta: Floats, start: Floats, truth: NDArray[np.int64], z: Floats, ridge: float) -> float:
    scale, shift = np.split(theta, 2)
    return nll(truth, z * scale + shift) * len(truth) + ridge / 2 * float(
        ((theta - start) ** 2).sum()
    )


def _derivatives(
    theta: Floats, start: Floats, truth: NDArray[np.int64], z: Floats, ridge: float
) -> tuple[Floats, Floats]:
    """Return gradient (2 C,) and Hessian (2 C, 2 C) of the penalised loss."""
    scale, shift = np.split(theta, 2)
    p = np.exp(log_softmax(as_scores(z * scale + shift)))
    error = p.copy()
    error[np.arange(len(truth)), truth] -= 1
    gradient = np.concatenate([(error * z).sum(axis=0), error.sum(axis=0)]) + ridge * (
        theta - start
    )
    pz = p * z
    ww = np.diag((pz * z).sum(axis=0)) - pz.T @ pz
    wb = np.diag(pz.sum(axis=0)) - pz.T @ p
    bb = np.diag(p.sum(axis=0)) - p.T @ p
    return gradient, np.block([[ww, wb], [wb.T, bb]]) + ridge * np.eye(len(theta))
