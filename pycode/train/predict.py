"""Logits of a split, batched by length and returned in the split's own order."""

from typing import Any

import numpy as np

from pycode.errors import CourseError
from pycode.train.batches import micro_batches, pad
from pycode.train.encode import Encoded
from pycode.train.memory import out_of_memory


def predict_logits(
    model: Any, encoded: Encoded, *, pad_id: int, side: str = "right", batch_size: int = 64,
    precision: str = "fp32",
) -> np.ndarray:  # fmt: skip
    """Return logits (n × C, fp32) of ``encoded`` in evaluation mode, on the device of the model.

    Where memory runs out, the rows are read in smaller batches, down to one.
    """
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
        parts = micro_batches(rows, encoded.lengths, batch_size, 0)
        while parts:
            part = parts.pop(0)
            ids, mask = pad([encoded.ids[row] for row in part], pad_id, side=side)
            try:
                out = model(
                    input_ids=torch.from_numpy(ids).to(device),
                    attention_mask=torch.from_numpy(mask).to(device),
                ).logits
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
                if len(part) == 1:
                    raise CourseError(
                        "Out of memory with one row per forward pass: use a shorter max_length."
                    ) from None
                parts[:0] = np.array_split(part, 2)
                torch.cuda.empty_cache()
                continue
            values = out.float().cpu().numpy()
            if logits is None:
                logits = np.empty((len(encoded), values.shape[1]), dtype=np.float32)
            logits[part] = values
    model.train(was_training)
    return logits if logits is not None else np.empty((0, 0), dtype=np.float32)
