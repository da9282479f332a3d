"""Pages: Quarto's constructs in the DOM that real Quarto (1.11) was seen to write."""

import re

import pytest
from lxml import html

from pycode.site.render.report import BuildFailed


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", text)).replace(" />", ">").strip()


def pick(page: str, xpath: str):
    return html.fromstring(f"<main>{page}</main>").xpath(xpath)


CALLOUT = """<div class="callout callout-style-default callout-tip callout-titled">
<div class="callout-header d-flex align-content-center"><div class="callout-icon-container">
<i class="callout-icon"></i></div><div class="callout-title-container flex-fill">
<span class="screen-reader-only">Tip</span>With title </div></div>
<div class="callout-body-container callout-body"><p>Tip <em>text</em>.</p></div></div>"""


def test_callouts(sample):
    page = sample.render('::: {.callout-tip title="With title"}\nTip *text*.\n:::')
    assert squeeze(CALLOUT).replace("title </div>", "title</div>") in squeeze(page).replace(
        "title </div>", "title</div>"
    )
    plain = sample.render("::: {.callout-note}\nx\n:::")
    assert (
        pick(plain, "//*[@class='callout-title-container flex-fill']")[0].text_content().strip()
        == "Note"
    )
    folded = sample.render('::: {.callout-warning collapse="true"}\n## Title\nx\n:::')
    (details,) = pick(folded, "//details")
    assert details.get("open") is None and "callout-warning" in details.get("class")
    assert details.find("summary").text_content().split() == ["WarningTitle"]
    opened = sample.render('::: {.callout-warning collapse="false"}\n## Title\nx\n:::')
    assert pick(opened, "//details")[0].get("open") is not None
    minimal = sample.render('::: {.callout-note appearance="minimal"}\nx\n:::')
    assert (
        pick(minimal, "./div")[0].get("class")
        == "callout callout-style-simple callout-note no-icon"
    )


def test_tabs(sample):
    page = sample.render('::: {.panel-tabset group="g"}\n### A\none\n\n### B\ntwo\n:::')
    tabs = pick(page, "//ul[@role='tablist']/li/a[@role='tab']")
    assert [(t.text_content(), t.get("aria-selected"), t.get("aria-controls")) for t in tabs] == [
        ("A", "true", "tabset-1-1"),
        ("B", "false", "tabset-1-2"),
    ]
    panes = pick(page, "//div[@class='tab-content']/div[@role='tabpanel']")
    assert [(p.get("id"), p.get("class"), p.text_content().strip()) for p in panes] == [
        ("tabset-1-1", "tab-pane active", "one"),
        ("tabset-1-2", "tab-pane", "two"),
    ]


REFERENCES = """
## First {#sec-a}

@fig-a, @fig-b, @fig-b2, [-@fig-a], [Fig. @fig-a], [@fig-a; @tbl-a], @tbl-a, @tbl-d, @eq-a, @lst-a, @sec-b, @sec-c, @nte-a, @Fig-a.

![Cap](/x.png){#fig-a fig-alt="A"}

::: {#fig-b layout-ncol=2}
![One](/x.png){#fig-b1}

![Two](/x.png){#fig-b2}

Both
:::

| a |
|---|
| 1 |

: Table {#tbl-a}

::: {#tbl-d}
| a |
|---|
| 1 |

In a div
:::

$$
x
$$ {#eq-a}

```{#lst-a .python lst-cap="Code"}
x = 1
```

::: {#nte-a .callout-note}
## Title
x
:::

::: {.panel-tabset}
## Not a section
x
:::

## Second {#sec-b}

### Below {#sec-c}
"""


def test_cross_references_have_quartos_numbers(sample):
    (sample.root / "x.png").write_bytes(b"\x89PNG")
    page = sample.render(REFERENCES)
    links = pick(page, "//a[@class='quarto-xref']")
    assert [link.text_content().replace("\xa0", " ") for link in links] == [
        "Figure 1", "Figure 2", "Figure 2 (b)", "1", "Fig. 1", "Figure 1", "Table 1", "Table 1", "Table 2",
        "Equation 1", "Listing 1", "Section 2", "Section 2.1", "Note 1", "Figure 1",
    ]  # fmt: skip
    tree = html.fromstring(f"<main>{page}</main>")
    assert all(tree.xpath(f"//*[@id='{link.get('href')[1:]}']") for link in links)
    captions = [c.text_content().strip().replace("\xa0", " ") for c in tree.iter("figcaption")]
    assert captions == [
        "Figure 1: Cap",
        "(a) One",
        "(b) Two",
        "Figure 2: Both",
        "Table 1: Table",
        "Table 2: In a div",
        "Listing 1: Code",
    ]
    (figure,) = tree.xpath("//div[@id='fig-a']")
    assert figure.get("class") == "quarto-float quarto-figure quarto-figure-center anchored"
    assert figure.find("figure").get("class") == "quarto-float quarto-float-fig figure"
    assert tree.xpath("//div[@id='fig-a']//img/@alt") == ["A"]
    assert tree.xpath("//div[@id='fig-b']/@class") == ["quarto-layout-panel"]
    assert (
        tree.xpath("//div[@id='fig-b']//div[@data-ref-parent='fig-b']/@style")[0]
        == "flex-basis: 50.0%;justify-content: flex-start;"
    )


def test_a_label_used_twice_is_an_error(sample):
    with pytest.raises(BuildFailed, match="page.qmd:7: the label tbl-a is used twice"):
        sample.render(
            "x\n\n::: {#tbl-a}\n|a|\n|-|\n|1|\n\nC\n:::\n\n::: {#tbl-a}\n|a|\n|-|\n|1|\n\nD\n:::"
        )


