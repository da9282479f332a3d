"""Logits of a split, batched by length and returned in the split's own order."""

from typing import Any

import numpy as np

from pycode.train.batches import micro_batches, pad
from pycode.train.encode import Encoded


def predict_logits(
    model: Any, encoded: Encoded, *, pad_id: int, side: str = "right", batch_size: int = 64,
    precision: str = "fp32",
) -> np.ndarray:  # fmt: skip
    """Return logits (n × C, fp32) of ``encoded`` in evaluation mode, on the device of the model."""
    import torch

    from pycode.train.precision import torch_dtype

    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    rows = np.argsort(encoded.lengths, kind="stable")
    logits: np.ndarray | None = None
    with (
        torch.inference_mode(),
        torch.autocast(device.type, torch_dtype(precision), enabled=precision != "fp32"),
    ):
        for part in micro_batches(rows, encoded.lengths, batch_size, 0):
            ids, mask = pad([encoded.ids[row] for row in part], pad_id, side=side)
            out = model(
                input_ids=torch.from_numpy(ids).to(device),
                attention_mask=torch.from_numpy(mask).to(device),
            ).logits
            values = out.float().cpu().numpy()
            if logits is None:
                logits = np.empty((len(encoded), values.shape[1]), dtype=np.float32)
            logits[part] = values
    model.train(was_training)
    return logits if logits is not None else np.empty((0, 0), dtype=np.float32)
