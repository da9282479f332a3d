"""A polite client of the CFPB's public complaint API, with the standard library only.

Form and limits come from the API's public source (cfpb/ccdb5-api) and its OpenAPI description:
`GET /` searches (`search_term` of at most 200 characters in Lucene syntax, `size`), `GET /{id}`
gives one complaint; both answer `{"hits": {"hits": [{"_source": {…}}]}}`. Without an account 20
searches or 5 single complaints per minute are allowed, more are answered with 429. One search can
ask for some twenty ids at once, so the 8,018 complaints take about 20 minutes, not 27 hours.
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from pycode.errors import CourseError

API = "https://www.consumerfinance.gov/data-research/consumer-complaints/search/api/v1/"
SEARCH_PAUSE, DOCUMENT_PAUSE = 3.0, 12.0
TERM_LIMIT = 200
RETRIES = 6
LONGEST_WAIT = 120.0
LARGEST_ANSWER = 64 * 2**20
FIELDS = {
    "complaint_id": "complaint_id",
    "date_received": "date_received",
    "product": "product",
    "issue": "issue",
    "text": "complaint_what_happened",
}
Complaint = dict[str, str]


class _TryAgain(Exception):
    """The server was busy or the answer was broken; ``wait`` is what it asked for, in seconds."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass
class Client:
    """One request at a time, ``pause`` seconds apart, with retries that back off.

    ``sleep`` and ``clock`` are there for tests.
    """

    base: str = API
    pause: float | None = None
    timeout: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next: float = field(default=0.0, repr=False)

    def __post_init__(self) -> None:
        if not _is_web_address(self.base):
            raise CourseError(
                f"--from {self.base!r} is not a web address: it starts with https://, names a server, and has "
                "neither blanks nor letters outside ASCII."
            )
        self.base = self.base.rstrip("/") + "/"

    def search(self, ids: Sequence[str]) -> dict[str, Complaint]:
        """Return those of the complaints ``ids`` that the database has, by id.

        Raises:
            CourseError: no usable answer after all retries.
        """
        query = {
            "search_term": search_term(ids),
            "size": str(len(ids)),
            "no_aggs": "true",
            "no_highlight": "true",
        }
        answer = self._get("?" + urllib.parse.urlencode(query), SEARCH_PAUSE)
        found = {row["complaint_id"]: row for row in complaints(answer)}
        return {row_id: found[row_id] for row_id in ids if row_id in found}

    def document(self, row_id: str) -> Complaint | None:
        """Return one complaint, or None if the database does not have it."""
        answer = self._get(urllib.parse.quote(row_id), DOCUMENT_PAUSE)
        return next((row for row in complaints(answer) if row["complaint_id"] == row_id), None)

    def _get(self, query: str, pause: float) -> Any:
        """Return the parsed answer, or None for 404."""
        reason = ""
        for attempt in range(RETRIES):
            self._wait_for_turn(pause)
            try:
                return _request(self.base + query, self.timeout)
            except _TryAgain as error:
                reason = str(error)
                if attempt < RETRIES - 1:
                    self.sleep(min(max(error.wait, 2.0**attempt), LONGEST_WAIT))
        raise CourseError(
            f"The complaint API gave no usable answer in {RETRIES} tries ({reason}). What was "
            "fetched is kept: run the command again later to go on."
        )

    def _wait_for_turn(self, pause: float) -> None:
        now = self.clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + (pause if self.pause is None else self.pause)


def _is_web_address(base: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(base)
        host = (parts.hostname or "").encode("idna")  # refuses labels that are empty or too long
        port = parts.port  # refuses what is no number
    except ValueError:
        return False
    plain = base.isascii() and base.isprintable() and " " not in base
    return parts.scheme in ("http", "https") and bool(host) and port != 0 and plain


def _request(url: str, timeout: float) -> Any:
    headers = {"Accept": "application/json", "User-Agent": "applied-deep-learning-course/1"}
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            body = reply.read(LARGEST_ANSWER + 1)
    except urllib.error.HTTPError as error:
        return _refused(error)
    except (OSError, HTTPException) as error:
        raise _TryAgain(f"no connection: {getattr(error, 'reason', error)}") from error
    if len(body) > LARGEST_ANSWER:
        raise CourseError(
            "The complaint API sent more than 64 MB for one request: is --from right?"
        )
    try:
        return json.loads(body)
    except ValueError as error:
        raise _TryAgain("the answer is not JSON") from error


def _refused(error: urllib.error.HTTPError) -> None:
    """Turn an HTTP error into None (404), a later try (429, 5xx) or a message (the rest)."""
    with error:
        if error.code == 404:
            return
        if error.code == 429 or error.code >= 500:
            wait = error.headers.get("Retry-After", "")
            raise _TryAgain(f"HTTP {error.code}", float(wait) if wait.isdigit() else 0.0)
    raise CourseError(f"The complaint API refused the request with HTTP {error.code}.")


def complaints(answer: Any) -> Iterator[Complaint]:
    """Yield the complaints of an answer; None (not found) has none.

    Raises:
        CourseError: the answer is not of the known form; fields of a hit are checked too.
    """
    if answer is None:
        return
    hits = answer.get("hits") if isinstance(answer, dict) else None
    hits = hits.get("hits") if isinstance(hits, dict) else None
    if not isinstance(hits, list):
        raise CourseError("The complaint API's answer has no list hits.hits: has its form changed?")
    for hit in hits:
        source = hit.get("_source") if isinstance(hit, dict) else None
        if not isinstance(source, dict) or "complaint_id" not in source:
            raise CourseError(
                "A hit of the complaint API has no complaint_id: has its form changed?"
            )
        row = {name: _text(source.get(key)) for name, key in FIELDS.items()}
        yield row | {"date_received": row["date_received"][:10]}


def _text(value: Any) -> str:
    """Return a field as text that can be written as UTF-8: JSON may escape half of a surrogate pair."""
    return str(value or "").encode("utf-8", "replace").decode("utf-8")


def search_term(ids: Sequence[str]) -> str:
    """Return the query that matches any of ``ids``."""
    return f"_id:({' OR '.join(ids)})"


def batches(ids: Sequence[str]) -> Iterator[list[str]]:
    """Cut ``ids`` into runs whose search term keeps to the API's 200 characters."""
    batch: list[str] = []
    for row_id in ids:
        if batch and len(search_term([*batch, row_id])) > TERM_LIMIT:
            yield batch
            batch = []
        batch.append(row_id)
    if batch:
        yield batch
