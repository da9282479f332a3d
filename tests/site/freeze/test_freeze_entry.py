"""Entries are Quarto's, byte for byte, and damaged ones are named."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.freeze.entry import FrozenPage, entry_path, parse_entry, read_entry, source_hash

FIRST = """{
  "hash": "28358423e29651df43949f11e2706844",
  "result": {
    "engine": "jupyter",
    "markdown": "Grüße\\n\\n\\"x\\" </script>\\n",
    "supporting": [
      "index_files"
    ],
    "filters": [],
    "includes": {}
  }
}"""


def test_file_is_what_quarto_writes():
    entry = parse_entry(FIRST, "html.json", "a.qmd")
    assert entry.to_json() == FIRST
    assert entry.markdown == 'Grüße\n\n"x" </script>\n'


def test_recorded_files_survive_a_round_trip(shared):
    text = (shared / "quarto_freeze_format.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```json\n(\{\n  \"hash\".*?^\})\n```$", text, re.S | re.M)
    assert len(examples) >= 3
    for example in examples:
        assert parse_entry(example, "html.json", "a.qmd").to_json() == example


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("a\r\nb", source_hash("a\nb")),
        (
            "ü\ufeff",
            "".join(
                format(b, "02x") for b in __import__("hashlib").md5("ü\ufeff".encode()).digest()
            ),
        ),
    ],
)
def test_hash_is_md5_with_unix_line_ends(text, digest):
    assert source_hash(text) == digest


def test_smallest_entry_that_quarto_takes():
    text = json.dumps(
        {"hash": "0" * 32, "result": {"markdown": "b\n", "supporting": [], "filters": []}}
    )
    assert parse_entry(text, "n", "p").engine == "jupyter"


def _broken(**changes):
    value = json.loads(FIRST)
    for key, change in changes.items():
        if key == "hash":
            value["hash"] = change
        elif change is None:
            del value["result"][key]
        else:
            value["result"][key] = change
    return json.dumps(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"),
        (FIRST[:-3], "not valid JSON"),
        ("[1]", "`hash` and `result`"),
        ("[" * 100_000, "not valid JSON"),
        (FIRST.replace('  "hash"', '<<<<<<< HEAD\n  "hash"'), "conflict"),
        (_broken(hash="xyz"), "32 hexadecimal"),
        (_broken(markdown=3), "markdown"),
        (_broken(supporting=None), "supporting"),
        (_broken(filters=None), "filters"),
        (_broken(includes=["x"]), "includes"),
    ],
)
def test_damaged_entries_are_explained(text, words):
    with pytest.raises(CourseError, match=r"course freeze a\.qmd") as caught:
        parse_entry(text, "_freeze/a/execute-results/html.json", "a.qmd")
    assert words in str(caught.value)
    assert "_freeze/a/execute-results/html.json" in str(caught.value)


def test_reading_finds_nested_pages_and_names_bad_bytes(tmp_path):
    project = Project(tmp_path)
    assert read_entry(project, "blog/01 x/index.qmd") is None
    path = entry_path(project, "blog/01 x/index.qmd")
    assert path == tmp_path / "_freeze/blog/01 x/index/execute-results/html.json"
    path.parent.mkdir(parents=True)
    path.write_text(FIRST, encoding="utf-8")
    assert read_entry(project, "blog/01 x/index.qmd").hash.startswith("28358423")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CourseError, match="UTF-8"):
        read_entry(project, "blog/01 x/index.qmd")
    assert Path(path).is_file()


@given(st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.lists(st.text())))
def test_any_entry_round_trips(markdown, supporting, includes):
    entry = FrozenPage("0" * 32, markdown, tuple(supporting), includes=includes)
    assert parse_entry(entry.to_json(), "n", "p") == entry


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(
    st.sampled_from(["hash", "result", "markdown", "supporting", "filters"]), x)))  # fmt: skip
def test_any_json_is_an_entry_or_a_course_error(value):
    try:
        parse_entry(json.dumps(value), "n", "p")
    except CourseError as error:
        assert "damaged" in str(error)
