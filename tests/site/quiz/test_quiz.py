"""Quizzes: what the file may hold, and its page, GIFT file and paper."""

import importlib.util
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycode.commands import quiz as command
from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.checks import quizzes as check_quizzes
from pycode.site.quiz import Option, Question, Quiz, quiz_page, read_quiz, to_gift
from pycode.site.quiz.gift import escape
from pycode.site.quiz.paper import letters, paper_typst, shuffled, write_paper

_spec = importlib.util.spec_from_file_location(
    "gift_reader", Path(__file__).with_name("gift_reader.py")
)
gift_reader = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(gift_reader)

GOOD = """\
title: "Sizes"
intro: Think first.
category: Course/Week 5
questions:
  - id: int8
    objective: Work out a size.
    text: "How large are 149M weights in int8?"
    options:
      - {text: "~571 MB", reason: "That is 32-bit: 4 bytes each."}
      - {text: "~144 MB", correct: true, reason: "149M x 1 byte = 149 MB {decimal}, #1 \\\\ about ~144 MiB."}
      - {text: "=286 MB", reason: "That is fp16:\\n2 bytes."}
  - id: both
    objective: See what a smaller file does.
    several: true
    text: "Which are true?"
    options:
      - {text: "It downloads faster.", correct: true, reason: "Fewer bytes."}
      - {text: "It always runs faster.", reason: "Not on every device."}
      - {text: "It may lose accuracy.", correct: true, reason: "Rounding."}
"""


@pytest.fixture
def course(tmp_path):
    (tmp_path / "_quarto.yml").write_text("project: {type: website}\n")
    (tmp_path / "weeks/week5").mkdir(parents=True)
    return Project(tmp_path)


def put(course, text):
    path = course.root / "weeks/week5/quiz.yml"
    path.write_text(text)
    return path


def problems(course, text):
    put(course, text)
    return [str(problem) for problem in check_quizzes.check(course)]


def test_a_good_quiz_is_read(course):
    quiz = read_quiz(put(course, GOOD), course)
    assert (quiz.name, quiz.title, quiz.category) == ("weeks-week5", "Sizes", "Course/Week 5")
    assert [question.id for question in quiz.questions] == ["int8", "both"]
    assert [option.correct for option in quiz.questions[0].options] == [False, True, False]
    assert problems(course, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("title:", "titel:", 1, "unknown key 'titel' in this quiz"),
        ("title:", "titel:", 1, "Did you mean 'title'"),
        ("objective: Work out", "objectiv: Work out", 5, "Did you mean 'objective'"),
        (
            'correct: true, reason: "149M',
            'correct: yes please, reason: "149M',
            10,
            "`correct` must be true or false",
        ),
        ('text: "~144 MB", correct: true,', 'text: "~144 MB",', 5, "no option is marked"),
        (
            "several: true",
            "several: false",
            12,
            "2 options are correct: mark one, or set `several: true`",
        ),
        (', reason: "Rounding."', "", 19, "this option has no `reason`"),
        ("id: both", "id: int8", 12, "'int8' is used twice"),
        ("id: both", "id: Both of them", 12, "lower-case letters"),
        ('text: "=286 MB"', 'text: "~571  mb"', 5, "two options read the same"),
        ('text: "=286 MB"', "text: 286", 11, "must be text (put it in quotes), got 286"),
        ("intro: Think first.", "intro: Think: first.", 2, "text with a colon needs quotes"),
        (
            "intro: Think first.",
            "title: Two",
            2,
            "the key 'title' is given twice: keep one of them.",
        ),
        (
            '      - {text: "~571',
            '      - nonsense\n      - {text: "~571',
            5,
            "must be `key: value` lines, got 'nonsense'",
        ),
        (
            'It always runs faster.", reason',
            'It always runs faster.", correct: true, reason',
            12,
            "every option is correct",
        ),
    ],
)
def test_each_mistake_is_named_with_its_line(course, old, new, line, words):
    assert old in GOOD
    found = "\n".join(problems(course, GOOD.replace(old, new)))
    assert words in found
    assert f"quiz.yml:{line}:" in found or f"line {line}" in found
    with pytest.raises(CourseError, match=r"weeks/week5/quiz\.yml"):
        read_quiz(course.root / "weeks/week5/quiz.yml", course)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "must hold"), ("- a\n", "must hold"), ("title: T\nquestions: []\n", "no questions")],
)
def test_an_empty_quiz_is_refused(course, text, words):
    assert words in problems(course, text)[0]


