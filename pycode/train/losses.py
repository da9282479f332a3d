"""Classification losses as sums over rows, so that micro-batches and processes add up to one batch exactly."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pycode.train.recipe import Recipe

Loss = Callable[[Any, Any], tuple[Any, Any]]


def class_weights(counts: np.ndarray, scheme: str) -> np.ndarray:
    """Return one weight per class (C) with mean 1 over classes; classes without rows weigh like those with one.

    ``balanced`` is n / (C · count) (scikit-learn), ``sqrt_inverse`` is sqrt(max count / count).
    """
    present = np.maximum(np.asarray(counts, dtype=np.float64), 1.0)
    if scheme == "none":
        return np.ones_like(present)
    raw = 1.0 / present if scheme == "balanced" else np.sqrt(present.max() / present)
    return raw / raw.mean()


def log_priors(counts: np.ndarray) -> np.ndarray:
    """Return log class frequencies (C) for logit adjustment; classes without rows count as one row."""
    present = np.maximum(np.asarray(counts, dtype=np.float64), 1.0)
    return np.log(present / present.sum())


def make_loss(recipe: Recipe, counts: np.ndarray, device: Any) -> Loss:
    """Return ``loss(logits, labels) -> (sum of weighted losses, sum of weights)`` for ``recipe``.

    * cross-entropy with label smoothing ε: target (1 − ε)·one-hot + ε/C (Szegedy et al. 2016)
    * focal: (1 − p)^γ · (−log p) (Lin et al. 2017)
    * logit adjustment: logits + τ·log prior inside the loss (Menon et al. 2021, eq. 10)
    """
    import torch
    import torch.nn.functional as functional

    weights = torch.tensor(
        class_weights(counts, recipe.class_weights), dtype=torch.float32, device=device
    )
    shift = torch.tensor(
        recipe.logit_adjustment * log_priors(counts), dtype=torch.float32, device=device
    )

    def loss(logits: Any, labels: Any) -> tuple[Any, Any]:
        log_p = functional.log_softmax(logits.float() + shift, dim=-1)
        nll = -log_p.gather(1, labels[:, None]).squeeze(1)
        if recipe.label_smoothing:
            nll = (1 - recipe.label_smoothing) * nll - recipe.label_smoothing * log_p.mean(dim=-1)
        if recipe.loss == "focal":
            p = log_p.gather(1, labels[:, None]).squeeze(1).exp()
            # at p = 1 the power's gradient would be infinite for γ < 1, and 0 · ∞ is NaN
            nll = nll * (1 - p).clamp_min(torch.finfo(p.dtype).eps) ** recipe.focal_gamma
        row_weights = weights[labels]
        return (row_weights * nll).sum(), row_weights.sum()

    return loss
