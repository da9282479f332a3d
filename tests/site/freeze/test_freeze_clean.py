"""Text helpers: colours, leaks, ids, sizes, and digests of code."""

import base64
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycode.errors import CourseError
from pycode.site.freeze.ansi import strip_codes, to_spans
from pycode.site.freeze.digest import code_digest, normalised
from pycode.site.freeze.figures import image_of, png_size, svg_size
from pycode.site.freeze.options import html_id
from pycode.site.freeze.outputs import escape_text, is_leftover, stable_ids
from pycode.site.freeze.scrub import clean_text, reject_leaks

ROOT = Path("/somewhere/course")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("\x1b[31mred\x1b[39m plain", '<span class="ansi-red-fg">red</span> plain'),
        ("\x1b[1;94;43mx\x1b[0m", '<span class="ansi-bright-blue-fg ansi-yellow-bg ansi-bold">x</span>'),
        ("\x1b[38;5;9mx", '<span class="ansi-bright-red-fg">x</span>'),
        ("\x1b[38;5;244mx", '<span style="color:rgb(128,128,128)">x</span>'),
        ("\x1b[48;2;1;2;3mx", '<span style="background-color:rgb(1,2,3)">x</span>'),
        ("\x1b[3;4mx\x1b[23my", '<span style="font-style:italic;text-decoration:underline">x</span>'
                                '<span style="text-decoration:underline">y</span>'),
        ("\x1b[2K\x1b[1Aup\x1b]0;title\x07", "up"),
        ("\x1b[mx", "x"),
    ],
)  # fmt: skip
def test_colours_as_spans(text, html):
    assert to_spans(text) == html


@given(st.lists(st.sampled_from(["\x1b[", "m", ";", "38", "5", "2", "300", "0", "x", "<", "\x1b"])))
def test_any_codes_leave_none_behind(pieces):
    text = "".join(pieces)
    for made in (to_spans(text), strip_codes(text)):
        assert "\x1b" not in made
    assert to_spans(strip_codes(text)).count("<span") == 0


def test_a_code_inside_a_code_leaves_none():
    assert strip_codes("\x1b[2\x1b[mm\x1b[") == "[2m["


def test_machine_paths_become_relative():
    text = (
        "/somewhere/course/pycode/a.py:3: W\n"
        "/opt/env/lib/python3.11/site-packages/numpy/x.py:1\n"
        "/tmp/ipykernel_123/456.py:2: UserWarning\n"
        "<Foo at 0x7f00deadbeef> <obj object at 0x55cafe00>\n"
    )
    assert clean_text(text, ROOT) == (
        "pycode/a.py:3: W\nsite-packages/numpy/x.py:1\n<ipykernel>.py:2: UserWarning\n"
        "<Foo> <obj object>\n"
    )


def test_carriage_returns_keep_what_is_seen_last():
    assert clean_text("1\r2\r3\nnext\r\n", ROOT) == "3\nnext\n"
    assert clean_text("a\n 50%|#####     | 1/2\nb", ROOT) == "a\nb"


@pytest.mark.parametrize(
    "text",
    ["/home/ann/x.csv", "at /Users/ann/x", "see /root/.cache/hub", "/tmp/abc/d", r"C:\Users\ann\x",
     "/somewhere/course", "ghp_" + "a" * 36, "AKIA" + "A" * 16, "api_key = " + "x" * 24,
     "token: " + "0f" * 20, "secret 'deadbeef" + "0" * 30, "-----BEGIN RSA PRIVATE KEY-----"],
)  # fmt: skip
def test_leaks_are_refused(text):
    with pytest.raises(CourseError, match=r"^page\.qmd:3: the output holds"):
        reject_leaks(text, "page.qmd:3", ROOT)


@pytest.mark.parametrize(
    "text",
    ["see https://example.org/home/page and //tmp", "and/or", "the token ids are 1, 2", "key 12ab",
     "sha256 " + "0f" * 32, "9/home", "tokens: 1,234,567 in all", "home/ann", "~/data"],
)  # fmt: skip
def test_ordinary_text_is_no_leak(text):
    reject_leaks(text, "page.qmd:3", ROOT)


