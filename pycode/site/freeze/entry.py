"""`_freeze/<page>/execute-results/<ext>.json`: Quarto's format, byte for byte."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project

CONFLICT = ("<<<<<<< ", "=======\n", ">>>>>>> ")
KEYS = ("engine", "markdown", "supporting", "filters", "includes")


@dataclass(frozen=True)
class FrozenPage:
    """One executed page for one kind of output.

    ``hash`` is Quarto's hash of the source, ``markdown`` the page after execution with its front
    matter, ``supporting`` the folders of figures relative to the page's folder, ``includes`` what
    goes into the page's head and around its body.
    """

    hash: str
    markdown: str
    supporting: tuple[str, ...] = ()
    engine: str = "jupyter"
    filters: tuple[str, ...] = ()
    includes: Mapping[str, list[str]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the file's text as Quarto writes it: no final newline, nothing escaped."""
        result = {
            "engine": self.engine,
            "markdown": self.markdown,
            "supporting": list(self.supporting),
            "filters": list(self.filters),
            "includes": dict(self.includes),
        }
        return json.dumps({"hash": self.hash, "result": result}, indent=2, ensure_ascii=False)

    def is_fresh(self, source: str) -> bool:
        """Return whether the entry was made from this text of the page."""
        return self.hash == source_hash(source)


def source_hash(text: str) -> str:
    """Return Quarto's hash of a page: MD5 of its UTF-8 text with CRLF turned into LF."""
    data = text.replace("\r\n", "\n").encode("utf-8")
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def entry_folder(project: Project, page: str) -> Path:
    """Return the folder of the project-relative ``page`` in `_freeze/`."""
    return project.freeze / Path(page).with_suffix("")


def entry_path(project: Project, page: str, extension: str = "html") -> Path:
    """Return where the entry of ``page`` for outputs with ``extension`` is kept."""
    return entry_folder(project, page) / "execute-results" / f"{extension}.json"


def read_entry(project: Project, page: str, extension: str = "html") -> FrozenPage | None:
    """Return the entry of ``page``, or None when there is none.

    Raises:
        CourseError: the file is damaged: not UTF-8, not JSON, with conflict markers, keys missing.
    """
    path = entry_path(project, page, extension)
    name = project.relative(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise _damaged(name, f"not UTF-8 text (byte {error.start})", page) from None
    except OSError as error:
        raise CourseError(f"{name} cannot be read: {error.strerror or error}.") from None
    return parse_entry(text, name, page)


def parse_entry(text: str, name: str, page: str) -> FrozenPage:
    """Return the entry written in ``text``.

    Raises:
        CourseError: as `read_entry`; the message names the file and what to do.
    """
    if any(line.startswith(CONFLICT) for line in text.splitlines(keepends=True)):
        raise _damaged(name, "it holds merge conflict markers", page)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise _damaged(f"{name}:{line}", "not valid JSON", page) from None
    problem = _problem(value)
    if problem:
        raise _damaged(name, problem, page)
    result = value["result"]
    return FrozenPage(
        value["hash"],
        result["markdown"],
        tuple(result["supporting"]),
        str(result.get("engine") or "jupyter"),
        tuple(result["filters"]),
        result.get("includes") or {},
    )


def _problem(value: Any) -> str:
    """Return what is wrong with a parsed entry, or an empty string."""
    if not isinstance(value, dict) or not isinstance(value.get("result"), dict):
        return "it needs the keys `hash` and `result`"
    digest, result = value.get("hash"), value["result"]
    if not isinstance(digest, str) or len(digest) != 32 or set(digest) - set("0123456789abcdef"):
        return f"`hash` must be 32 hexadecimal digits, got {digest!r}"
    if not isinstance(result.get("markdown"), str):
        return "`result.markdown` must be text"
    for key in ("supporting", "filters"):
        if not _is_text_list(result.get(key)):
            return f"`result.{key}` must be a list of texts (Quarto stops without it)"
    includes = result.get("includes") or {}
    if not isinstance(includes, dict) or not all(map(_is_text_list, includes.values())):
        return "`result.includes` must be a mapping of lists of texts"
    return ""


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _damaged(name: str, what: str, page: str) -> CourseError:
    return CourseError(f"{name} is damaged ({what}): run `course freeze {page}` to make it again.")
