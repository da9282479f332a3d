"""What a notebook and its page need to know of the outside: addresses, pinned versions, the first cell."""

from dataclasses import dataclass

from pycode.errors import CourseError
from pycode.project import Project
from pycode.site.notebook.lab import Lab

_FIRST_CELL = """\
# Run this cell first. It prepares Kaggle, Colab or your own machine and says what you are running on.
import os
import subprocess
import sys

SOURCE = "{raw}"
PACKAGE = "{archive}"


class Stop(Exception):  # Jupyter shows it as its sentence, without a traceback
    def _render_traceback_(self):
        return [str(self)]


if "KAGGLE_KERNEL_RUN_TYPE" in os.environ or "COLAB_RELEASE_TAG" in os.environ:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for what in (["-r", SOURCE], ["--no-deps", PACKAGE]):
        if subprocess.run(pip + what).returncode:
            raise Stop(
                "The installation failed; the lines above say why.\\n"
                "Kaggle: turn Settings > Internet on, then run this cell again.\\n"
                "Colab: Runtime > Disconnect and delete runtime, then run this cell again."
            )
os.environ.setdefault("COURSE_PREDICTIONS", "predictions.json")

try:
    from pycode.labs import BLANK as ___
    from pycode.labs import start
except ModuleNotFoundError:
    raise Stop(
        "The course's package is not installed here. Copy this line into a cell of its own and run it,\\n"
        f"then restart the kernel and run this cell again:\\n%pip install -r {{SOURCE}} {{PACKAGE}}"
    ) from None

machine = start({needs})"""


@dataclass(frozen=True)
class Addresses:
    """The public addresses that `_variables.yml` gives: repository, branch, site, and the notebooks' pin."""

    repo: str
    branch: str
    site: str
    ref: str

    @property
    def slug(self) -> str:
        """`owner/name` of the repository."""
        return "/".join(self.repo.split("/")[-2:])

    def source(self, path: str) -> str:
        """Return the repository's page of a file on the branch."""
        return f"{self.repo}/blob/{self.branch}/{path}"

    def page(self, source: str) -> str:
        """Return the address of a source page on the site."""
        return f"{self.site}/{source.removesuffix('.qmd')}.html"


def addresses(project: Project) -> Addresses:
    """Return the addresses of `_variables.yml`.

    Raises:
        CourseError: one is missing, or the repository is not on GitHub (Kaggle and Colab open no other).
    """
    variables = project.variables()
    website, notebooks = variables.get("website") or {}, variables.get("notebooks") or {}
    values = [
        website.get("repo-url"),
        website.get("repo-branch", "main"),
        website.get("site-url"),
        notebooks.get("ref"),
    ]
    names = ("website: repo-url", "website: repo-branch", "website: site-url", "notebooks: ref")
    for name, value in zip(names, values):
        if not value:
            raise CourseError(
                f"_variables.yml has no `{name}`: notebooks and their buttons need it."
            )
    repo, branch, site, ref = (str(value).rstrip("/") for value in values)
    if not repo.startswith("https://github.com/") or len(repo.split("/")) != 5:
        raise CourseError(
            f"_variables.yml: `website: repo-url` must be https://github.com/OWNER/NAME, got {repo!r}."
        )
    return Addresses(repo, branch, site, ref)


def first_cell(lab: Lab, where: Addresses) -> str:
    """Return the code of a notebook's first cell.

    It installs pinned packages on Kaggle and Colab only, and fetches this project at a fixed ref, never a branch.
    """
    needs = lab.needs
    return _FIRST_CELL.format(
        raw=f"https://raw.githubusercontent.com/{where.slug}/{where.ref}/requirements/notebook.txt",
        archive=f"{where.repo}/archive/{where.ref}.zip",
        needs=f"minutes={needs.minutes}, gpu={needs.gpu}, vram_gb={needs.vram_gb}, download_mb={needs.download_mb}",
    )
