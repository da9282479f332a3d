"""Decks become PDFs with one page for each slide, and what would be cut off stops them."""

import io
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.browser import chromium, serve
from pycode.site.slides_pdf import Deck, choose_decks, find_decks, pdf_name, print_deck, print_decks

pytestmark = pytest.mark.browser

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Deck</title>
<link rel="stylesheet" href="reveal/reset.css"><link rel="stylesheet" href="reveal/reveal.css">
<style>body {{ font: 32px sans-serif }} .slides {{ text-align: left }} pre {{ max-height: 200px; overflow: auto }}</style>
</head><body><div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="reveal/reveal.js"></script>
<script>Reveal.initialize({{ width: 1050, height: 700, hash: true, center: false }});</script>
</body></html>
"""
GOOD = [
    "<section id='title-slide'><h1>A deck</h1></section>",
    "<section><section><h1>Part</h1></section>"
    "<section><h2>Steps</h2><p class='fragment'>one</p><p class='fragment'>two</p><aside class='notes'>Say it.</aside></section></section>",
    "<section><h2>End</h2><p>Thank you<span style='position:absolute;width:1px;height:1px;overflow:hidden'>hidden words</span></p></section>",
    "<section data-visibility='hidden'><h2>Left out</h2></section>",
]
LONG = "<section><h2>Too long</h2>" + "<p>line</p>" * 30 + "</section>"
WIDE = "<section><h2>Too wide</h2><div style='width: 1400px; background: #ccc'>wide</div></section>"
CUT = "<section><h2>Cut code</h2><pre>" + "line\n" * 40 + "</pre></section>"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def site(tmp_path, project: Project):
    source = project.root / "node_modules/reveal.js/dist"
    for name in ("reset.css", "reveal.css", "reveal.js"):
        (tmp_path / "_site/reveal").mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, tmp_path / "_site/reveal" / name)
    return tmp_path / "_site"


def write(site: Path, slides: list[str], name: str = "slides.html") -> Deck:
    (site / name).write_text(PAGE.format(slides="\n".join(slides)))
    return next(deck for deck in find_decks(site) if deck.page == name)


def texts(data: bytes) -> list[str]:
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def test_a_page_for_each_slide_with_all_fragments_shown(browser, site):
    deck = write(site, GOOD)
    assert (deck.slides, deck.noted) == (4, 1)
    with serve(site) as base:
        data = print_deck(browser, base, deck)
    pages = texts(data)
    assert len(pages) == 4
    assert "A deck" in pages[0] and "Part" in pages[1] and "Thank you" in pages[3]
    assert "one" in pages[2] and "two" in pages[2]
    assert not any("Left out" in page or "Say it" in page for page in pages)


def test_notes_follow_their_slide(browser, site):
    deck = write(site, GOOD)
    with serve(site) as base:
        pages = texts(print_deck(browser, base, deck, notes=True))
    assert len(pages) == 5 and "Steps" in pages[2] and "Say it." in pages[3]


def test_two_prints_are_the_same_bytes(browser, site):
    deck = write(site, GOOD)
    with serve(site) as base:
        first, second = (print_deck(browser, base, deck) for _ in range(2))
    assert first == second and b"D:20000101000000" in first


@pytest.mark.parametrize(
    ("slide", "words"),
    [
        (LONG, "slide 5 “Too long”: p sticks out"),
        (WIDE, "“Too wide”: div sticks out 350 px at the right"),
        (CUT, "“Cut code”: pre sticks out"),
    ],
)
def test_a_slide_that_would_be_cut_off_is_named(browser, site, slide, words):
    deck = write(site, [*GOOD[:3], slide])
    with serve(site) as base, pytest.raises(CourseError) as caught:
        print_deck(browser, base, deck)
    assert words in str(caught.value) and "shorten or split this slide" in str(caught.value)


def test_a_lost_slide_is_noticed(browser, site):
    deck = write(site, GOOD)
    with serve(site) as base, pytest.raises(CourseError, match="4 pages for 9 slides"):
        print_deck(browser, base, Deck(deck.page, 9, 0))


def test_decks_are_found_chosen_and_named(site):
    (site / "page.html").write_text("<html><body>no reveal here</body></html>")
    (site / "weeks").mkdir()
    write(site, GOOD)
    decks = find_decks(site)
    assert [deck.page for deck in decks] == ["slides.html"]
    assert choose_decks(decks, []) == choose_decks(decks, ["slides.qmd"]) == decks
    with pytest.raises(CourseError, match="Did you mean 'slides'"):
        choose_decks(decks, ["slide"])
    with pytest.raises(CourseError, match="no decks"):
        choose_decks([], [])
    assert pdf_name("weeks/week1/slides.html", notes=True) == "weeks-week1-slides-notes.pdf"


def test_a_failing_deck_leaves_no_file(browser, site, monkeypatch):
    monkeypatch.setattr("pycode.site.browser.chromium", lambda: nullcontext(browser))
    write(site, [LONG])
    project = Project(site.parent)
    with pytest.raises(CourseError):
        print_decks(project, [], site.parent / "pdf")
    assert not (site.parent / "pdf").exists()


def test_without_a_site_the_command_says_what_to_do(tmp_path):
    with pytest.raises(CourseError, match="run `make site` first"):
        print_decks(Project(tmp_path), [], tmp_path)


def command(project, monkeypatch, *arguments):
    from argparse import ArgumentParser

    from pycode.commands import slides

    monkeypatch.setattr(slides, "find_project", lambda: project)
    parser = ArgumentParser()
    slides.add_arguments(parser)
    return slides.run(parser.parse_args(arguments))


def test_the_command_lists_decks_and_prints_those_that_are_named(
    browser, site, monkeypatch, capsys
):
    monkeypatch.setattr("pycode.site.browser.chromium", lambda: nullcontext(browser))
    write(site, GOOD)
    project = Project(site.parent)
    assert command(project, monkeypatch) == 0
    assert capsys.readouterr().out == "slides.html  4 slides, 1 with notes\n"
    assert command(project, monkeypatch, "--pdf", "slides", "--notes") == 0
    assert capsys.readouterr().out == "wrote .course/slides/slides-notes.pdf (5 pages)\n"
    assert (site.parent / ".course/slides/slides-notes.pdf").is_file()
    with pytest.raises(CourseError, match="go with --pdf"):
        command(project, monkeypatch, "--notes")
