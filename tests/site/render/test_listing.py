import email.utils

import pytest
from lxml import etree, html

from pycode.site.render.report import BuildFailed

OWNER = "title: Blog\nlisting:\n  contents: '*/index.qmd'\n  sort: date desc\n  categories: true\n  feed: true\n"


def post(number: int, date: str, extra: str = "") -> str:
    return f"---\ntitle: 'Post *{number}* & more'\ndescription: About {number}.\nauthor: Ann\ndate: {date}\ncategories: [all, c{number}]\n{extra}---\n\nText [link](../other/index.qmd) $x$ and ![p](p.png).\n"


@pytest.fixture
def blog(sample):
    sample.write("blog/index.qmd", f"---\n{OWNER}---\n")
    for name, number, date in (
        ("one", 1, "2026-01-05"),
        ("other", 2, "2026-02-03"),
        ("third", 3, "2025-12-31"),
    ):
        sample.write(f"blog/{name}/index.qmd", post(number, date))
        (sample.root / f"blog/{name}/p.png").write_bytes(b"\x89PNG")
    return sample


def test_entries_are_sorted_and_complete(blog):
    blog.build()
    tree = html.fromstring(blog.html("blog/index.html"))
    posts = tree.find_class("quarto-post")
    assert [p.xpath(".//*[contains(@class, 'listing-title')]/a/@href")[0] for p in posts] == [
        f"../blog/{n}/index.html" for n in ("other", "one", "third")
    ]
    assert [p.find_class("listing-date")[0].text_content().strip() for p in posts] == [
        "Feb 3, 2026",
        "Jan 5, 2026",
        "Dec 31, 2025",
    ]
    assert posts[0].find_class("listing-title")[0].text_content() == "Post 2 & more"
    assert [e.text_content() for e in posts[0].find_class("listing-category")] == ["all", "c2"]
    buttons = tree.xpath("//button[contains(@class, 'category')]")
    assert [(b.get("data-category"), b.text_content().split()[-1]) for b in buttons] == [
        ("", "(3)"), ("all", "(3)"), ("c1", "(1)"), ("c2", "(1)"), ("c3", "(1)"),
    ]  # fmt: skip


def test_the_feed_is_rss_with_absolute_addresses(blog):
    blog.build()
    feed = etree.fromstring((blog.site / "blog/index.xml").read_bytes())
    assert feed.tag == "rss" and feed.get("version") == "2.0"
    assert feed.findtext("channel/title") == "Small course"
    (self_link,) = feed.iter("{http://www.w3.org/2005/Atom}link")
    assert self_link.get("href") == "https://example.org/small/blog/index.xml"
    items = feed.findall("channel/item")
    assert [i.findtext("title") for i in items] == [
        "Post 2 & more",
        "Post 1 & more",
        "Post 3 & more",
    ]
    first = items[0]
    assert (
        first.findtext("link") == first.findtext("guid") == "https://example.org/small/blog/other/"
    )
    assert (
        email.utils.parsedate_to_datetime(first.findtext("pubDate")).isoformat()
        == "2026-02-03T00:00:00+00:00"
    )
    body = html.fromstring(first.findtext("description"))
    assert body.xpath("//img/@src") == ["https://example.org/small/blog/other/p.png"]
    assert body.xpath("//a/@href") == ["https://example.org/small/blog/other/index.html"]
    assert body.xpath("//math") and not body.xpath("//*[@class='katex-html']")
    for page in ("blog/index.html", "blog/one/index.html"):
        link = html.fromstring(blog.html(page)).xpath("//link[@type='application/rss+xml']/@href")
        assert link[0].endswith("blog/index.xml")
    assert "application/rss+xml" not in blog.html("index.html")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("date: 2026-01-05\n", ""),
            "blog/one/index.qmd: it is listed by date in blog/index.qmd and has no `date:`",
        ),
        (("date desc", "size asc"), "listing order 'size asc' is not supported"),
        (("*/index.qmd", "*/none.qmd"), "its listing matches no page"),
        (
            ("feed: true", "feed: true\n  fields: [colour]"),
            "listing field 'colour' is not supported",
        ),
    ],
)
def test_bad_listings_are_explained(blog, change, message):
    for name in ("blog/index.qmd", "blog/one/index.qmd"):
        blog.write(name, (blog.root / name).read_text().replace(*change))
    with pytest.raises(BuildFailed, match=message.replace("*", r"\*")):
        blog.build()
