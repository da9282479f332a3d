"""The most memory a piece of work took: of the process on a CPU, of the tensors on a GPU.

Only differences mean anything: what the process held before (Python, PyTorch) is subtracted.
"""

import contextlib
import ctypes
import gc
import sys
import threading
import time
from types import TracebackType
from typing import Any

INTERVAL_S = 0.002
GPU_METHOD = "memory allocated by tensors on the GPU"
CPU_METHOD = f"resident memory of the process, sampled every {INTERVAL_S * 1000:g} ms"


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
    """``with PeakMemory(cuda) as peak: work()`` then ``peak.bytes``: most memory above the start of the block.

    On a CPU a thread samples: a peak shorter than the interval can be missed.
    """

    def __init__(self, cuda: bool) -> None:
        self.cuda, self.bytes = cuda, 0
        self._stop = threading.Event()

    def __enter__(self) -> "PeakMemory":
        if self.cuda:
            import torch

            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            self._start = torch.cuda.memory_allocated()
            return self
        self._start = self._highest = resident_bytes()
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
            self.bytes = int(torch.cuda.max_memory_allocated() - self._start)
            return
        self._stop.set()
        self._thread.join()
        self.bytes = max(self._highest, _rss()) - self._start

    def _sample(self) -> None:
        import psutil

        process: Any = psutil.Process()
        while not self._stop.is_set():
            self._highest = max(self._highest, int(process.memory_info().rss))
            time.sleep(INTERVAL_S)
