"""The parquet reader: every bad file is one clear sentence, never a traceback."""

import random
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from stand_in import cfpb_file, write

from pycode.data.parquet import column_names, read_columns, read_strings
from pycode.errors import CourseError


def test_columns_in_the_order_of_the_file(tmp_path):
    path = write(tmp_path / "a.parquet", b=["x", "y"], a=[1, 2])
    assert column_names(path) == ["b", "a"]
    assert read_columns(path, ["a"]) == {"a": [1, 2]}
    assert read_strings(path, ["b"]) == {"b": ["x", "y"]}


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_all_string_types_are_text(tmp_path, kind):
    path = write(tmp_path / "a.parquet", text=pa.array(["x", "y"], kind))
    assert read_strings(path, ["text"])["text"] == ["x", "y"]


def test_categories_are_text(tmp_path):
    path = write(tmp_path / "a.parquet", text=pa.array(["x", "y", "x"]).dictionary_encode())
    assert read_strings(path, ["text"])["text"] == ["x", "y", "x"]


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(CourseError, match="no file a.parquet"):
        column_names(tmp_path / "a.parquet")
    with pytest.raises(CourseError, match="is a folder"):
        column_names(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"id,text\n1,hello\n", b"PAR1" * 20])
def test_not_parquet(tmp_path, content):
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=r"a\.parquet is not a readable parquet file"):
        read_columns(path, ["text"])


def test_missing_column_names_what_is_there_and_what_is_wanted(tmp_path):
    path = write(tmp_path / "a.parquet", txt=["x"], issue=["y"])
    with pytest.raises(CourseError) as caught:
        read_columns(path, ["text", "issue"])
    message = str(caught.value)
    assert "no column 'text'" in message and "it has txt, issue" in message
    assert "wanted text, issue" in message and "Did you mean 'txt'" in message


def test_wrong_type_and_gap(tmp_path):
    path = write(tmp_path / "a.parquet", number=[1, 2], gap=["x", None])
    with pytest.raises(CourseError, match=r"'number' .* must be text, but row 0 is int"):
        read_strings(path, ["number"])
    with pytest.raises(CourseError, match=r"'gap' .* row 1 is empty \(null\)"):
        read_strings(path, ["gap"])


def test_without_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CourseError, match="needs the package `pyarrow`"):
        column_names(tmp_path / "a.parquet")


def damaged(content: bytes, rng: random.Random) -> bytes:
    spoiled = bytearray(content)
    if rng.random() < 0.3:
        return bytes(spoiled[: rng.randrange(len(spoiled))])
    for _ in range(rng.randrange(1, 12)):
        spoiled[rng.randrange(len(spoiled))] = rng.randrange(256)
    return bytes(spoiled)


def test_fuzzed_files_end_in_text_or_in_a_course_error(tmp_path):
    content = cfpb_file(tmp_path / "good.parquet", n=60).read_bytes()
    rng = random.Random(7)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        path = Path(tmp_path / "bad.parquet")
        path.write_bytes(damaged(content, rng))
        try:
            columns = read_strings(path, ("text", "issue", "complaint_id"))
        except CourseError as error:
            assert "\n" not in str(error)
            outcomes["refused"] += 1
        else:
            assert all(isinstance(value, str) for value in columns["text"])
            outcomes["read"] += 1
    assert outcomes["refused"] > 100
