"""Records: what is valid, what is refused, and what a broken file says."""

import copy
import json

import pytest
from helpers_runs import add_run, fields, make_project, record
from hypothesis import given, settings
from hypothesis import strategies as st

from pycode.errors import CourseError
from pycode.files import write_json
from pycode.runs.record import Record, from_json, read_record, run_ids, write_record
from pycode.runs.schema import config_sha256

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_round_trip(tmp_path):
    project = make_project(tmp_path)
    made = add_run(project)
    again = read_record(project.runs, made.id, verify=True)
    assert again == made
    assert again.config_sha256 == config_sha256(fields()["config"])


def test_config_hash_ignores_order_of_keys_only():
    assert config_sha256({"a": 1, "b": [1, 2]}) == config_sha256({"b": [1, 2], "a": 1})
    assert config_sha256({"a": 1, "b": [1, 2]}) != config_sha256({"a": 1, "b": [2, 1]})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": "TF IDF"}, "lower case"),
        ({"id": "published"}, "reserved"),
        ({"mode": "ful"}, "Did you mean 'full'?"),
        ({"kind": "trian"}, "Did you mean 'train'?"),
        ({"metrics": {"test": {"macro_f1": 0.1}}}, "write {value: …}"),
        ({"metrics": {"test": {"macro_f1": {"value": float("nan")}}}}, "finite number"),
        ({"metrics": {"test": {"macro_f1": {"value": 0.1, "intervall": {}}}}}, "'interval'?"),
        ({"metrics": {"test": {"wonder": {"value": 0.1}}}}, "state `unit`"),
        ({"metrics": {"test": {"wonder": {"value": 0.1, "unit": "scores"}}}}, "'score'?"),
        ({"metrics": {"te.st": {"macro_f1": {"value": 0.1}}}}, "no dots"),
        ({"seeds": [42, 42]}, "different whole numbers"),
        ({"created": "8 April"}, "2026-04-08"),
        ({"artifacts": {"../x": "0" * 64}}, "plain file name"),
        ({"config_sha256": "0" * 64}, "edited by hand"),
        ({"config": {"when": {1, 2}}}, "cannot be hashed"),
        ({"duration_s": -1}, "≥ 0"),
    ],
)
def test_a_departure_is_named(changes, says):
    with pytest.raises(CourseError) as caught:
        record(**changes)
    message = str(caught.value)
    assert says in message
    assert "\n" not in message


def test_interval_upside_down_is_refused():
    metrics = copy.deepcopy(fields()["metrics"])
    metrics["test"]["macro_f1"]["interval"]["low"] = 0.9
    with pytest.raises(CourseError, match="low 0.9 is above high"):
        record(metrics=metrics)


def test_later_experiments_fit_without_a_new_schema():
    gpu = {"device": "NVIDIA T4", "compute_capability": "7.5", "cores": 2, "memory_gb": 15.6}
    made = record(
        id="enc-int8",
        kind="compress",
        hardware=gpu,
        metrics={
            "size": {"disk": {"value": 144.0, "unit": "MB"}},
            "memory": {"after_load": {"value": 0.41, "unit": "GB"}},
            "latency": {
                "batch1": {
                    "value": 3.1, "unit": "ms", "statistic": "median of 50",
                    "settings": {"batch_size": 1, "warmup": 5},
                }
            },
            "distill": {"val": {"ece": {"value": 0.05, "per_seed": {"1": 0.05, "2": 0.06}}}},
        },
    )  # fmt: skip
    assert made.metric("latency.batch1").settings["batch_size"] == 1
    assert made.metric("distill.val.ece").per_seed == {"1": 0.05, "2": 0.06}


def test_unknown_metric_names_the_nearest():
    with pytest.raises(CourseError, match=r"Did you mean 'test\.macro_f1'\?"):
        record().metric("test.macrof1")
    with pytest.raises(CourseError, match=r"Did you mean 'test\.macro_f1'\?"):
        record().metric("val.macro_f1")


def test_missing_pending_and_broken_runs(tmp_path):
    project = make_project(tmp_path)
    add_run(project)
    with pytest.raises(CourseError, match="Did you mean 'tfidf-cfpb8k'"):
        read_record(project.runs, "tfidf-cfpb8")
    (project.runs / "later").mkdir()
    (project.runs / "later" / "config.yml").write_text("a: 1\n")
    with pytest.raises(CourseError, match="course run later"):
        read_record(project.runs, "later")
    assert run_ids(project.runs) == ["later", "tfidf-cfpb8k"]
    path = project.runs / "tfidf-cfpb8k" / "record.json"
    half = path.read_text(encoding="utf-8")[:200]
    for content in (half, "[]", "null", "{}", '{"schema": 2}', "\x00"):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(CourseError, match=r"record\.json"):
            read_record(project.runs, "tfidf-cfpb8k")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CourseError):
        read_record(project.runs, "tfidf-cfpb8k")


def test_a_copied_folder_is_noticed(tmp_path):
    project = make_project(tmp_path)
    made = add_run(project)
    write_json(project.runs / "other" / "record.json", made.to_json())
    with pytest.raises(CourseError, match="copied"):
        read_record(project.runs, "other")
    with pytest.raises(CourseError, match="belongs in a folder"):
        write_record(project.runs / "other", made)


def test_an_edited_config_is_noticed(tmp_path):
    project = make_project(tmp_path)
    add_run(project)
    path = project.runs / "tfidf-cfpb8k" / "record.json"
    value = json.loads(path.read_text(encoding="utf-8"))
    value["config"]["seed"] = 43
    write_json(path, value)
    with pytest.raises(CourseError, match="edited by hand"):
        read_record(project.runs, "tfidf-cfpb8k")


def test_artefacts_are_verified(tmp_path):
    project = make_project(tmp_path)
    folder = project.runs / "tfidf-cfpb8k"
    folder.mkdir()
    with pytest.raises(CourseError, match="missing"):
        write_record(folder, record(artifacts={"test.safetensors": "0" * 64}))
    assert not (folder / "record.json").exists()


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_only_course_errors_come_from_malformed_records(data):
    value = record().to_json()
    where = value
    while isinstance(where, dict) and where:
        key = data.draw(st.sampled_from(sorted(where)))
        if isinstance(where[key], dict) and where[key] and data.draw(st.booleans()):
            where = where[key]
            continue
        action = data.draw(st.sampled_from(["replace", "delete", "rename"]))
        if action == "delete":
            del where[key]
        else:
            new = data.draw(JSON) if action == "replace" else where.pop(key)
            where[key if action == "replace" else data.draw(st.text(max_size=9))] = new
        break
    try:
        made = from_json(value, "record.json")
    except CourseError as error:
        assert str(error).strip()
    else:
        assert isinstance(made, Record)
        assert [item.path for item in made.all_metrics()]


@settings(max_examples=100, deadline=None)
@given(value=JSON)
def test_any_json_is_refused_with_a_course_error(value):
    with pytest.raises(CourseError):
        from_json(value, "record.json")
