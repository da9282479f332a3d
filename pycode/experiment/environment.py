"""Where and with what a run was made: hardware, versions, commit, memory. No names of machines."""

import os
import platform
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

# Distributions worth recording, by the module whose import shows that they were used.
PACKAGES = {
    "numpy": "numpy", "scipy": "scipy", "sklearn": "scikit-learn", "pandas": "pandas",
    "pyarrow": "pyarrow", "safetensors": "safetensors", "torch": "torch",
    "transformers": "transformers", "tokenizers": "tokenizers", "peft": "peft",
    "accelerate": "accelerate", "bitsandbytes": "bitsandbytes", "onnxruntime": "onnxruntime",
    "datasets": "datasets",
}  # fmt: skip
# How a process learns its number: from torch's launcher, or from one of three MPIs.
RANKS = ("RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")


def hardware() -> dict[str, Any]:
    """Return the device that computed, its capability if it is a GPU, cores and memory (GB)."""
    gpu = _gpu()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    found: dict[str, Any] = {"device": gpu[0] if gpu else f"CPU ({_cpu_model()})"}
    if gpu:
        found["compute_capability"] = gpu[1]
    return {**found, "cores": usable_cores(), "memory_gb": round(pages / 1e9, 1)}


def usable_cores() -> int:
    """Return the number of CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _gpu() -> tuple[str, str] | None:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    major, minor = torch.cuda.get_device_capability()
    return torch.cuda.get_device_name(), f"{major}.{minor}"


def _cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return " ".join((match.group(1) if match else platform.machine()).split())


def packages(uses: Sequence[str] = ()) -> dict[str, str]:
    """Return the versions of Python and of the listed packages that were imported, or are in ``uses``."""
    used = {"python": platform.python_version()}
    for module, name in PACKAGES.items():
        if module in sys.modules or module in uses:
            used[name] = metadata.version(name)
    return used


def peak_memory() -> dict[str, Any]:
    """Return the highest resident memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "what": "resident memory of the process, imports included",
        "value": round(peak * unit / 1e6),
    }


def forget_gpu_peak() -> None:
    """Let the GPU's peak of memory be that of what comes next."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def code_commit(root: Path) -> str:
    """Return the commit of the checkout, with "-dirty" if a `pycode` module in use differs from it.

    "unknown" outside a Git checkout.
    """
    head = _git(root, "rev-parse", "HEAD")
    if not head:
        return "unknown"
    package = Path(__file__).resolve().parents[1]
    files = [getattr(module, "__file__", None) for name, module in list(sys.modules.items())
             if name.split(".")[0] == "pycode"]  # fmt: skip
    inside = [file for file in files if file and package in Path(file).resolve().parents]
    changed = _git(root, "status", "--porcelain", "--", *sorted(inside))
    return f"{head}-dirty" if changed else head


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def rank() -> int:
    """Return this process's number under `accelerate launch`; 0 when it is alone."""
    return next((int(os.environ[name]) for name in RANKS if name in os.environ), 0)


def launch_warning() -> str | None:
    """Return what to do where `accelerate launch` was asked for several processes and started one.

    With ``--cpu`` it leaves the starting to MPI and, without a host file, only sets an address.
    """
    if "MASTER_ADDR" not in os.environ or any(name in os.environ for name in RANKS):
        return None
    return (
        "One process was started alone: `accelerate launch --cpu` starts more only through MPI. Use "
        "`accelerate launch --multi_gpu --num_processes 2 -m pycode.cli run …`, on CPUs too."
    )


def wait_for_all() -> None:
    """Wait for the other processes of `accelerate launch`: what process 0 has written is there afterwards."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.distributed.is_available():
        return
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
