"""The `course` command. Each sub-command is one file in `pycode/commands/`."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from pycode.errors import CourseError

COMMANDS = {
    "build": "build the site into _site/ from the executed pages in _freeze/",
    "preview": "serve the site and rebuild it when a file changes",
    "freeze": "execute pages and store their results in _freeze/",
    "check": "run the checks that CI runs (all, or those named)",
    "runs": "list the recorded runs with their key metrics",
    "claim": "print a claim's value, text and provenance",
    "run": "execute the experiments that runs/<id>/config.yml declare",
    "data": "describe, fingerprint or fetch the data sets",
    "notebooks": "write the student notebooks from the labs",
    "slides": "print decks to PDF",
    "quiz": "export quizzes to Moodle GIFT and to paper",
    "setup": "install what pip cannot: the site's web parts and a browser for tests",
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; a sub-command's module is imported only to add its own arguments."""
    parser = argparse.ArgumentParser(
        prog="course", description="Build, check and measure the Applied Deep Learning course."
    )
    parser.add_argument(
        "command", choices=COMMANDS, metavar="COMMAND", help="one of the commands below"
    )
    width = max(map(len, COMMANDS))
    parser.epilog = "\n".join(f"  {name:<{width}}  {text}" for name, text in COMMANDS.items())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one `course` command and return its exit code (0 done, 1 problems found, 2 bad input)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser()
    if not arguments or arguments[0] not in COMMANDS:
        parser.parse_args(arguments[:1] or ["--help"])
        return 0
    name, rest = arguments[0], arguments[1:]
    module = importlib.import_module(f"pycode.commands.{name}")
    sub = argparse.ArgumentParser(prog=f"course {name}", description=COMMANDS[name])
    module.add_arguments(sub)
    try:
        return int(module.run(sub.parse_args(rest)))
    except CourseError as error:
        print(f"course {name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"course {name}: stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
