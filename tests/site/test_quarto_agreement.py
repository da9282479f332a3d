"""Both renderers say the same: pages, navigation, numbers, listings, outputs.

`agreement/` is a small site with every construct, `agreement/quarto.json` what real Quarto made of it. With
`quarto` on the PATH the record is checked, and the course itself is rendered both ways; to record it anew:
`python tests/site/test_quarto_agreement.py`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
from site_differences import differences
from site_facts import PageFacts, SiteFacts, page_facts, resolve, site_facts

from pycode.project import Project

ROOT = Path(__file__).parents[2]
SAMPLE = Path(__file__).parent / "agreement"
RECORD = SAMPLE / "quarto.json"

needs_quarto = pytest.mark.skipif(shutil.which("quarto") is None, reason="needs quarto on the PATH")


def freeze(folder: Path, page: str) -> None:
    """Write the frozen form of ``page``: its text up to the first cell, then the cells' outputs."""
    source = folder / f"{page}.qmd"
    text = source.read_text(encoding="utf-8")
    outputs = source.with_name(f"_{source.stem}.md").read_text(encoding="utf-8")
    markdown = text[: text.index("```{python}")] + outputs
    result = {
        "engine": "jupyter",
        "markdown": markdown,
        "supporting": [],
        "filters": [],
        "includes": {},
    }
    entry = {"hash": hashlib.md5(text.encode()).hexdigest(), "result": result}
    target = folder / "_freeze" / page / "execute-results" / "html.json"
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps(entry, indent=2, ensure_ascii=False), encoding="utf-8")


def make_sample(folder: Path) -> Path:
    """Copy the sample site to ``folder`` with its pictures, its frozen page and the course's filter."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("quarto.json"))
    shutil.copytree(ROOT / "assets/filters", folder / "assets/filters")
    for name, grey in (("one", 220), ("two", 30)):
        Image.new("L", (30, 20), grey).save(folder / "weeks" / f"{name}.png")
    freeze(folder, "weeks/floats")
    return folder


def render_with_quarto(folder: Path) -> SiteFacts:
    """Render ``folder`` with real Quarto, which finds no Python: a page that is not frozen is an error."""
    environment = os.environ | {"QUARTO_PYTHON": str(folder / "no-python")}
    command = ["quarto", "render", str(folder), "--no-clean"]
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=550, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return site_facts(folder / "_site")


def render_embedded(folder: Path, output: Path) -> SiteFacts:
    """Render ``folder`` with the project's own renderer."""
    build = pytest.importorskip(
        "pycode.site.render.build", reason="the embedded renderer is not there yet"
    )
    modules = folder / "node_modules"
    modules.symlink_to(ROOT / "node_modules")
    build.build(Project(folder), output=output, renderer="embedded")
    modules.unlink()
    return site_facts(output)


def recorded() -> SiteFacts:
    """What real Quarto made of the sample."""
    tree = json.loads(RECORD.read_text(encoding="utf-8"))
    return SiteFacts(
        **{**tree, "pages": {name: PageFacts(**page) for name, page in tree["pages"].items()}}
    )


def as_record(facts: SiteFacts) -> SiteFacts:
    """The facts as they come back from JSON, where a tuple is a list."""
    tree = json.loads(json.dumps(asdict(facts)))
    return SiteFacts(
        **{**tree, "pages": {name: PageFacts(**page) for name, page in tree["pages"].items()}}
    )


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return make_sample(tmp_path / "sample")


def test_the_embedded_renderer_says_what_quarto_said(sample: Path, tmp_path: Path) -> None:
    found = differences(as_record(render_embedded(sample, tmp_path / "site")), recorded())
    assert not found, "\n".join(found)


@needs_quarto
@pytest.mark.timeout(600)
def test_the_record_is_what_quarto_says(sample: Path) -> None:
    found = differences(recorded(), as_record(render_with_quarto(sample)))
    assert not found, "\n".join(found)


@needs_quarto
@pytest.mark.timeout(900)
def test_the_course_is_the_same_in_both(tmp_path: Path) -> None:
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    copy = tmp_path / "course"
    for name in filter(None, names):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    for folder in ("assets/fonts", "assets/plotly"):  # what `course setup web` makes
        shutil.copytree(ROOT / folder, copy / folder, dirs_exist_ok=True)
    ours = render_embedded(copy, tmp_path / "site")
    found = differences(as_record(ours), as_record(render_with_quarto(copy)))
    assert not found, "\n".join(found)


