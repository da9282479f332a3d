import json

import pytest
from lxml import html

from pycode.site.browser import wait_until

DECK = """---
title: "A *deck*"
subtitle: Sub
author: Ann
date: 2026-04-08
format: revealjs
---

# Part

## First {.smaller background-color="#123456"}

- a
- b

. . .

After.

::: {.notes}
Say it.
:::

## Steps

::: {.incremental}
- x
- y
:::

[late]{.fragment}

## Columns

:::: {.columns}
::: {.column width="40%"}
left
:::
::: {.column width="60%"}
right
:::
::::

## Code

```{.python code-line-numbers="1|2-3"}
x = 1
y = 2
z = 3
```

## Figure

![Cap](x.png){#fig-a fig-alt="A"}

See @fig-a and $x^2$. [0.5[src]{.claim-source}]{.claim}

::: {.callout-note}
## Title
body
:::
"""


@pytest.fixture
def deck(sample):
    sample.write("weeks/deck.qmd", DECK)
    (sample.root / "weeks/x.png").write_bytes(b"\x89PNG")
    sample.build()
    return html.fromstring(sample.html("weeks/deck.html"))


def test_slides_are_sections_as_quarto_nests_them(deck):
    slides = deck.xpath(
        "//div[@class='slides']//section[contains(@class, 'slide') or @id='title-slide']"
    )
    assert [(s.get("id"), " ".join(s.get("class").split())) for s in slides] == [
        ("title-slide", "quarto-title-block center"),
        ("part", "title-slide slide level1"),
        ("first", "slide level2 smaller"),
        ("steps", "slide level2"),
        ("columns", "slide level2"),
        ("code", "slide level2"),
        ("figure", "slide level2"),
    ]
    assert deck.xpath("//section[@id='first']/@data-background-color") == ["#123456"]
    assert deck.xpath("//aside[@class='notes']")[0].text_content().strip() == "Say it."
    assert [e.text_content().strip() for e in deck.find_class("fragment")][1:4] == [
        "x",
        "y",
        "late",
    ]
    assert [c.get("style") for c in deck.find_class("column")] == ["width:40%;", "width:60%;"]


def test_code_steps_numbers_and_claims(deck):
    (block,) = deck.xpath("//div[@data-code-line-numbers]")
    assert block.get("data-code-line-numbers") == "1|2-3" and len(block.xpath(".//code/span")) == 3
    assert deck.xpath("//figcaption")[0].text_content().strip() == "Figure\xa01: Cap"
    assert deck.xpath("//a[@class='quarto-xref']/@href") == ["#/fig-a"]
    assert deck.xpath("//img/@src") == ["x.png"] and deck.xpath("//img/@alt") == ["A"]
    assert deck.find_class("claim-source")
    assert "callout-style-default" in deck.find_class("callout")[0].get("class")


def test_options_and_files(sample, deck):
    options = json.loads(deck.get_element_by_id("deck-options").text)
    assert options["slideNumber"] == "c/t" and options["transition"] == "none"
    files = {p.name for p in (sample.site / "assets/reveal").iterdir()}
    assert files == {"reveal.js", "reveal.css", "notes.js", "search.js", "zoom.js", "deck.js"}


@pytest.mark.browser
def test_a_deck_runs_steps_through_code_and_prints(sample, deck):
    from playwright.sync_api import sync_playwright

    from pycode.site.browser import find_browser

    address = (sample.site / "weeks/deck.html").as_uri()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_browser())
        page = browser.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}#/code")
        wait_until(page, "window.Reveal && Reveal.isReady()")
        lit = "[...document.querySelectorAll('#code code > span.is-highlighted')].map(e => e.textContent.trim())"
        assert page.evaluate(lit) == ["x = 1"]
        page.keyboard.press("ArrowRight")
        assert page.evaluate(lit) == ["y = 2", "z = 3"]
        page.keyboard.press("ArrowLeft")
        assert page.evaluate(lit) == ["x = 1"]
        assert page.evaluate("Reveal.getTotalSlides()") == 7
        page.goto(f"{address}?print-pdf")
        page.wait_for_selector(".pdf-page", state="attached")
        assert page.locator(".pdf-page").count() == 7
        assert errors == []
        browser.close()


def test_a_deck_leads_back_to_the_first_other_page_of_its_section():
    from pycode.site.render.nav import Entry, Navigation, Sidebar

    deck, page = Entry("Slides", "w/slides.qmd"), Entry("Overview", "w/index.qmd", "w/index.html")
    week = Entry("Week 1", children=(deck, page))
    alone = Entry("Week 2", children=(Entry("Slides", "x/slides.qmd"),))
    ways = Navigation(sidebars=[Sidebar("weeks", "Weeks", (week, alone))])
    above = ways.above("w/slides.qmd")
    assert above is not None and (above.text, above.href) == ("Week 1", "w/index.html")
    assert ways.above("x/slides.qmd") is None and ways.above("nowhere.qmd") is None
