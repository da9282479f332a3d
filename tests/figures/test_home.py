"""The home page's figure shows every class of the run, in its order."""

import matplotlib

matplotlib.use("Agg")

from matplotlib.colors import to_hex  # noqa: E402 - after the backend is chosen

from pycode.figures.home import QUIET, desks  # noqa: E402
from pycode.figures.palette import LIGHT  # noqa: E402
from pycode.figures.tables import run_tables  # noqa: E402


def test_one_bar_and_one_tick_per_class():
    rows = run_tables("label-counts-cfpb")["classes"]["rows"]
    counts = sorted((row["all"] for row in rows if row["all"]), reverse=True)
    (axes,) = desks().axes
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == [count / counts[0] for count in counts]
    assert len(axes.collections[0].get_segments()) == len(counts)
    quiet = [bar for bar in axes.patches if to_hex(bar.get_facecolor()) == LIGHT.rust]
    assert len(quiet) == QUIET
