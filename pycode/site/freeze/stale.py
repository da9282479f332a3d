"""Is what is stored for a page still what the page would give? If not, why?"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.freeze import claims
from pycode.site.freeze.digest import code_digest, file_digest
from pycode.site.freeze.entry import FrozenPage, read_entry
from pycode.site.freeze.manifest import Manifest, run_digest, run_list, settings, stored_digests
from pycode.site.freeze.source import Source


def causes(project: Project, source: Source, manifest: Manifest) -> list[str]:
    """Return why the results of an executed page are stale, one short sentence each.

    An empty list means that they are fresh. Needs no Jupyter.
    """
    found: list[str] = []
    for output in source.outputs:
        found += _entry_causes(project, source, output.extension)
    recorded = manifest.pages.get(source.name)
    if found and found[0].startswith("no freeze entry"):
        return found[:1]
    if recorded is None:
        return [*found, "not in _freeze/manifest.json"]
    return list(dict.fromkeys([*found, *_recorded_causes(project, source, recorded)]))


def orphans(project: Project, pages: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the entries that no page has, as paths from the project.

    ``pages`` gives for each executed page the extensions of its entries.
    """
    expected = {
        f"_freeze/{Path(page).with_suffix('').as_posix()}/execute-results/{extension}.json"
        for page, extensions in pages.items()
        for extension in extensions
    }
    found = {project.relative(path) for path in project.freeze.glob("**/execute-results/*.json")}
    hidden = {name for name in found if name.split("/")[1].startswith(".")}
    return sorted(found - expected - hidden)


def _entry_causes(project: Project, source: Source, extension: str) -> list[str]:
    try:
        entry = read_entry(project, source.name, extension)
    except CourseError as error:
        return [str(error).partition(": run `")[0]]
    if entry is None:
        return [f"no freeze entry ({extension}.json)"]
    if not entry.is_fresh(source.text):
        return ["page source changed"]
    return _missing_figures(project, source, entry)


def _missing_figures(project: Project, source: Source, entry: FrozenPage) -> list[str]:
    import re

    stem = re.escape(Path(source.name).stem)
    folder = project.freeze / Path(source.name).with_suffix("")
    names = re.findall(rf"\]\({stem}_files/(figure-[^)\s]+)\)", entry.markdown)
    return [f"{name} is missing" for name in names if not (folder / name).is_file()]


def _recorded_causes(project: Project, source: Source, recorded: Mapping[str, Any]) -> list[str]:
    found = _output_causes(project, source, recorded.get("outputs") or {})
    found += _setting_causes(source, recorded.get("settings") or {})
    for key, digest in (
        ("includes", file_digest),
        ("modules", code_digest),
        ("files", file_digest),
    ):
        for name, was in sorted((recorded.get(key) or {}).items()):
            path = project.root / name
            if not path.is_file():
                found.append(f"{name} was removed")
            elif digest(path) != was:
                found.append(f"{name} changed")
    included = {project.relative(path) for path in source.expanded.included}
    found += [
        f"{name} is newly included"
        for name in sorted(included - set(recorded.get("includes") or {}))
    ]
    for run_id, was in sorted((recorded.get("runs") or {}).items()):
        now = run_digest(project, run_id)
        if now != was:
            found.append(f"run {run_id} record " + ("changed" if now else "was removed"))
    if recorded.get("run_list") and recorded["run_list"] != run_list(project):
        found.append("the list of recorded runs changed")
    return found + claims.changes(project, recorded.get("claims") or {})


def _output_causes(project: Project, source: Source, was: Mapping[str, str]) -> list[str]:
    """Name stored files that differ from those that were written."""
    now = stored_digests(project, source.name)
    found = [
        f"edited by hand: {name} differs from the manifest"
        for name in sorted(now.keys() & was.keys())
        if now[name] != was[name]
    ]
    found += [f"{name} is not in the manifest" for name in sorted(now.keys() - was.keys())]
    return found + [f"{name} is missing" for name in sorted(was.keys() - now.keys())]


def _setting_causes(source: Source, was: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = []
    for to, values in settings(source).items():
        for key, value in values.items():
            old = was.get(to, {}).get(key, value)
            if old != value:
                found.append(f"the setting {key} for {to} is now {value} (was {old})")
    return found
