"""What fuzzing brought to light, one case for each way to break."""

import json
import struct
from pathlib import Path

import data_readers
import numpy as np
import pytest
import reading
import site_readers

from pycode.errors import LONGEST, CourseError
from pycode.yamltext import YamlProblem, parse_yaml

READERS = {reader.name: reader for reader in (*site_readers.READERS, *data_readers.READERS)}
TEXT = b"\n---\n\ntext\n"


def front(text: str) -> bytes:
    return f"---\n{text}\n---\n\ntext\n".encode()


def changed(tree, **values) -> bytes:
    return json.dumps(tree | values).encode()


def manifest(**facts) -> bytes:
    return json.dumps({"version": 1, "pages": {"page.qmd": facts}}).encode()


def table(columns, **values) -> bytes:
    return data_readers.parquet(columns | values)


RECIPE = data_readers.DECLARED["recipe"]
PARQUET = data_readers.parquet(data_readers.COMPLAINTS)
CASES = [
    ("page for build", front("title: T\nexecute: [1]"), "`execute` must be `key: value` lines, got [1]"),
    ("page for build", front("title: T\ntoc-depth: deep"), "`toc-depth` must be a whole number"),
    ("page for build", front("title: T\nbibliography: true"), "`bibliography` must be text or a list"),
    ("page for build", front("title: T\nbibliography: 5"), "`bibliography` must be text or a list"),
    ("page for build", front("title: T\ncategories: [2026]"), "`categories` must be text or a list"),
    ("page for build", front("title: T\nlisting: {contents: 5}"), "listing: `contents` must be text or a list"),
    ("page for build", front("title: [a]"), "`title` must be text, got ['a']"),
    ("page for build", front("title: T\nformat: 5"), "`format` must be"),
    ("page for build", front("title: T\nfilters: 5"), "`filters` must be a list"),
    ("page for build", front("title: T\nwhen: 2026-13-45"), "front matter key 'when'"),
    ("page for build", front(f"title: {'9' * 5000}"), "a value cannot be read"),
    ("page for build", front("title: !!bool x"), "a value cannot be read"),
    ("page for build", front("title: &a [*a]"), "refers to itself"),
    ("page for build", front("title: " + "[" * 100_000), "nested more than"),
    ("page for build", front("title: T") + b"{{< include ../../../../../../../../../etc/hostname >}}\n", "is not in the project"),
    ("page for freeze", front("title: !!timestamp x"), "a value cannot be read"),
    ("page for freeze", front("title: &a [*a]"), "refers to itself"),
    ("included file", b"\xff\xfe", "not UTF-8"),
    ("page for build", front(f"title: T\nbibliography: {'x' * 5000}"), "is not there"),
    ("page for build", front("title: T") + b"{{< include %s >}}\n" % (b"x" * 5000), "is not there"),
    ("site from page", front("title: T") + b"![a](%s.png)\n" % (b"x" * 5000), "is not there"),
    ("site from page", front(f"title: T\nimage: {'x' * 5000}"), "is not there"),
    ("_quarto.yml", b"project: {type: website, resources: ['a**b']}", "correct the pattern"),
    ("_quarto.yml", b"project: {type: website, resources: ['../*/_variables.yml']}", "correct the pattern"),
    ("_quarto.yml", b"project: {type: website, resources: ['']}", "`resources` must be"),
    ("_quarto.yml", b"metadata-files: [%s]" % (b"x" * 5000), "is missing"),
    ("folder metadata", b"[1]", "a/_metadata.yml: got a list"),
    ("folder metadata", b"\xff\xfe", "a/_metadata.yml: not UTF-8 text"),
    ("folder metadata", b"{format: {html: 1}, execute: 2}", "`execute` must be"),
    ("_quarto.yml", b"\xff", "_quarto.yml: not UTF-8 text"),
    ("_quarto.yml", b"project: {type: website}\nwebsite: 1", "`website` must be"),
    ("_quarto.yml", b"project: [1]", "`project` must be"),
    ("_quarto.yml", b"project: {type: website, render: [1]}", "project: `render` must be a list of texts"),
    ("_quarto.yml", b"metadata-files: [[a]]\nproject: {type: website}", "`metadata-files` must be"),
    ("_variables.yml", b"a: \xc3\x28", "_variables.yml: not UTF-8 text"),
    ("_variables.yml", b"a: 2026-13-45", "a value cannot be read"),
    ("site from config", changed(site_readers.BUILT, website={"navbar": {"left": [[1]]}}), "a navigation entry is"),
    ("site from config", changed(site_readers.BUILT, website={"sidebar": [{"contents": [{"contents": 1}]}]}), "a navigation entry is"),
    ("site from config", changed(site_readers.BUILT, website={"page-footer": {"left": [[1]]}}), "page-footer: `left` must be text"),
    ("site from page", front("title: T\naliases: ../../out.html"), "lies outside of the site"),
    ("site from page", front("title: T\naliases: /../out.html"), "lies outside of the site"),
    ("site from page", front("title: T\nimage: /../../a.png"), "is not there"),
    ("quiz.yml", b"title: 2026-13-45", "quiz.yml: a value cannot be read"),
    ("quiz.yml", b"title: &a [*a]", "recursive node"),
    ("freeze entry", b'{"hash": ' + b"9" * 5000 + b"}", "not valid JSON"),
    ("freeze entry", changed(site_readers.ENTRY, hash="x" * 5000), "`hash` must be 32"),
    ("freeze manifest", b'{"version": ' + b"9" * 5000 + b"}", "not valid JSON"),
    ("freeze manifest", manifest(includes=["a"]), "`includes` must be a mapping of texts"),
    ("freeze manifest", manifest(outputs=5), "`outputs` must be a mapping of texts"),
    ("freeze manifest", manifest(settings={"html": 1}), "`settings` must be a mapping of mappings"),
    ("freeze manifest", manifest(claims={"published:a.score": ["1"]}), "`claims` must be a mapping of mappings"),
    ("notebook", b'{"cells":' * 3000, "is not a notebook"),
    ("run record", changed(data_readers.RECORD, model=[]), "record.json: Run 'sample', model: text is needed"),
    ("run record", changed(data_readers.RECORD, id=["x"]), "record.json: A run's id"),
    ("run config", changed(data_readers.DECLARED, kind="x"), "config.yml, kind: Unknown kind"),
    ("run config", changed(data_readers.DECLARED, recipe=RECIPE | {"epochs": 10**400}), "epochs must be a finite number"),
    ("run config", changed(data_readers.DECLARED, recipe=RECIPE | {"epochs": -1}), "config.yml, recipe: Recipe field 'epochs'"),
    ("run config", b"description: d\nkind: majority\ndata: {name: x}\nrecipe: {epochs: .inf}", "unknown field 'epochs'"),
    ("published.yml", b"[" * 100_000, "nested more than"),
    ("published.yml", b"commit: 2026-13-45", "a value cannot be read"),
    ("allowed literals", b'- {pages: "*", reason: r, pattern: "a{99999999999}"}', "regular expression"),
    ("checkpoint", b"null", "is damaged"),
    ("checkpoint", b"[" * 100_000, "is damaged"),
    ("parquet cfpb-8k", b"", "file size is 0 bytes."),
    ("parquet cfpb-8k", PARQUET[:-20], "is not a readable parquet file"),
    ("parquet cfpb-8k", table(data_readers.COMPLAINTS, complaint_id=["\0"] * 24), r"(first: \x00)"),
    ("parquet banking77", table({name: items[:3] for name, items in data_readers.BANKING.items()}), "banking77: no class has 5 rows"),
    ("parquet reuters", table(data_readers.REUTERS, newid=["x"] * 24), "'newid' of reuters.parquet must hold whole numbers"),
    ("parquet reuters", table(data_readers.REUTERS, topics=[[None]] * 24), "must hold lists of topic names"),
    ("parquet reuters", table(data_readers.REUTERS, text=[None] * 24), "Column 'text' of reuters.parquet must be text"),
    ("parquet reuters", table(data_readers.REUTERS, split=["test"] * 24), "no row is in the train split"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "words"), CASES, ids=range(len(CASES)))
