"""README, CONTRIBUTING and docs/ name only what is there: links, commands, targets, files, checks."""

import re
from pathlib import Path

import pytest

from pycode.cli import COMMANDS
from pycode.site.checks import CHECKS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "runs/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"^(`{3,4}).*?^\1$|`[^`\n]+`", re.M | re.S)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def code(page: Path) -> str:
    """What stands in code blocks and code spans of a page."""
    found = [match[0] for match in CODE.finditer(page.read_text(encoding="utf-8"))]
    assert found
    return "\n".join(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"^(`{3,4}).*?^\1$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target, anchor in LINK.findall(text):
        goal = (page.parent / target).resolve() if target else page
        assert goal.is_file(), f"{page.name}: {target} is not there"
        assert not anchor or anchor in anchors(goal), f"{page.name}: no heading #{anchor}"


@pytest.mark.parametrize("page", PAGES[:2] + PAGES[3:], ids=lambda page: page.name)
def test_commands_targets_and_checks_exist(page):
    text = code(page)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for name in re.findall(r"(?:^|[`/ ])course ([a-z]+)", text, re.M):
        assert name in COMMANDS, f"{page.name}: `course {name}` is no command"
    for name in re.findall(r"(?:^|[` ])make ([a-z]+)", text, re.M):
        assert name in targets, f"{page.name}: `make {name}` is no target"
    for names in re.findall(r"course check ((?:[a-z]+ ?)+)", text):
        assert set(names.split()) <= set(CHECKS), f"{page.name}: no such check in {names!r}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_of_the_project_exist(page):
    names = re.findall(
        r"`((?:pycode|tests|docs|runs|assets|requirements|\.github)/[\w./-]*)`", code(page)
    )
    for name in names:
        assert (ROOT / name).exists(), f"{page.name}: {name} is not there"


def test_the_changelog_is_that_of_the_package():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "([^"]+)"', project, re.M)[1]
    first = re.search(
        r"^## \[([^\]]+)\] – \d{4}-\d{2}-\d{2}$",
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        re.M,
    )
    assert first and first[1] == version
