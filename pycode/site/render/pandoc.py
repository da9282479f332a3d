"""One Pandoc process per document: markdown in, the parts of the page out."""

import json
import re
import subprocess
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.site.render import postprocess
from pycode.site.render.config import is_file
from pycode.site.render.pages import Document

HERE = Path(__file__).parent
FILTERS = HERE / "filters"
TEMPLATES = HERE / "templates"
WRITERS = {"html": "html5", "revealjs": "revealjs", "typst": "typst"}
READER = "markdown"
PASSED = (
    "title",
    "subtitle",
    "author",
    "date",
    "description",
    "abstract",
    "nocite",
    "csl",
    "lang",
    "keywords",
    "institute",
)
OPTIONS = (
    "code-fold", "code-summary", "code-copy", "code-line-numbers", "number-sections", "reference-location",
    "callout-appearance", "incremental",
)  # fmt: skip
# What a page's text must hold for a step of the filters to have work; steps without work are skipped.
USES = {
    "content": re.compile(r"content-(?:visible|hidden)|renderings|hidden|-content|\{="),
    "equations": re.compile(r"\{#eq-"),
    "cites": re.compile(r"@(?!(?:fig|tbl|lst|eq|sec|nte|tip|wrn|imp|cau)-)\{?\w|nocite"),
    "annotations": re.compile(r"<\d+>\s*$", re.M),
    "panels": re.compile(r"callout-|panel-tabset"),
    "layout": re.compile(r"layout(?:-ncol|-nrow)?="),
    "margin": re.compile(r"\[\^|\^\[|aside|column-margin"),
}
MARK = re.compile(r"<!--course-part:(\w+)-->\n?")


@dataclass
class Parts:
    """What Pandoc made of one document. ``body`` is HTML (or Typst source); ``facts`` came from the filters."""

    title: str = ""
    plain_title: str = ""
    subtitle: str = ""
    description: str = ""
    authors: list[str] = field(default_factory=list)
    toc: str = ""
    body: str = ""
    references: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the parts as one line of JSON, for the cache."""
        return json.dumps(asdict(self), ensure_ascii=False)


@cache
def pandoc_path() -> str:
    """Return the path of the Pandoc that pip installed.

    Raises:
        CourseError: it is not installed.
    """
    try:
        import pypandoc
    except ImportError:
        raise CourseError(
            "Pandoc is missing from the environment: run `make site`, which installs it."
        ) from None
    return str(pypandoc.get_pandoc_path())


@cache
def pandoc_version() -> str:
    """Return the first line that `pandoc --version` prints."""
    result = subprocess.run(
        [pandoc_path(), "--version"], capture_output=True, text=True, check=True
    )  # noqa: S603
    return result.stdout.splitlines()[0]


def course_filters(root: Path, meta: dict[str, Any]) -> list[str]:
    """Return the project's own Lua filters that exist, as project-relative paths."""
    entries = [
        entry.get("path") if isinstance(entry, dict) else entry
        for entry in meta.get("filters") or []
    ]
    names = [name for name in entries if isinstance(name, str) and name.endswith(".lua")]
    return [name for name in names if is_file(root / name)]


def pandoc_input(document: Document, root: Path) -> str:
    """Return the text that Pandoc reads: one JSON metadata block (JSON is YAML), then the markdown."""
    meta = {key: document.meta[key] for key in PASSED if document.meta.get(key) is not None}
    if document.meta.get("bibliography"):
        meta["bibliography"] = document.meta["bibliography"]
    options: dict[str, Any] = {
        key: document.meta[key] for key in OPTIONS if document.meta.get(key) is not None
    }
    options |= {
        "format": document.format,
        "root": document.root,
        "source": document.source,
        "filters": course_filters(root, document.meta),
        "uses": {name: bool(found.search(document.markdown)) for name, found in USES.items()},
    }
    options["uses"]["cites"] |= "nocite" in meta
    meta["course-render"] = options
    return f"---\n{json.dumps(meta, ensure_ascii=False)}\n---\n\n{document.markdown}"


def arguments(document: Document) -> list[str]:
    """Return Pandoc's command line for the document, without the program."""
    name = {"html": "parts.html", "revealjs": "parts.html", "typst": "parts.typ"}[document.format]
    result = [
        f"--from={READER}", f"--to={WRITERS[document.format]}", f"--template={TEMPLATES / name}",
        f"--lua-filter={FILTERS / 'main.lua'}", "--wrap=preserve",
    ]  # fmt: skip
    if document.format == "html":
        result += ["--section-divs", "--katex=x"]
        if document.meta.get("toc", True) is not False:
            result += ["--toc", f"--toc-depth={int(document.meta.get('toc-depth') or 3)}"]
    if document.format == "revealjs":
        result += [
            f"--slide-level={int(document.meta.get('slide-level') or 2)}",
            "--katex=x",
            "--section-divs",
        ]
        if document.meta.get("incremental") is True:
            result.append("--incremental")
    return result


def run(document: Document, root: Path) -> Parts:
    """Render one document.

    Raises:
        CourseError: Pandoc refused it; the message names the page and passes on Pandoc's own words.
    """
    process = subprocess.run(  # noqa: S603 - fixed program, arguments of ours
        [pandoc_path(), *arguments(document)], input=pandoc_input(document, root).encode("utf-8"),
        cwd=root, capture_output=True, check=False,
    )  # fmt: skip
    errors = process.stderr.decode("utf-8", "replace").strip()
    if process.returncode:
        raise CourseError(
            f"{document.source}: Pandoc stopped: {errors.splitlines()[-1] if errors else 'no message'}"
        )
    parts = split_parts(process.stdout.decode("utf-8"))
    if document.format != "typst":
        parts.body = postprocess.page_body(parts.body, deck=document.format == "revealjs")
        parts.toc = postprocess.toc(parts.toc)
        parts.facts["addresses"] = postprocess.addresses(parts.body)
    parts.facts["warnings"] = [line for line in errors.splitlines() if line.startswith("[WARNING]")]
    return parts


def split_parts(text: str) -> Parts:
    """Cut the output of the `parts` templates at its marks."""
    pieces = MARK.split(text)
    found = {name: value.strip("\n") for name, value in zip(pieces[1::2], pieces[2::2])}
    body, _, references = found.get("body", "").partition("<!--course:references-->")
    # The references came inside the page's last sections: the tags that close these belong to the body.
    open_sections = re.search(r"(?:\s*</section>)*\s*\Z", references)
    if open_sections:
        body, references = body + open_sections[0], references[: open_sections.start()]
    return Parts(
        title=found.get("title", "").strip(),
        plain_title=found.get("pagetitle", "").strip(),
        subtitle=found.get("subtitle", "").strip(),
        description=found.get("description", "").strip(),
        authors=[line.strip() for line in found.get("authors", "").splitlines() if line.strip()],
        toc=found.get("toc", "").strip(),
        body=body.strip("\n"),
        references=references.strip("\n"),
        facts=json.loads(found.get("facts") or "{}"),
    )
