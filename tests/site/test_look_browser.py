"""The theme and its scripts in a real browser, on a page with every construct, built by the renderer."""

from pathlib import Path

import pytest

from pycode.site.browser import wait_until
from pycode.site.checks._built import BuiltPage
from pycode.site.checks.browser import AXE, examine

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["index.html", "slides.html"])
def test_accessible_in_both_modes_and_on_phones(browser, site, name):
    axe = (ROOT / AXE).read_text()
    found = examine(browser, site[1], BuiltPage(site[0], name), axe)
    assert [str(problem) for problem in found] == []


def test_theme_follows_the_system_until_the_reader_chooses(browser, site):
    context = browser.new_context(color_scheme="dark")
    tab = context.new_page()
    tab.goto(f"{site[1]}/index.html")
    is_dark = "document.body.classList.contains('quarto-dark')"
    assert tab.evaluate(is_dark)
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 23, 23)"
    tab.locator("[data-toggle=theme]").press("Enter")
    assert not tab.evaluate(is_dark)
    tab.reload()
    assert not tab.evaluate(is_dark)
    context.close()


def test_a_claim_opens_on_hover_focus_and_tap_and_closes_on_escape(page):
    claim, source = page.locator(".claim").first, page.locator(".claim-source").first
    assert not source.is_visible()
    claim.hover()
    assert source.is_visible()
    page.mouse.move(0, 0)
    assert not source.is_visible()
    claim.focus()
    assert source.is_visible()
    page.keyboard.press("Escape")
    assert not source.is_visible()
    claim.click()
    page.mouse.move(0, 0)
    assert source.is_visible()
    page.locator("h1").click()
    assert not source.is_visible()


def test_the_way_from_number_to_source_can_be_crossed(page):
    page.locator(".claim").first.hover()
    box = page.locator(".claim-source").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=12)
    assert page.locator(".claim-source").first.is_visible()


@pytest.mark.parametrize("width", [360, 700, 1280])
def test_sources_stay_inside_the_window(page, width):
    page.set_viewport_size({"width": width, "height": 700})
    for index in range(page.locator(".claim").count()):
        claim = page.locator(".claim").nth(index)
        claim.scroll_into_view_if_needed()
        claim.focus()
        box = claim.locator(".claim-source").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert box["y"] >= 0 and box["y"] + box["height"] <= 700


def test_a_claim_needs_no_script(browser, site):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{site[1]}/index.html")
    tab.locator(".claim").first.hover()
    assert tab.locator(".claim-source").first.is_visible()
    tab.locator("details.reveal summary").first.click()
    assert tab.get_by_text("Many of them.").is_visible()
    context.close()


def test_a_result_is_locked_until_a_prediction_is_made(page):
    result = page.locator("details.reveal").first
    result.locator("summary").press("Enter")
    assert result.get_attribute("open") is None
    box = page.locator(".predict").first
    assert "Predict first" in box.locator("[role=status]").inner_text()
    box.locator("input").fill("46")
    box.locator("input").press("Enter")
    result.locator("summary").press("Enter")
    assert result.get_attribute("open") is not None
    assert result.locator(".your-prediction").inner_text() == "You predicted: 46 classes"
    page.reload()
    assert page.locator(".predict input").first.input_value() == "46"
    assert "is-locked" not in page.locator("details.reveal").first.get_attribute("class")


def test_a_prediction_can_be_a_choice_or_be_left_out(page):
    box, result = page.locator(".predict").nth(1), page.locator("details.reveal").nth(1)
    box.get_by_label("It falls").check()
    box.get_by_role("button", name="Keep it").click()
    result.locator("summary").click()
    assert result.locator(".your-prediction").inner_text() == "You predicted: It falls"
    page.evaluate("localStorage.clear()")
    page.reload()
    page.get_by_role("button", name="Show without").first.click()
    assert page.get_by_text("Many of them.").is_visible()


def test_tabs_move_with_the_arrows(page):
    tabs = page.locator("[role=tab]")
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Colab"
    assert page.get_by_text("Second pane.").is_visible()
    assert not page.get_by_text("First pane.").is_visible()
    page.keyboard.press("End")
    assert page.get_by_text("Third pane.").is_visible()
    assert [tabs.nth(i).get_attribute("tabindex") for i in range(3)] == ["-1", "-1", "0"]


def test_a_folded_callout_opens_with_the_keyboard(page):
    assert not page.get_by_text("A folded warning.").is_visible()
    page.locator(".callout-warning .callout-header, .callout-warning summary").first.press("Enter")
    assert page.get_by_text("A folded warning.").is_visible()


