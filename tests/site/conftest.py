"""A two-page site with the course's own theme, and windows on it: a desk and a phone."""

import shutil
from pathlib import Path

import pytest
import yaml

from pycode.project import Project
from pycode.site.browser import chromium, serve
from pycode.site.render.build import build

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A two-page site with the project's own settings and theme."""
    root = tmp_path_factory.mktemp("look")
    shutil.copytree(ROOT / "tests" / "site" / "look", root, dirs_exist_ok=True)
    shutil.copytree(ROOT / "assets", root / "assets")
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    shutil.copy(ROOT / "_variables.yml", root)
    settings = yaml.safe_load((ROOT / "_quarto.yml").read_text())
    settings["project"] |= {"render": ["*.qmd"], "resources": []}
    settings["website"]["navbar"] = {"left": [{"text": "Start", "href": "index.qmd"}]}
    settings["website"]["sidebar"] = [{"id": "all", "title": "All", "contents": ["index.qmd"]}]
    settings.pop("bibliography", None)
    (root / "_quarto.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
    build(Project(root), renderer="embedded", jobs=1)
    with serve(root / "_site") as base:
        yield root / "_site", base


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser, site):
    """A window on the sample page, 1280 px wide."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    tab = context.new_page()
    tab.goto(f"{site[1]}/index.html")
    yield tab
    context.close()


@pytest.fixture
def phone(browser, site):
    """A phone that is touched, with the sample page open."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    tab = context.new_page()
    tab.goto(f"{site[1]}/index.html")
    yield tab
    context.close()
