"""Shortcodes, includes and metadata."""

import pytest

from pycode.errors import CourseError
from pycode.site.render import yamlio
from pycode.site.render.report import BuildFailed
from pycode.site.render.shortcodes import expand_includes, expand_values


def where(offset: int) -> str:
    return f"p.qmd:{offset}"


def test_values_are_put_in_and_escapes_survive():
    variables = {"a": {"b": 3, "on": True}, "list": [{"x": "y"}]}
    text = (
        "{{< var a.b >}} {{< var a.on >}} {{<var list.0.x>}} {{{< var a.b >}}} {{< meta title >}}"
    )
    assert expand_values(text, variables, {"title": "T"}, where) == "3 true y {{< var a.b >}} T"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{< var a.c >}}", r"'a.c' is not in _variables.yml. Did you mean 'a.b'"),
        ("{{< var a >}}", "is a dict: name one value inside it"),
        ("{{< meta nope >}}", "'nope' is not in the page's metadata"),
        ("{{< vra a.b >}}", "shortcode 'vra' is not supported; .* Did you mean 'var'"),
        ("x {{< include a.qmd >}}", "`include` must stand alone"),
    ],
)
def test_wrong_shortcodes_are_explained(text, message):
    with pytest.raises(CourseError, match=message):
        expand_values(text, {"a": {"b": 3}}, {}, where)


def test_includes_keep_where_each_line_was_written(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/_a.qmd").write_text("one\n{{< include _b.qmd >}}\nthree")
    (tmp_path / "in/_b.qmd").write_text("two")
    text = "start\n\n{{< include in/_a.qmd >}}\n\n```\n{{< include in/_a.qmd >}}\n```\nend"
    result = expand_includes(text, "p.qmd", tmp_path)
    assert [(line.text, line.file, line.number) for line in result.lines if line.text] == [
        ("start", "p.qmd", 1), ("one", "in/_a.qmd", 1), ("two", "in/_b.qmd", 1), ("three", "in/_a.qmd", 3),
        ("```", "p.qmd", 5), ("{{< include in/_a.qmd >}}", "p.qmd", 6), ("```", "p.qmd", 7), ("end", "p.qmd", 8),
    ]  # fmt: skip
    assert result.included == ["in/_a.qmd", "in/_b.qmd"]
    assert result.text == "\n".join(line.text for line in result.lines)


def test_bad_includes_are_explained(tmp_path):
    with pytest.raises(CourseError, match="p.qmd:2: the included file 'gone.qmd' is not there"):
        expand_includes("x\n{{< include gone.qmd >}}", "p.qmd", tmp_path)
    (tmp_path / "_a.qmd").write_text("{{< include _a.qmd >}}")
    with pytest.raises(CourseError, match="circle"):
        expand_includes("{{< include _a.qmd >}}", "p.qmd", tmp_path)


def test_an_included_text_changes_the_page(sample):
    sample.write("_part.qmd", "Part *one*.")
    assert "<em>one</em>" in sample.render("{{< include _part.qmd >}}\n\n{{< var course.code >}}")
    sample.write("_part.qmd", "Part *two*.")
    sample.build()
    assert "<em>two</em>" in sample.html("page.html") and "ABC" in sample.html("page.html")


def test_folder_metadata_is_inherited(sample):
    sample.write("weeks/_metadata.yml", "author: Ann\ncategories: [w]\n")
    sample.build()
    assert "<p>Ann</p>" in sample.html("weeks/one.html") and "Ann" not in sample.html("index.html")


def test_broken_yaml_names_file_and_line(sample):
    sample.write("page.qmd", "---\ntitle: T\nauthor: [a\n---\n\nx\n")
    with pytest.raises(BuildFailed, match=r"page.qmd:\d: the YAML cannot be read"):
        sample.build()
    sample.write("page.qmd", "---\n- a\n---\n\nx\n")
    with pytest.raises(
        BuildFailed, match="page.qmd:2: the front matter must be `key: value` lines, got list"
    ):
        sample.build()


def test_text_that_is_not_utf8_is_named(sample):
    (sample.root / "page.qmd").write_bytes(b"---\ntitle: T\n---\n\n\xff\n")
    with pytest.raises(BuildFailed, match="page.qmd: not UTF-8 text .byte 18"):
        sample.build()


def test_dates_stay_as_written_and_dictionaries_merge():
    assert yamlio.load("date: 2026-01-10\nn: 3", "x") == {"date": "2026-01-10", "n": 3}
    assert yamlio.merge({"a": {"b": 1, "c": 2}, "l": [1]}, {"a": {"b": 3}, "l": [2]}) == {
        "a": {"b": 3, "c": 2},
        "l": [2],
    }
