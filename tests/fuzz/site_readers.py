"""The readers of what authors write for the site: pages, quizzes, configuration, executed results, notebooks."""

import json
from pathlib import Path
from typing import Any

from garbage import TOKENS, altered, as_text, values
from hypothesis import strategies as st
from reading import Reader

from pycode.errors import CourseError
from pycode.project import Project

FRONT = {
    "title": "One", "subtitle": "s", "description": "d", "date": "2026-04-08", "author": ["A", {"name": "B"}],
    "categories": ["x"], "aliases": ["old.html"], "image": "a.png", "lang": "en", "toc": True, "toc-depth": 3,
    "format": {"html": {"toc": True}, "revealjs": {"incremental": True}}, "execute": {"echo": True, "fig-width": 7},
    "bibliography": "refs.bib", "listing": {"contents": "*.qmd", "sort": "date"}, "filters": ["a.lua"],
    "resources": ["x"], "code-fold": False, "number-sections": True, "keywords": ["k"],
}  # fmt: skip
TEXT = b"""## A {#sec-a}

Text with $x^2$, see @sec-a, a [link](index.qmd){.hidden} and {{< var a.b >}} by {{< meta title >}}.

{{< include _part.qmd >}}

::: {.callout-note title="T"}
- one
:::

| a | b |
|---|---|
| 1 | 2 |

: Table {#tbl-a}

```python
shown = 1
```
"""
CELLS = (
    TEXT
    + b"""
```{python}
#| label: fig-a
#| fig-cap: A caption
#| echo: false
#| layout: [[1, 1], [1]]
value = 1
```

The value is `{python} value`.
"""
)
PAGE_FILES = {
    "_quarto.yml": "project: {type: website}\nformat: {html: {toc: true}}\n",
    "_variables.yml": "a: {b: c}\n", "_part.qmd": "part\n", "index.qmd": "---\ntitle: Home\n---\n",
    "refs.bib": "@book{a, title={T}}\n", "assets/theme/site.css": ".own {}\n",
}  # fmt: skip


@st.composite
def pages(draw: st.DrawFn, body: bytes) -> bytes:
    """Return pages with odd front matter, and now and then an odd line."""
    front = draw(as_text(draw(altered(FRONT))))
    lines = body.split(b"\n")
    for _ in range(draw(st.integers(0, 2))):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(TOKENS)))
    return b"---\n" + front + b"\n---\n\n" + b"\n".join(lines)


def page(body: bytes) -> bytes:
    """Return the sound page with this text."""
    return b"---\n" + json.dumps(FRONT, indent=1).encode() + b"\n---\n\n" + body


def read_freeze_source(root: Path) -> None:
    """Read a page as `course freeze` does, up to the options of its cells."""
    from pycode.site.freeze.options import resolve
    from pycode.site.freeze.source import read_page_source
    from pycode.site.qmd import Text, inline_expressions

    source = read_page_source(Project(root), "page.qmd")
    for block in source.page.blocks:
        if isinstance(block, Text):
            inline_expressions(block.markdown, source.expanded.where)
    for output in source.outputs:
        for cell in source.page.cells:
            resolved = resolve(cell, output, source.expanded.where(cell.line))
            _ = resolved.label, resolved.attributes()


def read_for_render(root: Path) -> None:
    """Read a page as `course build` does, up to what Pandoc gets."""
    from pycode.site.render import pages, pandoc, scan
    from pycode.site.render.config import load_config

    config = load_config(Project(root))
    found = pages.read_page(config, "page.qmd")
    problems = [str(item) for item in scan.problems(found, scan.project_classes(config))]
    if problems:
        raise CourseError(problems[0])
    pages.add_documents(config, found, pages.folder_metadata(config, "page.qmd", {}))
    for document in found.documents:
        pandoc.pandoc_input(document, root)
        pandoc.arguments(document)
        _ = document.output


def read_both(root: Path) -> None:
    """Read a page as freeze and build do."""
    read_freeze_source(root)
    read_for_render(root)


@st.composite
def shown_pages(draw: st.DrawFn) -> bytes:
    """Return pages with odd front matter and a sound text: for the whole build, which starts Pandoc."""
    return b"---\n" + draw(as_text(draw(altered(SHOWN)))) + b"\n---\n\n" + PLAIN


