import io

from lxml import html
from pypdf import PdfReader

HAND_OUT = """---
title: "Rules & *dates*"
subtitle: Sub
date: 2026-04-08
format: {html: default, typst: default}
---

## One {#sec-a}

See @tbl-a, @fig-a and @sec-a. A note.^[At the foot.]

| a | b |
|---|--:|
| 1 | [0.5[hidden source]{.claim-source}]{.claim} |

: Counts {#tbl-a}

![Drawn](/x.svg){#fig-a fig-alt="a square" width=50%}

::: {.callout-tip}
Read it.
:::

::: {.content-visible when-format="html"}
Only on the web.
:::

$$x = 1$$
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'


def text(sample) -> str:
    pages = PdfReader(io.BytesIO((sample.site / "rules.pdf").read_bytes())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_hand_out_says_what_its_page_says(sample):
    sample.write("x.svg", SVG)
    sample.write("rules.qmd", HAND_OUT)
    report = sample.build()
    assert report.pdfs == 1
    found = text(sample)
    for expected in (
        "Rules & dates",
        "April 8, 2026",
        "Table 1: Counts",
        "Figure 1: Drawn",
        "At the foot.",
        "Read it.",
        "0.5",
    ):
        assert expected in found, expected
    assert "See Table 1, Figure 1 and Section 1." in found
    assert "hidden source" not in found and "Only on the web" not in found
    tree = html.fromstring(sample.html("rules.html"))
    assert tree.xpath("//*[@class='quarto-alternate-formats']//a/@href") == ["rules.pdf"]


def test_a_changed_picture_makes_a_new_pdf(sample):
    sample.write("x.svg", SVG)
    sample.write("rules.qmd", HAND_OUT)
    sample.build()
    first = (sample.site / "rules.pdf").read_bytes()
    assert b"/CreationDate" not in first or b"D:1970" in first
    sample.write(
        "x.svg", SVG.replace('width="10" height="10"/>', 'width="4" height="10" fill="red"/>')
    )
    sample.build()
    assert (sample.site / "rules.pdf").read_bytes() != first


def test_frozen_figures_of_the_typst_run_are_used(sample):
    source = "---\ntitle: R\nformat: {html: default, typst: default}\n---\n\n```{python}\n1\n```\n"
    image = "![Drawn](rules_files/figure-{}/a.svg){{width=3in}}\n"
    for extension, to in (("html", "html"), ("typ", "typst")):
        sample.freeze("rules.qmd", source, f"---\ntitle: R\n---\n\n{image.format(to)}", extension)
        sample.write(f"_freeze/rules/figure-{to}/a.svg", SVG)
    sample.build()
    assert "Drawn" in text(sample)
