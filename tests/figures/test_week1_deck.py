"""The lecture fits its time: every slide has notes with minutes, and they add up."""

import re

import pytest

from pycode.project import find_project
from pycode.site.qmd import Cell, read_page

DECK = "weeks/week1/slides.qmd"
TIME = re.compile(r"^Time (\d+):(\d\d), clock (\d+):(\d\d)\.$", re.MULTILINE)


@pytest.fixture(scope="module")
def slides():
    """Return the text of each slide after the title, headings included, code left out."""
    text = (find_project().root / DECK).read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.split(r"^(?=#{1,2} )", text, flags=re.MULTILINE)[1:]


def test_the_deck_has_the_agreed_size(slides):
    assert 45 <= len(slides) + 1 <= 55


def test_every_slide_has_notes_with_its_time(slides):
    for slide in slides:
        assert slide.count("::: {.notes}") == 1, slide[:60]
        assert len(TIME.findall(slide)) == 1, slide[:60]


def test_the_times_add_up_to_the_lecture(slides):
    total = 0
    for slide in slides:
        minutes, seconds, clock_minutes, clock_seconds = map(int, TIME.findall(slide)[0])
        total += 60 * minutes + seconds
        assert total == 60 * clock_minutes + clock_seconds, slide[:60]
    assert total == 100 * 60


def test_few_words_stand_on_a_slide(slides):
    for slide in slides:
        shown = re.sub(r"::: \{\.notes\}.*", "", slide, flags=re.DOTALL)
        shown = re.sub(r"`\{python\} [^`]*`", "0", shown)
        assert len(re.findall(r"[A-Za-z][\w'’-]*", shown)) <= 75, slide[:60]


def test_every_figure_says_what_it_shows():
    page = read_page(find_project().root / DECK, DECK)
    figures = [
        b
        for b in page.blocks
        if isinstance(b, Cell) and str(b.options.get("label", "")).startswith("fig-")
    ]
    assert len(figures) >= 7
    for cell in figures:
        assert len(cell.options["fig-alt"].split()) >= 12 and cell.options["fig-cap"]
