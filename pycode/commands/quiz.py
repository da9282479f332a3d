"""`course quiz export PATH`: a quiz as Moodle GIFT, as a printed paper or as its key."""

import argparse
from pathlib import Path

from pycode.errors import CourseError
from pycode.files import write_text
from pycode.project import find_project

SUFFIX = {"gift": ".gift", "paper": ".pdf", "key": "-key.pdf"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the action, the quiz, the format, the folder and the seed."""
    parser.add_argument("action", choices=("export",))
    parser.add_argument("path", metavar="PATH", help="a quiz.yml, or a folder that holds one")
    parser.add_argument("--format", choices=SUFFIX, default="gift", help="default: gift")
    parser.add_argument("--output", metavar="DIR", help="default: .course/quizzes")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="order of the options on paper (default 1)"
    )


def run(args: argparse.Namespace) -> int:
    """Write one file and say its name."""
    from pycode.site.quiz import read_quiz, to_gift
    from pycode.site.quiz.paper import write_paper

    path = Path(args.path)
    path = path / "quiz.yml" if path.is_dir() else path
    if not path.is_file():
        raise CourseError(
            f"{args.path}: no quiz there; give a quiz.yml or a folder that holds one."
        )
    project = find_project(path.resolve().parent)
    quiz = read_quiz(path, project)
    version = "" if args.format == "gift" else f"-v{args.seed}"
    folder = Path(args.output) if args.output else project.cache / "quizzes"
    target = folder / f"{quiz.name}{version}{SUFFIX[args.format]}"
    if args.format == "gift":
        write_text(target, to_gift(quiz))
    else:
        write_paper(quiz, target, args.seed, key=args.format == "key")
    print(f"wrote {target if args.output else project.relative(target)}")
    return 0