def test_the_record_holds_every_construct() -> None:
    facts = recorded()
    filled = {
        name for page in facts.pages.values() for name, value in asdict(page).items() if value
    }
    assert filled == set(asdict(PageFacts()))
    assert facts.pages["weeks/floats.html"].cross_references[0] == [
        "weeks/floats.html#fig-one",
        "Figure 1",
    ]
    assert facts.feeds["blog/index.xml"][0][0] == "Second post"


PAGE = """<html><head><title>T – S</title></head><body>
<header><a class="nav-link" href="../a.html"><span>A</span></a></header>
<main id="quarto-document-content"><h1 class="title">T</h1>
<section id="one"><h2>One <math><mi>x</mi></math></h2>
<p>See <a class="quarto-xref" href="#fig-a">Figure&nbsp;1</a> and <a href="b.html#z">b</a>.</p>
<div id="fig-a"><figure><img src="a.png" alt="A"><figcaption>Figure&nbsp;1: A</figcaption></figure></div>
<div class="cell-output cell-output-stdout"><pre>4</pre></div></section></main></body></html>"""


def test_facts_are_read_from_a_page() -> None:
    facts = page_facts(PAGE, "weeks/t.html")
    assert facts.title == "T" and facts.document_title == ["S", "T"]
    assert facts.navbar == [("a.html", "A")]
    assert facts.headings == [("h2", "one", "One")]
    assert facts.cross_references == [("weeks/t.html#fig-a", "Figure 1")]
    assert facts.links == ["weeks/b.html#z"]
    assert facts.captions == {"fig-a": "Figure 1: A"}
    assert facts.images == [("weeks/a.png", "A")]
    assert facts.outputs == [("cell-output-stdout", "4")]


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("../a.html", "a.html", "navbar"),
        ("Figure&nbsp;1</a>", "Figure&nbsp;2</a>", "cross_references"),
        ("Figure&nbsp;1: A", "Figure&nbsp;2: A", "captions"),
        ("<pre>4", "<pre>5", "outputs"),
        ('class="title">T', 'class="title">U', "title"),
        ('alt="A"', 'alt="B"', "images"),
    ],
)
def test_a_difference_is_named(old: str, new: str, fact: str) -> None:
    one, other = page_facts(PAGE, "w/p.html"), page_facts(PAGE.replace(old, new), "w/p.html")
    site = SiteFacts(["p.html"], {"p.html": one}, [], {}, [])
    assert differences(site, site) == []
    lines = differences(site, replace(site, pages={"p.html": other}))
    assert f"p.html: {fact}" in [":".join(line.split(":")[:2]) for line in lines]


def test_a_site_that_could_not_be_read_does_not_agree() -> None:
    site = SiteFacts(["p.html"], {"p.html": page_facts(PAGE, "p.html")}, [], {}, [])
    assert differences(site, replace(site, pages={})) == ["p.html: a page in one site only"]


def test_redirects_are_no_pages(tmp_path: Path) -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content='x'>"
    (tmp_path / "a.html").write_text(PAGE.replace("<head>", f"<head>{policy}"))
    (tmp_path / "b.html").write_text(
        "<html><head><title>Redirect</title></head><body></body></html>"
    )
    (tmp_path / "c.html").write_text(
        '<html><head><meta http-equiv="refresh" content="0; url=a.html"></head></html>'
    )
    facts = site_facts(tmp_path)
    assert facts.files == ["a.html", "b.html", "c.html"]
    assert list(facts.pages) == ["a.html"]


def test_a_missing_page_and_a_changed_feed_are_named() -> None:
    site = SiteFacts(["a.html", "b.html"], {}, ["u"], {"f.xml": [("T", "u")]}, [])
    assert differences(site, replace(site, files=["a.html", "c.html"])) == [
        "b.html: only here",
        "c.html: only in Quarto's site",
    ]
    assert [
        line.split(":")[0] for line in differences(site, replace(site, feeds={}, sitemap=[]))
    ] == [
        "sitemap.xml",
        "feeds",
    ]


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("../blog/", "blog/index.html"),
        ("#x", "weeks/a.html#x"),
        ("#/x", "weeks/a.html#x"),
        ("./b.html", "weeks/b.html"),
        ("/c.html", "c.html"),
        ("https://example.org/", "https://example.org/"),
    ],
)
def test_addresses_are_resolved(href: str, path: str) -> None:
    assert resolve(href, "weeks/a.html") == path


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        facts = render_with_quarto(make_sample(Path(temporary) / "sample"))
    RECORD.write_text(
        json.dumps(asdict(facts), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
