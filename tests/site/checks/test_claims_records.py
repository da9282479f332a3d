"""`course check claims` on records: what somebody edited by hand is found and named."""

import shutil

import pytest
from helpers_claims import course_with

from pycode.site.checks.claim_rules.records import record_problems

RUN = "majority-cfpb8k"


@pytest.fixture
def course(tmp_path, project):
    """A course with one real run of this repository."""
    made = course_with(tmp_path)
    shutil.copytree(project.runs / RUN, made.runs / RUN)
    return made


def edit(course, name, old, new):
    path = course.runs / RUN / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def found(course):
    return [str(item) for item in record_problems(course)]


def test_a_record_as_it_was_written_passes(course):
    assert found(course) == []


def test_a_value_that_the_outputs_do_not_give(course, project):
    from pycode.runs.record import read_record

    value = read_record(project.runs, RUN).metric("test.accuracy").value
    text = (course.runs / RUN / "record.json").read_text(encoding="utf-8")
    start = text.index('"accuracy"', text.index('"test": {', text.index('"metrics"')))
    changed = text[:start] + text[start:].replace(repr(value), "0.9999", 1)
    assert changed != text
    (course.runs / RUN / "record.json").write_text(changed, encoding="utf-8")
    (message,) = found(course)
    assert message.startswith(f"runs/{RUN}/record.json: test.accuracy is 0.9999 here")
    assert f"test.safetensors gives {value:.6g}" in message
    assert f"`course run {RUN}`" in message


def test_a_config_that_is_not_that_of_the_record(course):
    edit(course, "config.yml", "name: cfpb-8k", "name: reuters")
    (message,) = found(course)
    line = (course.runs / RUN / "config.yml").read_text().splitlines().index("  name: reuters") + 1
    assert message.startswith(f"runs/{RUN}/config.yml:{line}: 'data.name' is 'reuters' here and")
    assert "'cfpb-8k' in the record: put it back" in message


def test_a_field_that_the_record_does_not_know(course):
    path = course.runs / RUN / "config.yml"
    path.write_text(path.read_text() + "needs: [gpu]\n", encoding="utf-8")
    (message,) = found(course)
    assert "'needs' is ['gpu'] here and None in the record" in message


def test_another_label_in_the_outputs_and_another_class_name(course):
    path = course.runs / RUN / "test.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(bytes(content))
    assert "test.safetensors is not the file of the record" in found(course)[0]


def test_a_broken_record_is_one_problem(course):
    edit(course, "record.json", '"mode": "full"', '"mode": "ful"')
    (message,) = found(course)
    assert "got 'ful', allowed are full, smoke" in message
