"""One look for all figures: `with use_style(): …` for Matplotlib, `plotly_template()` for Plotly.

Figures are drawn in the light palette. `dark_variant(fig)` (in `dark.py`) exchanges each colour for
the dark one while the second picture is saved, so that a page can show the right one in both modes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pycode.errors import CourseError, nearest
from pycode.figures.palette import DARK, LIGHT, Palette, series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Width, height (inches), base text (points): at 96 pixels per inch a page figure fills the measure.
SIZES = {
    "page": (6.67, 3.8, 11.0),
    "half": (3.2, 2.5, 8.8),
    "margin": (2.5, 2.1, 8.2),
    "deck": (11.4, 5.3, 17.0),
}


@contextmanager
def use_style(size: str = "page") -> Iterator[tuple[float, float]]:
    """Draw in the course's look inside the block; yields the figure's width and height in inches.

    ``size`` is ``page``, ``half`` (two side by side), ``margin`` or ``deck``. A figure made inside stays styled after the block.

    Raises:
        CourseError: unknown size.
    """
    import matplotlib as mpl

    with mpl.rc_context(settings(size)):
        yield SIZES[size][0], SIZES[size][1]


def new_figure(width: float, height: float) -> tuple["Figure", "Axes"]:
    """Return a figure of ``width`` × ``height`` inches and its axes, already closed for `pyplot`.

    A notebook would otherwise show it twice: as the cell's value and as an open figure.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(width, height))
    plt.close(figure)
    return figure, axes


def settings(size: str = "page") -> Any:
    """Return Matplotlib's settings (rcParams) for the course's look.

    Raises:
        CourseError: unknown size.
    """
    from cycler import cycler

    if size not in SIZES:
        raise CourseError(
            f"No figure size {size!r}: choose {', '.join(SIZES)}.{nearest(size, list(SIZES))}"
        )
    width, height, text = SIZES[size]
    heavy = 1.6 if size == "deck" else 1.0
    return {
        **_ink(LIGHT),
        "figure.figsize": (width, height),
        "figure.constrained_layout.use": True,
        "figure.dpi": 96,
        "savefig.transparent": True,
        "savefig.dpi": 192,
        "font.family": families(),
        "font.size": text,
        "axes.titlesize": text * 1.08,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": text * 0.9,
        "axes.labelsize": text,
        "xtick.labelsize": text * 0.94,
        "ytick.labelsize": text * 0.94,
        "legend.fontsize": text * 0.94,
        "axes.prop_cycle": cycler(color=series()),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.7 * heavy,
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.linewidth": 0.6 * heavy,
        "lines.linewidth": 1.9 * heavy,
        "lines.markersize": 5 * heavy,
        "lines.solid_capstyle": "round",
        "patch.linewidth": 0,
        "xtick.major.size": 3 * heavy,
        "ytick.major.size": 0,
        "xtick.major.width": 0.7 * heavy,
        "xtick.minor.size": 0,
        "ytick.minor.size": 0,
        "legend.frameon": False,
        "legend.edgecolor": LIGHT.line,
        "legend.handlelength": 1.4,
        "svg.fonttype": "path",
        "svg.hashsalt": "applied-deep-learning",
        "mathtext.fontset": "dejavusans",
    }


def _ink(palette: Palette) -> dict[str, Any]:
    """Return the colour settings; the grounds are transparent, the page's paper shows through."""
    return {
        "figure.facecolor": palette.paper,
        "figure.edgecolor": palette.paper,
        "axes.facecolor": palette.paper,
        "savefig.facecolor": palette.paper,
        "text.color": palette.ink,
        "axes.titlecolor": palette.ink,
        "axes.labelcolor": palette.soft,
        "axes.edgecolor": palette.strong,
        "xtick.color": palette.strong,
        "ytick.color": palette.strong,
        "xtick.labelcolor": palette.soft,
        "ytick.labelcolor": palette.soft,
        "grid.color": palette.line,
        "hatch.color": palette.strong,
        "patch.edgecolor": palette.paper,
    }


def families() -> list[str]:
    """Return the font families: the course's own where its files can be had, then a fallback."""
    return ["Source Sans 3", "DejaVu Sans"] if _register() else ["DejaVu Sans"]


def _register() -> bool:
    """Make Source Sans known to Matplotlib; False where the npm packages are missing (Kaggle)."""
    from matplotlib import font_manager

    from pycode.figures.fonts import static_fonts
    from pycode.project import find_project

    known = {font.name for font in font_manager.fontManager.ttflist}
    if "Source Sans 3" in known:
        return True
    try:
        project = find_project()
        files = static_fonts(
            project.root / "node_modules" / "@fontsource-variable", project.cache / "fonts"
        )
    except (CourseError, ImportError):
        return False
    for file in files:
        font_manager.fontManager.addfont(file)
    return True


def rows_of_names(axes: "Axes") -> None:
    """Make ``axes`` read like a table: names on the left without ticks or line, and a grid for the values."""
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def settle(fig: "Figure") -> None:
    """Lay the figure out once and for all: each new layout would move things by a hair."""
    fig.draw_without_rendering()
    if fig.get_layout_engine() is not None:
        fig.set_layout_engine("none")


def svg(fig: "Figure") -> bytes:
    """Return the figure as SVG: the same bytes for the same figure and the same versions."""
    import matplotlib as mpl

    settle(fig)
    stream = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "applied-deep-learning", "svg.fonttype": "path"}):
        fig.savefig(
            stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return stream.getvalue()


def plotly_template(dark: bool = False) -> Any:
    """Return the same look as a Plotly template (``plotly.graph_objects.layout.Template``)."""
    import plotly.graph_objects as go

    palette = DARK if dark else LIGHT
    axis = {
        "gridcolor": palette.line,
        "linecolor": palette.strong,
        "zerolinecolor": palette.strong,
        "tickfont": {"color": palette.soft},
        "title": {"font": {"color": palette.soft}},
        "ticks": "",
    }
    return go.layout.Template(
        layout={
            "font": {
                "family": "Source Sans, DejaVu Sans, sans-serif",
                "size": 14,
                "color": palette.ink,
            },
            "colorway": series(palette),
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": {**axis, "showgrid": False, "showline": True},
            "yaxis": axis,
            "title": {"x": 0, "xanchor": "left"},
            "hoverlabel": {
                "bgcolor": palette.paper,
                "bordercolor": palette.accent,
                "font": {"color": palette.ink},
            },
            "legend": {"bgcolor": "rgba(0,0,0,0)"},
            "margin": {"l": 56, "r": 16, "t": 40, "b": 48},
        }
    )
