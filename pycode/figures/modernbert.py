"""ModernBERT-base as its configuration states it, and what follows from that by counting.

Source: config.json of answerdotai/ModernBERT-base (hub revision 8949b90) and Warner et al. 2024, table 4.
The counts add up to the size of the published classifier, which the tests check.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Shape:
    """The sizes of an encoder; ``gated`` is the width after the gate, half of what ``Wi`` produces."""

    vocabulary: int = 50_368
    hidden: int = 768
    layers: int = 22
    gated: int = 1_152
    global_every: int = 3
    window: int = 128
    context: int = 8_192
    dropout: float = 0.0


BASE = Shape()


def is_global(layer: int, shape: Shape = BASE) -> bool:
    """Return whether a layer (0 is the first) attends to the whole sequence: every third does."""
    return layer % shape.global_every == 0


def parameters(n_classes: int, shape: Shape = BASE) -> dict[str, int]:
    """Return the number of weights per part; no layer has a bias except the last one.

    The first layer has no norm before its attention, hence ``2 * layers - 1`` of them in the stack.
    """
    hidden, layers = shape.hidden, shape.layers
    return {
        "embeddings": shape.vocabulary * hidden,
        "attention": layers * (hidden * 3 * hidden + hidden * hidden),
        "geglu": layers * (hidden * 2 * shape.gated + shape.gated * hidden),
        "norms": (1 + 2 * layers - 1 + 1) * hidden,
        "head_dense": hidden * hidden + hidden,
        "head_new": hidden * n_classes + n_classes,
    }


def visible(length: int, layer: int, shape: Shape = BASE) -> NDArray[np.bool_]:
    """Return which key (column) each query (row) sees in a layer, ``length`` × ``length``.

    A local layer looks half a window to each side.
    """
    places = np.arange(length)
    distance = np.abs(places[:, None] - places[None, :])
    return (
        np.ones_like(distance, dtype=bool)
        if is_global(layer, shape)
        else (distance <= shape.window // 2)
    )
