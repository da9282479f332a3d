"""The whole build: read, render, wrap, index, and put the new site in the old one's place."""

import os
import posixpath
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pycode.errors import CourseError, nearest
from pycode.project import Project
from pycode.site.render import external, fragments, mathematics, pages, scan, search, unchanged
from pycode.site.render.config import SiteConfig, load_config
from pycode.site.render.fragments import Fragments
from pycode.site.render.report import BuildFailed, BuildReport, Failure
from pycode.site.render.shell import Rendered
from pycode.site.render.store import Store
from pycode.site.render.swap import locked, recover, replacing
from pycode.site.render.write import Site, write_site

RENDERERS = ("auto", "embedded", "quarto")


def build(
    project: Project,
    output: Path | None = None,
    renderer: str = "auto",
    jobs: int | None = None,
    force: bool = False,
) -> BuildReport:
    """Build the site.

    Args:
        project: the checkout.
        output: folder of the site, by default `_site/`; it is replaced in one step at the end.
        renderer: `auto` takes Quarto when it is on the PATH, else the embedded renderer.
        jobs: documents rendered at the same time; by default one per processor.
        force: render everything again, whatever the cache holds.

    Raises:
        CourseError: bad configuration or a missing part.
        BuildFailed: pages that cannot be rendered, all of them with the reason.
    """
    if renderer not in RENDERERS:
        raise CourseError(
            f"Unknown renderer {renderer!r}; allowed: {', '.join(RENDERERS)}.{nearest(renderer, RENDERERS)}"
        )
    target = (output or project.site).resolve()
    _check_output(project, target)
    start = time.perf_counter()
    with locked(project.cache / "build.lock"):
        if external.wanted(renderer):
            report = external.build(project, target)
        else:
            report = _embedded(project, target, max(1, jobs or os.cpu_count() or 1), force)
    report.seconds = time.perf_counter() - start
    return report


def _check_output(project: Project, target: Path) -> None:
    root = project.root.resolve()
    if target == root or root.is_relative_to(target):
        raise CourseError(
            "The output folder must not be the project itself or above it: name a folder of its own."
        )
    ours = target == project.site.resolve() or any(
        (target / n).exists() for n in ("index.html", ".nojekyll")
    )
    if target.is_file() or (target.exists() and any(target.iterdir()) and not ours):
        raise CourseError(
            f"The output folder {target.name!r} holds something that is not a site: name another one."
        )


@contextmanager
def _phase(report: BuildReport, name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    report.phases.append((name, time.perf_counter() - start))


def _embedded(project: Project, target: Path, jobs: int, force: bool) -> BuildReport:
    report = BuildReport(target)
    store = Store(project.cache / "render")
    recover(target)
    stamp = unchanged.stamp(project)
    known = None if force else unchanged.recall(project, target, stamp)
    if known:
        report.pages, report.decks, report.pdfs = known
        report.unchanged = True
        return report
    failures: list[Failure] = []
    with _phase(report, "read"):
        config = load_config(project)
        sources = read_all(config, failures, store)
    with _phase(report, "render"):
        machine = Fragments(config.root, store)
        if force:
            machine.machine += str(time.time_ns())
        items = render_all(machine, sources, jobs, failures)
        report.rendered = machine.rendered
    if failures:
        raise BuildFailed(failures)
    # Pagefind takes longest when one page changed: it starts as soon as the contents are known.
    with ThreadPoolExecutor(1) as aside, replacing(target) as folder:
        site = Site(config, folder, last=target)
        index = aside.submit(search.index, store, search.entries(config, items))
        with _phase(report, "write"):
            fill_maths(project, sources, items, failures)
            if not failures:
                write_site(site, items, store, report, failures, jobs)
        if failures:
            raise BuildFailed(failures)
        with _phase(report, "search"):
            site.add_folder("pagefind", index.result())
    unchanged.remember(project, target, stamp, report)
    store.prune()
    return report


def read_all(config: SiteConfig, failures: list[Failure], store: Store) -> list[pages.Page]:
    """Read every page; what is wrong with one is added to ``failures`` and the others go on."""
    cache: dict[str, dict[str, object]] = {}
    result = []
    names = config.pages()
    if not names:
        raise CourseError("_quarto.yml: `project.render` matches no page: correct its patterns.")
    known = scan.project_classes(config)
    for name in names:
        try:
            page = pages.read_page(config, name)
            found = scan.problems_kept(page, known, store)
            failures += [Failure(name, str(problem)) for problem in found]
            pages.add_documents(config, page, pages.folder_metadata(config, name, cache))
        except CourseError as error:
            failures.append(Failure(name, str(error)))
            continue
        if not found:
            result.append(page)
    failures += _clashes(result)
    return result


def _clashes(sources: list[pages.Page]) -> list[Failure]:
    seen: dict[str, str] = {}
    found = []
    for page in sources:
        for document in page.documents:
            other = seen.setdefault(document.output, page.source)
            if other != page.source:
                found.append(
                    Failure(
                        page.source,
                        f"it becomes {document.output}, and so does {other}: rename one.",
                    )
                )
    return found


def render_all(
    machine: Fragments, sources: list[pages.Page], jobs: int, failures: list[Failure]
) -> list[Rendered]:
    """Run Pandoc over every document and check what the filters report."""
    names = {page.source for page in sources} | {failure.page for failure in failures}
    items = []
    for page, document, parts in machine.render_all(sources, jobs, failures):

        def exists(target: str, folder: str = posixpath.dirname(page.source)) -> bool:
            base = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            return posixpath.normpath(base) in names

        failures += fragments.problems(page, document, parts, exists)
        items.append(Rendered(document, parts))
    return items


def fill_maths(
    project: Project, sources: list[pages.Page], items: list[Rendered], failures: list[Failure]
) -> None:
    """Render all formulas with one call of KaTeX and put them into the parts."""
    html_items = [item for item in items if item.document.format != "typst"]
    wanted = {
        item: mathematics.formulas(item.parts.body + item.parts.toc + item.parts.title)
        for item in html_items
    }
    every = [formula for found in wanted.values() for formula in found]
    if not every:
        return
    renderer = mathematics.Renderer(project.root, project.cache / "render" / "maths.json")
    errors = renderer.prepare(every)
    by_source = {page.source: page for page in sources}
    for item, found in wanted.items():
        for tex, _ in found:
            if tex in errors:
                page = by_source[item.document.source]
                where = page.where(tex.strip().splitlines()[0])
                failures.append(
                    Failure(page.source, f"{where}: KaTeX cannot read this formula: {errors[tex]}.")
                )
        for name in ("body", "toc", "title"):
            setattr(item.parts, name, renderer.fill(getattr(item.parts, name)))
