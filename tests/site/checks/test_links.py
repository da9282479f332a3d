"""Dead links are found; living ones of every kind are not."""

import pytest

from pycode.site.checks import links


def messages(course):
    return "\n".join(map(str, links.check(course)))


def test_a_good_site_has_no_dead_link(course, put):
    put(
        '<a href="#top-title">up</a> <a href="#">top</a> <a href="mailto:a@b.example">mail</a> <a href="./">home</a>'
    )
    put(
        '<a href="/other.html?x=1#part">root</a> <a href="data:text/plain,x">data</a> <a href="other%2Ehtml">%</a>'
    )
    put(
        '<a href="/course/other.html#part">from the host</a> <link rel="icon" href="/course/picture.png">'
    )
    assert messages(course) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<a href="gone.html">x</a>', "gone.html leads to gone.html, which is not there"),
        ('<a href="other.html#nowhere">x</a>', "other.html has no anchor #nowhere"),
        ('<a href="#nowhere">x</a>', "index.html has no anchor #nowhere"),
        ('<img src="gone.png" alt="x">', "gone.png leads to gone.png"),
        ('<img srcset="picture.png 1x, big.png 2x" alt="x">', "big.png leads to big.png"),
        ('<a href="notebooks/gone.ipynb" download>x</a>', "notebooks/gone.ipynb"),
        ('<a href="notebooks/">x</a>', "notebooks/ leads to notebooks/index.html"),
        ('<a href="../outside.html">x</a>', "leaves the site"),
        (
            '<a href="https://someone.example/course/gone.html">x</a>',
            "gone.html, which is not there",
        ),
        (
            '<a href="https://github.com/someone/course/edit/main/gone.qmd">x</a>',
            "opens gone.qmd, which is not in the repository",
        ),
        (
            '<a href="https://kaggle.com/kernels/welcome?src=https://github.com/someone/course/blob/main/labs/gone.ipynb">x</a>',
            "opens labs/gone.ipynb",
        ),
        (
            '<a href="https://colab.research.google.com/github/someone/course/blob/main/gone.ipynb">x</a>',
            "opens gone.ipynb",
        ),
        (
            '<a href="https://raw.githubusercontent.com/someone/course/main/gone.txt">x</a>',
            "opens gone.txt",
        ),
        ('<meta http-equiv="refresh" content="0;url=gone.html">', "gone.html leads to"),
        ('<section data-background-image="gone.jpg"></section>', "gone.jpg leads to"),
    ],
)
def test_each_kind_of_dead_link_is_found_with_its_line(course, put, text, words):
    put(text)
    found = messages(course)
    assert words in found and found.startswith("index.html:") and found.count("\n") == 0


def test_a_style_sheet_may_not_name_a_missing_file(course, put):
    put(
        'a { background: url(gone.svg) } b { background: url("data:image/png;base64,x") }',
        "style.css",
    )
    assert messages(course) == "style.css: gone.svg leads to gone.svg, which is not there."


def test_the_addresses_of_a_deck_count(course, put):
    put(
        '<div class="reveal"><div class="slides"><section id="one"><a href="#/one">a</a><a href="#/2/1">b</a>'
        '<a href="#/lost">c</a></section></div></div>'
    )
    assert messages(course) == "index.html:20: #/lost: index.html has no anchor #/lost."
