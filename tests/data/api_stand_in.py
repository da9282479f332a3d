"""A copy of the CFPB's complaint API on this machine, with generated complaints and moods.

``moods`` is a list of answers to give instead of the right one, used up from the front:
an HTTP status, ``"garbage"``, ``"torn"`` (half an answer), ``"shape"`` or ``"empty"``.
"""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

BASE = "/search/api/v1/"


def source(row_id, text):
    return {
        "complaint_id": row_id,
        "date_received": "2019-03-01T12:00:00-05:00",
        "product": "Mortgage",
        "issue": "Privacy",
        "complaint_what_happened": text,
        "company": "A BANK",
    }


class Api:
    """The stand-in's state: complaints by id, moods, and the requests it saw."""

    def __init__(self, complaints):
        self.complaints = complaints
        self.moods = []
        self.searches = True
        self.requests = []
        self.address = ""

    def answer(self, path):
        url = urlsplit(path)
        query = parse_qs(url.query)
        self.requests.append(query.get("search_term", [url.path.removeprefix(BASE)])[0])
        if not query:
            ids = [url.path.removeprefix(BASE)]
        else:
            term = query["search_term"][0]
            assert len(term) <= 200
            ids = re.fullmatch(r"_id:\((.*)\)", term)[1].split(" OR ")
            assert query["size"] == [str(len(ids))]
            ids = ids if self.searches else []
        found = [i for i in ids if i in self.complaints]
        return {"hits": {"hits": [{"_source": source(i, self.complaints[i])} for i in found]}}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        api = self.server.api
        mood = api.moods.pop(0) if api.moods else None
        body = json.dumps(api.answer(self.path)).encode()
        special = {"garbage": b"<html>busy</html>", "shape": b'{"rows": []}', "empty": b""}
        status = mood if isinstance(mood, int) else 200
        body = special.get(mood, body)
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "7")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if mood == "torn" else body)

    def log_message(self, *_):
        """Stay silent."""


@contextmanager
def serving(complaints):
    api = Api(complaints)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.api = api
    api.address = f"http://127.0.0.1:{server.server_address[1]}{BASE}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
