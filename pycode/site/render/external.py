"""Real Quarto, where it is installed: the same project, rendered into a folder that then becomes the site."""

import shutil
import subprocess
from pathlib import Path

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.render.report import BuildReport
from pycode.site.render.swap import replacing


def wanted(renderer: str) -> bool:
    """Return whether Quarto is to be used.

    Raises:
        CourseError: it was asked for and is not on the PATH.
    """
    found = shutil.which("quarto") is not None
    if renderer == "quarto" and not found:
        raise CourseError("Quarto is not on the PATH: install it, or use `--renderer embedded`.")
    return found and renderer in ("auto", "quarto")


def build(project: Project, target: Path) -> BuildReport:
    """Run `quarto render` into a folder beside the site and swap it in when everything went well.

    Raises:
        CourseError: Quarto failed or made no home page; its last lines are passed on.
    """
    report = BuildReport(target, renderer="quarto")
    with replacing(target) as folder:
        work = project.cache / "quarto-site"
        shutil.rmtree(work, ignore_errors=True)
        command = [
            "quarto",
            "render",
            ".",
            "--output-dir",
            work.relative_to(project.root).as_posix(),
        ]
        process = subprocess.run(
            command, cwd=project.root, capture_output=True, text=True, check=False
        )  # noqa: S603
        if process.returncode or not (work / "index.html").is_file():
            lines = [
                line for line in (process.stderr or process.stdout).splitlines() if line.strip()
            ]
            raise CourseError(
                "Quarto could not render the project, the site was left as it was:\n  "
                + "\n  ".join(lines[-8:])
            )
        shutil.copytree(work, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
        shutil.rmtree(work, ignore_errors=True)
    every = list(target.rglob("*.html"))
    decks = [path for path in every if path.name == "slides.html"]
    report.decks = len(decks)
    report.pages = len([path for path in every if "site_libs" not in path.parts]) - len(decks)
    report.pdfs = len(list(target.rglob("*.pdf")))
    return report
