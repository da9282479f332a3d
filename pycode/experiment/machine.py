"""What a declared run needs of the machine, and whether this one has it."""

import os
import socket
from collections.abc import Callable

from pycode.errors import CourseError, nearest

HUB = ("huggingface.co", 443)


class NotHere(CourseError):
    """This machine cannot execute the run: nothing is wrong with the run."""


def has_gpu() -> bool:
    """Return whether PyTorch is installed and sees a CUDA device."""
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def has_hub() -> bool:
    """Return whether the Hugging Face hub answers within three seconds and is not switched off."""
    if os.environ.get("HF_HUB_OFFLINE", "0") not in ("0", ""):
        return False
    try:
        with socket.create_connection(HUB, timeout=3):
            return True
    except OSError:
        return False


NEEDS: dict[str, tuple[str, Callable[[], bool]]] = {
    "gpu": ("a CUDA GPU", has_gpu),
    "hub": ("the Hugging Face hub", has_hub),
}


def check_names(needs: tuple[str, ...], where: str) -> None:
    """Raise a CourseError for a need that does not exist; the nearest is named."""
    for name in needs:
        if name not in NEEDS:
            raise CourseError(
                f"{where} names {name!r}; allowed: {', '.join(NEEDS)}.{nearest(name, list(NEEDS))}"
            )


def check_machine(run_id: str, needs: tuple[str, ...]) -> None:
    """Raise NotHere with one sentence when this machine lacks something that the run needs."""
    lacking = [NEEDS[name][0] for name in needs if not NEEDS[name][1]()]
    if lacking:
        raise NotHere(
            f"Run {run_id!r} needs {' and '.join(lacking)}, which this machine does not have."
        )