def test_a_missing_quiz_is_named(course):
    with pytest.raises(CourseError, match="no such file"):
        read_quiz(course.root / "quiz.yml", course)


def test_claims_fill_the_key_and_cannot_go_stale(course, monkeypatch):
    claim = type("Claim", (), {"text": "144 MB"})()

    def known(name):
        if name != "size:test.bytes":
            raise CourseError(f"There is no claim {name!r}.")
        return claim

    monkeypatch.setattr("pycode.runs.claim", known)
    text = GOOD.replace("~144 MB", "{claim:size:test.bytes}")
    assert read_quiz(put(course, text), course).questions[0].options[1].text == "144 MB"
    assert (
        "quiz.yml:10: There is no claim 'size:test.nope'."
        in problems(course, text.replace("bytes}", "nope}"))[0]
    )


def test_a_key_that_its_length_gives_away_is_reported(course):
    question = (
        "  - id: {id}\n    objective: o\n    text: t\n    options:\n"
        "      - {{text: {right}, correct: true, reason: r}}\n      - {{text: middle, reason: r}}\n"
    )

    def quiz(*rights):
        return "title: T\nquestions:\n" + "".join(
            question.format(id=f"q{i}", right=r) for i, r in enumerate(rights)
        )

    found = problems(course, quiz("the longest one", "the longest two", "short"))
    assert "the right option is the longest in 2 of 3 questions (q0, q1)" in found[0]
    assert problems(course, quiz("the longest one", "short", "brief")) == []


# --- GIFT --------------------------------------------------------------------------------------------


def assert_same(quiz, text):
    """The reader gets back what the quiz says."""
    read = gift_reader.read_gift(text)
    assert len(read) == len(quiz.questions)
    for question, got in zip(quiz.questions, read):
        assert got.title == f"{quiz.name} {question.id}"
        assert got.text == question.text.strip()
        assert [answer.text for answer in got.answers] == [
            option.text.strip() for option in question.options
        ]
        assert [answer.feedback for answer in got.answers] == [
            option.reason.strip() for option in question.options
        ]
        assert [answer.weight > 0 for answer in got.answers] == [
            option.correct for option in question.options
        ]
    return read


def test_gift_brings_back_the_answers_with_a_tilde(course):
    quiz = read_quiz(put(course, GOOD), course)
    text = to_gift(quiz)
    read = assert_same(quiz, text)
    assert r"=\~144 MB#" in text and "$CATEGORY: $course$/top/Course/Week 5" in text
    assert [answer.weight for answer in read[0].answers] == [0, 100, 0]
    assert [answer.weight for answer in read[1].answers] == [50, -100, 50]
    assert read[0].category == "$course$/top/Course/Week 5"


def test_the_reader_sees_the_defect_of_the_unescaped_tilde():
    broken = gift_reader.read_gift("::q::How large?{\n=~144 MB\n~~571 MB\n}")[0]
    assert [answer.text for answer in broken.answers] == ["", "144 MB", "", "571 MB"]


@given(
    st.lists(
        st.text(
            st.characters(
                codec="utf-8",
                exclude_categories=["Cc", "Zl", "Zp", "Zs"],
                include_characters=" \n~=#{}:\\",
            ),
            min_size=1,
        ),
        min_size=4,
        max_size=4,
    )
)
def test_any_text_survives_gift(parts):
    texts = [part.strip() or "x" for part in parts]
    options = (
        Option(f"a{texts[0]}", texts[1], True, 1),
        Option(f"b{texts[2]}", texts[3], False, 1),
    )
    quiz = Quiz("q", "T", "", "c", (Question("one", "o", f"t{texts[0]}", options, False, 1),))
    assert_same(quiz, to_gift(quiz))


def test_a_blank_line_in_a_text_does_not_end_the_question():
    assert "\n" not in escape("one\n\ntwo")


