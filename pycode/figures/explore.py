"""An explorable twin of a static figure: nothing heavy is loaded until the reader asks for it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycode.project import find_project

SCRIPT = "assets/js/explore.js"


@dataclass(frozen=True)
class Explorable:
    """Raw HTML for a page: the data of a Plotly figure and a button, shown only where scripts run."""

    html: str

    def _repr_markdown_(self) -> str:
        return f"```{{=html}}\n{self.html}\n```\n"


def explore(figure: Any, *, of: str, label: str = "Explore this figure") -> Explorable:
    """Return the button that exchanges the static figure ``of`` (its id) for the Plotly ``figure``.

    For a cell with `echo: false` and `output: asis`. Without JavaScript the static figure is all there is.
    """
    page = Path.cwd()
    script = Path(os.path.relpath(find_project().root / SCRIPT, page)).as_posix()
    data = figure.to_json(engine="json").replace("<", "\\u003c")
    return Explorable(
        f'<div class="explore" data-explore="{of}">\n'
        f'<button type="button" class="explore-button" hidden>{label}</button>\n'
        f'<script type="application/json">{data}</script>\n</div>\n'
        f'<script src="{script}" defer></script>'
    )
