"""Export to ONNX, quantise the file, and open it with the execution provider that was asked for."""

import json
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pycode.errors import CourseError

FILES = {"onnx-fp32": "model.onnx", "onnx-int8": "model-int8.onnx"}
PROVIDERS = {True: "CUDAExecutionProvider", False: "CPUExecutionProvider"}
# in the names of operators, quantised and fused ones too
PRODUCTS = ("MatMul", "Gemm", "Attention")


def onnx_file(folder: Path, name: str) -> Path:
    """Return where the exported file of back end ``name`` lies."""
    return folder / FILES[name]


def export(folder: Path, name: str) -> Path:
    """Write the ONNX file of the classifier in ``folder`` (fp32, or its int8 version) and return its path.

    Batch and length stay free. The wrapper itself is put in evaluation mode: a new module is in training mode, and
    the exporter would leave the model inside in it.
    """
    path = onnx_file(folder, "onnx-fp32")
    if not path.is_file():
        _write_whole(path, lambda part: _export_fp32(folder, part))
    if name == "onnx-fp32":
        return path
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = onnx_file(folder, name)
    _write_whole(
        small, lambda part: quantize_dynamic(str(path), str(part), weight_type=QuantType.QInt8)
    )
    return small


def _write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` make the file under another name, then rename it: what is there is never half a file."""
    part = path.with_name(f".{path.name}.part")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _export_fp32(folder: Path, path: Path) -> None:
    import torch

    from pycode.train.models import load_folder

    model = load_folder(folder, dtype=torch.float32)

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    ids = torch.tensor([[101, 2000, 2001, 102], [101, 2000, 102, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    axes = {0: "batch", 1: "length"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Logits().eval(), (ids, mask), str(path), input_names=["input_ids", "attention_mask"],
            output_names=["logits"], dynamo=False, opset_version=17,
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "batch"}},
        )  # fmt: skip


def open_session(path: Path, *, cuda: bool) -> Any:
    """Return an ONNX Runtime session for the provider of this device; see `check_provider` for what it really does.

    Raises:
        CourseError: the provider is not there; ONNX Runtime would fall back to the CPU without a word.
    """
    return _session(path, _options(), cuda)


def check_provider(path: Path, *, cuda: bool) -> None:
    """Run one tiny text with profiling and look where the matrix products ran.

    A session may list a provider and give it no operator at all.

    Raises:
        CourseError: they did not all run on the wanted provider; those that ran them are named.
    """
    wanted, options = PROVIDERS[cuda], _options()
    with tempfile.TemporaryDirectory() as place:
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(place) / "profile")
        session = _session(path, options, cuda)
        ids = np.array([[101, 102]], dtype=np.int64)
        session.run(["logits"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    facts = [item.get("args", {}) for item in events if item.get("cat") == "Node"]
    ran = {
        item["provider"] for item in facts
        if "provider" in item and any(part in item.get("op_name", "") for part in PRODUCTS)
    }  # fmt: skip
    if ran != {wanted}:
        raise CourseError(
            f"ONNX Runtime was told to use {wanted}, but the matrix products ran on {' and '.join(sorted(ran)) or 'none'}: "
            "nothing measured here would be about this device."
        )


def _options() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0"))
    options.log_severity_level = 3
    return options


def _session(path: Path, options: Any, cuda: bool) -> Any:
    import onnxruntime

    wanted = PROVIDERS[cuda]
    available = onnxruntime.get_available_providers()
    if wanted not in available:
        raise CourseError(
            f"ONNX Runtime has no {wanted} here (it has {', '.join(available)}): install the build for this "
            "device; it would silently use the CPU."
        )
    session = onnxruntime.InferenceSession(str(path), options, providers=[wanted])
    session.disable_fallback()
    if session.get_providers()[0] != wanted:
        raise CourseError(
            f"ONNX Runtime runs on {session.get_providers()[0]} instead of {wanted}: its libraries for this device "
            "do not load."
        )
    return session
