"""Invalid pages are found by html-validate; a missing language by ourselves."""

import pytest

from pycode.errors import CourseError
from pycode.site.checks import html


def messages(course):
    return "\n".join(map(str, html.check(course)))


def test_a_good_site_is_valid(course):
    assert messages(course) == ""


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('<p id="twice">a</p><p id="twice">b</p>', "no-dup-id"),
        ("<h4>too deep</h4>", "heading-level"),
        ("<p><div>a block in a paragraph</div></p>", "close-order"),
        ("<foo>old</foo>", "no-unknown-elements"),
        ('<img src="picture.png">', "wcag/h37"),
        ("<button></button>", "text-content"),
        ("<ul><p>no item</p></ul>", "element-permitted-content"),
    ],
)
def test_each_mistake_is_found_with_its_line(course, put, text, rule):
    put(text)
    found = messages(course)
    assert f"({rule})" in found and found.startswith("index.html:20:")


def test_a_missing_language_is_found(course):
    path = course.site / "other.html"
    path.write_text(path.read_text().replace('<html lang="en">', "<html>"))
    assert "other.html: the page names no language" in messages(course)


def test_headings_of_a_deck_start_anew(course, put):
    put('<div class="reveal"><div class="slides"><section><h3>One</h3></section></div></div>')
    assert messages(course) == ""


def test_without_the_tool_the_message_says_what_to_run(course):
    (course.root / "node_modules").unlink()
    with pytest.raises(CourseError, match="course setup web"):
        html.check(course)
