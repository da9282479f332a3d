"""A small project that one command brings up to date, and that knows what is whole and what is not.

It has two versions, 0 and 1, of what its author wrote. `prepare` makes the result of both without any kill; a killed
command must leave the result of one of them, never a mixture.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import killing

from pycode.cli import main
from pycode.project import Project

ROOT = Path(__file__).resolve().parents[2]
Files = dict[str, bytes]


def files_of(folder: Path) -> Files:
    """Return the bytes of all files below ``folder`` by their path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Return how two mappings differ, in a few words."""
    parts = {
        "missing": sorted(wanted.keys() - found.keys()),
        "extra": sorted(found.keys() - wanted.keys()),
        "other": sorted(name for name in found.keys() & wanted if found[name] != wanted[name]),
    }
    return ", ".join(f"{kind} {names[:4]}" for kind, names in parts.items() if names)


class Sample:
    """A project in a folder, and a command that brings it up to date."""

    name = ""
    arguments: tuple[str, ...] = ()
    takes_back = True  # whether the change that a killed command was working on may be taken back

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = Project(root)
        self.references: list[Files] = []

    def command(self) -> int:
        """Bring the project up to date: called in a child whose current folder is the project."""
        return main([*self.arguments])

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def reset(self) -> None:
        """Make the project anew, in version 0, without any result."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        self.create()
        self.edit(0)

    def prepare(self) -> None:
        """Learn what both versions give without a kill, and end with the result of version 0."""
        self.reset()
        killing.preload(self.command, self.root)
        for version in (0, 1):
            self.reset()
            self.edit(version)
            self.must_run()
            self.references.append(self.result())
        self.reset()
        self.must_run()

    def must_run(self) -> killing.Outcome:
        """Run the command to its end."""
        outcome = killing.run(self.command, self.root, killing.Death())
        if outcome.code:
            raise RuntimeError(f"{self.name} fails without being killed:\n{outcome.printed}")
        return outcome

    def forget(self) -> None:
        """Delete what the command keeps to be faster the next time."""

    def create(self) -> None:
        """Write what both versions share."""
        raise NotImplementedError

    def edit(self, version: int) -> None:
        """Write what makes the version."""
        raise NotImplementedError

    def result(self) -> Files:
        """Return the files that the command makes, those of no interest and no constancy left out."""
        raise NotImplementedError

    def broken(self, old: int, new: int) -> list[str]:
        """Return what is not whole right after a kill on the way from one version to another."""
        raise NotImplementedError

    def debris(self) -> list[str]:
        """Return what a complete command should have cleared away."""
        raise NotImplementedError
