"""Every page in a real browser: accessibility in light and dark, small screens, errors, slides that overflow."""

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.checks import Problem
from pycode.site.checks._built import BuiltPage, pages, path_prefix

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESCRIPTION = "axe in light and dark, 360 px without scrolling, no error, slides inside their boxes"
NEEDS_SITE = True
NEEDS_BROWSER = True

AXE = "node_modules/axe-core/axe.min.js"
SMALL = 360
BROWSERS = 2  # as many as the smallest machine of CI has cores
# WCAG 2.1 AA and below. Rules that are off would be listed here, each with its reason; there is none.
_RUN_AXE = """
async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations.map((rule) => ({
    id: rule.id, help: rule.help, count: rule.nodes.length,
    where: rule.nodes[0].target.flat().join(" "),
    why: (rule.nodes[0].any[0] || rule.nodes[0].all[0] || rule.nodes[0].none[0] || { message: "" }).message,
  }));
}
"""
_GO_DARK = """
() => {
  if (document.body.classList.contains("quarto-dark")) return true;
  const toggle = document.querySelector(".quarto-color-scheme-toggle, [data-toggle=theme]");
  if (toggle) toggle.click();
  return document.body.classList.contains("quarto-dark");
}
"""
# The widest element that is not inside a box which scrolls by itself.
_WIDER = """
(width) => {
  if (document.scrollingElement.scrollWidth <= width) return "";
  let worst = null, edge = width;
  const walk = (element) => {
    const right = element.getBoundingClientRect().right;
    if (right > edge + 0.5) { edge = right; worst = element; }
    if (getComputedStyle(element).overflowX !== "visible" && element !== document.body) return;
    for (const child of element.children) walk(child);
  };
  walk(document.body);
  const name = worst ? worst.tagName.toLowerCase() + (worst.className ? "." + String(worst.className).split(" ")[0] : "") : "the page";
  return `${name} reaches ${Math.round(Math.max(edge, document.scrollingElement.scrollWidth))} px`;
}
"""


def check(project: Project) -> list[Problem]:
    """Return what a browser finds wrong, page by page, and print the time it took."""
    from concurrent.futures import ThreadPoolExecutor

    from pycode.site.browser import serve

    axe = project.root / AXE
    if not axe.is_file():
        raise CourseError("axe-core is not installed: run `course setup web`, which installs it.")
    found, start = pages(project), time.perf_counter()
    with serve(project.site, path_prefix(project)) as base, ThreadPoolExecutor(BROWSERS) as pool:
        look = partial(_look, base, axe.read_text(encoding="utf-8"))
        shares = list(pool.map(look, (found[first::BROWSERS] for first in range(BROWSERS))))
    seconds = time.perf_counter() - start
    print(f"  {len(found)} pages in {seconds:.1f} s, {seconds / max(len(found), 1):.1f} s each")
    return sorted(
        (problem for share in shares for problem in share), key=lambda problem: problem.path
    )


def _look(base: str, axe: str, share: list[BuiltPage]) -> list[Problem]:
    """Return the problems of some pages, in one browser of the calling thread's own."""
    from pycode.site.browser import chromium

    if not share:
        return []
    with chromium() as browser:
        return [problem for page in share for problem in examine(browser, base, page, axe)]


def examine(browser: "Browser", base: str, built: BuiltPage, axe: str) -> list[Problem]:
    """Return the problems of one page, seen in a browser window of its own."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", color_scheme="light"
    )
    page = context.new_page()
    log = _Log(base)
    log.listen(page)
    try:
        page.goto(f"{base}/{built.name}", wait_until="load")
        page.wait_for_timeout(50)
        messages = _deck(page, base, built, axe) if built.is_deck else _ordinary(page, axe)
    finally:
        context.close()
    return [Problem(built.name, message) for message in dict.fromkeys([*log.messages, *messages])]


def _ordinary(page: "Page", axe: str) -> list[str]:
    """Return what is wrong with a page: axe twice, then its width on a small screen."""
    page.evaluate(axe)
    messages = _axe(page, "light")
    if page.evaluate(_GO_DARK):
        messages += _axe(page, "dark")
    elif page.query_selector("main#quarto-document-content"):
        messages.append("has no dark theme: its toggle is missing or does nothing.")
    page.set_viewport_size({"width": SMALL, "height": 740})
    wider = page.evaluate(_WIDER, SMALL)
    if wider:
        messages.append(f"scrolls sideways at {SMALL} px: {wider}.")
    return messages


def _deck(page: "Page", base: str, built: BuiltPage, axe: str) -> list[str]:
    """Return what is wrong with a deck, all slides laid out as for printing."""
    from pycode.site.overflow import open_print_view, overflowing

    open_print_view(page, f"{base}/{built.name}")
    page.evaluate(axe)
    source = built.name.removesuffix(".html") + ".qmd"
    full = [f"{text}: shorten or split this slide in {source}." for text in overflowing(page)]
    return [*full, *_axe(page, "print view")]


def _axe(page: "Page", theme: str) -> list[str]:
    rules: list[dict[str, Any]] = page.evaluate(_RUN_AXE)
    return [
        f"{rule['help']} ({rule['id']}, {theme}, {rule['count']} times), first at {rule['where']}: {rule['why']}"
        for rule in rules
    ]


@dataclass
class _Log:
    """What a page complains about while it loads: console errors, failed and foreign requests."""

    base: str
    messages: list[str] = field(default_factory=list)

    def listen(self, page: "Page") -> None:
        """Attach to a page, before it opens anything."""
        page.on("console", lambda message: self.console(message))
        page.on(
            "pageerror",
            lambda error: self.messages.append(f"a script failed: {str(error).splitlines()[0]}"),
        )
        page.on("requestfailed", lambda request: self.failed(request))
        page.on("response", lambda response: self.answered(response))
        # Nothing leaves this machine, whatever the page asks for.
        page.route(lambda address: not self.own(address), lambda route: route.abort())

    def own(self, address: str) -> bool:
        """Return whether an address is of the site, or of no host at all."""
        return address.startswith((self.base, "data:", "blob:", "about:"))

    def console(self, message: Any) -> None:
        """Remember an error on the console; failed requests are told by themselves."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.messages.append(f"an error on the console: {message.text[:200]}")

    def failed(self, request: Any) -> None:
        """Remember a request that failed, unless the browser gave it up itself when the page changed."""
        if not self.own(request.url):
            self.messages.append(f"asks another host for {request.url[:120]}")
        elif request.failure != "net::ERR_ABORTED":
            self.messages.append(
                f"could not load {request.url.removeprefix(self.base)} ({request.failure})"
            )

    def answered(self, response: Any) -> None:
        """Remember an answer that is an error."""
        if response.status >= 400:
            address = response.url.removeprefix(self.base)
            self.messages.append(f"could not load {address} ({response.status})")
