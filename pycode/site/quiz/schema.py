"""What a `quiz.yml` may hold, and its reading: every problem names file and line."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycode.errors import CourseError, nearest
from pycode.project import Project, find_project
from pycode.site.checks import Problem, from_error
from pycode.site.quiz.lines import Lines, load_with_lines

QUIZ_KEYS = {"title": str, "intro": str, "category": str, "questions": list}
QUESTION_KEYS = {"id": str, "objective": str, "text": str, "several": bool, "options": list}
OPTION_KEYS = {"text": str, "reason": str, "correct": bool}
_REQUIRED = {
    "quiz": ("title", "questions"),
    "question": ("id", "objective", "text", "options"),
    "option": ("text", "reason"),
}
_ID = re.compile(r"[a-z0-9][a-z0-9-]*\Z")


@dataclass(frozen=True)
class Option:
    """One answer, with the reason why it is right or wrong."""

    text: str
    reason: str
    correct: bool
    line: int


@dataclass(frozen=True)
class Question:
    """One question. ``several`` allows more than one right option."""

    id: str
    objective: str
    text: str
    options: tuple[Option, ...]
    several: bool
    line: int


@dataclass(frozen=True)
class Quiz:
    """A quiz; ``name`` identifies it in file names, in Moodle and in the reader's stored progress."""

    name: str
    title: str
    intro: str
    category: str
    questions: tuple[Question, ...]


def find_quizzes(project: Project) -> list[Path]:
    """Return every `quiz.yml` of the course, ordered by path."""
    folders = ("pre-work", "weeks", "labs")
    return sorted(path for folder in folders for path in (project.root / folder).rglob("quiz.yml"))


def read_quiz(path: Path, project: Project | None = None) -> Quiz:
    """Return the quiz at ``path`` with its claims filled in.

    Raises:
        CourseError: the first problem, as `file:line: what is wrong`.
    """
    quiz, problems = examine(path, project or find_project(path.resolve().parent))
    if problems or quiz is None:
        more = (
            f" ({len(problems) - 1} more: run `course check quizzes`)" if len(problems) > 1 else ""
        )
        raise CourseError(f"{problems[0]}{more}")
    return quiz


def examine(path: Path, project: Project) -> tuple[Quiz | None, list[Problem]]:
    """Return the quiz, or None, and everything that is wrong with it."""
    name = project.relative(path)
    try:
        data = load_with_lines(path, name)
    except CourseError as error:
        return None, [from_error(name, error)]
    reader = _Reader(name)
    quiz = reader.quiz(data)
    return (None if reader.problems else quiz), reader.problems


class _Reader:
    """Turns YAML into a Quiz and collects problems on the way."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def quiz(self, data: Lines) -> Quiz:
        """Return the quiz in ``data``; only to be used when no problem was found."""
        self.keys(data, QUIZ_KEYS, "quiz")
        questions = tuple(self.question(item) for item in self.items(data, "questions"))
        if "questions" in data and not questions:
            self.problem(data, "the quiz has no questions: add at least one.")
        counts = Counter(question.id for question in questions)
        for question in questions:
            if counts[question.id] > 1:
                self.problems.append(
                    Problem(
                        self.path,
                        f"the id {question.id!r} is used twice: ids must differ.",
                        question.line,
                    )
                )
        name = quiz_name(self.path)
        category = self.text(data, "category") or name
        return Quiz(name, self.text(data, "title"), self.text(data, "intro"), category, questions)

    def question(self, data: Lines) -> Question:
        """Return one question."""
        self.keys(data, QUESTION_KEYS, "question")
        options = tuple(self.option(item) for item in self.items(data, "options"))
        several = data.get("several") is True
        name = self.text(data, "id")
        if name and not _ID.match(name):
            self.problem(
                data, f"the id {name!r} may hold lower-case letters, digits and hyphens only."
            )
        if "options" in data:
            self.key(data, options, several)
        return Question(
            name, self.text(data, "objective"), self.text(data, "text"), options, several, data.line
        )

    def key(self, data: Lines, options: tuple[Option, ...], several: bool) -> None:
        """Check the number of options and of right ones."""
        right = sum(option.correct for option in options)
        if len(options) < 2:
            self.problem(data, f"a question needs at least two options, got {len(options)}.")
        elif right == 0:
            self.problem(data, "no option is marked `correct: true`.")
        elif right > 1 and not several:
            self.problem(data, f"{right} options are correct: mark one, or set `several: true`.")
        elif right == len(options):
            self.problem(data, "every option is correct: a question needs a wrong one.")
        texts = Counter(" ".join(option.text.split()).casefold() for option in options)
        for text, count in texts.items():
            if count > 1 and text:
                self.problem(data, f"two options read the same: {text!r}.")

    def option(self, data: Lines) -> Option:
        """Return one option."""
        self.keys(data, OPTION_KEYS, "option")
        return Option(
            self.text(data, "text"),
            self.text(data, "reason"),
            data.get("correct") is True,
            data.line,
        )

    def keys(self, data: Lines, allowed: Mapping[str, type], kind: str) -> None:
        """Check names and types of the keys of one mapping."""
        for key, value in data.items():
            if key not in allowed:
                known = ", ".join(allowed)
                self.problem(
                    data,
                    f"unknown key {key!r} in this {kind}; known: {known}.{nearest(str(key), list(allowed))}",
                )
            elif not isinstance(value, allowed[key]):
                words = {str: "text (put it in quotes)", bool: "true or false", list: "a list"}[
                    allowed[key]
                ]
                self.problem(data, f"`{key}` must be {words}, got {value!r}.")
        for key in _REQUIRED[kind]:
            if data.get(key) in (None, "", []) and not (key == "questions" and key in data):
                self.problem(data, f"this {kind} has no `{key}`.")

    def items(self, data: Lines, key: str) -> list[Lines]:
        """Return the mappings in the list ``data[key]``; others are problems."""
        values = data.get(key)
        good: list[Lines] = []
        for value in values if isinstance(values, list) else []:
            if isinstance(value, Lines):
                good.append(value)
            else:
                self.problem(
                    data, f"an entry of `{key}` must be `key: value` lines, got {value!r}."
                )
        return good

    def text(self, data: Lines, key: str) -> str:
        """Return a text with its claims filled in."""
        value = data.get(key)
        try:
            return fill_claims(value.strip()) if isinstance(value, str) else ""
        except CourseError as error:
            self.problem(data, str(error))
            return ""

    def problem(self, data: Lines, message: str) -> None:
        """Remember a problem at the line of ``data``."""
        self.problems.append(Problem(self.path, message, data.line))


def fill_claims(text: str) -> str:
    """Return ``text`` with each `{claim:ID}` replaced by the claim's text.

    Raises:
        CourseError: a claim does not resolve.
    """

    def value(match: re.Match[str]) -> str:
        from pycode import runs

        claim: Any = runs.claim(match[1])
        return str(claim.text)

    return re.sub(r"\{claim:([^}\s]+)\}", value, text)


def quiz_name(path: str) -> str:
    """Return the name of the quiz at ``path``: its folders, joined by hyphens."""
    parts = Path(path).with_suffix("").parts
    return "-".join(parts[:-1] if parts[-1] == "quiz" and len(parts) > 1 else parts)