def read_configuration(root: Path) -> None:
    """Read the project's configuration as both the build and the freeze do."""
    from pycode.site.freeze.formats import outputs_of, project_tree
    from pycode.site.render import pages
    from pycode.site.render.config import load_config

    config = load_config(Project(root))
    for name in config.pages():
        pages.folder_metadata(config, name, {})
    _ = config.resources(), config.website, config.title, config.site_url, config.language
    outputs_of({}, project_tree(Project(root), "a/page.qmd"), "a/page.qmd")
    Project(root).variables()


QUARTO = {
    "project": {"type": "website", "render": ["*.qmd", "!draft.qmd"], "resources": ["a/*.txt"]},
    "metadata-files": ["_variables.yml"], "lang": "en",
    "website": {"title": "T", "site-url": "https://example.org", "page-footer": {"left": "x"}},
    "format": {"html": {"toc": True}}, "execute": {"freeze": "auto", "fig-width": 7},
}  # fmt: skip
QUIZ = {
    "title": "T", "intro": "i", "category": "c",
    "questions": [{"id": "one", "objective": "o", "text": "t {claim:published:a.score}", "several": True, "options": [
        {"text": "a", "reason": "r", "correct": True}, {"text": "b", "reason": "r"}]}],
}  # fmt: skip
PUBLISHED = """attribution: A
licence: CC BY 4.0
commit: abc
sources: {book: A book}
entries:
  - {id: a.score, value: 0.512, unit: score, metric: macro_f1, source: book}
"""


def read_quiz(root: Path) -> None:
    """Read a quiz and write all that is made from it."""
    from pycode.site.quiz import quiz_page, to_gift
    from pycode.site.quiz import read_quiz as read

    quiz = read(root / "weeks/quiz.yml", Project(root))
    quiz_page(root / "weeks/quiz.yml", Project(root))
    to_gift(quiz)


ENTRY = {
    "hash": "0" * 32,
    "result": {"engine": "jupyter", "markdown": "text", "supporting": ["page_files"], "filters": [],
               "includes": {"include-in-header": ["<x>"]}},
}  # fmt: skip
MANIFEST = {"version": 1, "pages": {"page.qmd": {
    "hash": "0" * 32, "settings": {"html": {"echo": True}}, "includes": {"_part.qmd": "0"}, "modules": {"a.py": "0"},
    "files": {"b.csv": "0"}, "runs": {"r": "0"}, "run_list": "0", "claims": {"published:a.score": {"text": "1", "source": "0"}},
    "data": {"twin": "0"}, "packages": {"numpy": "2"}, "outputs": {"execute-results/html.json": "0"},
}}}  # fmt: skip
FROZEN = {
    "page.qmd": "---\ntitle: T\n---\n\n```{python}\n1\n```\n", "_part.qmd": "x\n", "a.py": "1\n", "b.csv": "1\n",
    "runs/published.yml": PUBLISHED, "_freeze/page/execute-results/html.json": json.dumps(ENTRY),
}  # fmt: skip


def read_frozen(root: Path) -> None:
    """Read the stored results of a page, and compare them with the page."""
    from pycode.site.freeze import stale
    from pycode.site.freeze.entry import read_entry
    from pycode.site.freeze.manifest import read_manifest
    from pycode.site.freeze.source import read_page_source

    read_entry(Project(root), "page.qmd")
    manifest = read_manifest(Project(root))
    source = read_page_source(Project(root), "page.qmd")
    stale.causes(Project(root), source, manifest)


NOTEBOOK = {
    "cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# One\n", "text"]},
              {"cell_type": "code", "id": "b", "metadata": {}, "source": "1 + 1", "outputs": [], "execution_count": None}],
    "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
}  # fmt: skip
LAB = "---\ntitle: Lab\nlab: {minutes: 5}\n---\n\n# One\n\nText.\n\n```{python}\nx = 1  # blank\n```\n"


def read_notebook(root: Path) -> None:
    """Read a student's notebook for the search index and for its check."""
    from pycode.site.checks import notebooks
    from pycode.site.render.search import notebook_entry

    name = "labs/notebooks/one.ipynb"
    for problem in notebooks.check(Project(root)):
        _ = str(problem)
    notebook_entry(root / name, name).text()


def shaped(tree: Any, *, yaml_too: bool = True) -> st.SearchStrategy[bytes]:
    """Return files that hold ``tree`` with something odd in it."""
    return (altered(tree) | values()).flatmap(lambda value: as_text(value, yaml_too))


