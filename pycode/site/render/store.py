"""What a build keeps for the next one, in `.course/render/`: content-addressed, safe to delete."""

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

KEEP_SECONDS = 14 * 24 * 3600


def digest(*parts: str | bytes) -> str:
    """Return a name for the content: SHA-256 over the parts, each with its length."""
    result = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8") if isinstance(part, str) else part
        result.update(len(data).to_bytes(8, "big") + data)
    return result.hexdigest()[:40]


def tree_digest(folders: Iterable[Path]) -> str:
    """Return one name for the content of all files below the folders."""
    parts: list[str | bytes] = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                parts += [path.relative_to(folder).as_posix(), path.read_bytes()]
    return digest(*parts)


class Store:
    """A folder of files named by what they were made from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, kind: str, key: str) -> Path:
        """Return where the value of ``key`` is or would be."""
        return self.folder / kind / key[:2] / key

    def get(self, kind: str, key: str) -> bytes | None:
        """Return the stored bytes, or None."""
        try:
            return self.path(kind, key).read_bytes()
        except OSError:
            return None

    def put(self, kind: str, key: str, data: bytes) -> bytes:
        """Store the bytes and return them; a reader never sees half a file."""
        path = self.path(kind, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
        temporary.write_bytes(data)
        temporary.replace(path)
        return data

    def prune(self) -> None:
        """Drop what was written more than two weeks ago; the search index stays, which is whole or of no use."""
        limit = time.time() - KEEP_SECONDS
        for path in self.folder.rglob("*"):
            kept = path.relative_to(self.folder).parts[0] == "search"
            if not kept and path.is_file() and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
