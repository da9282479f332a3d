import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from lxml import etree, html

from pycode.errors import CourseError
from pycode.site.render import swap
from pycode.site.render.build import build
from pycode.site.render.report import BuildFailed


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_a_site_has_its_pages_and_everything_they_load(sample):
    report = sample.build()
    assert (report.pages, report.decks, report.rendered) == (4, 1, 5)
    for page in sample.site.rglob("*.html"):
        if page.name == "404.html":
            continue
        for element in html.parse(str(page)).iter():
            for name in ("src", "href"):
                address = (element.get(name) or "").split("#")[0]
                if address and ":" not in address:
                    assert (page.parent / address).resolve().is_file(), (page.name, address)


def test_no_page_asks_another_host_for_anything(sample):
    sample.build()
    for page in sample.site.rglob("*.html"):
        tree = html.parse(str(page))
        loaded = tree.xpath("//@src | //link[not(@rel='canonical')]/@href")
        assert not [a for a in loaded if a.startswith(("http:", "https:", "//"))], page
        assert not tree.xpath("//@*[starts-with(name(), 'on')]"), page
        assert tree.xpath("//meta[@http-equiv='Content-Security-Policy']"), page


def test_two_cold_builds_are_byte_identical(new_sample):
    one, two = new_sample("one"), new_sample("two")
    for sample in (one, two):
        sample.write(
            "hand.qmd",
            "---\ntitle: Hand-out\nformat: {html: default, typst: default}\n---\n\nText.\n",
        )
        sample.build()
    assert contents(one.site) == contents(two.site)
    assert "hand.pdf" in contents(one.site)


def test_a_warm_build_equals_a_cold_one(sample, tmp_path):
    sample.build()
    text = "---\ntitle: Two\n---\n\n## B\n\nOther $y$ text.\n"
    sample.write("weeks/two.qmd", text)
    report = sample.build()
    assert report.rendered == 1
    warm = contents(sample.site)
    sample.build(output=tmp_path / "cold", force=True)
    assert contents(tmp_path / "cold") == warm


def test_nothing_changed_is_noticed_and_a_damaged_site_is_repaired(sample):
    sample.build()
    assert sample.build().unchanged
    (sample.site / "index.html").unlink()
    report = sample.build()
    assert not report.unchanged and (sample.site / "index.html").is_file()


def test_all_failing_pages_are_named_and_the_last_site_stays(sample):
    sample.build()
    before = contents(sample.site)
    sample.write("weeks/one.qmd", "---\ntitle: One\n---\n\nSee @fig-none.\n\nAnd [x](gone.qmd).\n")
    sample.write("weeks/two.qmd", "---\ntitle: Two\n---\n\nText.\n\n{{< var course.cod >}}\n")
    with pytest.raises(BuildFailed) as caught:
        sample.build()
    message = str(caught.value)
    assert "weeks/one.qmd:5: the cross-reference @fig-none points at nothing" in message
    assert "weeks/one.qmd:7: the link to 'gone.qmd' leads to no page" in message
    assert (
        "weeks/two.qmd:7: 'course.cod' is not in _variables.yml. Did you mean 'course.code'?"
        in message
    )
    assert contents(sample.site) == before
    assert not [p for p in sample.root.iterdir() if p.name.startswith("._site")]


def test_a_failure_while_writing_leaves_the_last_site(sample):
    sample.build()
    before = contents(sample.site)
    sample.write(
        "hand.qmd",
        "---\ntitle: H\nformat: {html: default, typst: default}\n---\n\n`#nofunction()`{=typst}\n",
    )
    with pytest.raises(BuildFailed, match="hand.qmd: Typst stopped: .*nofunction"):
        sample.build()
    assert contents(sample.site) == before


