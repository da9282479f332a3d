"""What the processes of one `accelerate launch` share: rows, counts and judgements.

Every process must take part in every exchange, or the others wait for it for ever. So all decide alike, from
numbers that all have.
"""

from typing import Any

import numpy as np


def own_rows(accelerator: Any, rows: np.ndarray) -> tuple[np.ndarray, float]:
    """Return this process's rows and 1, or any row and 0 where the batch is too small for all."""
    own = rows[accelerator.process_index :: accelerator.num_processes]
    return (own, 1.0) if len(own) else (rows[:1], 0.0)


def summed(accelerator: Any, loss: Any, counts: np.ndarray) -> tuple[float, list[int]]:
    """Return the loss (a tensor) and the counts of all processes together; counts below 2²⁴ stay exact."""
    import torch

    own = torch.cat([loss.reshape(1), torch.from_numpy(counts).to(loss)])
    total, *others = accelerator.reduce(own, "sum").tolist()
    return total, [int(count) for count in others]


def agreed(accelerator: Any, metrics: dict[str, float]) -> dict[str, float]:
    """Return the metrics of process 0: one that saw a tie differently would stop early, alone."""
    if accelerator.num_processes == 1:
        return metrics
    import torch
    from accelerate.utils import broadcast

    values = torch.tensor(list(metrics.values()), dtype=torch.float64, device=accelerator.device)
    return dict(zip(metrics, broadcast(values).tolist(), strict=True))
