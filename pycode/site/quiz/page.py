"""The self-check page of a quiz: complete without JavaScript, immediate with `assets/js/quiz.js`."""

import posixpath
from pathlib import Path

from pycode.project import Project, find_project
from pycode.site.notebook.buttons import PageMarkdown
from pycode.site.quiz.schema import Option, Question, Quiz, read_quiz

SCRIPT = "assets/js/quiz.js"


def quiz_page(path: str | Path, project: Project | None = None) -> PageMarkdown:
    """Return the Markdown of the quiz at ``path``, for a cell with `echo: false` and `output: asis`.

    ``path`` is relative to the page's folder (where cells run) or to the project's root; the page must stand
    in the folder of its quiz.

    Raises:
        CourseError: the quiz is not valid.
    """
    project = project or find_project()
    file = Path(path) if Path(path).is_file() else project.root / path
    folder = posixpath.dirname(project.relative(file))
    quiz = read_quiz(file, project)
    return PageMarkdown(quiz_markdown(quiz, posixpath.relpath(SCRIPT, folder or ".")))


def quiz_markdown(quiz: Quiz, script: str) -> str:
    """Return the quiz as Pandoc Markdown. Each option unfolds to its verdict and reason."""
    questions = "\n".join(
        _question(quiz, number, item) for number, item in enumerate(quiz.questions, 1)
    )
    return (
        f'::::: {{.quiz data-quiz="{quiz.name}"}}\n'
        + (f"\n{quiz.intro}\n" if quiz.intro else "")
        + f"\n{questions}\n:::::\n\n"
        + f'```{{=html}}\n<script src="{script}" defer></script>\n```\n'
    )


def _question(quiz: Quiz, number: int, question: Question) -> str:
    several = ' data-several="true"' if question.several else ""
    options = "\n".join(_option(option) for option in question.options)
    return (
        f'\n:::: {{#{quiz.name}-{question.id} .quiz-question data-question="{question.id}"{several}}}\n\n'
        f"::: {{.quiz-text}}\n[{number}.]{{.quiz-number}} {question.text}\n:::\n\n{options}\n::::\n"
    )


def _option(option: Option) -> str:
    """Return one option as a fold; the verdict is a word, not only a colour."""
    key = "true" if option.correct else "false"
    verdict = "Right." if option.correct else "Not this one."
    return (
        f'<details class="quiz-option" data-correct="{key}">\n<summary>{option.text}</summary>\n\n'
        f"[{verdict}]{{.quiz-verdict}} {option.reason}\n\n</details>\n"
    )