def test_search_finds_the_page_by_keyboard(page):
    page.locator("h1").click()
    page.keyboard.press("Control+k")
    assert page.locator("dialog.search-panel").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog.search-panel").is_visible()
    page.keyboard.press("/")
    page.keyboard.type("quotation")
    page.locator(".search-results a").first.wait_for()
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".search-results [aria-selected=true]")
    assert "Every construct" in chosen.inner_text()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.split("#")[0].endswith(("/", "/index.html"))


def test_wide_tables_scroll_by_themselves(page):
    page.set_viewport_size({"width": 360, "height": 740})
    page.reload()
    wide = page.evaluate(
        "[...document.querySelectorAll('main *')].filter((e) => e.querySelector('td') && e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).overflowX === 'auto').map((e) => e.tabIndex)"
    )
    assert wide and set(wide) == {0}


def test_text_has_a_measure_for_reading(page):
    """Between 60 and 80 characters fit on a line of body text."""
    page.evaluate("document.fonts.ready")
    per_line = page.evaluate(
        """() => {
          const span = document.createElement("span");
          span.style.whiteSpace = "nowrap";
          span.textContent = "a result without its split and its seed does not go into that table ".repeat(2).trim();
          const p = document.querySelector("main.content p");
          p.append(span);
          const width = span.getBoundingClientRect().width;
          return document.querySelector("main.content").clientWidth / (width / span.textContent.length);
        }"""
    )
    assert 60 <= per_line <= 80


def test_the_course_fonts_are_used(page):
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate(
        "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    )
    assert {"Source Serif", "Source Sans", "Source Code"} <= {name.strip('"') for name in loaded}


def test_deck_text_is_large_enough_for_the_last_row(browser, site):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    tab = context.new_page()
    tab.goto(f"{site[1]}/slides.html#/a-slide-with-a-claim")
    tab.wait_for_timeout(500)
    size = tab.evaluate(
        "() => { const p = document.querySelector('section.present p');"
        " return parseFloat(getComputedStyle(p).fontSize) * Reveal.getScale(); }"
    )
    assert size >= 28
    tab.locator("section.present:not(.stack) .claim").hover()
    assert tab.locator("section.present:not(.stack) .claim-source").is_visible()
    context.close()


def test_an_entry_that_the_filter_hides_is_gone(page):
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend',"
        " '<div class=\"quarto-post\" hidden>A post.</div>')"
    )
    assert not page.get_by_text("A post.").is_visible()


def test_a_link_to_a_figure_does_not_end_under_the_bar(page):
    page.evaluate("location.hash = 'fig-mark'")
    page.wait_for_timeout(900)
    bar = page.locator("#quarto-header").bounding_box()
    assert page.locator("#fig-mark").bounding_box()["y"] >= bar["y"] + bar["height"]


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1000, 800), (360, 740)])
def test_a_source_on_a_slide_stays_on_the_screen(browser, site, width, height):
    context = browser.new_context(viewport={"width": width, "height": height})
    tab = context.new_page()
    tab.goto(f"{site[1]}/slides.html#/at-the-edge")
    wait_until(tab, "window.Reveal && Reveal.isReady()")
    tab.locator("section.present:not(.stack) .claim").hover()
    box = tab.locator("section.present:not(.stack) .claim-source").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert box["y"] >= 0 and box["y"] + box["height"] <= height
    context.close()


def test_search_forgives_a_slip_and_does_not_pass_off_what_only_begins_alike(page):
    page.keyboard.press("/")
    for typed, says in [
        ("quottation", "Nothing found for “quottation”. With “quot…”:"),
        ("sqwxz", "Nothing found for “sqwxz”. Try one word, or only its beginning."),
        ("mzzzzzzzz", "Nothing found for “mzzzzzzzz”. Try one word, or only its beginning."),
    ]:
        page.locator(".search-panel input").fill(typed)
        page.locator(f".search-status:text-is('{says}')").wait_for()
    page.locator(".search-panel input").fill("quottation")
    page.locator(".search-results a").first.wait_for()
    assert "Every construct" in page.locator(".search-results a").first.inner_text()


def test_code_is_copied_where_the_browser_gives_no_clipboard(page):
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate(
        "document.addEventListener('copy', () => { window.copied = getSelection() + ''; })"
    )
    button = page.locator(".code-copy-button").first
    button.press("Enter")
    page.locator(".code-copy-button-checked").first.wait_for()
    assert "copied" in page.evaluate("Object.keys(window)")


def test_a_prediction_with_a_unit_is_a_number(page):
    box = page.locator(".predict").first
    box.locator("input").fill("many")
    box.get_by_role("button", name="Keep it").click()
    says = page.evaluate("document.querySelector('.predict input').validationMessage")
    assert (
        says == "Write a number, in classes." and page.locator("details.reveal.is-locked").count()
    )
    box.locator("input").fill("about 40")
    box.get_by_role("button", name="Keep it").click()
    assert "Kept" in box.locator("[role=status]").inner_text()
