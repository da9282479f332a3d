"""The ways to run one classifier: which exist, which this machine can do, and how each is loaded."""

import io
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pycode.errors import CourseError, nearest
from pycode.train.models import unreadable
from pycode.train.precision import Device, choose_precision, find_device, has_cpu_bf16

FLOATS = {"torch.float32": "fp32", "torch.float16": "fp16", "torch.bfloat16": "bf16"}
SCALES = ("SCB", "absmax")  # what bitsandbytes stores beside each weight of 8 or 4 bits
Run = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Backend:
    """One back end: ``family`` says which loader it has, ``dtype`` what claims say about it.

    ``{rest}`` in ``dtype`` depends on the machine: `Loaded.dtype` says what it came to.
    """

    name: str
    family: str
    dtype: str
    where: tuple[str, ...] = ("cpu", "cuda")


BACKENDS = {
    item.name: item
    for item in (
        Backend("fp32", "torch", "fp32"),
        Backend("fp16", "torch", "fp16 weights", ("cuda",)),
        Backend("bf16", "torch", "bf16 weights"),
        Backend("int8", "bitsandbytes", "LLM.int8, rest {rest}"),
        Backend("nf4", "bitsandbytes", "NF4, rest {rest}"),
        Backend("nf4-double", "bitsandbytes", "NF4 with double quantisation, rest {rest}"),
        Backend("dynamic-int8", "dynamic", "torch dynamic int8, rest fp32", ("cpu",)),
        Backend("onnx-fp32", "onnx", "ONNX Runtime fp32"),
        Backend("onnx-int8", "onnx", "ONNX Runtime dynamic int8", ("cpu",)),
    )
}


@dataclass(frozen=True)
class Loaded:
    """A loaded back end: ``run(ids, mask) -> logits`` (n × C), its bytes in memory and stored, its ``dtype`` in words.

    Sizes are functions, so that counting them takes no memory while memory is watched.
    """

    run: Run
    weights_bytes: Callable[[], int]
    disk_bytes: Callable[[], int]
    dtype: str


def known_backend(name: str) -> Backend:
    """Return the back end called ``name``, whether this machine can run it or not.

    Raises:
        CourseError: unknown name; the nearest is named.
    """
    if name not in BACKENDS:
        raise CourseError(
            f"Unknown back end {name!r}; known: {', '.join(BACKENDS)}.{nearest(name, list(BACKENDS))}"
        )
    return BACKENDS[name]


def backend(name: str, model_type: str, device: Device | None = None) -> Backend:
    """Return the back end called ``name`` if this machine can run a ``model_type`` with it.

    Raises:
        CourseError: unknown name, or an unsupported combination, with the reason.
    """
    found, here = known_backend(name), device or find_device()
    if here.kind not in found.where:
        place = {"cuda": "a GPU", "cpu": "a CPU"}
        raise CourseError(
            f"Back end {name!r} runs on {' or '.join(place[item] for item in found.where)} only, this is "
            f"{place.get(here.kind, here.kind)}."
        )
    if name == "bf16":
        choose_precision("bf16", here)
    if found.family == "onnx" and model_type != "bert":
        raise CourseError(
            f"Back end {name!r} is made for BERT-type encoders; {model_type!r} is not exported here."
        )
    return found


def open_backend(name: str, folder: Path) -> Loaded:
    """Load the classifier stored in ``folder`` with back end ``name``.

    ``onnx-…`` needs the exported file beside it, see `pycode.compress.export`.

    Raises:
        CourseError: the stored weights are quantised already.
    """
    check_plain(folder)
    family = BACKENDS[name].family
    loaders = {"torch": _torch, "bitsandbytes": _bitsandbytes, "dynamic": _dynamic, "onnx": _onnx}
    return loaders[family](name, folder)


def check_plain(folder: Path) -> str:
    """Return the model type of the weights stored in ``folder``.

    Raises:
        CourseError: they are quantised, while every back end begins with plain ones; or a file is missing or damaged.
    """
    from safetensors import SafetensorError

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        model_type = str(config["model_type"])
        quantised = config.get("quantization_config") or _has_quantised_tensors(folder)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise unreadable(folder, error) from None
    if quantised:
        raise CourseError(
            f"The weights in {folder.name!r} are quantised already: compression begins with plain ones, so name a run "
            "that was trained without `quantised`."
        )
    return model_type


