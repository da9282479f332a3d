"""`course check [NAME …]`: everything CI looks at, one line per problem."""

import argparse
import importlib
import time

from pycode.errors import CourseError, nearest
from pycode.project import find_project
from pycode.site.checks import CHECKS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the names of the checks."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(CHECKS)}"
    )


def run(args: argparse.Namespace) -> int:
    """Run the named checks (default: all) and return 1 when any finds a problem."""
    for name in args.names:
        if name not in CHECKS:
            raise CourseError(
                f"Unknown check {name!r}; known: {', '.join(CHECKS)}.{nearest(name, CHECKS)}"
            )
    project = find_project()
    failed = 0
    for name in args.names or CHECKS:
        module = importlib.import_module(f"pycode.site.checks.{name}")
        if module.NEEDS_SITE and not (project.site / "index.html").is_file():
            raise CourseError(
                f"Check {name!r} reads the built site and _site/ is not there: run `make site` first."
            )
        start = time.perf_counter()
        problems = module.check(project)
        state = (
            "ok" if not problems else f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        )
        print(f"{name:<10} {state:<14} {module.DESCRIPTION} ({time.perf_counter() - start:.1f} s)")
        for problem in problems:
            print(f"  {problem}")
        failed += bool(problems)
    return 1 if failed else 0
