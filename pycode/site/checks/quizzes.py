"""Quizzes are complete, and their keys cannot be guessed from the length of the options."""

from pycode.project import Project
from pycode.site.checks import Problem
from pycode.site.quiz.schema import Question, Quiz, examine, find_quizzes

DESCRIPTION = "quizzes are complete and their keys cannot be guessed by length"
NEEDS_SITE = False
NEEDS_BROWSER = False


def check(project: Project) -> list[Problem]:
    """Return what is wrong with the quizzes, file by file."""
    problems: list[Problem] = []
    for path in find_quizzes(project):
        quiz, found = examine(path, project)
        problems += found
        if quiz is not None:
            problems += _guessable(quiz, project.relative(path))
    return problems


def _guessable(quiz: Quiz, path: str) -> list[Problem]:
    """Return a problem when the longest option is right in more than half of at least three questions."""
    single = [question for question in quiz.questions if not question.several]
    given_away = [question for question in single if _longest_is_right(question)]
    if len(single) < 3 or len(given_away) * 2 <= len(single):
        return []
    names = ", ".join(question.id for question in given_away)
    message = (
        f"the right option is the longest in {len(given_away)} of {len(single)} questions ({names}): "
        "shorten some right ones or say more in wrong ones."
    )
    return [Problem(path, message, given_away[0].line)]


def _longest_is_right(question: Question) -> bool:
    longest = max(question.options, key=lambda option: len(option.text))
    ties = sum(len(option.text) == len(longest.text) for option in question.options)
    return longest.correct and ties == 1