def _has_quantised_tensors(folder: Path) -> bool:
    from safetensors import safe_open

    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="np") as stored:
            names = list(stored.keys())
        if any(name.endswith(SCALES) for name in names):
            return True
    return False


def sixteen_bit() -> Any:
    """Return the 16-bit type that this machine is fast in; fp32 on a CPU without one."""
    import torch

    device = find_device()
    if device.kind == "cuda":
        return torch.float16 if (device.capability or (0, 0)) < (8, 0) else torch.bfloat16
    return torch.bfloat16 if has_cpu_bf16() else torch.float32


def _torch(name: str, folder: Path) -> Loaded:
    from pycode.train.models import load_folder
    from pycode.train.precision import torch_dtype

    return _loaded(name, load_folder(folder, dtype=torch_dtype(name), **_place()))


def _bitsandbytes(name: str, folder: Path) -> Loaded:
    from pycode.train.models import load_folder
    from pycode.train.quantised import loading_options, make_safe

    model = load_folder(folder, dtype=sixteen_bit(), **loading_options(name))
    return _loaded(name, make_safe(model))


def _dynamic(name: str, folder: Path) -> Loaded:
    import torch

    from pycode.train.models import load_folder

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        model = torch.ao.quantization.quantize_dynamic(
            load_folder(folder, dtype=torch.float32).eval(), {torch.nn.Linear}, dtype=torch.qint8
        )

    def size() -> int:
        buffer = io.BytesIO()
        torch.save(model.state_dict(), buffer)
        return buffer.tell()

    return Loaded(_runner(model), size, size, BACKENDS[name].dtype)


def _onnx(name: str, folder: Path) -> Loaded:
    from pycode.compress.export import onnx_file, open_session

    path = onnx_file(folder, name)
    session = open_session(path, cuda=find_device().kind == "cuda")

    def run(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return np.asarray(session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0])

    size = path.stat().st_size
    return Loaded(run, lambda: size, lambda: size, BACKENDS[name].dtype)


def _place() -> dict[str, Any]:
    return {"device_map": {"": 0}} if find_device().kind == "cuda" else {}


def _loaded(name: str, model: Any) -> Loaded:
    weights = {id(item): item for item in [*model.parameters(), *model.buffers()]}
    for item in weights.values():
        # files are mapped into memory and read on first use: that use belongs to loading
        item.detach().flatten()[::512].clone()

    def size() -> int:
        own = sum(item.numel() * item.element_size() for item in weights.values())
        return own + _scale_bytes(model, list(weights.values()))

    rest = {str(item.dtype) for item in model.parameters() if item.is_floating_point()}
    words = " and ".join(sorted(FLOATS.get(item, item) for item in rest))
    dtype = BACKENDS[name].dtype.format(rest=words)
    return Loaded(_runner(model), size, lambda: _stored_bytes(model), dtype)


def _scale_bytes(model: Any, weights: list[Any]) -> int:
    """Return the bytes that the scales of quantised weights take beside them.

    The first forward pass of LLM.int8 moves the scales from the weight to its module, so both are asked, and a
    tensor that both hold counts once.
    """
    found: dict[int, Any] = {}
    for owner in [*weights, *(getattr(item, "state", None) for item in model.modules())]:
        state = getattr(owner, "quant_state", None)
        tensors = [getattr(owner, "SCB", None)]
        if state is not None:
            tensors += [state.absmax, state.code, getattr(state.state2, "absmax", None)]
        found |= {id(item): item for item in tensors if item is not None}
    return sum(item.numel() * item.element_size() for item in found.values())


def _stored_bytes(model: Any) -> int:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return sum(path.stat().st_size for path in Path(folder).glob("*.safetensors"))


def _runner(model: Any) -> Run:
    import torch

    model.eval()
    device = next(iter([*model.parameters(), *model.buffers()])).device

    def run(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            out = model(
                input_ids=torch.from_numpy(ids).to(device),
                attention_mask=torch.from_numpy(mask).to(device),
            )
        return np.asarray(out.logits.float().cpu().numpy())

    return run
