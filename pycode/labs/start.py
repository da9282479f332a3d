"""The report of a notebook's first cell: where it runs, on what, in which number format and versions."""

import importlib.util
import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from pycode.errors import CourseError
from pycode.labs.blank import LabError

CPU_VARIABLE = "COURSE_DEVICE"
SHOWN = ("numpy", "scikit-learn", "datasets", "tokenizers", "transformers", "torch")


@dataclass(frozen=True)
class Machine:
    """What a notebook runs on. ``dtype`` is the number format that this course trains in there."""

    platform: str
    device: str
    capability: tuple[int, int] | None
    memory_gb: float | None
    dtype: str


def start(minutes: int, gpu: bool = False, vram_gb: float = 0, download_mb: float = 0) -> Machine:
    """Print and return the machine, after checking it against what the notebook needs.

    Raises:
        LabError: the notebook needs a GPU, or more GPU memory, than there is; says how to get it.
    """
    _plain_errors()
    machine = detect()
    print(f"{machine.platform}, Python {platform.python_version()}, {os.cpu_count()} CPU cores")
    print(describe(machine))
    print(", ".join(f"{name} {found}" for name in SHOWN if (found := _version(name))))
    print(f"This notebook takes about {minutes} minutes and downloads about {download_mb:g} MB.")
    _require(machine, gpu, vram_gb)
    return machine


def describe(machine: Machine) -> str:
    """Return one line: device, compute capability, memory and dtype."""
    if machine.capability is None:
        return f"Device: {machine.device}, dtype {machine.dtype}"
    capability = ".".join(map(str, machine.capability))
    return (
        f"Device: {machine.device}, compute capability {capability}, "
        f"{machine.memory_gb:.1f} GB, dtype {machine.dtype}"
    )


def detect() -> Machine:
    """Return the machine of this process; a GPU is looked for only when torch is installed."""
    if importlib.util.find_spec("torch") is None:
        return Machine(where(), "cpu", None, None, "float32")
    import torch

    if not torch.cuda.is_available():
        return Machine(where(), "cpu", None, None, "float32")
    properties = torch.cuda.get_device_properties(0)
    capability = (properties.major, properties.minor)
    return Machine(
        where(), properties.name, capability, properties.total_memory / 1e9, dtype_for(capability)
    )


def where() -> str:
    """Return 'Kaggle', 'Colab' or 'Local'."""
    if "KAGGLE_KERNEL_RUN_TYPE" in os.environ:
        return "Kaggle"
    return "Colab" if "COLAB_RELEASE_TAG" in os.environ else "Local"


def dtype_for(capability: tuple[int, int]) -> str:
    """Return the 16-bit format that the GPU computes natively: bfloat16 from capability 8.0 on.

    torch's own ``is_bf16_supported`` is True on a T4 (7.5) as well, where bfloat16 is emulated and slow.
    """
    return "bfloat16" if capability >= (8, 0) else "float16"


def _plain_errors() -> None:
    """Let Jupyter show a `CourseError` as its sentence, as it shows a `LabError`; nothing else reads this method."""
    setattr(CourseError, "_render_traceback_", LabError._render_traceback_)  # noqa: B010


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _require(machine: Machine, gpu: bool, vram_gb: float) -> None:
    if gpu and machine.capability is None:
        if os.environ.get(CPU_VARIABLE, "").strip().lower() == "cpu":
            print("No GPU: you chose the CPU path, with a smaller model on fewer rows.")
            return
        raise LabError(
            "This notebook needs a GPU and there is none. Kaggle: Settings, Accelerator, GPU T4. "
            "Colab: Runtime, Change runtime type, T4 GPU. Without one, take the CPU path: run "
            f"%env {CPU_VARIABLE}=cpu in a cell of its own, then this cell again."
        )
    if machine.memory_gb is not None and machine.memory_gb < vram_gb:
        raise LabError(
            f"This notebook needs {vram_gb:g} GB of GPU memory; there are {machine.memory_gb:.1f} GB."
        )
