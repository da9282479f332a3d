"""One process at a time executes a run: two would write the same checkpoints and the same staging folder.

The lock is the operating system's, on an empty file in `.course/locks/`: it ends with the process, however that
ends, so nobody has to clean up after a crash. The file stays, because deleting it could give a run two locks.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pycode.errors import CourseError
from pycode.experiment.config import is_declared
from pycode.experiment.environment import rank
from pycode.project import Project
from pycode.runs.schema import RUN_ID


@contextmanager
def only_one(project: Project, run_id: str, *, smoke: bool) -> Iterator[None]:
    """Hold the run while the block executes it. Smoke and full runs share no file and have a lock each.

    Of the processes of one `accelerate launch` only process 0 holds it. A run that is not declared has no lock:
    executing it says what is wrong.

    Raises:
        CourseError: another process is executing the run, or the lock's file cannot be made.
    """
    declared = RUN_ID.fullmatch(run_id) and is_declared(project.runs, run_id)
    if rank() or not declared:
        yield
        return
    path = project.cache / "locks" / ("smoke" if smoke else "full") / run_id
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a")
    except OSError as error:
        raise CourseError(
            f"The lock of run {run_id!r} could not be made in {project.cache.name}: {error.strerror}; make the "
            "folder writable."
        ) from None
    with stream:
        if not _taken(stream.fileno()):
            raise CourseError(
                f"Run {run_id!r} is being executed by another process: wait until it has ended, or stop it first."
            )
        yield


def _taken(handle: int) -> bool:
    """Return whether the lock is ours now; also where neither the machine nor the file system knows locks."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems cannot lock, and a run there is better than none
        return True
    return True
