"""Quizzes on paper: a sheet for students and, apart from it, the key with reasons."""

import random
import string
from pathlib import Path

from pycode.errors import CourseError
from pycode.files import write_bytes
from pycode.site.quiz.schema import Option, Question, Quiz

_PREAMBLE = """\
#set document(title: "{title}", date: none)
#set page(paper: "a4", margin: (x: 2.2cm, y: 2cm), numbering: "1 / 1",
  footer: context [#set text(8pt, fill: luma(90)); {footer} #h(1fr) #counter(page).display("1 / 1", both: true)])
#set text(10.5pt, lang: "en")
#set par(justify: false)
#show heading: set block(above: 1.4em, below: 0.8em)
"""
_NAME_LINE = """\
#grid(columns: (1fr, 4cm), gutter: 1cm,
  [Name #box(width: 1fr, line(length: 100%, stroke: 0.5pt))],
  [Date #box(width: 1fr, line(length: 100%, stroke: 0.5pt))])
"""
_HOW = "Exactly one option is right, unless a question says that several may be.\n"


def shuffled(question: Question, seed: int) -> list[Option]:
    """Return the options in the order of the paper with ``seed``; sheet and key share it."""
    options = list(question.options)
    random.Random(f"{seed}:{question.id}").shuffle(options)
    return options


def letters(question: Question, seed: int) -> str:
    """Return the letters of the right options on the paper with ``seed``, as `B` or `A, C`."""
    pairs = zip(string.ascii_uppercase, shuffled(question, seed))
    return ", ".join(letter for letter, option in pairs if option.correct)


def paper_typst(quiz: Quiz, seed: int, key: bool = False) -> str:
    """Return the Typst source of the sheet, or of its key."""
    title = f"{quiz.title}: key" if key else quiz.title
    footer = _text(f"{quiz.name}, version {seed}" + (", key" if key else ""))
    blocks = [_PREAMBLE.format(title=_text(title), footer=f'#"{footer}"')]
    blocks += [f'#heading(level: 1, "{_text(title)}")', "" if key else _NAME_LINE]
    blocks.append("" if key else _HOW)
    blocks += [_question(number, item, seed, key) for number, item in enumerate(quiz.questions, 1)]
    return "\n".join(blocks)


def write_paper(quiz: Quiz, path: Path, seed: int, key: bool = False) -> None:
    """Write the sheet or the key as PDF; the same quiz and seed give the same bytes.

    Raises:
        CourseError: Typst refused the text of the quiz.
    """
    import typst

    try:
        # Typst's own fonts only, so that the sheet looks the same on every machine.
        data = typst.compile(
            paper_typst(quiz, seed, key).encode(), ignore_system_fonts=True, timestamp=0
        )
    except typst.TypstError as error:
        raise CourseError(f"{quiz.name}: Typst could not set the paper ({error}).") from None
    write_bytes(path, data)


def _question(number: int, question: Question, seed: int, key: bool) -> str:
    marks = " (several may be right)" if question.several else ""
    options = shuffled(question, seed)
    if key:
        head = f"**{number}. {letters(question, seed)}.** {question.text}{marks} *Tests: {question.objective}*"
        body = [
            f"{letter}.  {_key_line(option)}"
            for letter, option in zip(string.ascii_uppercase, options)
        ]
    else:
        head = f"**{number}.** {question.text}{marks}"
        body = [
            f"{letter}.  {option.text}" for letter, option in zip(string.ascii_uppercase, options)
        ]
    return f"#block(breakable: false)[\n{_markdown(head + chr(10) * 2 + chr(10).join(body))}\n]\n"


def _key_line(option: Option) -> str:
    return (
        f"**{option.text}** {option.reason}"
        if option.correct
        else f"{option.text} — {option.reason}"
    )


def _markdown(text: str) -> str:
    """Return Markdown as Typst, by Pandoc."""
    if not text.strip():
        return ""
    import pypandoc

    return str(
        pypandoc.convert_text(
            text, "typst", format="markdown-citations", extra_args=["--wrap=none"]
        )
    )


def _text(text: str) -> str:
    """Return ``text`` for a Typst string."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
