"""The row of buttons that opens a lab in Kaggle or Colab or downloads its notebook."""

import posixpath
from dataclasses import dataclass
from pathlib import Path

from pycode.project import Project, find_project
from pycode.site.notebook.lab import Lab, Needs, read_lab
from pycode.site.notebook.platform import Addresses, addresses


@dataclass(frozen=True)
class PageMarkdown:
    """Markdown for a page; Jupyter and the freeze show it as such."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text


def buttons(page: str, project: Project | None = None) -> PageMarkdown:
    """Return the buttons of the lab ``page`` (path from the project's root, as `labs/week1-lab.qmd`).

    For the first hidden cell of the page (`echo: false`, `output: asis`).
    """
    project = project or find_project()
    lab = read_lab(project, project.root / page)
    return PageMarkdown(buttons_markdown(lab, addresses(project)))


def buttons_markdown(lab: Lab, where: Addresses) -> str:
    """Return the Markdown of a lab's buttons and of what it needs."""
    download = posixpath.relpath(lab.notebook, posixpath.dirname(lab.source) or ".")
    return (
        "::: {.notebook-buttons}\n"
        f"[Open in Kaggle]({kaggle(lab, where)}){{.button}}\n"
        f"[Open in Colab]({colab(lab, where)}){{.button}}\n"
        f'[Download notebook]({download}){{.button download="{Path(lab.notebook).name}"}}\n\n'
        f"[{needs_text(lab.needs)}]{{.notebook-needs}}\n"
        ":::\n"
    )


def kaggle(lab: Lab, where: Addresses) -> str:
    """Return the address that opens the notebook as a new Kaggle kernel."""
    return f"https://kaggle.com/kernels/welcome?src={where.source(lab.notebook)}"


def colab(lab: Lab, where: Addresses) -> str:
    """Return the address that opens the notebook in Colab."""
    return (
        f"https://colab.research.google.com/github/{where.slug}/blob/{where.branch}/{lab.notebook}"
    )


def needs_text(needs: Needs) -> str:
    """Return what a lab needs in one line."""
    parts = [f"About {needs.minutes} minutes"]
    if needs.gpu:
        parts.append(f"GPU with {needs.vram_gb:g} GB" if needs.vram_gb else "GPU")
    else:
        parts.append("no GPU")
    if needs.download_mb:
        parts.append(f"{needs.download_mb:g} MB to download")
    return " · ".join(parts)