def test_margin_notes_and_footnotes(sample):
    page = sample.render(
        "Text.^[A *note*.] More [beside]{.aside}.\n\n::: {.column-margin}\nMargin.\n:::"
    )
    tree = html.fromstring(f"<main>{page}</main>")
    assert tree.xpath("//a[@class='footnote-ref']/@href") == ["#fn1"]
    boxes = tree.xpath("//div[@class='no-row-height column-margin column-container']")
    assert [box.text_content().split() for box in boxes] == [
        ["1", "A", "note.", "beside"],
        ["Margin."],
    ]
    assert tree.xpath("//div[@id='fn1']") and "section" not in {e.get("role") for e in tree.iter()}


def test_what_each_format_shows(sample):
    page = sample.render(
        '::: {.content-visible when-format="html"}\nweb\n:::\n\n::: {.content-hidden when-format="html"}\nprint\n:::\n\n'
        '::: {.content-visible unless-format="typst"}\nnot paper\n:::\n\n[deck]{.content-visible when-format="revealjs"}\n\n'
        "```{=typst}\n#typst\n```\n\n::: {.hidden}\nunseen\n:::"
    )
    tree = html.fromstring(f"<main>{page}</main>")
    assert [p.text_content() for p in tree.iter("p") if p.text_content()] == [
        "web",
        "not paper",
        "unseen",
    ]
    assert tree.xpath("//div[@hidden]/p/text()") == ["unseen"] and "#typst" not in page


def test_layout_in_rows(sample):
    page = sample.render('::: {layout="[[30,-10,60],[1]]"}\na\n\nb\n\nc\n:::')
    styles = pick(page, "//div[@class='quarto-layout-row']/div/@style")
    assert [s.split(";")[0] for s in styles] == [
        f"flex-basis: {w}%" for w in ("30.0", "10.0", "60.0", "100.0")
    ]


def test_citations_stand_in_the_appendix(sample):
    sample.write(
        "refs.bib",
        "@book{knuth84, author={Donald Knuth}, title={Literate}, year={1984}, publisher={X}}\n",
    )
    sample.render("As [@knuth84, p. 3] says.", "title: T\nbibliography: refs.bib")
    tree = html.fromstring(sample.html("page.html"))
    assert tree.xpath("//main//p//a[@href='#ref-knuth84'][@role='doc-biblioref']")
    assert tree.xpath(
        "//div[@id='quarto-appendix']/section[@id='quarto-bibliography']//*[@id='ref-knuth84']"
    )
    with pytest.raises(
        BuildFailed, match="page.qmd:6: the citation @knuth85 is not in the bibliography"
    ):
        sample.render("As [@knuth85] says.", "title: T\nbibliography: refs.bib")
    with pytest.raises(BuildFailed, match="the bibliography 'gone.bib' is not there"):
        sample.render("x", "title: T\nbibliography: gone.bib")


def test_claims_and_course_boxes(sample):
    page = sample.render(
        '[0.5[run x]{.claim-source}]{.claim tabindex="0" data-claim="x"}\n\n::: {.reveal}\nAnswer\n:::'
    )
    tree = html.fromstring(f"<main>{page}</main>")
    assert tree.xpath("//span[@class='claim'][@data-claim='x']/span[@class='claim-source']")
    assert tree.xpath("//details/summary")


def test_pictures_that_are_missing_or_elsewhere_are_errors(sample):
    with pytest.raises(BuildFailed, match=r"page.qmd:5: the picture 'gone.png' is not there"):
        sample.render("![x](gone.png)")
    with pytest.raises(
        BuildFailed,
        match=r"page.qmd:5: the image https://a.b/c.png would be loaded from another site",
    ):
        sample.render("![x](https://a.b/c.png)")


def test_a_figure_that_is_missing_from_the_freeze_is_made_again(sample):
    source = "---\ntitle: T\n---\n\n```{python}\n1\n```\n"
    sample.freeze("page.qmd", source, "![x](page_files/figure-html/fig-a-output-1.svg)\n")
    with pytest.raises(BuildFailed, match=r"page_files/.*missing.*`course freeze page\.qmd`"):
        sample.build()


def test_title_block(sample):
    sample.render(
        "x",
        'title: "A *b*"\nsubtitle: S\ndescription: D\nauthor: [Ann, Bo]\ndate: 2026-01-10\ncategories: [c, d]',
    )
    tree = html.fromstring(sample.html("page.html"))
    block = tree.get_element_by_id("title-block-header")
    assert [e.text_content() for e in block.xpath(".//h1 | .//p[@class='date'] | .//*[@class='quarto-category']")] == [
        "A b", "c", "d", "January 10, 2026",
    ]  # fmt: skip
    assert tree.findtext("head/title") == "A b – Small course"
    with pytest.raises(BuildFailed, match="the date 'today' is not of the form 2026-01-31"):
        sample.render("x", "title: T\ndate: today")


def test_the_column_beside_the_text_is_read_first_only_where_it_leads_into_the_text(sample):
    """Without contents it stands below: the focus would jump to the end of the page and back."""
    sample.write("weeks/short.qmd", "---\ntitle: S\ntoc: false\n---\n\n## A\n\nText.\n")
    sample.write(
        "weeks/long.qmd", "---\ntitle: L\ntoc: true\n---\n\n## A\n\nText.\n\n## B\n\nText.\n"
    )
    sample.build()
    places = {
        name: [sample.html(f"weeks/{name}.html").index(part) for part in ('id="TOC"', "<main")]
        for name in ("short", "long")
    }
    assert places["short"][0] > places["short"][1] and places["long"][0] < places["long"][1]
