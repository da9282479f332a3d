"""AdamW's parameter groups and the learning rate of every update."""

import math
from typing import Any

from pycode.train.lora import HEADS
from pycode.train.recipe import Recipe


def adamw(model: Any, recipe: Recipe) -> Any:
    """Return AdamW over the trainable parameters.

    Vectors (biases, norms) are not decayed; the new head learns ``recipe.head_rate`` times as fast.
    """
    import torch

    groups = []
    for head in (False, True):
        named = [
            (n, p) for n, p in model.named_parameters() if p.requires_grad and is_head(n) is head
        ]
        rate = recipe.learning_rate * (recipe.head_rate if head else 1.0)
        for matrices, decay in ((True, recipe.weight_decay), (False, 0.0)):
            chosen = [p for _, p in named if (p.ndim > 1) is matrices]
            groups.append({"params": chosen, "weight_decay": decay, "lr": rate})
    # One pass over the weights instead of five: with short texts on a CPU the step is a tenth of an update.
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], lr=recipe.learning_rate, fused=True
    )


def is_head(name: str) -> bool:
    """Return whether a parameter belongs to the classification head."""
    return not set(HEADS.values()).isdisjoint(name.split("."))


def rate_factor(update: int, total: int, recipe: Recipe) -> float:
    """Return the share of the learning rate at ``update`` (0 is the first) of ``total``.

    It rises linearly during the warm-up, then stays, falls linearly to 0, or follows half a cosine.
    """
    warm = round(recipe.warmup * total)
    if update < warm:
        return (update + 1) / (warm + 1)
    if recipe.schedule == "constant":
        return 1.0
    done = min((update - warm) / max(1, total - warm), 1.0)
    return 0.5 * (1 + math.cos(math.pi * done)) if recipe.schedule == "cosine" else 1.0 - done
