"""Fetching cfpb-8k: against a stand-in server that is busy, broken, forgetful or interrupted."""

import json
import socket

import pytest
from api_stand_in import serving, source

from pycode.cli import main
from pycode.data.cfpb_api import API, TERM_LIMIT, Client, batches, complaints, search_term
from pycode.data.cfpb_fetch import fetch_cfpb, read_partial
from pycode.data.cfpb_list import ComplaintList, complaint_list, digest, format_list, parse_list
from pycode.data.fingerprint import fingerprint_rows
from pycode.data.parquet import read_strings
from pycode.errors import CourseError

IDS = [str(1_000_000 + 7 * n) for n in range(60)]
TEXTS = {row_id: f"The bank closed my account, case {row_id}." for row_id in IDS}
COLUMNS = ("complaint_id", "text", "issue")


def wanted(texts=TEXTS):
    ids = list(texts)
    mark = fingerprint_rows(ids, [texts[i] for i in ids], ["Privacy"] * len(ids))
    return ComplaintList({i: digest("Privacy", texts[i]) for i in ids}, mark)


class Waits(list):
    """Stands for `time.sleep`: remembers instead of waiting."""

    def __call__(self, seconds):
        self.append(seconds)


def client(api, waits=None):
    return Client(api.address, pause=0.0, sleep=waits if waits is not None else Waits())


def fetch(api, tmp_path, **options):
    return fetch_cfpb(tmp_path / "out.parquet", client(api), wanted=wanted(), **options)


@pytest.mark.parametrize("way", ["search", "document"])
def test_a_whole_fetch(tmp_path, way):
    with serving(dict(TEXTS)) as api:
        report = fetch(api, tmp_path, way=way)
    assert report.complete and report.unchanged == report.asked == 60
    assert report.changed == report.gone == ()
    columns = read_strings(report.path, (*COLUMNS, "date_received", "product"))
    assert columns["complaint_id"] == IDS
    assert columns["text"] == [TEXTS[i] for i in IDS]
    assert set(columns["date_received"]) == {"2019-03-01"}
    assert len(api.requests) == (60 if way == "document" else len(list(batches(IDS))))
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


def test_gone_changed_and_withdrawn_are_counted(tmp_path):
    now = {**TEXTS, IDS[3]: "Something else.", IDS[4]: "  "}
    del now[IDS[5]]
    with serving(now) as api:
        report = fetch(api, tmp_path)
    assert report.changed == (IDS[3],)
    assert report.gone == (IDS[4], IDS[5])
    assert report.unchanged == 57 and not report.complete
    assert len(read_strings(report.path, COLUMNS)["text"]) == 58


def test_single_complaints_answered_with_404_are_gone(tmp_path):
    with serving(dict(TEXTS)) as api:
        api.moods = [404]
        report = fetch(api, tmp_path, way="document")
    assert report.gone == (IDS[0],)


def test_white_space_is_no_change_of_content_but_of_the_fingerprint(tmp_path):
    with serving({**TEXTS, IDS[0]: TEXTS[IDS[0]].replace(" ", "\r\n", 1)}) as api:
        report = fetch(api, tmp_path)
    assert report.changed == () and not report.complete


@pytest.mark.parametrize("mood", [429, 500, 503, "garbage", "torn", "empty"])
def test_passing_trouble_is_tried_again(tmp_path, mood):
    waits = Waits()
    with serving(dict(TEXTS)) as api:
        api.moods = [mood, mood]
        report = fetch_cfpb(tmp_path / "o.parquet", client(api, waits), wanted=wanted())
    assert report.complete
    assert waits == ([7.0, 7.0] if mood == 429 else [1.0, 2.0])


@pytest.mark.parametrize(
    ("mood", "message"),
    [
        (429, r"no usable answer in 6 tries \(HTTP 429\)"),
        ("garbage", "the answer is not JSON"),
        ("shape", r"no list hits\.hits"),
        (403, "refused the request with HTTP 403"),
    ],
)
def test_lasting_trouble_keeps_what_was_fetched_and_resumes(tmp_path, mood, message):
    output = tmp_path / "out.parquet"
    with serving(dict(TEXTS)) as api:
        api.moods = [None, *[mood] * 6]
        with pytest.raises(CourseError, match=message):
            fetch(api, tmp_path)
        assert not output.exists()
        kept = len(read_partial(output.with_name("out.parquet.partial.jsonl"), wanted().digests))
        assert kept == len(next(iter(batches(IDS))))
        api.moods.clear()
        api.requests.clear()
        report = fetch(api, tmp_path)
    assert report.complete
    assert IDS[0] not in " ".join(api.requests)


def test_a_torn_or_foreign_partial_file_is_repaired(tmp_path):
    partial = tmp_path / "out.parquet.partial.jsonl"
    row = {"complaint_id": IDS[0], "text": TEXTS[IDS[0]], "issue": "Privacy"}
    whole = {**row, "date_received": "2019-03-01", "product": "Mortgage"}
    lines = [{"id": IDS[0], "row": whole}, {"id": IDS[1], "row": row}, {"id": "9", "row": None}, 5]
    lines += [{"id": [IDS[2]], "row": None}, {"id": IDS[3], "row": whole}]  # no id; another's row
    partial.write_text("\n".join(map(json.dumps, lines)) + '\n{"id": "10000', encoding="utf-8")
    assert list(read_partial(partial, wanted().digests)) == [IDS[0]]
    with serving(dict(TEXTS)) as api:
        assert fetch(api, tmp_path).complete


