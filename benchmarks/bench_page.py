"""How fast the bench answers: time from a slider's step to the redrawn page, in headless Chromium.

    python benchmarks/bench_page.py [--steps 40] [--slower 4]

Limit (issue 4): an update under 50 ms. Counted are the script that a step starts and the layout that follows it;
`--slower` divides the processor's speed in the browser, as a stand-in for a phone. Needs a built `_site/`.
"""

import argparse
import os
import statistics
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SITE = Path(__file__).parents[1] / "_site"
LIMIT = 50.0
SLIDERS = {"temperature-a": (-2, 2), "threshold-b": (0, 1), "cost-error": (1, 50)}
TIMED = """window.spent = []; const plain = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (action) => plain((now) => {
  const start = performance.now(); action(now); document.body.offsetHeight; window.spent.push(performance.now() - start); });"""
STEP = """([name, value]) => new Promise((done) => { const slider = document.querySelector(`[data-bench=${name}]`);
  window.spent.length = 0; slider.value = value; slider.dispatchEvent(new Event("input"));
  const look = () => window.spent.length ? done(window.spent[0]) : setTimeout(look, 2); look(); })"""


class Quiet(SimpleHTTPRequestHandler):
    """A file server that prints nothing."""

    def log_message(self, *args):
        pass


def steps(page, name: str, low: float, high: float, count: int) -> list[float]:
    """Move a slider in equal steps and return the milliseconds of each."""
    return [page.evaluate(STEP, [name, low + (high - low) * i / count]) for i in range(count)]


def main() -> None:
    """Print a line for each slider."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--slower", type=float, default=4)
    args = parser.parse_args()
    if not (SITE / "bench" / "index.html").is_file():
        raise SystemExit("_site/bench/index.html is missing: run `course build` first.")
    from playwright.sync_api import sync_playwright

    from pycode.commands.setup import find_browser

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_browser())
        for slower in dict.fromkeys((1.0, args.slower)):
            page = browser.new_page(viewport={"width": 390, "height": 844})
            page.add_init_script(TIMED)
            page.goto(f"http://127.0.0.1:{server.server_port}/bench/index.html")
            page.wait_for_selector("#bench[data-state=done]", timeout=120_000)
            tools = page.context.new_cdp_session(page)
            tools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
            print(f"processor at 1/{slower:g}, load {os.getloadavg()[0]:.1f}")
            for name, (low, high) in SLIDERS.items():
                spent = steps(page, name, low, high, args.steps)
                middle, worst = statistics.median(spent), max(spent)
                print(
                    f"  {name:14s} median {middle:6.1f} ms, {LIMIT / middle:5.1f} times within the limit of {LIMIT:.0f} ms; slowest {worst:6.1f} ms"
                )
            page.close()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
