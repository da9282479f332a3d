"""Files that are either whole or absent: write under a temporary name, rename last."""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from pycode.errors import CourseError

SEAL = "content_sha256"


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` atomically: an interrupted write leaves the old file as it was.

    Raises:
        CourseError: the folder cannot be made or takes no file, or the disk is full.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)  # mkstemp makes the file private
        temporary.replace(path)
    except OSError as error:
        raise CourseError(f"Could not write {path.name}: {error.strerror or error}.") from error
    finally:
        if temporary:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 ``text`` with LF line ends to ``path`` atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any, *, indent: int = 2) -> None:
    """Write ``value`` as JSON (UTF-8, not escaped, final newline) to ``path`` atomically."""
    write_text(path, json.dumps(value, indent=indent, ensure_ascii=False) + "\n")


def write_sealed_json(path: Path, value: dict[str, Any]) -> None:
    """Write ``value`` as JSON together with a SHA-256 of its content, which `read_sealed_json` checks."""
    write_json(path, sealed(value))


def read_sealed_json(path: Path) -> dict[str, Any]:
    """Return what `write_sealed_json` wrote.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no JSON, or not what was written.
    """
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict) or SEAL not in value:
        raise ValueError(f"{path.name} has no seal")
    content = {name: item for name, item in value.items() if name != SEAL}
    if value != sealed(content):
        raise ValueError(f"{path.name} is not what was written")
    return content


def sealed(value: dict[str, Any]) -> dict[str, Any]:
    """Return ``value`` with the SHA-256 of its content, the order of names left out of account."""
    text = json.dumps(value, sort_keys=True)
    return {**value, SEAL: hashlib.sha256(text.encode("utf-8")).hexdigest()}


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in lower-case hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
