"""Documents through Pandoc, in parallel, each only when something that it is made from changed."""

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pycode.errors import CourseError
from pycode.site.render import pandoc, postprocess
from pycode.site.render.config import is_file
from pycode.site.render.pages import Document, Page
from pycode.site.render.report import Failure
from pycode.site.render.store import Store, digest, tree_digest

ADVICE = {
    "reference": "the cross-reference @{id} points at nothing on this page: label the figure, table or section, or correct the name",
    "citation": "the citation @{id} is not in the bibliography: add the entry or correct the key",
    "duplicate": "the label {id} is used twice on this page: rename one",
    "remote-image": "the image {id} would be loaded from another site: download it into assets/images/",
    "empty-tabset": "a .panel-tabset has no headings: give each tab a heading",
    "layout": 'layout={id} is not a list of widths: write layout="[[1,1],[1]]"',
}


class Fragments:
    """Renders documents and remembers the results between builds."""

    def __init__(self, root: Path, store: Store) -> None:
        self.root, self.store = root, store
        self.machine = tree_digest([pandoc.FILTERS]) + pandoc.pandoc_version()
        code = [pandoc.TEMPLATES / "parts.html", Path(pandoc.__file__), Path(postprocess.__file__)]
        self.machine += digest(*(path.read_bytes() for path in code))
        self._files: dict[str, str] = {}
        self.rendered = 0

    def key(self, document: Document) -> str:
        """Return the name of everything that the document's HTML is made from."""
        names = [
            *pandoc.course_filters(self.root, document.meta),
            *document.meta.get("bibliography", []),
        ]
        if document.meta.get("csl"):
            names.append(str(document.meta["csl"]))
        command = [
            part
            for part in pandoc.arguments(document)
            if not part.startswith(("--template", "--lua-filter"))
        ]
        return digest(
            self.machine,
            *command,
            pandoc.pandoc_input(document, self.root),
            *(self._file(name) for name in names),
        )

    def _file(self, name: str) -> str:
        if name not in self._files:
            path = self.root / name
            self._files[name] = digest(path.read_bytes()) if is_file(path) else "absent"
        return self._files[name]

    def render(self, document: Document) -> pandoc.Parts:
        """Return the document's parts, from the store when nothing changed."""
        key = self.key(document)
        kept = self.store.get("parts", key)
        if kept is not None:
            return pandoc.Parts(**json.loads(kept))
        parts = pandoc.run(document, self.root)
        self.rendered += 1
        self.store.put("parts", key, parts.to_json().encode("utf-8"))
        return parts

    def render_all(
        self, pages: list[Page], jobs: int, failures: list[Failure]
    ) -> list[tuple[Page, Document, pandoc.Parts]]:
        """Render every document of the pages; what fails is added to ``failures``."""
        work = [(page, document) for page in pages for document in page.documents]

        def one(item: tuple[Page, Document]) -> tuple[Page, Document, pandoc.Parts] | Failure:
            page, document = item
            try:
                return page, document, self.render(document)
            except CourseError as error:
                return Failure(page.source, str(error))

        with ThreadPoolExecutor(jobs) as pool:
            results = list(pool.map(one, work))
        done = []
        for result in results:
            if isinstance(result, Failure):
                failures.append(result)
            else:
                done.append(result)
        return done


def problems(
    page: Page, document: Document, parts: pandoc.Parts, exists: Callable[[str], bool]
) -> list[Failure]:
    """Return what the filters and the links of one document say is wrong.

    Args:
        page: the page.
        document: one of its documents.
        parts: what Pandoc made of it.
        exists: whether a project-relative path is a page.
    """
    found = []
    for problem in parts.facts.get("problems") or []:
        needle = problem["id"]
        message = ADVICE[problem["kind"]].format(id=needle)
        found.append(Failure(page.source, f"{page.where(needle)}: {message}."))
    for target in parts.facts.get("links") or []:
        if target.endswith(".qmd") and not target.startswith("http") and not exists(target):
            found.append(
                Failure(
                    page.source,
                    f"{page.where(target)}: the link to {target!r} leads to no page of this site.",
                )
            )
    for warning in parts.facts.get("warnings") or []:
        if (
            "Duplicate identifier" in warning
            or "Duplicate link" in warning
            or "Duplicate note" in warning
        ):
            found.append(
                Failure(page.source, f"{page.source}: {warning.removeprefix('[WARNING] ')}.")
            )
    return found


def markdown_inline(text: str) -> str:
    """Return a line of markdown as HTML, for the footer and other short texts of the configuration."""
    process = subprocess.run(  # noqa: S603 - fixed program and arguments
        [pandoc.pandoc_path(), "--from=markdown", "--to=html5", "--wrap=preserve"],
        input=text.encode("utf-8"), capture_output=True, check=True,
    )  # fmt: skip
    return process.stdout.decode("utf-8").strip()
