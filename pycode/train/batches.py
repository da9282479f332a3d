"""Which rows go into which update, and how little padding they need.

Rows of similar length share a batch: the order is random, then pools of many batches are sorted by length
and cut. Every function here is deterministic in its seed, so that a resumed run sees the same batches.
"""

from collections.abc import Sequence

import numpy as np

POOL_BATCHES = 32


def epoch_batches(lengths: np.ndarray, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Return the row indices of each update of ``epoch``; every row occurs once.

    ``lengths`` (tokens, n). The last batch may be smaller.
    """
    generator = np.random.default_rng([seed, epoch])
    order = generator.permutation(len(lengths))
    pool = batch_size * POOL_BATCHES
    batches: list[np.ndarray] = []
    for start in range(0, len(order), pool):
        rows = order[start : start + pool]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]
    short = [batch for batch in batches if len(batch) < batch_size]
    full = [batch for batch in batches if len(batch) == batch_size]
    return [full[i] for i in generator.permutation(len(full))] + short


def micro_batches(
    rows: np.ndarray, lengths: np.ndarray, micro_batch: int, token_budget: int
) -> list[np.ndarray]:
    """Split one update's ``rows`` into forward passes of at most ``micro_batch`` rows and at most
    ``token_budget`` positions (rows × longest row); 0 means no limit. A single row always fits.
    """
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    size = micro_batch or len(rows)
    parts: list[np.ndarray] = []
    start = 0
    while start < len(rows):
        end = min(start + size, len(rows))
        while (
            token_budget
            and end > start + 1
            and lengths[rows[end - 1]] * (end - start) > token_budget
        ):
            end -= 1
        parts.append(rows[start:end])
        start = end
    return parts


def pad(
    sequences: Sequence[Sequence[int]], pad_id: int, *, side: str = "right", multiple: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Return ids and attention mask, both int64 (n × T), T the longest length rounded up to ``multiple``."""
    longest = max((len(item) for item in sequences), default=1)
    width = -(-max(longest, 1) // multiple) * multiple
    ids = np.full((len(sequences), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(sequences), width), dtype=np.int64)
    for row, item in enumerate(sequences):
        span = slice(width - len(item), width) if side == "left" else slice(0, len(item))
        ids[row, span] = item
        mask[row, span] = 1
    return ids, mask


def padding_waste(lengths: np.ndarray, batches: Sequence[np.ndarray], multiple: int = 8) -> float:
    """Return the share of positions that are padding when each of ``batches`` is padded to its longest row."""
    used = sum(int(lengths[batch].sum()) for batch in batches)
    spent = sum(
        int(-(-lengths[batch].max() // multiple) * multiple) * len(batch) for batch in batches
    )
    return 1.0 - used / spent if spent else 0.0
