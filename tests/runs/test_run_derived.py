"""Ratios, differences and percentages of two claims, and those that make no sense."""

import pytest
from helpers_runs import add_run, make_project

from pycode.errors import CourseError
from pycode.runs import claim, difference, percent_change, quote, ratio

SETTINGS = {"device": "T4", "dtype": "fp16", "sequence_policy": "128 tokens"}


def speed(value, batch, **changes):
    settings = {**SETTINGS, "batch_size": batch, **changes}
    return {"value": value, "unit": "ms/ex", "statistic": "median", "settings": settings}


@pytest.fixture
def course(tmp_path):
    project = make_project(tmp_path)
    metrics = {
        "b1": speed(53.2, 1),
        "b32": speed(2.31, 32),
        "b32q": speed(5.8, 32, dtype="int8"),
        "zero": speed(0.0, 32),
        "p95": {**speed(2.9, 32), "statistic": "95th percentile"},
        "long": speed(9.1, 32, sequence_policy="256 tokens"),
        "loss": {"value": 1.25, "unit": "nats"},
        "loss2": {"value": 1.0, "unit": "nats"},
        "part": {"value": 40.0, "unit": "%"},
        "part2": {"value": 42.5, "unit": "%"},
        "test": {"accuracy": {"value": 0.566}, "macro_f1": {"value": 0.209}},
        "val": {"accuracy": {"value": 0.542}, "macro_f1": {"value": 0.132}},
    }
    add_run(project, id="a", metrics=metrics)
    return project


def test_a_ratio_keeps_both_sources(course):
    made = ratio("a:b32q", "a:b32", project=course)
    assert made.text == "2.51×"
    assert float(made) == pytest.approx(5.8 / 2.31)
    assert made.provenance.count("run a") == 2
    assert "int8" in made.provenance
    assert made.id == "ratio(a:b32q, a:b32)"
    assert made.settings["batch_size"] == 32
    assert "dtype" not in made.settings  # int8 over fp16: neither is the ratio's


def test_published_latencies_taken_alike_have_a_ratio(course):
    made = ratio("published:q5.dec.fp16.latency", "published:q5.enc.fp16.latency", project=course)
    assert made.text == "2.19×"


def test_batch_one_and_batch_thirty_two_have_no_ratio(course):
    with pytest.raises(CourseError, match="batch size 1, 'a:b32' has 32"):
        ratio("a:b1", "a:b32", project=course)
    assert ratio("a:b1", "a:b32", vary="batch_size", project=course).text == "23.0×"
    with pytest.raises(CourseError, match="statistic 95th percentile, 'a:b32' has median"):
        ratio("a:p95", "a:b32", project=course)
    with pytest.raises(CourseError, match="sequence policy 256 tokens, 'a:b32' has 128"):
        ratio("a:long", "a:b32", project=course)
    with pytest.raises(CourseError, match="allowed are device"):
        ratio("a:b1", "a:b32", vary="batch", project=course)


def test_a_quotation_takes_no_part(course):
    cited = quote("published:dec.latency_slide", project=course)
    with pytest.raises(CourseError, match="quotation"):
        ratio(cited, claim("a:b1", project=course))


def test_differences_and_percentages(course):
    assert difference("a:test.accuracy", "a:val.accuracy", project=course).text == "+2.4 points"
    assert difference("a:test.macro_f1", "a:val.macro_f1", project=course).text == "+0.077"
    assert difference("a:val.macro_f1", "a:test.macro_f1", project=course).text == "−0.077"
    assert percent_change("a:b32q", "a:b32", project=course).text == "+151.1 %"
    assert percent_change("a:b32", "a:b32q", project=course).text == "−60.2 %"
    assert difference("a:part2", "a:part", project=course).text == "+2.5 points"
    assert difference("a:loss", "a:loss2", project=course).text == "+0.250"
    unit = difference("a:b32q", "a:b32", project=course)
    assert (unit.text, unit.unit) == ("3.49 ms per example", "ms/ex")


def test_units_must_agree_and_zero_divides_nothing(course):
    with pytest.raises(CourseError, match="take two of one unit"):
        ratio("a:test.accuracy", "a:test.macro_f1", project=course)
    with pytest.raises(CourseError, match="zero"):
        ratio("a:b32", "a:zero", project=course)
    with pytest.raises(CourseError, match="range"):
        ratio("published:data.fit128_week1", "published:data.fit128_prework", project=course)
