"""Runs a command in a forked child and kills it: at a time, or at a chosen write.

The child has an audit hook that sees every write to the project: opening for writing, renaming, removing, making a
folder, linking, swapping, starting a program. The child can so be killed right before the k-th of them, or right
after a file was opened and is still empty, which is the state that a careless writer leaves behind.

Fork saves the seconds that imports take. The parent must have imported what the command needs and started no threads
that hold locks; `preload` sees to the first.
"""

import importlib
import io
import mmap
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Command = Callable[[], int]
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NAMED = {
    "os.rename": "rename", "os.remove": "remove", "os.rmdir": "rmdir", "os.mkdir": "mkdir", "os.link": "link",
    "os.symlink": "symlink", "os.truncate": "truncate", "os.chmod": "chmod",
}  # fmt: skip
STUCK = 300.0


@dataclass(frozen=True)
class Death:
    """When a child dies: ``seconds`` after its start, or at write ``point`` (from 1).

    ``opened`` kills after the file of that point was opened (and emptied), not before. ``alone`` kills only the child
    itself and leaves the programs that it started to themselves, as `kill -9` does.
    """

    seconds: float | None = None
    point: int = 0
    opened: bool = False
    alone: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of a child: whether it was killed, its exit code, the last write it began, what it printed."""

    killed: bool
    code: int
    writes: int
    last: str
    printed: str
    seconds: float
    child: int


class Watch:
    """The audit hook of a child, and the memory that it shares with its parent: number and name of the last write."""

    def __init__(self, root: Path, death: Death, log: Path | None = None) -> None:
        self.root = os.fspath(root.resolve())
        self.death, self.log = death, log
        self.shared = mmap.mmap(-1, 4096)
        self.busy = False

    def install(self) -> None:
        """Begin to watch: called in the child."""
        self.stream = self.log.open("a", encoding="utf-8") if self.log else None
        sys.addaudithook(self._hook)

    def seen(self) -> tuple[int, str]:
        """Return how many writes the child began, and the last one as text: called in the parent."""
        count = int.from_bytes(self.shared[:8], "little")
        return count, self.shared[8:].split(b"\0", 1)[0].decode("utf-8", "replace")

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.busy:
            return
        found = self._write(event, arguments)
        if not found:
            return
        count = int.from_bytes(self.shared[:8], "little") + 1
        text = f"{found[0]} {found[1]}".encode()[:4000]
        self.shared[8 : 9 + len(text)] = text + b"\0"
        self.shared[:8] = count.to_bytes(8, "little")
        if self.stream:
            self.stream.write(f"{found[0]} {found[1]}\n")
            self.stream.flush()
        if count == self.death.point:
            if self.death.opened and found[0] == "open":
                self.busy = True
                os.open(arguments[0], arguments[2])
            os.kill(os.getpid(), signal.SIGKILL)

    def _write(self, event: str, arguments: tuple[Any, ...]) -> tuple[str, str] | None:
        """Return (kind, path in the project) of an event that writes there, else None."""
        if event == "open":
            path, _, flags = arguments
            writes = isinstance(flags, int) and flags & WRITES
            name = self._inside(path, -1) if writes and not isinstance(path, int) else None
            return ("open", name) if name else None
        if event in ("os.rename", "os.link"):
            name = self._inside(arguments[1], arguments[3]) or self._inside(*arguments[0:3:2])
            return (NAMED[event], name) if name else None
        if event in NAMED:
            folder = arguments[-1] if event in ("os.remove", "os.rmdir", "os.mkdir") else -1
            name = self._inside(arguments[0], folder)
            exists = event == "os.mkdir" and name and os.path.isdir(os.path.join(self.root, name))
            return (NAMED[event], name) if name and not exists else None
        if event == "ctypes.dlsym" and arguments[1] in ("renameat2", "renamex_np"):
            return ("swap", "two folders")
        if event == "subprocess.Popen":
            return ("program", os.path.basename(str(arguments[0])))
        return None

    def _inside(self, path: Any, folder: Any) -> str | None:
        """Return the path from the project's root, or None for a path outside of it."""
        try:
            name = os.fsdecode(path)
        except TypeError:
            return None
        if isinstance(folder, int) and folder >= 0:
            name = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)
        full = os.path.normpath(os.path.join(os.getcwd(), name))
        return full[len(self.root) + 1 :] if full.startswith(self.root + os.sep) else None


def run(
    command: Command, root: Path, death: Death, log: Path | None = None, *, bury_it: bool = True
) -> Outcome:
    """Run ``command`` in a child whose current folder is ``root``, and kill it as ``death`` says.

    Without ``bury_it`` the programs that it started live on, until `bury` is called.
    """
    watch = Watch(root, death, log)
    with tempfile.TemporaryFile() as printed:
        sys.stdout.flush()
        sys.stderr.flush()
        start = time.perf_counter()
        child = os.fork()
        if child == 0:
            _be_child(command, root, watch, printed.fileno())
        code = _wait(child, start, death)
        seconds = time.perf_counter() - start
        printed.seek(0)
        text = printed.read().decode("utf-8", "replace")
    writes, last = watch.seen()
    watch.shared.close()
    if bury_it:
        bury(child)
    return Outcome(code == -signal.SIGKILL, code, writes, last, text, seconds, child)


def _be_child(command: Command, root: Path, watch: Watch, out: int) -> None:
    code = 70
    try:
        os.setsid()
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", 0, closefd=False), write_through=True)
        sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb", 0, closefd=False), write_through=True)
        os.chdir(root)
        watch.install()
        code = command()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _wait(child: int, start: float, death: Death) -> int:
    """Return the child's exit code, negative for a signal, after killing it if its time has come."""
    limit = STUCK if death.seconds is None else death.seconds
    # Not reaped yet: as long as it is not, nobody else gets its number, and `bury` cannot hit a stranger.
    while True:
        done = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if done:
            return done.si_status if done.si_code == os.CLD_EXITED else -done.si_status
        left = start + limit - time.perf_counter()
        if left > 0:
            time.sleep(min(left, 0.002))
            continue
        os.kill(child, signal.SIGKILL)
        if not death.alone:
            _kill_group(child)
        limit += STUCK


def _kill_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        return  # it died before it had a group of its own


def bury(child: int) -> None:
    """Kill what a dead child had started, and let its number go."""
    _kill_group(child)
    os.waitpid(child, 0)


def preload(command: Command, root: Path) -> None:
    """Run ``command`` once in a child and import here what it imported, so that later children need not."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as names:

        def listed() -> int:
            code = command()
            Path(names.name).write_text("\n".join(sys.modules), encoding="utf-8")
            return code

        outcome = run(listed, root, Death())
        if outcome.code:
            raise RuntimeError(f"the command fails without being killed:\n{outcome.printed}")
        for name in names.read().split("\n"):
            if name and name not in sys.modules and name != "__mp_main__":
                try:
                    importlib.import_module(name)
                except Exception:  # noqa: S112 - a module that only its maker can import
                    continue
