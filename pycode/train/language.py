"""Causal language modelling with the same loop: blocks of tokens, the loss of the next token, its value on held-out blocks."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pycode.errors import CourseError
from pycode.train.encode import Encoded


def blocks(sequences: Sequence[Sequence[int]], length: int) -> Encoded:
    """Return all tokens in a row, cut into blocks of ``length``; the rest of less than a block is dropped.

    Raises:
        CourseError: there are not enough tokens for one block.
    """
    flat = np.concatenate([np.asarray(item, dtype=np.int64) for item in sequences])
    n = len(flat) // length
    if not n:
        raise CourseError(f"{len(flat)} tokens do not fill one block of {length}: use more text.")
    ids = flat[: n * length].reshape(n, length)
    return Encoded(ids.tolist(), np.zeros(n, dtype=np.int64), np.full(n, length))


def next_token_loss(data: Encoded) -> Callable[[Any, Any, np.ndarray], Any]:
    """Return the loop's ``batch_loss``: per block the mean of −log p(next token), summed over blocks."""
    import torch
    import torch.nn.functional as functional

    def loss(logits: Any, labels: Any, rows: np.ndarray) -> Any:
        ids = torch.tensor([data.ids[row] for row in rows], device=logits.device)
        ahead = logits[:, : ids.shape[1] - 1]  # without the padding to a multiple of 8 at the end
        ahead = ahead.flatten(0, 1).float()  # rows of words: across them softmax is slow
        losses = functional.cross_entropy(ahead, ids[:, 1:].flatten(), reduction="none")
        return losses.view(len(ids), -1).mean(dim=1).sum()

    return loss


def held_out_nll(model: Any, data: Encoded, precision: str, batch_size: int = 8) -> float:
    """Return the mean −log p(next token) in nats over ``data``."""
    import torch

    from pycode.train.precision import torch_dtype

    device = next(model.parameters()).device
    loss, total = next_token_loss(data), 0.0
    was_training = model.training
    model.eval()
    with (
        torch.inference_mode(),
        torch.autocast(device.type, torch_dtype(precision), enabled=precision != "fp32"),
    ):
        for start in range(0, len(data), batch_size):
            rows = np.arange(start, min(start + batch_size, len(data)))
            ids = torch.tensor([data.ids[row] for row in rows], device=device)
            logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
            total += float(loss(logits, None, rows))
    model.train(was_training)
    return total / len(data)


def unigram_nll(train: Encoded, held_out: Encoded, vocabulary: int) -> float:
    """Return the nats per token of word-piece frequencies alone (add-one smoothing): the floor to beat."""
    counts = np.bincount(np.concatenate(train.ids), minlength=vocabulary) + 1.0
    log_p = np.log(counts / counts.sum())
    tokens = np.array(held_out.ids)[:, 1:]
    return float(-log_p[tokens].mean())
