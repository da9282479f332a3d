"""Claims: one rounding per kind, safe Markdown, provenance, and what is no claim at all."""

import html
import json
import re

import pytest
from helpers_runs import add_run, make_project
from hypothesis import given, settings
from hypothesis import strategies as st

from pycode.errors import CourseError
from pycode.runs import Claim, claim, kinds, markdown, quote
from pycode.runs.claims import claim_ids

SPEED = {
    "value": 2.3091, "unit": "ms/ex", "statistic": "median of 5",
    "settings": {"device": "NVIDIA T4", "dtype": "fp16", "batch_size": 32, "sequence_policy":
    "128 tokens"},
}  # fmt: skip


@pytest.fixture
def course(tmp_path):
    project = make_project(tmp_path)
    add_run(project)
    return project


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.54189, "share", "54.2 %"),
        (0.0014, "share", "0.14 %"),
        (0.0, "share", "0.0 %"),
        (0.2085, "score", "0.209"),
        (0.5, "score", "0.500"),
        (-0.0244, "delta", "−0.024"),
        (0.012, "delta", "+0.012"),
        (0.0, "delta", "0.000"),
        (-0.0001, "score", "0.000"),
        (57846, "rows", "57,846"),
        (1.254, "temperature", "1.25"),
        (2.1861, "x", "2.19×"),
        (99.96, "ms", "100 ms"),
        (9.996, "ms", "10.0 ms"),
        (1948.2, "s", "1,948 s"),
        (0.00512, "s", "0.00512 s"),
        (2.4, "points", "+2.4 points"),
        (144, "MB", "144 MB"),
    ],
)
def test_each_kind_has_one_rounding(value, unit, text):
    kind = kinds.UNITS[unit]
    assert kinds.with_unit(kinds.number(value, kind), kind, None) == text


@settings(max_examples=300, deadline=None)
@given(value=st.floats(1e-9, 1e12), unit=st.sampled_from(sorted(kinds.UNITS)))
def test_printed_numbers_are_the_value_to_the_printed_place(value, unit):
    kind = kinds.UNITS[unit]
    text = kinds.number(value, kind).replace(",", "").replace("−", "-").replace("+", "")
    places = len(text.partition(".")[2])
    assert abs(float(text) - value * kind.factor) <= 0.51 * 10**-places + 1e-9 * value * kind.factor
    if kind.decimals is None:
        digits = text.replace(".", "").lstrip("0")
        assert kind.digits <= len(digits) or places == 0


def test_a_claim_has_value_text_unit_and_source(course):
    found = claim("tfidf-cfpb8k:test.macro_f1", project=course)
    assert (float(found), found.text, str(found), found.unit) == (
        0.13241,
        "0.132",
        "0.132",
        "score",
    )
    for part in (
        "TF-IDF",
        "cfpb-8k test",
        "n = 1,604",
        "113 classes",
        "seed 42",
        "run tfidf-cfpb8k",
    ):
        assert part in found.provenance
    assert found.plain.startswith("0.132 (TF-IDF + logistic regression, cfpb-8k test; run tfidf")
    assert f"{found}" == "0.132"
    with pytest.raises(CourseError, match="rounding is fixed once"):
        f"{found:.2f}"


def test_styles(course):
    def text(name, style):
        return claim(f"tfidf-cfpb8k:test.{name}", style, project=course).text

    assert text("accuracy", "bare") == "54.2"
    assert text("zero_f1_classes", None) == "70"
    assert text("zero_f1_classes", "noun") == "70 classes"
    assert text("macro_f1", "interval") == "0.132 [0.118, 0.145]"
    with pytest.raises(CourseError, match="has no interval"):
        text("accuracy", "interval")
    with pytest.raises(CourseError, match="allowed are bare, noun, interval"):
        text("accuracy", "bold")


def test_the_same_id_gives_the_same_string_everywhere(course):
    ids = claim_ids(course)
    first = {item: shown(item, course) for item in ids}
    assert first == {item: shown(item, course) for item in reversed(ids)}
    assert len(ids) > 400


def shown(claim_id, project):
    try:
        return claim(claim_id, project=project)._repr_markdown_()
    except CourseError:
        return quote(claim_id, project=project)._repr_markdown_()


def test_a_tier_has_its_own_number_of_rows(course):
    bounds = {"low": 0.01, "high": 0.03, "level": 0.9, "method": "bootstrap"}
    tail = {"macro_f1": {"value": 0.02, "n": 160, "interval": bounds}}
    add_run(course, id="tiers", metrics={"test": {"tail": tail}})
    found = claim("tiers:test.tail.macro_f1", project=course)
    assert found.n == 160
    assert found.interval == bounds
    assert "n = 160," in found.provenance
    assert "90 % interval 0.01 to 0.03 (bootstrap)" in found.provenance


def test_facts_of_the_run_itself_are_claims(course):
    assert claim("tfidf-cfpb8k:duration_s", project=course).text == "12.3 s"
    assert claim("tfidf-cfpb8k:data.n.train", project=course).text == "4,812"
    assert "CPU" in claim("tfidf-cfpb8k:duration_s", project=course).provenance


def test_a_duration_that_nobody_measured_is_no_claim(course):
    path = course.runs / "tfidf-cfpb8k" / "record.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"duration_s": None}))
    with pytest.raises(CourseError, match="has no metric 'duration_s'"):
        claim("tfidf-cfpb8k:duration_s", project=course)


