"""The most memory a piece of work took: of the process on a CPU, of the tensors on a GPU.

Only differences mean anything: what the process held before (Python, PyTorch) is subtracted.

On a CPU what counts is resident memory, and malloc keeps freed blocks for later: after many passes a process holds
several times what any of them needed. So memory is watched in a process started with `GIVE_BACK`, in which
glibc returns every block of 64 KiB or more as soon as it is freed. That and the sampling cost time, so nothing is
timed there. ``TOP_PAD`` is glibc's own default: an environment that sets more would keep freed blocks.
"""

import contextlib
import ctypes
import gc
import sys
import threading
import time
from types import TracebackType
from typing import Any

GIVE_BACK = {
    "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536",
    "MALLOC_TOP_PAD_": "131072",
}  # fmt: skip
INTERVAL_S = 0.002
GPU_METHOD = "memory allocated by tensors on the GPU"
CPU_METHOD = (
    f"resident memory, sampled every {INTERVAL_S * 1000:g} ms in a process of its own that gives freed blocks "
    "back at once"
)
NO_METHOD = "not watched: PyTorch's counters do not see what ONNX Runtime takes of the GPU"


def held_bytes(cuda: bool) -> int:
    """Return what is held now, in bytes: by tensors on the GPU, or by this process without what was freed."""
    if not cuda:
        return resident_bytes()
    import torch

    torch.cuda.synchronize()
    return int(torch.cuda.memory_allocated())


def resident_bytes() -> int:
    """Return this process's resident memory in bytes, after freed memory was given back to the system."""
    gc.collect()
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):  # another C library: freed memory counts
            ctypes.CDLL("libc.so.6").malloc_trim(0)
    return _rss()


def _rss() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


class PeakMemory:
    """``with PeakMemory(cuda, above) as peak: work()`` then ``peak.bytes``: most memory above ``above`` bytes.

    Without ``above`` it is what is held when the block begins. On a CPU a thread samples: a peak shorter than the
    interval can be missed.
    """

    def __init__(self, cuda: bool, above: int | None = None) -> None:
        self.cuda, self.above, self.bytes = cuda, above, 0
        self._stop = threading.Event()

    def __enter__(self) -> "PeakMemory":
        held = held_bytes(self.cuda)
        self._base = held if self.above is None else self.above
        if self.cuda:
            import torch

            torch.cuda.reset_peak_memory_stats()
            return self
        self._highest = held
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.cuda:
            import torch

            torch.cuda.synchronize()
            highest = int(torch.cuda.max_memory_allocated())
        else:
            self._stop.set()
            self._thread.join()
            highest = max(self._highest, _rss())
        self.bytes = max(highest - self._base, 0)

    def _sample(self) -> None:
        import psutil

        process: Any = psutil.Process()
        while not self._stop.is_set():
            self._highest = max(self._highest, int(process.memory_info().rss))
            time.sleep(INTERVAL_S)