def test_missing_and_stale_results_are_named(sample):
    source = "---\ntitle: C\n---\n\n```{python}\n1\n```\n"
    sample.write("cells.qmd", source)
    with pytest.raises(BuildFailed, match=r"no stored result .*: run `course freeze cells.qmd`"):
        sample.build()
    sample.freeze("cells.qmd", source, "---\ntitle: C\n---\n\nResult 1.\n")
    sample.build()
    assert "Result 1." in sample.html("cells.html")
    sample.write("cells.qmd", source + "\nmore\n")
    with pytest.raises(BuildFailed, match="changed after its cells were executed"):
        sample.build()


def _slow_build(root: str) -> None:
    from pycode.project import Project
    from pycode.site.render import write

    original = write.write_extras

    def slow(*args):
        (Path(root) / "reached").touch()
        time.sleep(60)
        original(*args)

    write.write_extras = slow
    build(Project(Path(root)), renderer="embedded", force=True)


def test_a_killed_build_leaves_the_last_site_whole(sample):
    sample.build()
    before = contents(sample.site)
    process = multiprocessing.get_context("fork").Process(
        target=_slow_build, args=(str(sample.root),)
    )
    process.start()
    while not (sample.root / "reached").exists():
        assert process.is_alive()
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert contents(sample.site) == before
    sample.build()
    assert contents(sample.site) == before
    assert not [p.name for p in sample.root.iterdir() if p.name.startswith("._site")]


def test_a_site_caught_between_two_renames_comes_back(tmp_path):
    old = tmp_path / "._site.old"
    old.mkdir()
    (old / "index.html").write_text("kept")
    swap.recover(tmp_path / "_site")
    assert (tmp_path / "_site" / "index.html").read_text() == "kept"


def test_the_old_site_is_replaced_without_a_moment_of_nothing(tmp_path, monkeypatch):
    output = tmp_path / "_site"
    for text in ("one", "two"):
        with swap.replacing(output) as folder:
            (folder / "index.html").write_text(text)
    assert (output / "index.html").read_text() == "two"
    monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    with swap.replacing(output) as folder:
        (folder / "index.html").write_text("three")
    assert (output / "index.html").read_text() == "three"
    assert [p.name for p in tmp_path.iterdir()] == ["_site"]


