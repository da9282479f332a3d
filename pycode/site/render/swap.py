"""A site is whole or absent: it is written beside the old one and takes its place in one step."""

import contextlib
import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2


def _exchange(first: Path, second: Path) -> bool:
    """Swap two folders in one system call where Linux offers it; return whether that worked."""
    if not sys.platform.startswith("linux"):
        return False
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None, use_errno=True)
        return (
            libc.renameat2(
                AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE
            )
            == 0
        )
    return False


def _names(output: Path) -> tuple[Path, Path]:
    return output.with_name(f".{output.name}.new"), output.with_name(f".{output.name}.old")


def recover(output: Path) -> None:
    """Put the site back if a build was killed between its two renames, and remove what it left."""
    new, old = _names(output)
    if old.is_dir() and not output.exists():
        old.rename(output)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)


@contextlib.contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """Give an empty folder; when the block ends without an error it becomes ``output``."""
    output.parent.mkdir(parents=True, exist_ok=True)
    recover(output)
    new, old = _names(output)
    new.mkdir()
    try:
        yield new
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    if output.exists():
        if _exchange(new, output):
            shutil.rmtree(new, ignore_errors=True)
            return
        output.rename(old)
    new.rename(output)
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file: a second build of the same checkout waits for the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            import fcntl
        except ImportError:
            yield
            return
        fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(stream, fcntl.LOCK_UN)
