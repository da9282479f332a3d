"""Pages are taken apart without loss, and every mistake names its file and line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.qmd import (
    Cell,
    Text,
    expand,
    expand_includes,
    inline_expressions,
    parse,
    replace_inline,
)

PAGE = """---
title: "Größe"
execute:
  echo: false
---

Intro `{python} 6 * 7`.

```{python}
#| label: fig-a
#| fig-cap: "One: two"
x = 1

x
```

- item

  ````{python}
  print("```")
  ````

```python
shown = True
```

~~~
```not a fence
~~~

::: {.callout-note}
::: {.inner}
text
:::
:::
"""


def test_page_is_taken_apart():
    page = parse(PAGE, "a.qmd")
    assert page.front_matter == {"title": "Größe", "execute": {"echo": False}}
    assert page.front_matter_text == PAGE[: PAGE.index("\nIntro")]
    assert [type(block) for block in page.blocks] == [Text, Cell, Text, Cell, Text]
    first, second = page.cells
    assert first.options == {"label": "fig-a", "fig-cap": "One: two"}
    assert (first.code, first.line, first.end_line, first.code_line) == ("x = 1\n\nx", 9, 15, 12)
    assert (second.code, second.indent, second.line) == ('print("```")', "  ", 19)
    assert page.source == PAGE


def test_windows_line_ends_survive_and_do_not_reach_the_code():
    text = PAGE.replace("\n", "\r\n")
    page = parse(text, "a.qmd")
    assert page.source == text
    assert page.cells[0].code == "x = 1\n\nx"
    assert page.cells[0].options["label"] == "fig-a"


@pytest.mark.parametrize(
    "text", ["", "\n", "no newline", "---\n\nrule first\n", "\ufeff---\ntitle: x\n---\n"]
)
def test_odd_pages_round_trip(text):
    assert parse(text, "a.qmd").source == text


def test_page_that_starts_with_a_rule_has_no_front_matter():
    assert parse("---\n\ntext\n", "a.qmd").front_matter == {}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("---\ntitle: x\n", "a.qmd:1", "never closed"),
        ("---\ntitle: [x\n---\n", "a.qmd:3", "front matter"),
        ("---\na: 1\nb: 2\na: 3\n---\n", "a.qmd:4", "'a' is given twice"),
        ("---\njust words\n---\n", "a.qmd:2", "key: value"),
        ("\n```{python}\nx\n", "a.qmd:2", "never closed"),
        ("```{python}\n#| fig-cap: 'open\nx\n```\n", "a.qmd:2", "options"),
        ("```{python}\n#| ok: 1\n#| echo: no: yes\nx\n```\n", "a.qmd:3", "options"),
        ("```{python}\n#| echo=FALSE\nx\n```\n", "a.qmd:2", "key: value"),
        ("```{python, echo=FALSE}\nx\n```\n", "a.qmd:1", "#| key: value"),
        ("text\n~~~{python}\nx\n~~~\n", "a.qmd:2", "~~~"),
        ("````\n```{python}\nx\n```\n````\n", "a.qmd:2", "{{python}}"),
        ("text\n\n```python\nx\n", "a.qmd:3", "never closed"),
        ("---\nd: 2026-13-45\n---\n", "a.qmd:2", "front matter"),
        ("---\na: !!bool maybe\n---\n", "a.qmd:2", "front matter"),
    ],
)
def test_mistakes_name_file_and_line(text, place, words):
    with pytest.raises(CourseError) as caught:
        parse(text, "a.qmd")
    assert str(caught.value).startswith(place + ":")
    assert words in str(caught.value)


def test_inline_expressions_outside_code_only():
    text = (
        "A `{python} a` and ``two `{python} no` `` and `plain` and \\`{python} no`.\n"
        "\n"
        "```\n`{python} no`\n```\n"
        'Over `{python} f(\n"x")` lines, `{python}` empty, '
        "`open {python} x\n\nclosed `{python} b`\n"
    )
    found = inline_expressions(text)
    assert [item.expression for item in found] == ["a", 'f(\n"x")', "b"]
    assert [item.line for item in found] == [1, 6, 9]
    assert [text[item.start : item.end] for item in found][0] == "`{python} a`"
    assert "A <a> and ``two" in replace_inline(text, lambda item: f"<{item.expression}>")


