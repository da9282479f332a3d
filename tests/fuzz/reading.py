"""One reader under test, and the verdict on what it makes of a file."""

import contextlib
import io
import re
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from garbage import damaged
from hypothesis import strategies as st

from pycode.errors import CourseError

LONGEST = 700
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Reader:
    """A function that reads one file of a project.

    ``files`` are the project's other files, ``file`` the one that is damaged, ``sample`` its sound content,
    ``shaped`` a strategy for files of the right format that say something odd. A message must hold one of ``named``.
    ``share`` of the usual number of files are tried: less for slow readers.
    """

    name: str
    file: str
    sample: bytes
    read: Callable[[Path], Any]
    shaped: st.SearchStrategy[bytes]
    files: dict[str, str | bytes] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    share: float = 1.0

    def __str__(self) -> str:
        return self.name

    @property
    def injured(self) -> st.SearchStrategy[bytes]:
        """Sound files with damaged bytes; Pandoc would need for ever for thousands of opening brackets."""
        return damaged(self.sample, longest=100) if self.share < 1 else damaged(self.sample)


@cache
def folder_of(reader_name: str) -> tuple[tempfile.TemporaryDirectory[str], Path]:
    """Return a folder for a reader's project, made once."""
    kept = tempfile.TemporaryDirectory(prefix="course-fuzz-")
    return kept, Path(kept.name) / "project"


def project(reader: Reader) -> Path:
    """Return the reader's project with its sound files."""
    root = folder_of(reader.name)[1]
    if not root.exists():
        for name, content in {
            "_quarto.yml": "project: {type: website}\n",
            **reader.files,
            reader.file: reader.sample,
        }.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def attempt(reader: Reader, content: bytes) -> str:
    """Let the reader read ``content``; return "read" or "refused".

    Raises:
        AssertionError: something other than a CourseError came out, or its message is not one clear sentence.
    """
    root = project(reader)
    (root / reader.file).write_bytes(content)
    try:
        with (
            contextlib.chdir(root),
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            reader.read(root)
    except CourseError as error:
        fault = unclear(
            str(error), reader.named or (reader.file.rpartition("/")[2],), str(root.parent)
        )
        assert not fault, f"{fault}: {str(error)[:1000]!r}"
        return "refused"
    return "read"


def unclear(message: str, named: tuple[str, ...], folder: str) -> str:
    """Return what keeps a message from being one clear sentence that names the file, or nothing."""
    faults = {
        "does not name the file": not any(name in message for name in named),
        "is not one line of printable text": CONTROL.search(message),
        "is too long": len(message) > LONGEST,
        "does not end like a sentence": not message.endswith((".", "?", ")")),
        "shows where the project lies": folder in message,
        "shows Python": "Traceback" in message or "object at 0x" in message,
    }
    return ", ".join(fault for fault, holds in faults.items() if holds)


@dataclass
class Tally:
    """What became of the cases of one reader."""

    outcomes: Counter[str] = field(default_factory=Counter)
    bugs: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """How many files were read."""
        return sum(self.outcomes.values())
