"""A small project to render, made anew for each test."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pycode.project import Project
from pycode.site.render.build import build
from pycode.site.render.report import BuildReport

ROOT = Path(__file__).parents[3]
CONFIG = """
project:
  type: website
metadata-files: [_variables.yml]
lang: en
license: CC BY 4.0
website:
  title: Small course
  description: A site for tests.
  repo-actions: [edit, issue]
  page-navigation: true
  open-graph: true
  navbar:
    left:
      - {text: Weeks, href: weeks/one.qmd}
  sidebar:
    - id: weeks
      title: Weeks
      contents:
        - section: Week 1
          contents: [weeks/one.qmd, weeks/two.qmd]
  page-footer: {left: "Content [CC BY](https://example.org/licence)."}
filters: [assets/filters/course.lua]
format:
  html:
    toc: true
    reference-location: margin
    include-after-body: assets/theme/scripts.html
"""
VARIABLES = """
website:
  site-url: https://example.org/small
  repo-url: https://example.org/repo
  repo-branch: main
course: {code: ABC, credits: 2, open: true}
"""
PAGES = {
    "index.qmd": "---\ntitle: Home\n---\n\nWelcome to [week 1](weeks/one.qmd#sec-a).\n",
    "404.qmd": "---\ntitle: Not here\ntoc: false\n---\n\nGo [home](/index.qmd).\n",
    "weeks/one.qmd": "---\ntitle: One\ndate: 2026-04-08\n---\n\n## A {#sec-a}\n\nText with $x^2$, see @sec-a.\n",
    "weeks/two.qmd": "---\ntitle: Two\n---\n\n## B\n\nMore.\n",
    "weeks/deck.qmd": "---\ntitle: Deck\nformat: revealjs\n---\n\n## First\n\n- a\n\n. . .\n\n- b\n\n::: {.notes}\nSay it.\n:::\n",
}


class Sample:
    """A project in a temporary folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = Project(root)
        self.site = root / "_site"
        self.write("_quarto.yml", CONFIG)
        self.write("_variables.yml", VARIABLES)
        for name, text in PAGES.items():
            self.write(name, text)
        (root / "node_modules").symlink_to(ROOT / "node_modules")
        shutil.copytree(ROOT / "assets", root / "assets")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def freeze(self, name: str, source: str, markdown: str, extension: str = "html") -> None:
        """Write a page with cells and its executed form."""
        self.write(name, source)
        digest = hashlib.md5(source.encode("utf-8")).hexdigest()
        result = {
            "engine": "jupyter",
            "markdown": markdown,
            "supporting": [],
            "filters": [],
            "includes": {},
        }
        target = f"_freeze/{name.removesuffix('.qmd')}/execute-results/{extension}.json"
        self.write(
            target, json.dumps({"hash": digest, "result": result}, indent=2, ensure_ascii=False)
        )

    def build(self, **options) -> BuildReport:
        return build(self.project, renderer="embedded", **options)

    def html(self, name: str) -> str:
        return (self.site / name).read_text(encoding="utf-8")

    def render(self, markdown: str, front: str = "title: T") -> str:
        """Build a page with this text and return the HTML of its content."""
        self.write("page.qmd", f"---\n{front}\n---\n\n{markdown}\n")
        self.build()
        return main(self.html("page.html"))


def main(page: str) -> str:
    start = page.index("</header>", page.index('id="title-block-header"')) + len("</header>")
    return page[start : page.index('<div id="quarto-appendix"')]


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return Sample(tmp_path / "course")


@pytest.fixture
def new_sample(tmp_path: Path) -> Callable[[str], Sample]:
    return lambda name: Sample(tmp_path / name)
