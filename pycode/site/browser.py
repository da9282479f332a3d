"""A headless Chromium and a local server, for deck PDFs and for checks of the built site."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pycode.errors import CourseError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing that talks to the network by itself, and software rendering: the same pixels everywhere.
ARGUMENTS = (
    "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--disable-domain-reliability", "--disable-extensions", "--disable-sync", "--no-first-run", "--no-pings",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--font-render-hinting=none", "--force-color-profile=srgb",
)  # fmt: skip


def find_browser() -> str | None:
    """Return the path of a Chromium on this machine (``COURSE_BROWSER`` first), or None."""
    named = os.environ.get("COURSE_BROWSER")
    if named:
        if not Path(named).exists():
            raise CourseError(
                "COURSE_BROWSER names a file that is not there: give the path of a Chromium or unset it."
            )
        return named
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return found
    caches = Path.home() / ".cache" / "ms-playwright"
    return next(
        (str(path) for path in sorted(caches.glob("chromium-*/chrome-linux*/chrome"))), None
    )


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Yield a headless Chromium, closed at the end.

    Raises:
        CourseError: Playwright or a Chromium is missing, or it does not start.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise CourseError(
            "Playwright is not installed: run `make freeze` once, which installs it."
        ) from None
    path = find_browser()
    if path is None:
        raise CourseError(
            "No Chromium was found: run `course setup browser`, or set COURSE_BROWSER to one."
        )
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as driver:
        try:
            # Chromium refuses its sandbox to root, as in containers.
            browser = driver.chromium.launch(
                executable_path=path, args=[*ARGUMENTS, *(["--no-sandbox"] if root else [])]
            )
        except Error as error:
            raise CourseError(
                f"Chromium did not start ({error.message.splitlines()[0]})."
            ) from None
        try:
            yield browser
        finally:
            browser.close()


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word, and never from a cache. ``prefix`` is the path of the site on its host."""

    def __init__(self, *args: Any, prefix: str = "", **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        """Return the file for a path below the prefix; others are not there."""
        inside = (path + "/").startswith(self.prefix + "/")
        return super().translate_path(
            path.removeprefix(self.prefix) if inside else "/not-of-this-site"
        )

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        """Forbid caching: pages change between two runs."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that closes a connection early is no news."""


@contextmanager
def serve(folder: Path, prefix: str = "") -> Iterator[str]:
    """Serve ``folder`` below ``prefix`` on a free port of 127.0.0.1; yield its address without a final slash."""
    server = _Server(("127.0.0.1", 0), partial(_Quiet, directory=str(folder), prefix=prefix))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wait_until(page: "Page", expression: str, seconds: float = 20.0) -> None:
    """Ask ``page`` again and again until the JavaScript ``expression`` is true.

    Playwright's own `wait_for_function` evaluates text inside the page, which our security policy forbids.

    Raises:
        TimeoutError: it was not true in time.
    """
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > end:
            raise TimeoutError(f"not true after {seconds:g} s: {expression}")
        page.wait_for_timeout(20)
