"""`course build`: the site in `_site/`, by Quarto or by the embedded renderer."""

import argparse
import sys
from pathlib import Path

from pycode.errors import CourseError
from pycode.project import find_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the renderer, the output folder, the number of jobs and `--force`."""
    parser.add_argument(
        "--renderer", default="auto", metavar="R", help="auto (default), embedded or quarto"
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="folder of the site, by default _site"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="documents rendered at the same time")
    parser.add_argument("--force", action="store_true", help="render everything again")


def run(args: argparse.Namespace) -> int:
    """Build the site; print a line per phase and a summary. Return 1 when pages cannot be rendered."""
    from pycode.site.render.build import build
    from pycode.site.render.report import BuildFailed

    if args.jobs is not None and args.jobs < 1:
        raise CourseError(f"--jobs must be 1 or more, got {args.jobs}.")
    project = find_project()
    try:
        report = build(project, args.output, args.renderer, args.jobs, args.force)
    except BuildFailed as error:
        print(f"course build: {error}", file=sys.stderr)
        return 1
    for name, seconds in report.phases:
        print(f"{name:<8} {seconds:6.2f} s")
    documents = f"{report.pages} pages, {report.decks} decks, {report.pdfs} PDFs"
    if report.unchanged:
        print(
            f"Nothing changed: {documents} in {project.relative(report.output)}/ ({report.seconds:.2f} s)"
        )
        return 0
    again = "" if report.renderer == "quarto" else f", {report.rendered} rendered anew"
    print(
        f"{documents} in {project.relative(report.output)}/ by {report.renderer}{again} ({report.seconds:.2f} s)"
    )
    return 0