def test_each_is_one_clear_sentence(name, content, words):
    reader = READERS[name]
    root = reading.project(reader)
    (root / reader.file).write_bytes(content)
    with reading.contextlib.chdir(root), pytest.raises(CourseError) as error:
        reader.read(root)
    assert words in str(error.value)
    assert reading.attempt(reader, content) == "refused"


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(YamlProblem, match="too large"):
        parse_yaml("\n".join(lines))
    assert parse_yaml("a: &x [1, 2]\nb: *x\n") == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize("loader", ["SafeLoader", "CSafeLoader"])
@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000])
def test_deep_nesting_is_refused_by_both_parsers(loader, text):
    """The C parser used to end the process."""
    import yaml

    with pytest.raises(YamlProblem, match="nested more than 100"):
        parse_yaml(text, getattr(yaml, loader, yaml.SafeLoader))


def test_long_files_that_are_not_deep_are_read():
    entries = [{"id": str(i), "value": [i, i + 1]} for i in range(2000)]
    assert parse_yaml(json.dumps(entries)) == entries


def test_messages_cannot_steer_a_terminal_and_can_be_read():
    shown = ascii(str(CourseError("a\x1b[31m\u202eb\ud800\x00")))
    assert shown == ascii(r"a\x1b[31m\u202eb\ud800\x00")
    assert (
        str(CourseError("two\nlines\tof it \N{NARROW NO-BREAK SPACE}%"))
        == "two\nlines\tof it \u202f%"
    )
    text = str(CourseError(f"page.qmd: got {'x' * 5000}: write less."))
    assert text.startswith("page.qmd: got x") and text.endswith("x: write less.")
    assert len(text) <= LONGEST + 3
    trace = "page.qmd:1: raised\n" + "x" * 5000
    assert str(CourseError(trace)) == trace  # what a cell raised is shown whole


def test_a_header_that_promises_more_than_the_file_holds(tmp_path: Path):
    data = data_readers.tensor_file({"logits": np.zeros((3, 2), np.float16)})
    reader = READERS["run outputs"]
    assert reading.attempt(reader, struct.pack("<Q", 2**62) + data[8:]) == "refused"