def test_an_old_output_survives_a_failed_fetch(tmp_path):
    (tmp_path / "out.parquet").write_bytes(b"old")
    with serving(dict(TEXTS)) as api:
        api.moods = [500] * 6
        with pytest.raises(CourseError):
            fetch(api, tmp_path)
    assert (tmp_path / "out.parquet").read_bytes() == b"old"


def test_an_output_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with serving(dict(TEXTS)) as api:
        for output, message in (
            (tmp_path, "is a folder: name the parquet file"),
            (tmp_path / "file" / "out.parquet", "Could not write out.parquet.partial.jsonl"),
            (tmp_path / f"{'a' * 250}.parquet", "Could not read a"),
        ):
            with pytest.raises(CourseError, match=message):
                fetch_cfpb(output, client(api), wanted=wanted())
    assert len(api.requests) == 1  # only what the second needs to find it out
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_half_a_surrogate_pair_is_no_obstacle(tmp_path):
    with serving({**TEXTS, IDS[0]: "half a smile: \ud83d"}) as api:
        report = fetch(api, tmp_path)
    assert report.changed == (IDS[0],)
    assert read_strings(report.path, ("text",))["text"][0] == "half a smile: ?"


@pytest.mark.parametrize(
    "address",
    ["http://", "http://[abc", "http://a..com", "https://a/ü", "http://a/b c", "http://a:x/", "a"],
)
def test_addresses_that_are_none(address):
    with pytest.raises(CourseError, match=r"--from .* is not a web address"):
        Client(address)


def test_nothing_left(tmp_path):
    with serving({}) as api, pytest.raises(CourseError, match="None of the complaints"):
        fetch(api, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_cannot_search_by_id_is_noticed_at_once(tmp_path):
    with serving(dict(TEXTS)) as api:
        api.searches = False
        with pytest.raises(CourseError, match="use --by document"):
            fetch(api, tmp_path)
    assert len(api.requests) == 2


def test_nobody_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lost = Client(f"http://127.0.0.1:{port}", pause=0.0, sleep=Waits())
    with pytest.raises(CourseError, match="no connection"):
        lost.search(["1"])


def test_requests_keep_their_distance():
    now = [100.0]

    class Clock(Waits):
        def __call__(self, seconds):
            super().__call__(seconds)
            now[0] += seconds

    waits = Clock()
    with serving(dict(TEXTS)) as api:
        polite = Client(api.address, sleep=waits, clock=lambda: now[0])
        for _ in range(3):
            polite.search(IDS[:2])
        polite.document(IDS[0])
        polite.document(IDS[1])
    assert waits == [3.0, 3.0, 3.0, 12.0]


def test_search_terms_keep_to_the_limit_and_lose_no_id():
    ids = list(complaint_list().digests)
    parts = list(batches(ids))
    assert [row_id for part in parts for row_id in part] == ids
    assert max(len(search_term(part)) for part in parts) <= TERM_LIMIT
    assert list(batches([])) == []


def test_answers_of_another_shape_are_refused():
    assert list(complaints(None)) == []
    good = {"hits": {"hits": [{"_source": source("1", "text")}]}}
    assert [row["text"] for row in complaints(good)] == ["text"]
    for wrong in ([], 5, {}, {"hits": 1}, {"hits": {"hits": {}}}, {"hits": {"hits": [{}]}}):
        with pytest.raises(CourseError, match="has its form changed"):
            list(complaints(wrong))


def test_the_list_in_the_project_is_the_real_one(shared):
    columns = read_strings(shared / "data" / "cfpb_8k.parquet", COLUMNS)
    ids, texts, issues = (columns[name] for name in COLUMNS)
    complaints = complaint_list()
    assert len(complaints.digests) == 8018
    assert complaints.fingerprint == fingerprint_rows(ids, texts, issues)
    marks = {i: digest(issue, text) for i, text, issue in zip(ids, texts, issues, strict=True)}
    assert dict(complaints.digests) == marks


def test_the_list_reads_back_and_faults_are_named():
    complaints = wanted()
    assert parse_list(format_list(complaints)) == complaints
    with pytest.raises(CourseError, match="line 2"):
        parse_list("# fingerprint ab\nx\t12345678\n")
    for wrong in ("", "1\t12345678\n", "# fingerprint a\n1\t12345678\n1\t12345678\n"):
        with pytest.raises(CourseError, match="first line"):
            parse_list(wrong)


def test_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("pycode.data.cfpb_fetch.complaint_list", wanted)
    output = tmp_path / "made" / "set.parquet"
    with serving(dict(TEXTS)) as api:
        rest = ["--from", api.address, "--pause", "0", "--output", str(output)]
        assert main(["data", "fetch", "cfpb-8k", *rest]) == 0
        assert "60 of 60 complaints; 60 unchanged" in capsys.readouterr().out
        del api.complaints[IDS[0]]
        assert main(["data", "fetch", "cfpb-8k", *rest]) == 1
        assert "1 no longer available" in capsys.readouterr().out
        assert main(["data", "fetch", "cfpb-8k", *rest, "--by", "post"]) == 2
    assert main(["data", "fetch", "reuters"]) == 2
    assert main(["data", "fetch", "cfpb-8k", "--from", "file:///complaints.json"]) == 2
    for pause in ("-1", "nan", "inf", "1e30"):
        assert main(["data", "fetch", "cfpb-8k", "--pause", pause]) == 2
    errors = capsys.readouterr().err
    assert "only cfpb-8k can" in errors and "not a web address" in errors
    assert API.startswith("https://www.consumerfinance.gov/")