@pytest.mark.parametrize(
    ("claim_id", "says"),
    [
        ("tfidf-cfpb8k", "is not a claim"),
        (":x", "is not a claim"),
        (None, "is not a claim"),
        ("tfidf-cfpb8:test.macro_f1", "Did you mean 'tfidf-cfpb8k'"),
        ("tfidf-cfpb8k:test.macro_f", "Did you mean 'test.macro_f1'"),
        ("published:enc.ft.e3.macrof1", "Did you mean 'enc.ft.e3.macro_f1'"),
        ("published:", "is not a claim"),
    ],
)
def test_what_does_not_resolve_names_the_nearest(course, claim_id, says):
    with pytest.raises(CourseError, match=re.escape(says)):
        claim(claim_id, project=course)


def test_a_smoke_run_is_refused(course):
    add_run(course, id="quick", mode="smoke")
    with pytest.raises(CourseError, match="never shown"):
        claim("quick:test.macro_f1", project=course)
    assert not [item for item in claim_ids(course) if item.startswith("quick")]


@pytest.mark.parametrize("missing", [*kinds.TIMED_SETTINGS])
def test_a_latency_without_its_conditions_is_no_claim(course, missing):
    speed = {**SPEED, "settings": {**SPEED["settings"], missing: None}}
    if missing == "statistic":
        speed["statistic"] = None
    if missing == "device":  # a run always has a device: the record's own
        speed["settings"]["device"] = "NVIDIA T4"
    add_run(course, id="fast", metrics={"latency": {"batch32": speed}})
    if missing == "device":
        assert "NVIDIA T4" in claim("fast:latency.batch32", project=course).provenance
        return
    with pytest.raises(CourseError, match=f"lacks {missing.replace('_', ' ')}"):
        claim("fast:latency.batch32", project=course)


def test_a_latency_with_its_conditions_names_them_all(course):
    add_run(course, id="fast", metrics={"latency": {"batch32": SPEED}})
    found = claim("fast:latency.batch32", project=course)
    assert found.text == "2.31 ms per example"
    for part in ("NVIDIA T4", "fp16", "batch size 32", "128 tokens", "median of 5"):
        assert part in found.provenance


def test_a_speedup_names_its_conditions_as_a_speed_does(course):
    speedup = {
        **SPEED,
        "value": 0.71,
        "unit": "x speed",
        "statistic": "geometric mean of 10 rounds",
    }
    add_run(course, id="turns", metrics={"speedup": speedup, "share": {"value": 0.5}})
    found = claim("turns:speedup", project=course)
    assert found.text == "0.710×"
    for part in ("NVIDIA T4", "fp16", "batch size 32", "128 tokens", "geometric mean of 10 rounds"):
        assert part in found.provenance
    assert "CPU" not in claim("turns:share", project=course).provenance


NASTY = st.text(
    st.sampled_from(list("ab1 |[]{}*_`$<>#~^@\"'\\-.!+()&%=:;/")) | st.characters(codec="utf-8"),
    max_size=30,
)  # fmt: skip


def test_markdown_is_safe_wherever_it_stands():
    pypandoc = pytest.importorskip("pypandoc")
    texts = [
        "a|b [c] {d} $e$ `f` <g> @h *i* __j__ ~k~ ^l^ \"m\" 'n' -- o ... #p \\q {{< r >}}",
        "n = 1,604; 95 % interval 0.1 to 0.2 (bootstrap); [x](y){.z} :::",
        "trailing \\",
        "1. & &amp; <b>",
    ]
    for text in texts:
        made = Claim("run:test.x", 0.1, "0.1 [0, 1]", "score", text)
        span = made._repr_markdown_()
        assert "\n" not in span
        assert "|" not in span
        table = f"| a | b |\n|---|---|\n| {span} | 2 |\n\n: Caption {span} end\n"
        page = f"Before {span} after.\n\n{table}"
        out = pypandoc.convert_text(page, "html", format="markdown", extra_args=["--wrap=none"])
        wanted = " ".join(text.replace("|", "/").replace("...", "…").split())
        found = re.findall(r'<span class="claim-source">(.*?)</span></span>', out)
        assert [html.unescape(re.sub(r"<[^>]+>", "", item)) for item in found] == [wanted] * 3
        assert out.count('data-claim="run:test.x"') == 3
        assert out.count('tabindex="0"') == 3


@settings(max_examples=20, deadline=None)
@given(texts=st.lists(NASTY, min_size=5, max_size=15))
def test_escaped_text_is_read_back_by_pandoc(texts):
    pypandoc = pytest.importorskip("pypandoc")
    flat = [" ".join(item.split()).replace("|", "/").replace("...", "…") for item in texts]
    flat = [item for item in flat if item and item.isprintable()]
    page = "".join(f"[x{markdown.escape(item)}x]{{.c}}\n\n" for item in flat)
    out = pypandoc.convert_text(page, "html", format="markdown", extra_args=["--wrap=none"])
    found = re.findall(r'<span class="c">x(.*?)x</span>', out, re.DOTALL)
    assert [html.unescape(re.sub(r"<[^>]+>", "", item)) for item in found] == flat