def sound(tree: Any) -> bytes:
    """Return the file that holds ``tree``."""
    return json.dumps(tree, indent=1).encode()


BUILT = {**QUARTO, "metadata-files": [], "website": {
    "title": "T", "site-url": "https://example.org", "repo-url": "https://example.org/r", "repo-actions": ["edit"],
    "page-footer": {"left": "x"}, "page-navigation": True, "navbar": {"left": [{"text": "A", "href": "index.qmd"}, "page.qmd"]},
    "sidebar": [{"id": "a", "title": "S", "contents": [{"section": "W", "contents": ["index.qmd", "page.qmd"]}]}]}}  # fmt: skip
SHOWN = {key: value for key, value in FRONT.items() if key not in ("format", "resources")} | {
    "image": "/a.png", "listing": {"contents": "*.qmd", "sort": "title"}}  # fmt: skip
PLAIN = TEXT.replace(b"$x^2$", b"a formula")
BUILD_FILES = {
    **PAGE_FILES, "_quarto.yml": json.dumps(BUILT), "a.png": b"x", "assets/theme/deck.css": ".own {}\n",
    "page.qmd": b"---\n" + json.dumps(SHOWN).encode() + b"\n---\n\n" + PLAIN,
}  # fmt: skip


def build_all(root: Path) -> None:
    """Build the whole site from one page and its configuration."""
    from pycode.site.render.build import build
    from pycode.site.render.report import BuildFailed

    try:
        build(Project(root), renderer="embedded", jobs=1)
    except BuildFailed as error:
        raise CourseError(str(error.failures[0])) from None


READERS = (
    Reader("page for freeze", "page.qmd", page(CELLS), read_freeze_source, pages(CELLS), PAGE_FILES, ("page.qmd", "_part.qmd")),
    Reader("included file", "_part.qmd", TEXT.replace(b"{{< include _part.qmd >}}", b""), read_both, pages(TEXT),
           {**PAGE_FILES, "page.qmd": "---\ntitle: T\n---\n\n{{< include _part.qmd >}}\n"}, ("page.qmd", "_part.qmd")),
    Reader("site from page", "page.qmd", BUILD_FILES["page.qmd"], build_all, shown_pages(), BUILD_FILES,
           ("page.qmd", "_part.qmd"), share=0.1),
    Reader("site from config", "_quarto.yml", sound(BUILT), build_all, shaped(BUILT), BUILD_FILES,
           ("_quarto.yml", "page.qmd", "index.qmd"), share=0.1),
    Reader("page for build", "page.qmd", page(TEXT), read_for_render, pages(TEXT), PAGE_FILES, ("page.qmd", "_part.qmd")),
    Reader("folder metadata", "a/_metadata.yml", sound({"format": {"html": {"toc": True}}, "execute": {"echo": False}}),
           read_configuration, shaped({"format": {"html": {"toc": True}}, "execute": {"echo": False}, "lang": "en"}),
           {"a/page.qmd": "---\ntitle: T\n---\n", "_variables.yml": "a: 1\n"}, ("_metadata.yml", "a/page.qmd")),
    Reader("_quarto.yml", "_quarto.yml", sound(QUARTO), read_configuration, shaped(QUARTO),
           {"a/page.qmd": "---\ntitle: T\n---\n", "_variables.yml": "a: 1\n"}, ("_quarto.yml", "a/page.qmd")),
    Reader("_variables.yml", "_variables.yml", sound({"a": {"b": 1}}), read_configuration, shaped({"a": {"b": [1, "x"]}}),
           {"a/page.qmd": "---\ntitle: T\n---\n"}),
    Reader("quiz.yml", "weeks/quiz.yml", sound(QUIZ), read_quiz, shaped(QUIZ), {"runs/published.yml": PUBLISHED}),
    Reader("freeze entry", "_freeze/page/execute-results/html.json", sound(ENTRY), read_frozen, shaped(ENTRY, yaml_too=False),
           FROZEN, ("html.json",)),
    Reader("freeze manifest", "_freeze/manifest.json", sound(MANIFEST), read_frozen, shaped(MANIFEST, yaml_too=False), FROZEN),
    Reader("notebook", "labs/notebooks/one.ipynb", sound(NOTEBOOK), read_notebook, shaped(NOTEBOOK, yaml_too=False),
           {"labs/one.qmd": LAB}),
)  # fmt: skip
