"""The theme on a phone: what is touched, what folds, and the way through a deck."""

import pytest

from pycode.site.browser import wait_until

pytestmark = pytest.mark.browser


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
    wait_until(tab, "window.Reveal && Reveal.isReady()")
    size = "parseFloat(getComputedStyle(document.querySelector('section.present p')).fontSize) * Reveal.getScale()"
    assert tab.evaluate(size) >= 15
    tab.set_viewport_size({"width": 740, "height": 360})
    wait_until(tab, "Reveal.getConfig().width === 1280")
    context.close()


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
    wait_until(tab, "Reveal.getSlides().indexOf(Reveal.getCurrentSlide()) === 2")
    assert not tab.locator(".deck-menu").is_visible()
    tab.keyboard.press("m")
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("Reveal.getSlides().indexOf(Reveal.getCurrentSlide())") == 2
    with tab.expect_navigation():
        tab.locator(".deck-ways a").last.tap()
    assert tab.url.endswith("/index.html")
    tab.goto(f"{site[1]}/slides.html?print-pdf")
    wait_until(tab, "Reveal.isReady()")
    assert not tab.locator(".deck-menu-button").is_visible()
    context.close()


def test_the_contents_of_a_page_stand_folded_under_its_title_on_a_phone(phone, page):
    assert not page.locator(".contents-here").is_visible()
    phone.locator(".contents-here summary").tap()
    phone.locator(".contents-here a", has_text="Code and tabs").tap()
    wait_until(phone, "location.hash === '#code-and-tabs'")
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
