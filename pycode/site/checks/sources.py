"""The project's own files: nothing of one machine, no secret, no placeholder, and pictures described in words."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.checks import Problem, from_error
from pycode.site.qmd import Cell, Page, Text, parse

DESCRIPTION = "no machine path, registry address, secret or placeholder; every picture has alt text"
NEEDS_SITE = False
NEEDS_BROWSER = False

# Written in pieces so that this file passes its own check.
PATTERNS = {
    r"(?<![\w.:/~-])/(?:home|Users)/[\w.-]+/|(?<![\w.:/~-])/(?:root|work)/[\w.]|[A-Z]:\\\\?Users\\": "a path of one machine",
    r"--(?:extra-)?index-"
    "url|--find-"
    'links|"resolved": "https?:|\btrusted-host|^\\s*registry\\s*=': "the address of a package registry",
    r"https?://[\w.-]*(?:files\.pythonhosted|pypi|npmjs|artifactory|nexus)[\w.-]*/": "the address of a package registry",
    r"https?://(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+[.\d:]*": "an address of a private network",
    r"\bhf_[A-Za-z0-9]{20,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bAKIA[A-Z0-9]{16}\b|\bsk-[A-Za-z0-9_-]{24,}": "a secret token",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|https?://[^\s/:@{}<>]+:[^\s/:@{}<>]+@": "a secret",
    r"\b(?:TO"
    r"DO|FIX"
    r"ME|T"
    r"BD)\b|(?i:\bcoming"
    r" soon\b|\blorem"
    r" ipsum\b|\bto be"
    r" written\b)": "a placeholder",
    r"^(?:<{7}|>{7})(?: |$)": "a conflict mark",
}
SECRETS = ("a secret token", "a secret")
_TEXT = {
    ".py", ".qmd", ".md", ".yml", ".yaml", ".toml", ".json", ".js", ".css", ".scss", ".html", ".xml", ".lua", ".bib",
    ".txt", ".in", ".cfg", ".ini", ".sh", ".ipynb", ".typ", ".svg", "", ".cff",
}  # fmt: skip
_IMAGE = re.compile(r"!\[(?P<alt>(?:[^\[\]]|\[[^\]]*\])*)\]\([^)\n]*\)(?P<attributes>\{[^}\n]*\})?")
_HTML_IMAGE = re.compile(r"<img\b(?![^>]*\balt\s*=)[^>]*>", re.IGNORECASE)
# Tests hold bad examples on purpose, and say so by standing in this folder.
_EXAMPLES = ("tests/site/",)


def check(project: Project) -> list[Problem]:
    """Return what is wrong in the files that git keeps (or would keep)."""
    problems: list[Problem] = []
    for name in kept_files(project):
        path = project.root / name
        if path.suffix not in _TEXT or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            problems.append(Problem(name, "is not UTF-8 text: save it as UTF-8."))
            continue
        if not name.startswith(_EXAMPLES):
            problems += scan_text(name, text)
        if path.suffix == ".qmd" and not name.startswith(_EXAMPLES):
            problems += pictures(name, text)
    return problems


def kept_files(project: Project) -> list[str]:
    """Return the paths that git tracks, or would track: new files that are not ignored."""
    result = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git from the PATH
        cwd=project.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        return sorted(_walk(project.root))
    return sorted(set(result.stdout.split("\0")) - {""})


def _walk(root: Path) -> Iterator[str]:
    """Yield the files of a project that is not a git checkout, folders of tools and results left out."""
    left_out = {"node_modules", "_site", "__pycache__"}
    for path in root.rglob("*"):
        name = path.relative_to(root)
        hidden = name.parts[0].startswith(".") and name.parts[0] not in (".github", ".ci")
        if path.is_file() and not hidden and not left_out & set(name.parts):
            yield name.as_posix()


def scan_text(name: str, text: str) -> list[Problem]:
    """Return the first hit of each pattern in a file. A secret is named but not repeated."""
    problems: list[Problem] = []
    for pattern, what in PATTERNS.items():
        match = re.search(pattern, text, re.MULTILINE)
        if match:
            line = text.count("\n", 0, match.start()) + 1
            shown = "" if what in SECRETS else f" “{match[0].strip()[:60]}”"
            problems.append(Problem(name, f"holds {what}{shown}: remove it.", line))
    return problems


def pictures(name: str, text: str) -> list[Problem]:
    """Return the pictures and drawing cells of a page that have no alternative text."""
    try:
        page: Page = parse(text, name)
    except CourseError as error:
        return [from_error(name, error)]
    problems: list[Problem] = []
    for block in page.blocks:
        problems += _in_text(name, block) if isinstance(block, Text) else _in_cell(name, block)
    return problems


def _in_text(name: str, block: Text) -> list[Problem]:
    problems: list[Problem] = []
    text = re.sub(r"(`+)(?:(?!\1).)+?\1", lambda match: " " * len(match[0]), block.markdown)
    for match in _IMAGE.finditer(text):
        described: object = re.search(r"alt\s*=\s*[\"'][^\"']+", match["attributes"] or "")
        # The words of a picture that stands alone become its caption, which is no alt text.
        described = described or (match["alt"].strip() and not _stands_alone(text, match))
        decorative = "role=presentation" in (match["attributes"] or "").replace('"', "")
        if not described and not decorative:
            problems.append(_missing(name, text, match, block.line))
    return problems + [
        _missing(name, text, match, block.line) for match in _HTML_IMAGE.finditer(text)
    ]


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    before = text[: match.start()].rsplit("\n\n", 1)[-1]
    after = text[match.end() :].split("\n\n", 1)[0]
    return not before.strip(" \n:") and not after.strip(" \n:")


def _missing(name: str, text: str, match: re.Match[str], first: int) -> Problem:
    line = first + text.count("\n", 0, match.start())
    return Problem(name, "a picture has no alt text: say in words what it shows.", line)


def _in_cell(name: str, cell: Cell) -> list[Problem]:
    label = str(cell.options.get("label") or "")
    draws = label.startswith("fig-") or "fig-cap" in cell.options
    if draws and not cell.options.get("fig-alt"):
        return [
            Problem(
                name,
                "the figure of this cell has no `#| fig-alt:`: say in words what it shows.",
                cell.line,
            )
        ]
    return []
