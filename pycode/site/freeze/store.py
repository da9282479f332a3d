"""Entries appear whole: written beside, then swapped in one step."""

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.freeze.entry import FrozenPage, entry_folder

NEW, OLD = ".new-", ".old-"


def store(
    project: Project,
    page: str,
    entries: Mapping[str, FrozenPage],
    figures: Mapping[str, Mapping[str, bytes]],
) -> None:
    """Replace the stored results of ``page`` by these, figures included, in one step.

    A process that is killed leaves the old results or the new ones. Figures that the page no
    longer has disappear.

    Raises:
        CourseError: the folder cannot be written.
    """
    target = entry_folder(project, page)
    staging = project.freeze / f"{NEW}{os.getpid()}-{quote(page, safe='')}"
    try:
        shutil.rmtree(staging, ignore_errors=True)
        _fill(staging, entries, figures)
        _keep_others(target, staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        _swap(staging, target, project.freeze / f"{OLD}{quote(page, safe='')}")
    except OSError as error:
        raise CourseError(
            f"The results of {page} cannot be written to _freeze/: {error.strerror or error}."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def remove(project: Project, page: str) -> None:
    """Delete the stored results of ``page`` but not those of pages in a folder of its name."""
    target = entry_folder(project, page)
    for item in list(target.iterdir()) if target.is_dir() else []:
        if _is_own(item):
            shutil.rmtree(item, ignore_errors=True)
    while target != project.freeze and target.is_dir() and not any(target.iterdir()):
        target.rmdir()
        target = target.parent


def recover(project: Project) -> None:
    """Put back what a killed process had moved away, and delete what it had not finished."""
    if not project.freeze.is_dir():
        return
    with locked(project):
        _recover(project)


def _recover(project: Project) -> None:
    for half in project.freeze.glob(".manifest.json.*"):  # half of `write_manifest`
        half.unlink(missing_ok=True)
    for item in project.freeze.iterdir():
        if item.name.startswith(OLD):
            target = entry_folder(project, unquote(item.name.removeprefix(OLD)))
            if target.exists():
                shutil.rmtree(item, ignore_errors=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                item.rename(target)
        elif item.name.startswith(NEW):  # whoever made it is dead: the living hold the lock
            shutil.rmtree(item, ignore_errors=True)


@contextmanager
def locked(project: Project) -> Iterator[None]:
    """Hold the lock under which the manifest is read, changed and written."""
    project.cache.mkdir(parents=True, exist_ok=True)
    with (project.cache / "freeze.lock").open("w") as stream:
        try:
            import fcntl
        except ImportError:  # no such locks on this system: two freezes at once are on their own
            yield
            return
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _fill(
    staging: Path, entries: Mapping[str, FrozenPage], figures: Mapping[str, Mapping[str, bytes]]
) -> None:
    (staging / "execute-results").mkdir(parents=True)
    for extension, entry in entries.items():
        path = staging / "execute-results" / f"{extension}.json"
        path.write_bytes(entry.to_json().encode("utf-8"))
    for folder, files in figures.items():
        for name, data in files.items():
            (staging / folder).mkdir(exist_ok=True)
            (staging / folder / name).write_bytes(data)


def _is_own(item: Path) -> bool:
    return item.name == "execute-results" or item.name.startswith("figure-")


def _keep_others(target: Path, staging: Path) -> None:
    """Carry over what belongs to other pages: `a/b.qmd` is kept below the folder of `a.qmd`."""
    for item in target.iterdir() if target.is_dir() else []:
        if not _is_own(item):
            if item.is_dir():
                shutil.copytree(item, staging / item.name)
            else:
                shutil.copy2(item, staging / item.name)


def _swap(staging: Path, target: Path, aside: Path) -> None:
    """Put ``staging`` in the place of ``target``; afterwards ``staging`` holds the old content."""
    if not target.exists():
        staging.rename(target)
    elif not _exchange(staging, target):
        shutil.rmtree(aside, ignore_errors=True)
        target.rename(aside)  # `recover` undoes this step if the next one never comes
        staging.rename(target)
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step where the system can (Linux renameat2, macOS renamex_np)."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        names = os.fsencode(one), os.fsencode(other)
        if sys.platform == "darwin":
            return bool(library.renamex_np(*names, ctypes.c_uint(2)) == 0)
        here = ctypes.c_int(-100)  # AT_FDCWD
        return bool(library.renameat2(here, names[0], here, names[1], ctypes.c_uint(2)) == 0)
    except (AttributeError, OSError, TypeError):
        return False