def _project(folder, **files):
    (folder / "_quarto.yml").write_text("project: {type: website}\n", encoding="utf-8")
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".qmd").write_text(text, encoding="utf-8")
    return Project(folder)


def test_includes_are_recursive_and_relative_to_the_page(tmp_path):
    project = _project(
        tmp_path,
        sub__page="before\n{{< include _one.qmd >}}\n\nafter\n",
        sub___one="one\n{{< include /shared/_two.qmd >}}\n",
        shared___two="two",
    )
    text, included = expand_includes(tmp_path / "sub" / "page.qmd", project)
    assert text == "before\none\ntwo\n\n\n\nafter\n"
    assert [path.name for path in included] == ["_one.qmd", "_two.qmd"]
    expanded = expand(tmp_path / "sub" / "page.qmd", project)
    assert [expanded.where(line) for line in (1, 2, 3, 7)] == [
        "sub/page.qmd:1",
        "sub/_one.qmd:1",
        "shared/_two.qmd:1",
        "sub/page.qmd:4",
    ]


def test_mistake_in_an_included_file_names_that_file(tmp_path):
    project = _project(
        tmp_path, page="a\n\n{{< include _inc.qmd >}}\n", _inc="fine\n```{python}\n#| a: [\n```\n"
    )
    expanded = expand(tmp_path / "page.qmd", project)
    with pytest.raises(CourseError, match=r"^_inc\.qmd:3: the cell's options"):
        parse(expanded.text, "page.qmd", expanded.where)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("{{< include _inc.qmd >}}", r"^_inc\.qmd:1: 'page\.qmd' includes itself"),
        (
            "x\n{{< include _ink.qmd >}}",
            r"^page\.qmd:2: .*'_ink\.qmd' is not in the project.* '_inc\.qmd'",
        ),
        ("{{< include ../../etc/passwd >}}", "not in the project"),
        ("{{< include >}}", "needs the name"),
    ],
)
def test_bad_includes(tmp_path, page, message):
    project = _project(tmp_path, page=page, _inc="{{< include page.qmd >}}")
    with pytest.raises(CourseError, match=message):
        expand(tmp_path / "page.qmd", project)


def test_escaped_and_literal_includes_stay(tmp_path):
    text = "{{{< include _x.qmd >}}}\n\n```{shortcodes=false}\n{{< include _x.qmd >}}\n```\n"
    project = _project(tmp_path, page=text)
    assert expand_includes(tmp_path / "page.qmd", project) == (text, [])


PIECES = st.lists(
    st.sampled_from(
        ["---", "...", "title: x", "```{python}", "```", "````", "~~~", "#| label: a", "#| a: [",
         "#| ", "  ", "  ```{python}", "`{python} x`", "``", "`", "\\`", "x: y", "{{< include a >}}",
         "", "é\u2028", "\r"]
    )
    | st.text(max_size=12),
    max_size=25,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(PIECES, st.sampled_from(["\n", "\r\n"]))
def test_any_text_parses_or_raises_a_course_error(pieces, end):
    text = end.join(pieces)
    try:
        page = parse(text, "a.qmd")
    except CourseError as error:
        assert str(error).startswith("a.qmd:")
    else:
        assert page.source == text
        for item in inline_expressions("".join(b.source for b in page.blocks)):
            assert item.expression


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("!&*[]{}:|>-#'\"%@`\n ,?ab1~"), max_size=40))
def test_any_front_matter_parses_or_raises_a_course_error(yaml):
    try:
        parse(f"---\n{yaml}\n---\n", "a.qmd")
    except CourseError as error:
        assert str(error).startswith("a.qmd:")
