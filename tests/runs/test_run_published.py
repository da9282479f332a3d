"""Published figures: the file itself, contradictions, quotations, and malformed files."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from helpers_runs import make_project
from hypothesis import given, settings
from hypothesis import strategies as st

from pycode.errors import CourseError
from pycode.runs import claim, quote
from pycode.runs.published import parse_published, read_published
from pycode.runs.value import published_text

FILE = Path(__file__).resolve().parents[2] / "runs" / "published.yml"


@pytest.fixture
def course(tmp_path):
    return make_project(tmp_path)


def test_every_entry_can_be_claimed_or_quoted(course):
    entries = read_published(course.runs)
    assert len(entries) > 400
    refused = []
    for name in entries:
        try:
            claim(f"published:{name}", project=course)
        except CourseError as error:
            assert "quote(" in str(error)
            assert quote(f"published:{name}", project=course).text.startswith("“")
            refused.append(name)
    assert "enc.dec.speed_ratio" in refused
    assert "dec.latency_slide" in refused
    assert all(entries[name].kind.timed for name in refused)


def test_values_are_those_of_the_facts(shared, course):
    facts = yaml.safe_load((shared / "facts" / "numbers.yaml").read_text(encoding="utf-8"))
    known = {item["id"]: item["value"] for item in facts["entries"]}
    entries = read_published(course.runs)
    numbers = {
        name: entry for name, entry in entries.items() if isinstance(known.get(name), int | float)
    }
    assert len(numbers) > 380
    assert {name: entry.value for name, entry in numbers.items()} == {
        name: float(known[name]) for name in numbers
    }


def test_the_file_says_whose_it_is():
    text = FILE.read_text(encoding="utf-8")
    assert "CC BY 4.0" in text
    assert "Eduardo Ariño de la Rubia" in text
    assert "a7b7c44" in text


def test_a_contradiction_is_told(course):
    found = claim("published:enc.ft.e3.zero_f1", project=course)
    assert found.text == "46"
    assert "contradicts itself" in found.provenance
    assert "47 (decks of weeks 2 and 3" in found.provenance
    assert claim("published:enc.ft.e3.zero_f1", both=True, project=course).text == "46 or 47"
    with pytest.raises(CourseError, match="no contradiction is known"):
        claim("published:enc.ft.time", both=True, project=course)


def test_ranges_bounds_and_approximations(course):
    texts = {
        "data.fit128_week1": "85–90 %",
        "data.bottom30_share": "< 2 %",
        "data.median_words": "≈ 50",
        "data.ratio_published": "2,666×",
        "q5.dec.int8.latency": "12.65 ms per example",
        "kd.tier.mid": "+0.019",
    }
    for name, text in texts.items():
        assert claim(f"published:{name}", project=course).text == text
    assert (
        claim("published:kd.tier.mid", "interval", project=course).text == "+0.019 [−0.009, +0.047]"
    )
    two = replace(read_published(course.runs)["kd.tier.mid"], decimals=2)
    assert published_text(two, "interval") == "+0.02 [−0.01, +0.05]"  # bounds as exact as the value
    with pytest.raises(CourseError, match="is a range"):
        float(claim("published:data.fit128_week1", project=course))


def test_a_quotation_says_what_is_missing(course):
    found = quote("published:dec.latency_slide", project=course)
    assert found.text == "“58 ms per example”"
    for word in ("device", "dtype", "sequence policy", "statistic"):
        assert word in found.provenance.split("not stated there:")[1]
    assert "batch size" not in found.provenance.split("not stated there:")[1]
    with pytest.raises(CourseError, match="use claim"):
        quote("tfidf-cfpb8k:test.macro_f1", project=course)


def test_a_changed_file_is_read_again(course):
    path = course.runs / "published.yml"
    before = read_published(course.runs)
    path.write_text(
        "entries:\n- {id: a, value: 1, unit: rows, metric: rows, source: here}\n", encoding="utf-8"
    )
    assert list(read_published(course.runs)) == ["a"] != list(before)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("entries: 3", "must be a list"),
        ("entrys: []", "Did you mean 'entries'"),
        ("entries: [{id: a, value: 1, unit: row, metric: m, source: s}]", "'rows'"),
        ("entries: [{id: a, value: x, unit: rows, metric: m, source: s}]", "finite number"),
        ("entries: [{id: a, value: 1, unit: rows, metric: m, source: s, seting: b}]", "'setting'"),
        ("entries: [{id: a, value: 1, unit: rows, metric: m, source: s, setting: b}]", "not named"),
        ("entries: [{id: 'a:b', value: 1, unit: rows, metric: m, source: s}]", "no colon"),
        ("a: [", "line 2"),
    ],
)
def test_departures_are_named(course, text, says):
    (course.runs / "published.yml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        read_published(course.runs)
    assert says in str(caught.value)


def test_an_id_given_twice_is_named(course):
    one = "- {id: a, value: 1, unit: rows, metric: m, source: s}\n"
    (course.runs / "published.yml").write_text(f"entries:\n{one}{one}", encoding="utf-8")
    with pytest.raises(CourseError, match="appears twice"):
        read_published(course.runs)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
SMALL = {
    "splits": {"val": 6430},
    "settings": {"s": {"text": "t", "n_classes": 113, "device": "T4"}},
    "sources": {"o": "the output"},
    "entries": [
        {
            "id": "a.b", "value": 0.5, "unit": "share", "metric": "accuracy", "setting": "s",
            "split": "val",
            "source": "o", "note": "n", "decimals": 1,
            "interval": {"low": 0.1, "high": 0.6, "level": 0.95, "method": "bootstrap"},
            "conflicts": [{"value": 0.4, "source": "p"}, {"text": "x", "source": "o"}],
        },
        {"id": "c", "value": [1, 2], "unit": "ms", "metric": "latency", "source": "q",
        "batch_size": 1},
    ],
}  # fmt: skip


def test_an_entrys_own_conditions_come_before_those_of_its_setting():
    content = copy.deepcopy(SMALL)
    content["entries"][0]["device"] = "A100"
    content["entries"][1] |= {"setting": "s", "value": [1.5, 2]}
    own, named = parse_published(content).values()
    assert (own.settings["device"], named.settings["device"]) == ("A100", "T4")
    assert published_text(named) == "1.5–2.0 ms"


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_only_course_errors_come_from_malformed_files(data):
    value = copy.deepcopy(SMALL)
    where = value
    while isinstance(where, dict | list) and where:
        keys = list(where) if isinstance(where, dict) else list(range(len(where)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(where[key], dict | list) and where[key] and data.draw(st.integers(0, 3)):
            where = where[key]
            continue
        if data.draw(st.booleans()):
            where[key] = data.draw(JSON)
        else:
            del where[key]
        break
    try:
        entries = parse_published(value)
    except CourseError as error:
        assert str(error).strip()
        return
    assert all(published_text(entry) for entry in entries.values())
