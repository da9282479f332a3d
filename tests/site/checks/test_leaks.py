"""What leaked is found in text and shown attributes, not in code that shows it on purpose."""

import pytest

from pycode.site.checks import leaks


def messages(course):
    return "\n".join(map(str, leaks.check(course)))


def test_a_good_site_leaks_nothing(course, put):
    put(
        "<p>Banana, nano, Nancy: a: b; undefined behaviour; two :: colons; read ~/home and /homework/.</p>"
    )
    put("<pre><code>x = {python} ::: {{&lt; var &gt;}} nan ?@fig-x</code></pre>")
    assert messages(course) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<p>The score is `{python} score`.</p>", "an inline expression was not evaluated"),
        ("<p>See ?@fig-lengths.</p>", "a reference or shortcode was not resolved"),
        ("<p>See ?var:course.</p>", "a reference or shortcode was not resolved"),
        ("<p>See @tbl-sizes.</p>", "a cross-reference was not resolved"),
        ("<p>::: {.callout-note}</p>", "a div mark was not read"),
        ("<p>{{&lt; var course.code &gt;}}</p>", "a shortcode was not expanded"),
        ("<p>Accuracy: nan</p>", "not a number"),
        ("<p>It is nan% of all.</p>", "not a number"),
        ("<td>NaN</td>", "not a number"),
        ("<p>undefined</p>", "a script printed what it does not have"),
        ("<p>[object Object]</p>", "a script printed what it does not have"),
        ("<h2>Part {#sec-part}</h2>", "an attribute was not read"),
        ('<img src="picture.png" alt="The value is nan">', "not a number"),
        ('<p>a <b>b</b> tail ?@eq-one</p>', "a reference or shortcode was not resolved"),
        ("<pre>Traceback (most recent call last):\n  File</pre>", "a traceback"),
        ("<pre>\x1b[31mred</pre>", "an ANSI colour code"),
        ("<pre>/home/" "someone/project/x.py</pre>", "a machine's path"),
        ("<code>C:\\Users\\someone</code>", "a machine's path"),
        ("<code>hf_" + "a1" * 12 + "</code>", "a secret token stands on the page"),
    ],
)  # fmt: skip
def test_each_leak_is_found(course, put, text, words):
    put(text)
    found = messages(course)
    assert words in found and found.startswith("index.html:")


def test_a_secret_is_not_repeated(course, put):
    put("<code>hf_" + "a1" * 12 + "</code>")
    assert "a1a1" not in messages(course)
