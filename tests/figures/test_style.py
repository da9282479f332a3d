"""Figures have one look, come out the same twice, and have a dark twin of the same shape."""

import re

import matplotlib
import numpy as np
import pytest

from pycode.errors import CourseError
from pycode.figures.dark import colour_map, dark_variant, foreign_colours
from pycode.figures.labels import draw_intervals, halo, label_ends, spread
from pycode.figures.palette import DARK, LIGHT, contrast, dark_of, series
from pycode.figures.style import SIZES, plotly_template, svg, use_style

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402 - after the backend is chosen
from matplotlib.colors import to_hex  # noqa: E402
from matplotlib.text import Text  # noqa: E402


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def drawing():
    """A figure with every kind of artist that pages use."""
    with use_style():
        fig, (left, right) = plt.subplots(1, 2)
        x = np.arange(5)
        lines = [left.plot(x, x * (i + 1))[0] for i in range(6)]
        left.set(xlabel="x", ylabel="y", title="Lines")
        label_ends(left, lines, [f"series {i}" for i in range(6)])
        left.annotate("here", (1, 2), (2, 9), arrowprops={"arrowstyle": "-", "color": LIGHT.strong})
        left.text(1, 20, "note", path_effects=halo(), bbox={"facecolor": LIGHT.raised})
        right.scatter(x, x, c=[LIGHT.accent, LIGHT.rust] * 2 + [LIGHT.plum])
        right.bar(x, -x, color=LIGHT.ochre, alpha=0.5)
        right.imshow(np.eye(3), cmap=colour_map(), extent=(0, 1, -4, -3), aspect="auto")
        right.legend([lines[0]], ["one"])
    return fig


def colours_in(svg_bytes: bytes) -> set[str]:
    return {c.decode() for c in re.findall(rb"#[0-9a-f]{6}\b", svg_bytes)}


def test_the_same_figure_gives_the_same_bytes():
    first, second = svg(drawing()), svg(drawing())
    assert first == second and b"dc:date" not in first


def test_the_style_ends_with_its_block():
    before = dict(matplotlib.rcParams)
    with use_style("deck") as (width, height):
        assert matplotlib.rcParams["font.size"] == SIZES["deck"][2]
        assert (width, height) == SIZES["deck"][:2]
    assert dict(matplotlib.rcParams) == before


def test_an_unknown_size_names_the_known_ones():
    with (
        pytest.raises(CourseError, match="No figure size 'decks'.*page.*Did you mean 'deck'"),
        use_style("decks"),
    ):
        pass


def test_the_dark_twin_has_dark_colours_only():
    fig = drawing()
    with dark_variant(fig):
        dark = colours_in(svg(fig))
    assert not dark & (set(dark_of()) - set(dark_of().values()))
    assert {DARK.ink, DARK.accent, DARK.rust} <= dark


def test_the_light_figure_comes_back_exactly():
    fig = drawing()
    before = svg(fig)
    with pytest.raises(ZeroDivisionError), dark_variant(fig):
        _ = 1 / 0
    assert svg(fig) == before


def test_the_twin_differs_in_colour_only():
    fig = drawing()
    light = svg(fig)
    with dark_variant(fig):
        dark = svg(fig)

    def bare(data: bytes) -> bytes:
        without_images = re.sub(rb"<image [^>]*/>", b"", data)
        return re.sub(
            rb"#[0-9a-f]{6}\b",
            b"",
            re.sub(rb'"[A-Za-z]?[0-9a-f]{10}"|#[A-Za-z]?[0-9a-f]{10}', b"", without_images),
        )

    assert light != dark and bare(light) == bare(dark)


def test_opacity_and_marks_survive():
    with use_style():
        fig, ax = plt.subplots()
        bars = ax.bar([0], [1], color=LIGHT.rust, alpha=0.25)
    with dark_variant(fig):
        assert bars[0].get_facecolor()[3] == 0.25
        assert to_hex(bars[0].get_facecolor()) == DARK.rust
    assert to_hex(bars[0].get_facecolor()) == LIGHT.rust


def test_foreign_colours_are_named():
    assert foreign_colours(drawing()) == []
    with use_style():
        fig, ax = plt.subplots()
        ax.plot([0, 1], color="#ff00ff")
    assert foreign_colours(fig) == ["#ff00ff"]


@pytest.mark.parametrize("dark", [False, True])
def test_text_in_a_drawn_figure_is_aa(dark):
    fig = drawing()
    paper = DARK.paper if dark else LIGHT.paper
    with dark_variant(fig) if dark else use_style():
        texts = [t for t in fig.findobj(Text) if t.get_text() and t.get_visible()]
        assert len(texts) > 10
        for text in texts:
            assert contrast(to_hex(text.get_color()), paper) >= 4.5, text.get_text()


def test_names_at_line_ends_do_not_overlap():
    with use_style():
        fig, ax = plt.subplots()
        lines = [ax.plot([0, 1], [0, 1 + i * 1e-3])[0] for i in range(5)]
        ax.set_ylim(0, 2)
        labels = label_ends(ax, lines, list("abcde"))
    fig.draw_without_rendering()
    boxes = sorted((t.get_window_extent() for t in labels), key=lambda b: b.y0)
    assert all(upper.y0 >= lower.y1 - 1 for lower, upper in zip(boxes, boxes[1:]))
    with pytest.raises(CourseError, match="Got 1 labels for 5 lines"):
        label_ends(ax, lines, ["a"])


def test_spread_moves_little_and_keeps_the_order():
    rng = np.random.default_rng(0)
    for _ in range(50):
        places = rng.uniform(0, 10, rng.integers(1, 9))
        moved = spread(places, 1.5)
        order = np.argsort(places, kind="stable")
        assert np.all(np.diff(moved[order]) >= 1.5 - 1e-9)
        assert moved.mean() == pytest.approx(places.mean())
    apart = np.array([0.0, 5.0, 2.5])
    assert np.array_equal(spread(apart, 1.0), apart)


def test_a_tie_is_drawn_as_one():
    with use_style():
        _, ax = plt.subplots()
        draw_intervals(ax, ["tie", "worse"], [0.01, -0.2], [-0.02, -0.3], [0.04, -0.1])
    points = [line for line in ax.lines if line.get_marker() == "o"]
    assert [to_hex(p.get_color()) for p in points] == [LIGHT.faint, LIGHT.accent]
    assert to_hex(points[0].get_markerfacecolor()) == LIGHT.paper
    assert [t.get_text() for t in ax.get_yticklabels()] == ["tie", "worse"]


def test_colour_maps_run_from_paper_to_accent():
    for dark, palette in ((False, LIGHT), (True, DARK)):
        assert to_hex(colour_map("course", dark)(0.0)) == palette.raised
        assert to_hex(colour_map("course", dark)(1.0)) == palette.accent
        assert to_hex(colour_map("course-diverging", dark)(0.0)) == palette.rust
    with pytest.raises(CourseError, match="No colour map 'jet'"):
        colour_map("jet")


def test_plotly_wears_the_same_colours():
    for dark, palette in ((False, LIGHT), (True, DARK)):
        layout = plotly_template(dark).layout
        assert list(layout.colorway) == series(palette)
        assert layout.font.color == palette.ink
        assert layout.paper_bgcolor == "rgba(0,0,0,0)"
