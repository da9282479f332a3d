"""`course slides --pdf [DECK …]`: print decks of the built site to PDF."""

import argparse
from pathlib import Path

from pycode.errors import CourseError
from pycode.project import find_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the decks, the folder and whether notes are printed."""
    parser.add_argument("decks", nargs="*", metavar="DECK", help="as weeks/week1 (default: all)")
    parser.add_argument("--pdf", action="store_true", help="print to PDF")
    parser.add_argument(
        "--notes", action="store_true", help="with a page of speaker notes after each slide"
    )
    parser.add_argument("--output", metavar="DIR", help="default: .course/slides")


def run(args: argparse.Namespace) -> int:
    """Print the decks, or list them without --pdf."""
    from pycode.site.slides_pdf import choose_decks, find_decks, print_decks

    project = find_project()
    if not args.pdf:
        if args.notes or args.output:
            raise CourseError("--notes and --output go with --pdf: add it to print.")
        for deck in choose_decks(find_decks(project.site), args.decks):
            print(f"{deck.page}  {deck.slides} slides, {deck.noted} with notes")
        return 0
    folder = Path(args.output) if args.output else project.cache / "slides"
    for path, pages in print_decks(project, args.decks, folder, args.notes):
        print(f"wrote {path if args.output else project.relative(path)} ({pages} pages)")
    return 0
