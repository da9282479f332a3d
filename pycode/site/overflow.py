"""Slides that hold more than their box shows, measured in a browser."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

PRINT = "print-pdf&pdfSeparateFragments=false&pdfMaxPagesPerSlide=1"

# In reveal.js's print view every slide is laid out at its own size, one `.pdf-page` each. An element that
# scrolls counts as too large by itself; its children do not count again. What only screen readers see is skipped.
_MEASURE = """
() => {
  const SLACK = 4;
  const config = Reveal.getConfig();
  const skipped = "aside.notes, .katex-mathml, .claim-source, .slide-number, .slide-background, script, style";
  const found = [];
  document.querySelectorAll(".pdf-page").forEach((page, index) => {
    const section = page.querySelector(":scope > section");
    if (!section) return;
    const sheet = page.getBoundingClientRect();
    const slideHeight = typeof config.height === "number" ? config.height : sheet.height / (1 + config.margin);
    const box = section.getBoundingClientRect();
    const bottom = sheet.top + (sheet.height + slideHeight) / 2;
    let worst = { by: 0, side: "", what: "" };
    const note = (by, side, element) => {
      if (element === section || by <= SLACK || by <= worst.by) return;
      const name = element.tagName.toLowerCase() + (element.classList.length ? "." + element.classList[0] : "");
      worst = { by: Math.round(by), side, what: name };
    };
    const walk = (element) => {
      if (element.matches(skipped) || !element.checkVisibility()) return;
      const rect = element.getBoundingClientRect();
      if (element !== section && (rect.width <= 1 || rect.height <= 1)) return;
      note(rect.bottom - bottom, "below", element);
      note(rect.right - box.right, "at the right", element);
      note(box.left - rect.left, "at the left", element);
      note(sheet.top - rect.top, "above", element);
      const style = getComputedStyle(element);
      const clipsY = style.overflowY !== "visible";
      const clipsX = style.overflowX !== "visible";
      if (clipsY) note(element.scrollHeight - element.clientHeight, "below", element);
      if (clipsX) note(element.scrollWidth - element.clientWidth, "at the right", element);
      if (element !== section && (clipsX || clipsY)) return;
      for (const child of element.children) walk(child);
    };
    walk(section);
    if (worst.by) {
      const heading = section.querySelector("h1, h2, h3");
      const title = (heading ? heading.textContent : section.id || "").trim().replace(/\\s+/g, " ");
      found.push(`slide ${index + 1} “${title}”: ${worst.what} sticks out ${worst.by} px ${worst.side}`);
    }
  });
  return found;
}
"""


def open_print_view(page: "Page", address: str, options: str = "") -> None:
    """Open a deck so that every slide stands on a sheet of its own, with fonts and pictures loaded."""
    page.goto(f"{address}?{PRINT}{options}", wait_until="load")
    page.wait_for_selector(".pdf-page", state="attached")
    page.evaluate(
        """async () => {
          await document.fonts.ready;
          await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }"""
    )


def overflowing(page: "Page") -> list[str]:
    """Return one sentence for each slide of a deck in print view whose content exceeds its box."""
    return [str(text) for text in page.evaluate(_MEASURE)]
