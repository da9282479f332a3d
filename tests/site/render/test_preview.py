import threading
import time
import urllib.error
import urllib.request

import pytest

from pycode.errors import CourseError
from pycode.site import preview


@pytest.fixture
def served(sample):
    sample.build()
    state = preview.State()
    server = preview.server(sample.project, 0, state)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield sample, state, f"http://127.0.0.1:{server.server_port}"
    state.stop()
    server.shutdown()
    server.server_close()


def test_pages_get_the_reload_script_and_files_do_not(served):
    sample, _, address = served
    page = urllib.request.urlopen(f"{address}/").read()
    assert page == (sample.site / "index.html").read_bytes().replace(
        b"</body>", preview.RELOAD + b"</body>"
    )
    assert (
        urllib.request.urlopen(f"{address}/robots.txt").read()
        == (sample.site / "robots.txt").read_bytes()
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{address}/none.html")
    assert caught.value.code == 404 and b"Not here" in caught.value.read()


def test_a_change_is_built_and_told_and_an_error_keeps_the_page(served):
    sample, state, address = served
    events = urllib.request.urlopen(f"{address}/course-preview-events", timeout=60)
    assert events.readline() == b'data: {"version": 0, "error": ""}\n'

    def once() -> str:
        return f"{sample.build().rendered} anew"

    threading.Thread(
        target=preview.watch, args=(sample.project, once, state, 0.05), daemon=True
    ).start()
    time.sleep(0.3)
    sample.write("index.qmd", "---\ntitle: Home\n---\n\nChanged.\n")
    assert events.readline() == b"\n"
    assert events.readline() == b'data: {"version": 1, "error": ""}\n'
    assert b"Changed." in urllib.request.urlopen(f"{address}/").read()
    sample.write("index.qmd", "---\ntitle: Home\n---\n\n::: {.nonsense}\nx\n:::\n")
    events.readline()
    told = events.readline()
    assert told.startswith(b'data: {"version": 1') and b"index.qmd:5: class 'nonsense'" in told
    assert b"Changed." in urllib.request.urlopen(f"{address}/").read()


def test_a_taken_port_is_explained(served):
    sample, state, address = served
    port = int(address.rsplit(":", 1)[1])
    with pytest.raises(CourseError, match=f"Port {port} cannot be used"):
        preview.server(sample.project, port, state)
