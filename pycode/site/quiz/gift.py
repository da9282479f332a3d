"""Quizzes as Moodle GIFT (https://docs.moodle.org/en/GIFT_format)."""

from pycode.site.quiz.schema import Option, Question, Quiz

_SPECIAL = "~=#{}:"


def to_gift(quiz: Quiz) -> str:
    """Return the quiz as a GIFT file: category, questions, and the reason of each option as its feedback."""
    head = [f"// {_one_line(quiz.title)}", f"$CATEGORY: $course$/top/{_category(quiz.category)}"]
    return (
        "\n\n".join(["\n".join(head), *(_question(quiz, question) for question in quiz.questions)])
        + "\n"
    )


def escape(text: str) -> str:
    """Return ``text`` with GIFT's control characters escaped and line ends as `\\n`.

    An unescaped `~` or `=` starts a new answer, `#` feedback, `{`/`}` the answer block, `:` a title.
    """
    text = text.replace("\\", "\\\\")
    for character in _SPECIAL:
        text = text.replace(character, f"\\{character}")
    return text.strip().replace("\r\n", "\n").replace("\n", "\\n")


def _question(quiz: Quiz, question: Question) -> str:
    right = sum(option.correct for option in question.options)
    answers = "\n".join(
        f"\t{_answer(option, question.several, right)}" for option in question.options
    )
    title = escape(f"{quiz.name} {question.id}")
    comment = f"// tests: {_one_line(question.objective)}"
    return f"{comment}\n::{title}::[markdown]{escape(question.text)}{{\n{answers}\n}}"


def _answer(option: Option, several: bool, right: int) -> str:
    """Return one answer. With several right ones each earns its share and a wrong one loses all."""
    if several:
        mark = f"~%{_share(right)}%" if option.correct else "~%-100%"
    else:
        mark = "=" if option.correct else "~"
    return f"{mark}{escape(option.text)}#{escape(option.reason)}"


def _share(right: int) -> str:
    """Return 100 / right with at most five decimals: the fractions that Moodle accepts."""
    return f"{100 / right:.5f}".rstrip("0").rstrip(".")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _category(name: str) -> str:
    return " ".join(name.split())
