"""Every executed page has results, and they are what the page would give now. Needs no Jupyter."""

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.checks import Problem, from_error
from pycode.site.freeze import pages, stale
from pycode.site.freeze.manifest import Manifest, read_manifest

DESCRIPTION = "results of executed pages are there and fresh"
NEEDS_SITE = False
NEEDS_BROWSER = False


def check(project: Project) -> list[Problem]:
    """Return one problem per page that is stale (with each cause), missing or left over."""
    problems: list[Problem] = []
    try:
        manifest = read_manifest(project)
    except CourseError as error:
        problems.append(Problem("_freeze/manifest.json", str(error)))
        manifest = Manifest()
    sources, errors = pages.executed_pages(project)
    problems += [from_error("pages", error) for error in errors]
    for source in sources:
        reasons = stale.causes(project, source, manifest)
        if reasons:
            message = f"{'; '.join(reasons)}: run `course freeze {source.name}`"
            problems.append(Problem(source.name, message))
    expected = {item.name: [output.extension for output in item.outputs] for item in sources}
    if not errors:
        left = stale.orphans(project, expected)
        problems += [Problem(path, "entry without page: run `course freeze`") for path in left]
        lost = sorted(set(manifest.pages) - set(expected))
        problems += [
            Problem("_freeze/manifest.json", f"{name} is no executed page: run `course freeze`")
            for name in lost
        ]
    return problems