def test_output_folders_that_hold_other_things_are_refused(sample, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(CourseError, match="holds something that is not a site"):
        sample.build(output=tmp_path / "mine")
    with pytest.raises(CourseError, match="must not be the project itself"):
        sample.build(output=sample.root)
    with pytest.raises(CourseError, match="Unknown renderer 'hugo'"):
        build(sample.project, renderer="hugo")


def test_the_404_page_works_from_any_address(sample):
    sample.build()
    tree = html.fromstring(sample.html("404.html"))
    assert tree.xpath("//link[@rel='stylesheet']/@href")[0].startswith("/small/assets/")
    assert "/small/index.html" in tree.xpath("//main//a/@href")


def test_head_sitemap_and_redirects(sample):
    sample.write(
        "weeks/two.qmd",
        "---\ntitle: Two\ndescription: D\naliases: [/old.html, before/]\n---\n\nText.\n",
    )
    sample.build()
    head = html.fromstring(sample.html("weeks/two.html")).find("head")
    values = {m.get("property") or m.get("name"): m.get("content") for m in head.iter("meta")}
    assert values["og:title"] == "Two" and values["description"] == "D"
    assert values["og:url"] == "https://example.org/small/weeks/two.html"
    card = values["og:image"].removeprefix("https://example.org/small/")
    assert (sample.site / card).read_bytes().startswith(b"\x89PNG")
    places = etree.fromstring((sample.site / "sitemap.xml").read_bytes())
    names = [node.text for node in places.iter("{*}loc")]
    assert names == sorted(names) and len(names) == 4 and not any("404" in name for name in names)
    assert [node.text for node in places.iter("{*}lastmod")] == ["2026-04-08"]
    assert 'url=weeks/two.html"' in sample.html("old.html")
    assert 'url=../two.html"' in sample.html("weeks/before/index.html")


def test_navigation_knows_where_it_is(sample):
    sample.build()
    tree = html.fromstring(sample.html("weeks/two.html"))
    assert tree.xpath("//*[@id='quarto-sidebar']//a[@aria-current='page']/@href") == [
        "../weeks/two.html"
    ]
    assert tree.xpath("//nav[@class='page-navigation']//a/@href") == ["../weeks/one.html"]
    assert [li.text_content().strip() for li in tree.xpath("//ol[@class='breadcrumb']/li")] == [
        "Week 1",
        "Two",
    ]
    assert tree.xpath("//a[contains(@class,'nav-link active')]/span/text()") == ["Weeks"]
    assert (
        tree.xpath("//a[@class='toc-action']/@href")[0]
        == "https://example.org/repo/edit/main/weeks/two.qmd"
    )


def test_a_navigation_entry_without_a_page_is_refused(sample):
    config = (sample.root / "_quarto.yml").read_text().replace("weeks/two.qmd", "weeks/tow.qmd")
    sample.write("_quarto.yml", config)
    with pytest.raises(
        CourseError,
        match=r"names 'weeks/tow.qmd', which is not a page. Did you mean 'weeks/two.qmd'",
    ):
        sample.build()


def test_render_patterns_are_quartos(sample):
    from pycode.site.render.config import load_config

    sample.write("weeks/_draft.qmd", "x")
    sample.write("other/x.qmd", "x")
    config = (sample.root / "_quarto.yml").read_text()
    for render, expected in (
        ("[/*.qmd]", ["404.qmd", "index.qmd"]),
        ('["*.qmd", "!weeks/"]', ["404.qmd", "index.qmd", "other/x.qmd"]),
        ("[weeks]", ["weeks/deck.qmd", "weeks/one.qmd", "weeks/two.qmd"]),
        ('["/weeks/**/t*.qmd", index.qmd]', ["index.qmd", "weeks/two.qmd"]),
    ):
        sample.write(
            "_quarto.yml", config.replace("  type: website", f"  type: website\n  render: {render}")
        )
        assert load_config(sample.project).pages() == expected, render


FAKE_QUARTO = """#!/bin/sh
[ -f broken ] && { echo "ERROR: no" >&2; exit 1; }
out="$4"; mkdir -p "$out"; echo "<html></html>" > "$out/index.html"; echo "$@" > "$out/called"
"""


def test_quarto_is_used_when_it_is_there_and_swapped_in_whole(sample, tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "quarto").write_text(FAKE_QUARTO)
    (folder / "quarto").chmod(0o755)
    with pytest.raises(CourseError, match="Quarto is not on the PATH"):
        monkeypatch.setenv("PATH", "/nowhere")
        build(sample.project, renderer="quarto")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    assert build(sample.project).renderer == "quarto"
    assert "render . --output-dir" in (sample.site / "called").read_text()
    (sample.root / "broken").touch()
    with pytest.raises(CourseError, match="Quarto could not render the project(.|\n)*ERROR: no"):
        build(sample.project)
    assert (sample.site / "called").is_file()


def test_what_did_not_change_is_linked_and_the_site_before_is_not_written_to(sample, tmp_path):
    sample.build()
    backup = tmp_path / "backup"
    backup.mkdir()
    for name in ("weeks/one.html", "index.html"):
        (backup / Path(name).name).hardlink_to(sample.site / name)
    was = (backup / "index.html").read_bytes()
    sample.write("index.qmd", "---\ntitle: Home\n---\n\nA numbat.\n")
    sample.build()
    assert (sample.site / "weeks/one.html").samefile(backup / "one.html")
    assert "numbat" in sample.html("index.html") and (backup / "index.html").read_bytes() == was


def test_a_file_that_somebody_changed_in_the_site_is_made_again(sample):
    sample.build()
    right = sample.html("robots.txt")
    (sample.site / "robots.txt").write_text("x" * len(right))
    sample.write("index.qmd", "---\ntitle: Home\n---\n\nA numbat.\n")
    sample.build()
    assert sample.html("robots.txt") == right
