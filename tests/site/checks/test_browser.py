"""The browser check finds what only a browser sees; the quiz works by keyboard there."""

import shutil
import subprocess
import sys

import pytest

from pycode.site.browser import serve
from pycode.site.checks._built import BuiltPage
from pycode.site.checks.browser import AXE, examine

pytestmark = pytest.mark.browser


@pytest.fixture
def look(browser, course):
    """Return the messages about a page of the small site."""

    def see(name: str = "index.html") -> str:
        axe = (course.root / AXE).read_text()
        with serve(course.site) as base:
            return "\n".join(map(str, examine(browser, base, BuiltPage(course.site, name), axe)))

    return see


def test_a_good_page_has_no_problem(look):
    assert look() == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '<p style="color: #bbb; background: #fff">pale</p>',
            "(color-contrast, light, 1 times), first at p",
        ),
        ("<style>.quarto-dark p { color: #333 }</style>", "(color-contrast, dark,"),
        ('<input type="text">', "(label, light, 1 times)"),
        ('<p style="width: 700px">wide</p>', "scrolls sideways at 360 px: p reaches"),
        ("<script>console.error('it broke')</script>", "an error on the console: it broke"),
        ("<script>missing.call()</script>", "a script failed: missing is not defined"),
        ('<img src="gone.png" alt="gone">', "could not load /gone.png (404)"),
        (
            '<img src="https://cdn.example/x.png" alt="far">',
            "asks another host for https://cdn.example/x.png",
        ),
    ],
)
def test_each_defect_is_found(look, put, text, words):
    put(text)
    found = look()
    assert words in found and all(line.startswith("index.html: ") for line in found.splitlines())


def test_a_box_that_scrolls_by_itself_is_no_defect(look, put):
    put('<div style="overflow-x: auto" tabindex="0"><p style="width: 900px">a wide table</p></div>')
    assert look() == ""


def test_a_page_without_a_dark_theme_is_found(look, course):
    (course.site / "script.js").write_text("")
    assert "has no dark theme" in look()


def test_a_slide_that_overflows_is_named(look, course, project):
    for name in ("reset.css", "reveal.css", "reveal.js"):
        shutil.copy(project.root / "node_modules/reveal.js/dist" / name, course.site / name)
    (course.site / "deck.html").write_text(
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Deck</title>'
        '<link rel="stylesheet" href="reveal.css"></head><body><div class="reveal"><div class="slides">'
        "<section><h2>Fine</h2></section><section><h2>Full</h2>" + "<p>line</p>" * 60 + "</section></div></div>"
        '<script src="reveal.js"></script><script>Reveal.initialize({center: false, width: 960, height: 700});</script></body></html>'
    )  # fmt: skip
    found = look("deck.html")
    assert "deck.html: slide 2 “Full”: p sticks out" in found
    assert found.endswith("below: shorten or split this slide in deck.qmd.")


def test_the_whole_site_is_looked_at(course, put):
    put('<img src="gone.png" alt="gone">', "other.html")
    code = "from pathlib import Path; from pycode.project import Project; from pycode.site.checks import browser; "
    code += "print(*browser.check(Project(Path('.'))), sep='\\n')"
    # In a process of its own: Playwright allows one event loop in a thread, and the fixture has this one.
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=course.root, capture_output=True, text=True, check=True
    )
    lines = found.stdout.splitlines()
    assert lines[0].strip().startswith("2 pages in ") and lines[1:] == [
        "other.html: could not load /gone.png (404)"
    ]


# --- the quiz, whose script is only alive here ---------------------------------------------------------

QUIZ = """\
title: "Q"
questions:
  - id: one
    objective: o
    text: "Which?"
    options:
      - {text: "wrong one", reason: "Because it is wrong."}
      - {text: "right one", correct: true, reason: "Because it is right."}
  - id: two
    objective: o
    text: "Which two?"
    several: true
    options:
      - {text: "first", correct: true, reason: "Yes, first."}
      - {text: "second", reason: "No, second."}
      - {text: "third", correct: true, reason: "Yes, third."}
"""


@pytest.fixture
def quiz(browser, course, project):
    """An open page with the quiz, in one browser window."""
    import pypandoc

    from pycode.site.quiz import quiz_page

    (course.root / "weeks").mkdir()
    (course.root / "weeks/quiz.yml").write_text(QUIZ)
    made = pypandoc.convert_text(str(quiz_page("weeks/quiz.yml", course)), "html5", "markdown")
    page = (course.site / "index.html").read_text().replace("<!-- here -->", made)
    (course.site / "weeks").mkdir()
    (course.site / "weeks/quiz.html").write_text(
        page.replace('"style.css"', '"../style.css"').replace('"script.js"', '"../script.js"')
    )
    (course.site / "assets/js").mkdir(parents=True)
    shutil.copy(project.root / "assets/js/quiz.js", course.site / "assets/js/quiz.js")
    context = browser.new_context()
    window = context.new_page()
    with serve(course.site) as base:
        window.goto(f"{base}/weeks/quiz.html")
        yield window
    context.close()


def state(page):
    return page.inner_text(".quiz-count")


def test_the_quiz_works_by_keyboard_and_keeps_its_progress(quiz):
    assert state(quiz) == "0 of 2 answered, 0 right"
    assert quiz.get_by_text("Because it is wrong.").is_hidden()
    quiz.get_by_role("radio").first.focus()
    quiz.keyboard.press("Space")
    assert quiz.get_by_text("Because it is wrong.").first.is_visible()
    assert state(quiz) == "1 of 2 answered, 0 right"
    quiz.keyboard.press("ArrowDown")
    assert state(quiz) == "1 of 2 answered, 1 right"
    assert quiz.get_by_role("status").first.inner_text() == "Right. Because it is right."
    assert not quiz.locator(".quiz-reason", has_text="Because it is wrong.").is_visible()
    quiz.keyboard.press("Tab")
    quiz.keyboard.press("Space")
    assert state(quiz) == "2 of 2 answered, 1 right"
    quiz.get_by_role("checkbox", name="third").check()
    assert state(quiz) == "2 of 2 answered, 2 right"
    quiz.reload()
    assert state(quiz) == "2 of 2 answered, 2 right"
    quiz.get_by_role("button", name="Start again").click()
    assert state(quiz) == "0 of 2 answered, 0 right"
    quiz.reload()
    assert state(quiz) == "0 of 2 answered, 0 right"


def test_the_live_quiz_is_accessible(quiz, project):
    quiz.get_by_role("radio").first.check()
    quiz.evaluate((project.root / AXE).read_text())
    found = quiz.evaluate(
        "async () => (await axe.run(document)).violations.filter((v) => v.impact !== 'moderate').map((v) => v.id)"
    )
    assert found == []
    assert quiz.get_by_role("group", name="1. Which?").count() == 1
