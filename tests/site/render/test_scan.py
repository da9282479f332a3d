"""Every construct that is not supported stops the build with file, line and advice."""

from pathlib import Path

import pytest

from pycode.site.render import constructs
from pycode.site.render.report import BuildFailed

ROOT = Path(__file__).parents[3]
SOURCES = {
    "class": "::: {{.{0}}}\nx\n:::",
    "attribute": '## Heading {{{0}="1"}}',
    "cell": "```{{python}}\n#| {0}: 1\nx\n```",
    "shortcode": "{{{{< {0} x >}}}}",
    "cell language": "```{{{0}}}\nx\n```",
    "raw": "```{{={0}}}\nx\n```",
    "reference": "See @{0}-one.",
}
FRONT = {"key": "{0}: x", "format": "format: {0}", "execute": "execute:\n  {0}: true"}
CASES = [(kind, name) for kind, entries in constructs.INSTEAD.items() for name in entries]


@pytest.fixture(scope="module")
def module_sample(tmp_path_factory):
    from conftest import Sample

    return Sample(tmp_path_factory.mktemp("scan") / "course")


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_each_unsupported_construct_is_named_with_what_to_do(module_sample, kind, name):
    front = "title: T\n" + FRONT[kind].format(name) if kind in FRONT else "title: T"
    body = SOURCES[kind].format(name) if kind in SOURCES else "x"
    module_sample.write("page.qmd", f"---\n{front}\n---\n\n{body}\n")
    with pytest.raises(BuildFailed) as caught:
        module_sample.build()
    message = str(caught.value)
    assert "page.qmd:" in message and f"{name!r} is not supported" in message
    if kind not in ("format", "shortcode"):
        assert constructs.INSTEAD[kind][name] in message


def test_an_expression_on_a_page_without_cells_is_no_text(sample):
    """Without a cell nothing is executed, and readers would see the code."""
    with pytest.raises(BuildFailed, match=r"page\.qmd:7: 'claim\(\"a\"\)' is not evaluated"):
        sample.render('x\n\nReaches `{python} claim("a")` there.')
    shown = sample.render('Write `` `{python} claim("a")` ``, or\n\n```\n`{python} b`\n```')
    assert 'claim("a")' in shown or "claim(&quot;a&quot;)" in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x\n\n::: {.callot-note}\ny\n:::",
            "page.qmd:7: class 'callot-note' is not known. Did you mean 'callout-note'?",
        ),
        ("::: predit\ny\n:::", "page.qmd:5: class 'predit' is not known. Did you mean 'predict'?"),
        (
            "![x](/y.png){widht=3}",
            "page.qmd:5: attribute 'widht' is not known. Did you mean 'width'?",
        ),
        ("[x]{.clam}", "page.qmd:5: class 'clam' is not known. Did you mean 'claim'?"),
        (
            "```{python}\n#| fig-capp: x\n1\n```",
            "page.qmd:6: cell option 'fig-capp' is not known. Did you mean 'fig-cap'?",
        ),
        (
            "## H {#x bare}",
            "page.qmd:5: 'bare' is not an attribute: write .class, #id or key=value.",
        ),
    ],
)
def test_misspelt_names_get_the_nearest(sample, text, message):
    with pytest.raises(BuildFailed) as caught:
        sample.render(text)
    if "python" in text:
        source = f"---\ntitle: T\n---\n\n{text}\n"
        sample.freeze("page.qmd", source, "x")
        with pytest.raises(BuildFailed) as caught:
            sample.build()
    assert message in str(caught.value)


def test_text_in_code_is_not_scanned(sample):
    page = sample.render(
        "Write `::: {.nonsense}` or `[x]{.foo}`.\n\n````markdown\n::: {.nonsense}\n```{mermaid}\n```\n:::\n````\n\n"
        "- in a list\n\n  ```yaml\n  key: {.foo}\n  ```\n\nMath $\\frac{a}{b}$ and ${.x}$."
    )
    assert "nonsense" in page


def test_the_page_of_an_include_is_named(sample):
    sample.write("_part.qmd", "fine\n\n::: {.nonsense}\nx\n:::\n")
    with pytest.raises(BuildFailed, match=r"_part.qmd:3: class 'nonsense'"):
        sample.render("a\n\n{{< include _part.qmd >}}")


def test_the_document_is_generated_from_the_table():
    assert (ROOT / "docs" / "constructs.md").read_text(encoding="utf-8") == constructs.markdown()


def test_nothing_is_both_supported_and_refused():
    for kind, entries in constructs.INSTEAD.items():
        assert not constructs.names(kind) & set(entries), kind
