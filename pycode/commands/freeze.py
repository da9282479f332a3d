"""`course freeze [PAGES] [--stale|--all]`: execute pages and keep their results in `_freeze/`."""

import argparse
import sys
import time
from pathlib import Path

from pycode.errors import CourseError, nearest
from pycode.project import Project, find_project
from pycode.site.freeze import pages, stale, store
from pycode.site.freeze.kernel import NotInstalled
from pycode.site.freeze.manifest import Manifest
from pycode.site.freeze.source import Source, read_page_source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the pages and which of them to execute."""
    parser.add_argument(
        "pages", nargs="*", metavar="PAGE", help="pages or folders (default: all pages)"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--stale", action="store_true", help="only those whose results are stale (the default)"
    )
    which.add_argument("--all", action="store_true", help="also those whose results are fresh")


def run(args: argparse.Namespace) -> int:
    """Freeze the pages and return 1 when one of them failed.

    Raises:
        CourseError: a named page cannot be read or has nothing to execute, or Jupyter is missing.
    """
    project = find_project()
    store.recover(project)
    sources, errors = pages.executed_pages(project)
    chosen = _chosen(project, sources, args.pages) if args.pages else sources
    failed = [str(error) for error in errors] if not args.pages else []
    if not args.pages and not errors:
        _drop_orphans(project, sources)
    recorded = pages.current(project)
    fresh = 0
    for source in chosen:
        reasons = stale.causes(project, source, recorded)
        if not reasons and not args.all:
            fresh += 1
            continue
        problem = _freeze(project, source, reasons)
        failed += [problem] if problem else []
    _summary(len(chosen), fresh, failed)
    return 1 if failed else 0


def _freeze(project: Project, source: Source, reasons: list[str]) -> str:
    """Freeze one page with its progress printed; return what went wrong, or an empty string."""
    print(f"{source.name} ({'; '.join(reasons[:3]) or 'asked for'})", flush=True)
    start = time.perf_counter()

    def on_cell(number: int, count: int, name: str, seconds: float) -> None:
        print(f"  cell {number}/{count}  {name:<28} {seconds:6.1f} s", flush=True)

    try:
        figures = pages.freeze(project, source, on_cell)
    except NotInstalled:
        raise
    except CourseError as error:
        print("  failed; the old results stay as they were", flush=True)
        return str(error)
    took = time.perf_counter() - start
    print(f"  done in {took:.1f} s, {figures} figure file{'' if figures == 1 else 's'}", flush=True)
    return ""


def _chosen(project: Project, sources: list[Source], wanted: list[str]) -> list[Source]:
    """Return the pages that were named on the command line, by path or by folder."""
    names = {source.name: source for source in sources}
    found: dict[str, Source] = {}
    for text in wanted:
        name = project.relative(Path(text)) if Path(text).exists() else text.strip("/")
        matches = [page for page in names if page == name or page.startswith(f"{name}/")]
        if not matches and name in (".", project.root.name):
            matches = list(names)
        if not matches and name.endswith(".qmd") and (project.root / name).is_file():
            read_page_source(project, name)  # says what is wrong in a page that cannot be read
        if not matches:
            why = "has no executable cell" if (project.root / name).exists() else "is not there"
            raise CourseError(f"{text!r} {why}.{nearest(name, list(names))}")
        found |= {page: names[page] for page in matches}
    return list(found.values())


def _drop_orphans(project: Project, sources: list[Source]) -> None:
    expected = {item.name: [output.extension for output in item.outputs] for item in sources}
    gone = {
        path.removeprefix("_freeze/").split("/execute-results/")[0]
        for path in stale.orphans(project, expected)
    }
    kept = {str(Path(name).with_suffix("")) for name in expected}
    lost = {name for name in _recorded(project).pages if name not in expected}
    for name in sorted({f"{item}.qmd" for item in gone - kept} | lost):
        print(f"{name}: no such executed page; its results are removed")
        pages.drop(project, name)


def _recorded(project: Project) -> Manifest:
    return pages.current(project)


def _summary(count: int, fresh: int, failed: list[str]) -> None:
    done = count - fresh - len(failed)
    print(f"{done} frozen, {fresh} fresh, {len(failed)} failed")
    for problem in failed:
        print(f"course freeze: {problem}", file=sys.stderr)
