"""The bench page on a server of its own, in a real browser: its markup as the page's source has it, the real runs."""

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pycode.runs.bench import bench_runs
from pycode.site.render.shell import POLICY

PAIR = ("embed-cfpb8k", "tfidf-tuned-cfpb8k")
HTML = re.compile(r"```\{=html\}\n(.*?)```", re.S)


def markup(project) -> str:
    """Return a page of just the raw blocks of bench/index.qmd and the list of runs, under the site's own policy."""
    blocks = HTML.findall((project.root / "bench/index.qmd").read_text(encoding="utf-8"))
    runs = HTML.findall(bench_runs(project)._repr_markdown_())
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{''.join(runs + blocks)}</body></html>"


@pytest.fixture(scope="session")
def bench_folder(project, tmp_path_factory):
    """A folder with the bench, its scripts and the runs."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "bench").mkdir()
    (folder / "bench" / "index.html").write_text(markup(project), encoding="utf-8")
    for name in ("assets", "runs"):
        (folder / name).symlink_to(project.root / name)
    return folder


class Quiet(SimpleHTTPRequestHandler):
    """A file server that prints nothing."""

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def bench_address(bench_folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(bench_folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/bench/index.html"
    server.shutdown()


@pytest.fixture(
    scope="module"
)  # not longer: other tests of the same worker start a Playwright of their own
def chromium():
    from playwright.sync_api import sync_playwright

    from pycode.commands.setup import find_browser

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_browser())
        yield browser
        browser.close()


@pytest.fixture()
def tab(chromium):
    """A page that must end without an error."""
    page = chromium.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


@pytest.fixture(scope="module")
def still(chromium, bench_address):
    """The bench with its first pair, resampled, for tests that only read: one for all of them."""
    page = chromium.new_page()
    page.goto(f"{bench_address}?a={PAIR[0]}&b={PAIR[1]}")
    done(page)
    yield page
    page.close()


@pytest.fixture()
def bench(tab, bench_address):
    """The bench with its first pair, resampled."""
    tab.goto(f"{bench_address}?a={PAIR[0]}&b={PAIR[1]}")
    done(tab)
    return tab


def done(page) -> None:
    page.wait_for_selector("#bench[data-state=done]", timeout=120_000)
