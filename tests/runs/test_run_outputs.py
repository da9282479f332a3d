"""Per-example outputs: round trips, one documented encoding of row ids, damage that is named."""

import numpy as np
import pytest
from helpers_runs import outputs_with
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from pycode.errors import CourseError
from pycode.runs.outputs import Outputs, decode_ids, encode_ids, read_outputs, write_outputs

CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


def test_round_trip(tmp_path):
    made = outputs_with(0.7)
    path = tmp_path / "test.safetensors"
    write_outputs(path, made)
    again = read_outputs(path)
    assert again.row_ids == made.row_ids
    assert np.array_equal(again.labels, made.labels)
    assert np.array_equal(again.logits, made.logits.astype(np.float16).astype(np.float32))
    stored = load(path.read_bytes())
    kinds = {name: str(tensor.dtype) for name, tensor in stored.items()}
    assert kinds == {"logits": "float16", "labels": "int16", "row_ids": "int64"}


def test_groups_are_kept(tmp_path):
    made = outputs_with(0.7, n=4)
    path = tmp_path / "test.safetensors"
    write_outputs(path, Outputs(made.logits, made.labels, made.row_ids, np.array([0, 0, 1, 2])))
    assert read_outputs(path).groups.tolist() == [0, 0, 1, 2]


@settings(max_examples=200, deadline=None)
@given(
    ids=st.lists(
        st.text(CHARACTERS, min_size=1, max_size=12)
        | st.integers(-(2**63), 2**63 - 1).map(str),
        unique=True,
        max_size=20,
    )
)  # fmt: skip
def test_row_ids_come_back_as_they_were(ids):
    assert decode_ids(encode_ids(ids)) == ids


def test_integers_stay_integers_and_odd_ones_do_not():
    assert encode_ids(["7", "-3"]).dtype == np.int64
    for text in ("007", "+7", "9" * 30, "1_000", "٣", "cfpb:12"):
        assert encode_ids([text]).dtype == np.uint8
        assert decode_ids(encode_ids([text, "x"])) == [text, "x"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"labels": np.zeros(3, int)}, "labels must have shape"),
        ({"row_ids": ["a"]}, "row_ids must have shape"),
        ({"row_ids": ["a"] * 400}, "appear again"),
        ({"labels": np.full(400, 5)}, "must lie in 0 … 4"),
        ({"labels": np.zeros(400)}, "integers"),
        ({"logits": np.full((400, 5), np.nan)}, "finite"),
        ({"logits": np.full((400, 5), 7e4)}, "65,504"),
        ({"logits": np.zeros(400)}, "n × C"),
        ({"groups": np.zeros(2, int)}, "groups must have shape"),
    ],
)
def test_what_does_not_fit_is_named(change, says, tmp_path):
    made = outputs_with(0.7)
    facts = {"logits": made.logits, "labels": made.labels, "row_ids": made.row_ids, **change}
    with pytest.raises(CourseError, match=says):
        write_outputs(tmp_path / "x.safetensors", Outputs(**facts))
    assert not list(tmp_path.iterdir())


def test_damaged_files_are_named(tmp_path):
    path = tmp_path / "test.safetensors"
    with pytest.raises(CourseError, match="missing"):
        read_outputs(path)
    good = outputs_with(0.5, n=4)
    write_outputs(path, good)
    whole = path.read_bytes()
    for content in (
        b"",
        b"\x00" * 100,
        whole[:-3],
        b"\xff" * 8 + whole,
        whole[:8] + b"x" + whole[9:],
    ):
        path.write_bytes(content)
        with pytest.raises(CourseError):
            read_outputs(path)
    tensors = load(whole)
    wrong = {
        "unknown tensor 'logit'": {"logit": tensors["logits"], **tensors},
        "'labels' is missing": {k: v for k, v in tensors.items() if k != "labels"},
        "fp16": {**tensors, "logits": tensors["logits"].astype(np.float32)},
        "row_ids must hold integers": {**tensors, "row_ids": np.zeros(4, np.float32)},
        "row_ids must be int64": {**tensors, "row_ids": np.zeros(4, np.int32)},
    }
    for says, content in wrong.items():
        path.write_bytes(save({k: np.ascontiguousarray(v) for k, v in content.items()}))
        with pytest.raises(CourseError, match=says):
            read_outputs(path)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200))
def test_only_course_errors_come_from_any_bytes(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("o") / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(CourseError):
        read_outputs(path)
