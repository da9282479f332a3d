"""`_freeze/manifest.json`: what each executed page depends on beyond Quarto's hash of its source."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.files import sha256, write_text
from pycode.project import Project
from pycode.site.freeze import claims
from pycode.site.freeze.digest import code_digest, file_digest, text_digest, value_digest
from pycode.site.freeze.entry import CONFLICT, entry_folder, source_hash
from pycode.site.freeze.source import Source

VERSION = 1
NO_FILES = ("_quarto.yml", "runs/published.yml")
TEXT_TABLES = ("includes", "modules", "files", "runs", "data", "packages", "outputs")
SETTINGS = ("eval", "echo", "output", "warning", "error", "include", "fig-width", "fig-height",
            "fig-dpi", "fig-format", "fig-dark")  # fmt: skip


@dataclass(frozen=True)
class Manifest:
    """The pages that were executed here, each with a mapping of what it depends on."""

    pages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def with_page(self, page: str, value: Mapping[str, Any]) -> "Manifest":
        """Return the manifest with the page's new dependencies."""
        return Manifest({**self.pages, page: value})

    def without(self, page: str) -> "Manifest":
        """Return the manifest without the page."""
        return Manifest({key: value for key, value in self.pages.items() if key != page})


def manifest_path(project: Project) -> Path:
    """Return where the manifest is kept."""
    return project.freeze / "manifest.json"


def read_manifest(project: Project) -> Manifest:
    """Return the manifest; an empty one when there is none.

    Raises:
        CourseError: the file is damaged or was written by a newer version.
    """
    try:
        text = manifest_path(project).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return Manifest()
    except (UnicodeDecodeError, OSError):
        raise _damaged("it cannot be read as UTF-8 text") from None
    if any(line.startswith(CONFLICT) for line in text.splitlines(keepends=True)):
        raise _damaged("it holds merge conflict markers")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged("not valid JSON") from None
    pages = value.get("pages") if isinstance(value, dict) else None
    if not isinstance(pages, dict) or not all(isinstance(item, dict) for item in pages.values()):
        raise _damaged("it needs `pages`, a mapping of mappings")
    if value.get("version") != VERSION:
        raise _damaged(f"its version is {value.get('version')!r}, this code reads {VERSION}")
    for page, facts in pages.items():
        if problem := _problem(facts):
            raise _damaged(f"{page!r}: {problem}")
    return Manifest(pages)


def _problem(facts: Mapping[str, Any]) -> str:
    """Return what is wrong with the dependencies of one page, or an empty string."""
    for key in TEXT_TABLES:
        table = facts.get(key) or {}
        if not isinstance(table, dict) or not all(map(_is_text, table.values())):
            return f"`{key}` must be a mapping of texts"
    for key in ("settings", "claims"):
        table = facts.get(key) or {}
        if not isinstance(table, dict) or not all(isinstance(v, dict) for v in table.values()):
            return f"`{key}` must be a mapping of mappings"
    return ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def write_manifest(project: Project, manifest: Manifest) -> None:
    """Write the manifest atomically, sorted, so that equal content is an equal file."""
    value = {"version": VERSION, "pages": dict(manifest.pages)}
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    write_text(manifest_path(project), text + "\n")


def describe(
    project: Project, source: Source, markdown: str, used: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a page depends on, right after it was executed and stored.

    Args:
        project: the checkout.
        source: the page as it was executed.
        markdown: what it became.
        used: the kernel's report.
    """
    root = project.root
    own = {source.name, *_names(project, source)}
    files, runs = _files(project, [name for name in used.get("read", []) if name not in own])
    code = "\n".join(cell.code for cell in source.page.cells) + source.expanded.text
    ids = claims.claim_ids(markdown, code, used.get("claims", []))
    found = {
        "hash": source_hash(source.text),
        "settings": settings(source),
        "includes": {name: file_digest(root / name) for name in _names(project, source)},
        "modules": {name: code_digest(root / name) for name in used.get("modules", [])
                    if name.endswith(".py") and (root / name).is_file()},
        "files": files,
        "runs": runs,
        "run_list": run_list(project) if used.get("lists_runs") or "list_runs(" in code else "",
        "claims": claims.resolved(project, ids),
        "data": dict(used.get("data", {})),
        "packages": dict(used.get("packages", {})),
        "outputs": stored_digests(project, source.name),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def settings(source: Source) -> dict[str, dict[str, Any]]:
    """Return the defaults that hold for the page's cells, by output."""
    return {output.to: {key: output.execute[key] for key in SETTINGS} for output in source.outputs}


def stored_digests(project: Project, page: str) -> dict[str, str]:
    """Return the SHA-256 of each file that is stored for ``page``."""
    folder = entry_folder(project, page)
    own = [folder / "execute-results", *sorted(folder.glob("figure-*"))]
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for part in own
        for path in sorted(part.rglob("*"))
        if path.is_file()
    }


def run_list(project: Project) -> str:
    """Return a fingerprint of which runs have a record."""
    return value_digest(sorted(path.parent.name for path in project.runs.glob("*/record.json")))


def run_digest(project: Project, run_id: str) -> str:
    """Return the fingerprint of a run's record, or an empty string when there is none."""
    path = project.runs / run_id / "record.json"
    return text_digest(path.read_text("utf-8", "replace")) if path.is_file() else ""


def _names(project: Project, source: Source) -> list[str]:
    return [project.relative(path) for path in source.expanded.included]


def _files(project: Project, read: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Sort what the page read into plain files and runs; modules and claims are kept elsewhere."""
    files: dict[str, str] = {}
    runs: dict[str, str] = {}
    for name in read:
        path = project.root / name
        parts = name.split("/")
        if name in NO_FILES or not path.is_file() or path.suffix in (".py", ".pyc"):
            continue
        if parts[0] == "runs" and len(parts) > 2:
            if digest := run_digest(project, parts[1]):
                runs[parts[1]] = digest
        else:
            files[name] = file_digest(path)
    return files, runs


def _damaged(what: str) -> CourseError:
    return CourseError(
        f"_freeze/manifest.json is damaged ({what}): run `course freeze --all` to make it again."
    )
