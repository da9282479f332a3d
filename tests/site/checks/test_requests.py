"""Everything that would be loaded from another host is found; links to other sites are not loading."""

import pytest

from pycode.site.checks import requests


def messages(course):
    return "\n".join(map(str, requests.check(course)))


def test_a_good_site_loads_nothing_from_elsewhere(course, put):
    put(
        '<a href="https://cdn.example/x.js">a link</a><link rel="alternate" href="https://someone.example/feed.xml">'
    )
    put(
        "<script>const page = 'https://cdn.example/'; fetch('data.json'); import('./part.js');</script>"
    )
    put('<script type="application/ld+json">{"@context": "https://schema.org"}</script>')
    put(
        "/* url(https://cdn.example/x) */ a { background: url(data:image/png;base64,x) }",
        "style.css",
    )
    assert messages(course) == ""


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x"></script>',
        '<script src="//cdn.example/x"></script>',
        '<link rel="stylesheet" href="https://cdn.example/x">',
        '<link rel="preconnect" href="https://cdn.example/x">',
        '<link rel="dns-prefetch" href="//cdn.example/x">',
        '<link rel="modulepreload" href="https://cdn.example/x">',
        '<img src="https://cdn.example/x" alt="">',
        '<img srcset="picture.png 1x, https://cdn.example/x 2x" alt="">',
        '<iframe src="https://cdn.example/x"></iframe>',
        '<video poster="https://cdn.example/x"></video>',
        '<object data="https://cdn.example/x"></object>',
        '<p style="background: url(https://cdn.example/x)">p</p>',
        "<style>@import 'https://cdn.example/x';</style>",
        "<style>@font-face { src: url('//cdn.example/x') }</style>",
        "<script>fetch('https://cdn.example/x')</script>",
        "<script>import 'https://cdn.example/x'</script>",
        '<script>import thing from "https://cdn.example/x"</script>',
        "<script>const f = () => import(`https://cdn.example/x`)</script>",
        "<script>element.src = 'https://cdn.example/x'</script>",
        "<script>request.open('GET', 'https://cdn.example/x')</script>",
        "<script>new WebSocket('wss://cdn.example/x')</script>",
        "<script>navigator.sendBeacon('https://cdn.example/x')</script>",
        '<svg><image href="https://cdn.example/x"/></svg>',
    ],
)
def test_each_request_to_another_host_is_found(course, put, text):
    put(text)
    found = messages(course)
    assert "cdn.example/x: put the file into the site" in found and found.startswith("index.html:")


POLICY = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'self'{}; img-src *\">"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<button type="button" onclick="go()">x</button>', "onclick"),
        ('<img src="picture.png" alt="" onerror="go()">', "onerror"),
        ('<a href=" JavaScript:go()">x</a>', "javascript:"),
        ("<script>go()</script>", "script"),
        ('<script type="module">go()</script>', "script"),
    ],
)
def test_code_inside_a_page_with_a_policy_is_found(course, put, text, what):
    put(text)
    assert messages(course) == ""  # a page of Quarto's, which has no policy
    put(POLICY.format(""))
    found = messages(course)
    assert found.startswith("index.html:") and f"holds code ({what}): put it into a file" in found


def test_data_in_a_page_and_scripts_of_a_deck_are_no_code_of_the_page(course, put):
    put('<script type="application/json" id="x">{}</script>' + POLICY.format(""))
    put("<script>go()</script>" + POLICY.format(" 'unsafe-inline'"), "other.html")
    assert messages(course) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("style.css", "a { background: url( 'https://cdn.example/x' ) }"),
        ("style.css", '@import "https://cdn.example/x";'),
        ("site_libs.js", 'fetch("https://cdn.example/x")'),
    ],
)
def test_style_sheets_and_scripts_are_read(course, put, name, text):
    put(text, name)
    assert messages(course).startswith(f"{name}: loads https://cdn.example/x")


def test_copied_libraries_are_read_too(course):
    (course.site / "site_libs").mkdir()
    (course.site / "site_libs/lib.js").write_text('fetch("https://cdn.example/x")')
    assert messages(course).startswith("site_libs/lib.js: loads https://cdn.example/x")