@pytest.mark.parametrize(
    ("right", "weight"), [(1, "100"), (2, "50"), (3, "33.33333"), (6, "16.66667"), (7, "14.28571")]
)
def test_weights_are_fractions_that_moodle_accepts(right, weight):
    options = tuple(Option(f"o{i}", "r", i < right, 1) for i in range(right + 1))
    text = to_gift(Quiz("q", "T", "", "c", (Question("a", "o", "t", options, True, 1),)))
    assert text.count(f"~%{weight}%") == right and text.count("~%-100%") == 1


# --- page --------------------------------------------------------------------------------------------


def html(course):
    import pypandoc
    from lxml import html as parser

    put(course, GOOD)
    made = pypandoc.convert_text(
        str(quiz_page("weeks/week5/quiz.yml", course)), "html5", "markdown"
    )
    return parser.fromstring(made)


def test_the_page_is_complete_without_javascript(course):
    page = html(course)
    options = page.xpath("//details[@class='quiz-option']")
    assert len(options) == 6
    assert [option.get("data-correct") for option in options] == [
        "false",
        "true",
        "false",
        "true",
        "false",
        "true",
    ]
    assert options[1].xpath("string(summary)").strip() == "~144 MB"
    assert (
        re.sub(r"\s+", " ", options[1].text_content())
        .strip()
        .startswith("~144 MB Right. 149M x 1 byte")
    )
    assert page.xpath("//script/@src") == ["../../assets/js/quiz.js"]
    assert len(set(page.xpath("//*[@data-question]/@id"))) == 2


# --- paper -------------------------------------------------------------------------------------------


def test_paper_and_key_share_one_order_that_the_seed_decides(course):
    quiz = read_quiz(put(course, GOOD), course)
    question = quiz.questions[0]
    orders = {tuple(option.text for option in shuffled(question, seed)) for seed in range(30)}
    assert len(orders) == 6
    for seed in range(5):
        order = [option.text for option in shuffled(question, seed)]
        assert letters(question, seed) == "ABC"[order.index("~144 MB")]
        assert ", " in letters(quiz.questions[1], seed)


def test_the_sheet_has_a_name_line_and_no_reasons(course):
    quiz = read_quiz(put(course, GOOD), course)
    sheet, key = paper_typst(quiz, 3), paper_typst(quiz, 3, key=True)
    assert "Name" in sheet and "Rounding" not in sheet
    assert "Rounding" in key and "Name" not in key


def test_the_pdfs_hold_the_questions_and_are_the_same_twice(course, tmp_path):
    from pypdf import PdfReader

    quiz = read_quiz(put(course, GOOD), course)
    for name, key in (("a", False), ("b", False), ("k", True)):
        write_paper(quiz, tmp_path / f"{name}.pdf", 3, key)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    sheet, answers = (PdfReader(tmp_path / f"{name}.pdf").pages[0].extract_text() for name in "ak")
    assert "~144 MB" in sheet and "version 3" in sheet
    assert f"1. {letters(quiz.questions[0], 3)}." in answers


def run(course, monkeypatch, *arguments):
    import argparse

    monkeypatch.chdir(course.root)
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def test_export_writes_each_format(course, monkeypatch):
    put(course, GOOD)
    for form, name in (
        ("gift", "weeks-week5.gift"),
        ("paper", "weeks-week5-v7.pdf"),
        ("key", "weeks-week5-v7-key.pdf"),
    ):
        assert (
            run(
                course,
                monkeypatch,
                "export",
                "weeks/week5",
                "--format",
                form,
                "--output",
                "out",
                "--seed",
                "7",
            )
            == 0
        )
        assert (course.root / "out" / name).stat().st_size > 300
    with pytest.raises(CourseError, match="no quiz there"):
        run(course, monkeypatch, "export", "weeks")


def test_an_export_lands_where_git_does_not_see_it(course, monkeypatch, capsys):
    put(course, GOOD)
    assert run(course, monkeypatch, "export", "weeks/week5") == 0
    assert capsys.readouterr().out == "wrote .course/quizzes/weeks-week5.gift\n"
    assert (course.cache / "quizzes" / "weeks-week5.gift").is_file()


def test_the_courses_own_quizzes_are_good(project: Project):
    assert [str(problem) for problem in check_quizzes.check(project)] == []
