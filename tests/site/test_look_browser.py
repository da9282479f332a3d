"""The theme and its scripts in a real browser, on a page with every construct, built by the renderer."""

import shutil
from pathlib import Path

import pytest
import yaml

from pycode.project import Project
from pycode.site.browser import chromium, serve
from pycode.site.checks._built import BuiltPage
from pycode.site.checks.browser import AXE, examine
from pycode.site.render.build import build

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A two-page site with the project's own settings and theme."""
    root = tmp_path_factory.mktemp("look")
    shutil.copytree(ROOT / "tests" / "site" / "look", root, dirs_exist_ok=True)
    shutil.copytree(ROOT / "assets", root / "assets")
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    shutil.copy(ROOT / "_variables.yml", root)
    settings = yaml.safe_load((ROOT / "_quarto.yml").read_text())
    settings["project"] |= {"render": ["*.qmd"], "resources": []}
    settings["website"]["navbar"] = {"left": [{"text": "Start", "href": "index.qmd"}]}
    settings["website"]["sidebar"] = [{"id": "all", "title": "All", "contents": ["index.qmd"]}]
    settings.pop("bibliography", None)
    (root / "_quarto.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
    build(Project(root), renderer="embedded", jobs=1)
    with serve(root / "_site") as base:
        yield root / "_site", base


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser, site):
    """A window on the sample page, 1280 px wide."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    tab = context.new_page()
    tab.goto(f"{site[1]}/index.html")
    yield tab
    context.close()


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


def test_the_menu_of_a_phone(page):
    page.set_viewport_size({"width": 360, "height": 740})
    button = page.locator("[data-toggle=nav]")
    assert page.locator("#quarto-header").bounding_box()["height"] < 70
    assert not page.locator(".navbar-nav").is_visible()
    button.click()
    assert page.locator(".navbar-nav").is_visible()
    assert page.locator(".sidebar-here").is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not page.locator(".navbar-nav").is_visible()


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


def test_a_figure_can_be_enlarged_on_a_phone(page):
    button = page.locator(".figure-size")
    assert not button.is_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    picture = page.locator("figure img").first
    before = picture.bounding_box()["width"]
    button.click()
    assert picture.bounding_box()["width"] >= 600 > 360 >= before
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("document.querySelector('figure img').parentElement.tabIndex") == 0
    button.click()
    assert picture.bounding_box()["width"] == before


def test_a_deck_stands_upright_on_a_phone(browser, site):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    tab = context.new_page()
    tab.goto(f"{site[1]}/slides.html#/a-slide-with-a-claim")
    tab.wait_for_function("window.Reveal && Reveal.isReady()")
    size = "parseFloat(getComputedStyle(document.querySelector('section.present p')).fontSize) * Reveal.getScale()"
    assert tab.evaluate(size) >= 15
    tab.set_viewport_size({"width": 740, "height": 360})
    tab.wait_for_function("Reveal.getConfig().width === 1280")
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
    tab.wait_for_function("window.Reveal && Reveal.isReady()")
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


def test_a_deck_is_left_and_its_slides_are_chosen_by_touch(browser, site):
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    tab = context.new_page()
    tab.goto(f"{site[1]}/slides.html")
    tab.locator(".deck-menu-button").tap()
    lines = tab.locator(".deck-menu li a")
    assert lines.count() == tab.evaluate("Reveal.getTotalSlides()")
    assert min(lines.nth(i).bounding_box()["height"] for i in range(lines.count())) >= 44
    lines.nth(2).tap()
    tab.wait_for_function("Reveal.getSlides().indexOf(Reveal.getCurrentSlide()) === 2")
    assert not tab.locator(".deck-menu").is_visible()
    tab.keyboard.press("m")
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("Reveal.getSlides().indexOf(Reveal.getCurrentSlide())") == 2
    with tab.expect_navigation():
        tab.locator(".deck-ways a").last.tap()
    assert tab.url.endswith("/index.html")
    tab.goto(f"{site[1]}/slides.html?print-pdf")
    tab.wait_for_function("Reveal.isReady()")
    assert not tab.locator(".deck-menu-button").is_visible()
    context.close()


@pytest.fixture
def phone(browser, site):
    """A phone that is touched, with the sample page open."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    tab = context.new_page()
    tab.goto(f"{site[1]}/index.html")
    yield tab
    context.close()


def test_the_contents_of_a_page_stand_folded_under_its_title_on_a_phone(phone, page):
    assert not page.locator(".contents-here").is_visible()
    phone.locator(".contents-here summary").tap()
    phone.locator(".contents-here a", has_text="Code and tabs").tap()
    phone.wait_for_function("location.hash === '#code-and-tabs'")
    phone.wait_for_timeout(900)
    assert not phone.locator(".contents-here a").first.is_visible()
    bar = phone.locator("#quarto-header").bounding_box()
    top = phone.locator("#code-and-tabs").bounding_box()["y"]
    assert bar["height"] <= top <= 370


def test_a_mistake_can_be_reported_from_a_phone(phone, page):
    ways = "main a.toc-action"
    assert phone.locator(ways, has_text="Report an issue").is_visible()
    assert not page.locator(ways).first.is_visible()


def test_what_is_touched_is_large_enough(phone):
    """Links inside sentences are excepted, as in WCAG 2.2; so is what a larger label stands for."""
    phone.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    phone.locator("[data-toggle=nav]").tap()
    small = phone.evaluate(
        """() => [...document.querySelectorAll("button, summary, a.button, .nav-link, .contents-here a, .predict-form input")]
          .filter((e) => e.checkVisibility() && !e.matches("[type=radio], .figure-size"))
          .map((e) => [e.className || e.tagName, e.getBoundingClientRect().height])
          .filter(([, height]) => height < 44)"""
    )
    assert small == [], f"too small: {small}"


def test_fields_are_not_enlarged_by_ios(phone):
    sizes = phone.evaluate(
        "[...document.querySelectorAll('input:not([type=radio])')].map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    phone.locator("#quarto-search").tap()
    sizes.append(
        phone.evaluate(
            "parseFloat(getComputedStyle(document.querySelector('.search-panel input')).fontSize)"
        )
    )
    assert len(sizes) > 1 and min(sizes) >= 16


def test_the_bar_keeps_one_line_on_the_smallest_phones(page):
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate("document.querySelector('.navbar-title').textContent = 'Applied Deep Learning'")
    assert page.locator("#quarto-header").bounding_box()["height"] < 70


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