def test_user_name_is_refused_where_it_names_the_user(monkeypatch):
    monkeypatch.setattr("pycode.site.freeze.scrub.getpass.getuser", lambda: "max")
    reject_leaks("max(3, 4) and maxim", "p:1", ROOT)
    for text in ("max@host", "/srv/max/x", "USER=max"):
        with pytest.raises(CourseError, match="user name"):
            reject_leaks(text, "p:1", ROOT)


def test_random_ids_follow_from_the_content():
    one = '<table id="T_1a2b3"><td id="T_1a2b3_row0">x</td>'
    same = one.replace("1a2b3", "fffff")
    other = same.replace(">x<", ">y<")
    assert stable_ids(one) == stable_ids(same) != stable_ids(other)
    assert stable_ids(one).count(stable_ids(one)[11:18]) == 2
    uuid = '<div id="0c1d2e3f-1111-4222-8333-444455556666">'
    assert "0c1d2e3f" not in stable_ids(uuid)
    assert stable_ids("T_max stays, T_12345678 too") == "T_max stays, T_12345678 too"


@pytest.mark.parametrize(
    ("shown", "text"),
    [("'a*b'", "a\\*b"), ('"it\'s"', "it's"), ("0.5", "0.5"), ("'x, y'", "x\\, y"), ("'", "'")],
)
def test_inline_texts_are_escaped_like_quarto(shown, text):
    assert escape_text(shown) == text


@pytest.mark.parametrize(
    ("text", "alone", "beside"),
    [
        ("[<matplotlib.lines.Line2D at 0x1>]", True, True),
        ("Text(0.5, 1.0, 'title')", False, True),
        ("(1, 2)", False, True),
        ("3.14", False, False),
        ("{'whiskers': [<matplotlib.lines.Line2D>],\n 'caps': []}", False, True),
        ("['a',\n 'b']", False, False),
    ],
)
def test_return_values_of_plotting_calls(text, alone, beside):
    output = {"output_type": "execute_result", "data": {"text/plain": text}}
    assert is_leftover(output, beside_image=False) is alone
    assert is_leftover(output, beside_image=True) is beside


def test_identifiers_are_pandoc_identifiers():
    assert html_id("Fig-Große Zahl!") == "fig-große-zahl"
    assert html_id("1.2 Crème", ascii_only=True) == "creme"


def test_sizes_of_pictures():
    assert svg_size('<svg width="30pt" height="15.3pt" viewBox="0 0 30 15">') == (40, 20)
    assert svg_size('<svg viewBox="0 0 1 1">') == (None, None)
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (101, 50)).save(stream, "png", dpi=(192, 192))
    assert png_size(stream.getvalue(), 96) == (51, 25)
    assert png_size(stream.getvalue(), 100) == (None, None)
    output = {"data": {"image/png": base64.b64encode(b"no").decode() + "!"}, "metadata": {}}
    with pytest.raises(CourseError, match=r"^p:1: .*says it is image/png"):
        image_of(output, "image/png", 96, "p:1")


CODE = '''"""Module."""
import os  # why


def f(x):
    """Doc.

    More.
    """
    text = """a

    # kept
    """
    return x, "# kept too", text
'''
SAME = '''"""Another
docstring."""

import os
def f(x):

    """Other."""

    # a comment
    text = """a

    # kept
    """

    return x, "# kept too", text   # end
'''


def test_comments_docstrings_and_layout_do_not_count(tmp_path):
    assert normalised(CODE) == normalised(SAME)
    for change in (
        ("x, ", "x + 1, "),
        ("    # kept\n", "    # kep\n"),
        ("a\n\n ", "a\n "),
        ("os", "re"),
    ):
        assert normalised(CODE.replace(*change)) != normalised(CODE)
    path = tmp_path / "a.py"
    path.write_bytes(CODE.replace("\n", "\r\n").encode())
    digest = code_digest(path)
    path.write_text(SAME, encoding="utf-8")
    assert code_digest(path) == digest
    path.write_text("def broken(:", encoding="utf-8")
    assert code_digest(path) != digest


def test_docstring_that_shares_its_line_is_kept():
    source = 'def f(): "doc"\ndef g(): "doc"; return 1\n'
    assert "return 1" in normalised(source)
    assert "def f()" in normalised(source)
