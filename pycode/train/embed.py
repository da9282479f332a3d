"""Sentence vectors of a frozen encoder: the mean of its token vectors, as sentence-transformers takes it."""

from typing import Any

import numpy as np

from pycode.errors import CourseError
from pycode.train.batches import micro_batches, pad
from pycode.train.encode import Encoded
from pycode.train.models import ModelSpec, keep_layers, minilm_folder, quiet
from pycode.train.shapes import shape_config


def load_encoder(spec: ModelSpec, seed: int = 0) -> Any:
    """Return the encoder of ``spec`` without a head, in evaluation mode.

    Raises:
        CourseError: ``spec`` is no encoder that works without the hub.
    """
    import torch
    from transformers import AutoModel

    quiet()
    if spec.family != "encoder" or spec.source not in ("package", "random"):
        raise CourseError(f"Model {spec.name!r} gives no sentence vectors here: use minilm.")
    torch.manual_seed(seed)
    if spec.source == "random":
        model = AutoModel.from_config(shape_config(spec.location), attn_implementation="sdpa")
    else:
        model = AutoModel.from_pretrained(str(minilm_folder()), attn_implementation="sdpa")
    if spec.layers:
        model = keep_layers(model, spec.layers)
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()


def mean_embeddings(
    model: Any, rows: Encoded, *, pad_id: int, precision: str = "fp32", batch_size: int = 64
) -> np.ndarray:
    """Return one unit vector per row (n × hidden): the mean over its tokens, padding left out."""
    import torch

    from pycode.train.precision import torch_dtype

    device = next(model.parameters()).device
    out = np.empty((len(rows), model.config.hidden_size), dtype=np.float32)
    order = np.argsort(rows.lengths, kind="stable")
    with (
        torch.inference_mode(),
        torch.autocast(device.type, torch_dtype(precision), enabled=precision != "fp32"),
    ):
        for part in micro_batches(order, rows.lengths, batch_size, 0):
            ids, mask = pad([rows.ids[row] for row in part], pad_id)
            weights = torch.from_numpy(mask).to(device)
            hidden = model(input_ids=torch.from_numpy(ids).to(device), attention_mask=weights)
            vectors = hidden.last_hidden_state.float() * weights[:, :, None]
            mean = vectors.sum(dim=1) / weights.sum(dim=1, keepdim=True)
            out[part] = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
    return out
