"""Every cell option in one page, executed for real, against what real Quarto wrote for it."""

import re

import pytest

from pycode.site.freeze.execute import execute
from pycode.site.freeze.source import read_page_source

BLOCK = re.compile(r"^`````````markdown\n(.*?)^`````````$", re.S | re.M)


def _comparable(markdown: str) -> str:
    """Blank out what is random in Quarto: ids of cells and of styled tables; drop the traceback."""
    text = re.sub(r"\{#[0-9a-f]{8} \.cell", "{#ID .cell", markdown)
    text = re.sub(r"\bT_[0-9a-f]{5}\b|\bT_[0-9a-f]{5}(?=_)", "T_ID", text)
    text = re.sub(
        r"(<pre><span class=\"ansi-red-fg\">-{20,}).*?(</pre>)", r"\1…\2", text, flags=re.S
    )
    return text.rstrip("\n")


@pytest.fixture(scope="module")
def recorded(shared):
    text = (shared / "quarto_freeze_format.md").read_text(encoding="utf-8")
    source, markdown = BLOCK.findall(text)
    return source.rstrip("\n") + "\n", markdown


def test_recorded_page_becomes_the_recorded_markdown(recorded, make_project):
    source, markdown = recorded
    project = make_project(
        {"zoo-html.qmd": source, "_inc.md": "included *md*\n"}, "fig-format: retina\n"
    )
    page = read_page_source(project, "zoo-html.qmd")
    done = execute(page, project)
    entry = done.entries["html"]
    # Matplotlib's tight box differs by a pixel between versions; everything else is the same
    near = re.compile(r"(width|height)=(\d+)")
    sizes = [[int(size) for _, size in near.findall(text)] for text in (entry.markdown, markdown)]
    assert all(abs(ours - theirs) <= 2 for ours, theirs in zip(*sizes, strict=True))
    ours, theirs = (near.sub(r"\1=N", _comparable(text)) for text in (entry.markdown, markdown))
    assert ours == theirs
    assert entry.supporting == ("zoo-html_files",)
    assert sorted(done.figures["figure-html"]) == [
        "cell-11-output-1.png",
        "fig-two-output-1.png",
        "fig-two-output-2.png",
        "nolabelprefix-output-1.png",
    ]
    again = execute(page, project)
    assert again.entries == done.entries
    assert again.figures == done.figures
