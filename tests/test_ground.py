"""The plain files beside the rooms: faults of the file system and of YAML are one clear sentence."""

import tempfile
from pathlib import Path

import pytest

from pycode.errors import CourseError
from pycode.files import write_text
from pycode.project import read_yaml
from pycode.yamltext import YamlProblem, parse_yaml

LOADERS = ("SafeLoader", "CSafeLoader")


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, monkeypatch):
    path = tmp_path / "config.yml"
    path.write_text("a: 1\n")
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(CourseError, match=r"^config\.yml cannot be read \(Permission denied\):"):
        read_yaml(path)


def test_a_folder_in_place_of_a_file_is_one_sentence(tmp_path):
    (tmp_path / "config.yml").mkdir()
    with pytest.raises(CourseError, match=r"^config\.yml cannot be read \(Is a directory\)"):
        read_yaml(tmp_path / "config.yml")


def test_a_folder_that_takes_no_file_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(CourseError, match=r"^Could not write a\.txt: Permission denied\.$"):
        write_text(tmp_path / "a.txt", "text")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match=r"^Could not write a\.txt: "):
        write_text(tmp_path / "file" / "a.txt", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "a", 3),
        ("data:\n  name: x\n  name: y\n", "name", 3),
        ("- {a: 1}\n- {b: 1, b: 1}\n", "b", 2),
        ("a: 1\n'a': 2\n", "a", 2),
        ("1: x\n1: y\n", "1", 2),
        ("? {x: 1, x: 2}\n: 3\n", "x", 1),
        ("a: &x {b: 1}\nc: {<<: *x, d: 1, d: 2}\n", "d", 2),
    ],
)
def test_a_key_given_twice_is_named_with_its_line(loader, text, key, line):
    import yaml

    with pytest.raises(YamlProblem, match=f"the key '{key}' is given twice") as caught:
        parse_yaml(text, getattr(yaml, loader, yaml.SafeLoader))
    assert caught.value.line == line


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: {b: 1}\nc: {b: 1}\n", {"a": {"b": 1}, "c": {"b": 1}}),
        ("1: x\n'1': y\n", {1: "x", "1": "y"}),
        ("a: &x {b: 1}\nc: {<<: *x, b: 2}\nd: *x\n",
         {"a": {"b": 1}, "c": {"b": 2}, "d": {"b": 1}}),
        ("", None),
    ],
)  # fmt: skip
def test_keys_that_only_look_alike_are_read(loader, text, value):
    import yaml

    assert parse_yaml(text, getattr(yaml, loader, yaml.SafeLoader)) == value


def test_a_value_that_holds_itself_is_still_refused():
    with pytest.raises(YamlProblem, match="refers to itself"):
        parse_yaml("a: &x [*x]\n")
