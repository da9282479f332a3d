"""Which number format a device is fast in.

`torch.cuda.is_bf16_supported()` answers yes on a T4, where bfloat16 is emulated and several times slower than
fp16. The compute capability tells the truth: 8.0 (Ampere) and newer have it in hardware.
"""

from dataclasses import dataclass
from typing import Any

from pycode.errors import CourseError


@dataclass(frozen=True)
class Device:
    """Where a run computes: ``kind`` is cpu, cuda or mps; ``capability`` only for cuda."""

    kind: str
    name: str
    capability: tuple[int, int] | None = None


def find_device() -> Device:
    """Return the fastest device of this machine."""
    import torch

    if torch.cuda.is_available():
        return Device("cuda", torch.cuda.get_device_name(0), torch.cuda.get_device_capability(0))
    if getattr(torch.backends, "mps", None) and torch.backends.mps.is_available():
        return Device("mps", "Apple GPU")
    return Device("cpu", "CPU")


def choose_precision(wanted: str, device: Device, *, cpu_bf16: bool | None = None) -> str:
    """Return fp32, fp16 or bf16 for ``wanted`` (``auto``: bf16 on capability ≥ 8, fp16 on older GPUs,
    and on a CPU bf16 where it has the instructions).

    Raises:
        CourseError: ``bf16`` was asked for on a GPU that emulates it, or ``fp16`` on a CPU.
    """
    old_gpu = device.kind == "cuda" and (device.capability or (0, 0)) < (8, 0)
    if wanted == "bf16" and old_gpu:
        raise CourseError(
            f"{device.name} emulates bfloat16 (compute capability {_dots(device.capability)} < 8.0) and would be "
            "several times slower: use fp16 or auto."
        )
    if wanted == "fp16" and device.kind == "cpu":
        raise CourseError("fp16 training needs a GPU: use bf16, fp32 or auto on a CPU.")
    if wanted != "auto":
        return wanted
    if device.kind == "cuda":
        return "fp16" if old_gpu else "bf16"
    if device.kind == "cpu":
        return "bf16" if (has_cpu_bf16() if cpu_bf16 is None else cpu_bf16) else "fp32"
    return "fp32"


def has_cpu_bf16() -> bool:
    """Return whether this CPU multiplies bfloat16 in hardware (AVX512-BF16 or AMX)."""
    import torch

    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):
        return False


def torch_dtype(precision: str) -> Any:
    """Return the torch dtype of ``fp32``, ``fp16`` or ``bf16``."""
    import torch

    return {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]


def _dots(capability: tuple[int, int] | None) -> str:
    return ".".join(map(str, capability or (0, 0)))
