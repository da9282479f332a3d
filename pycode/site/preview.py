"""Serves the site, watches what it is made from, and reloads the browser when it was built again."""

import json
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.render import unchanged

RELOAD = b'<script src="/course-preview.js"></script>'
SCRIPT = """(() => {
  const bar = document.createElement("div");
  bar.setAttribute("role", "alert");
  bar.style.cssText = "position:fixed;inset:auto 0 0 0;z-index:999;margin:0;padding:.8rem 1rem;max-height:45vh;" +
    "overflow:auto;background:#7a1f0a;color:#fff;font:14px/1.45 monospace;white-space:pre-wrap;display:none";
  document.body.append(bar);
  let seen = null;
  const events = new EventSource("/course-preview-events");
  events.onmessage = ({ data }) => {
    const state = JSON.parse(data);
    bar.textContent = state.error;
    bar.style.display = state.error ? "block" : "none";
    if (seen !== null && state.version !== seen) location.reload();
    seen = state.version;
  };
})();
"""
BEAT_SECONDS = 10.0


class State:
    """What the browsers are told: a number that grows with each good build, and the last error."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.version = 0
        self.error = ""
        self.stopped = False

    def update(self, *, built: bool = False, error: str = "") -> None:
        """Tell every browser about a finished build, or about one that failed."""
        with self.changed:
            self.version += built
            self.error = error
            self.changed.notify_all()

    def stop(self) -> None:
        """Let the connections end."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    def message(self) -> bytes:
        """Return the state as one server-sent event."""
        data = json.dumps({"version": self.version, "error": self.error})
        return f"data: {data}\n\n".encode()


class Handler(SimpleHTTPRequestHandler):
    """Files of the site, with the reload script in every page and a stream of events."""

    def __init__(self, *args: Any, state: State, site: Path, **kwargs: Any) -> None:
        self.state, self.site = state, site
        super().__init__(*args, directory=str(site), **kwargs)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing about each request."""

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        """Answer one request."""
        address = self.path.split("?")[0]
        if address == "/course-preview-events":
            self._events()
        elif address == "/course-preview.js":
            self._send(SCRIPT.encode(), "text/javascript")
        else:
            self._file()

    def _file(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path = path / "index.html"
        if path.suffix == ".html" and path.is_file():
            self._send(with_reload(path.read_bytes()), "text/html; charset=utf-8")
        elif path.exists():
            super().do_GET()
        else:
            missing = self.site / "404.html"
            page = (
                missing.read_bytes()
                if missing.is_file()
                else b"<!DOCTYPE html><body>Not found</body>"
            )
            self._send(with_reload(page), "text/html; charset=utf-8", 404)

    def end_headers(self) -> None:
        """Keep browsers from showing an older build."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def _send(self, data: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            while not self.state.stopped:
                with self.state.changed:
                    self.wfile.write(self.state.message())
                    self.wfile.flush()
                    self.state.changed.wait(BEAT_SECONDS)
        except (BrokenPipeError, ConnectionResetError):
            return


def with_reload(page: bytes) -> bytes:
    """Return the page with the reload script before the end of its body."""
    head, end, tail = page.rpartition(b"</body>")
    return head + RELOAD + end + tail if end else page + RELOAD


def rebuild(build: Callable[[], str], state: State) -> str:
    """Build once and tell the browsers; return what to print.

    Args:
        build: builds the site and returns a summary, or raises CourseError.
        state: gets the new version, or the error while the old pages stay.
    """
    try:
        summary = build()
    except CourseError as error:
        state.update(error=str(error))
        return f"Not built: {error}"
    state.update(built=True)
    return summary


def watch(project: Project, build: Callable[[], str], state: State, interval: float = 0.3) -> None:
    """Build again whenever a file of the project changed, until the state is stopped."""
    known = unchanged.stamp(project)
    while not state.stopped:
        time.sleep(interval)
        current = unchanged.stamp(project)
        if current != known:
            known = current
            print(rebuild(build, state), flush=True)


def server(
    project: Project, port: int, state: State, site: Path | None = None
) -> ThreadingHTTPServer:
    """Return the server, bound to this machine only; port 0 takes a free one.

    Raises:
        CourseError: the port is taken.
    """
    handler = partial(Handler, state=state, site=site or project.site)
    ThreadingHTTPServer.daemon_threads = True
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise CourseError(
            f"Port {port} cannot be used ({error.strerror}): name another one with --port, or 0 for any."
        ) from None
