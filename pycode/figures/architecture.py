"""What is inside the encoder: its path from text to scores, its weights, and who sees whom."""

from typing import TYPE_CHECKING

from pycode.figures.modernbert import BASE, is_global, parameters, visible
from pycode.figures.palette import LIGHT
from pycode.figures.style import new_figure, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PARTS = {
    "geglu": "GeGLU, 22 layers",
    "attention": "attention, 22 layers",
    "embeddings": "word vectors",
    "head_dense": "head: dense and norm",
    "head_new": "head: last layer",
}


def architecture_diagram(n_classes: int = 113, size: str = "deck") -> "Figure":
    """Return the path of one text through ModernBERT-base, and one of its layers taken apart."""
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height)
        axes.set(xlim=(0, 114), ylim=(0, 53))
        axes.axis("off")
        _path(axes, n_classes)
        _layer(axes)
    return figure


def parameter_bars(n_classes: int = 113, size: str = "deck") -> "Figure":
    """Return how many weights each part of the classifier has; the new ones are set off."""
    counts = parameters(n_classes)
    with use_style(size) as (width, height):
        figure, axes = new_figure(width, height * 0.84)
        for place, part in enumerate(reversed(PARTS)):
            millions = counts[part] / 1e6
            colour = LIGHT.rust if part == "head_new" else LIGHT.accent
            axes.barh(place, millions, color=colour, height=0.62)
            word = f"{millions:.1f} million" if millions >= 1 else f"{counts[part]:,}"
            note = ", new" if part == "head_new" else ""
            axes.text(millions + 0.8, place, word + note, va="center",
                      color=LIGHT.rust if note else LIGHT.ink)  # fmt: skip
        axes.set_yticks(range(len(PARTS)), list(reversed(PARTS.values())))
        axes.tick_params(axis="y", length=0)
        axes.grid(False)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.set_xticks([])
        axes.set_xlim(0, 76)
    return figure


def attention_windows(length: int = 128, size: str = "deck") -> "Figure":
    """Return which tokens see each other in a global and in a local layer of ``length`` tokens."""
    import matplotlib.pyplot as plt

    from pycode.figures.dark import colour_map

    with use_style(size) as (width, height):
        figure, panels = plt.subplots(1, 2, figsize=(width * 0.82, height * 0.86))
        plt.close(figure)
        shown = ((0, "global: every third layer"), (1, f"local: {BASE.window // 2} to each side"))
        for axes, (layer, title) in zip(panels, shown, strict=True):
            axes.imshow(visible(length, layer), cmap=colour_map(), vmin=0, vmax=1.25,
                        interpolation="nearest", extent=(0.5, length + 0.5, length + 0.5, 0.5))  # fmt: skip
            axes.grid(False)
            axes.set(title=title, xlabel="token that is seen", xticks=[1, length // 2, length],
                     yticks=[1, length // 2, length])  # fmt: skip
        panels[0].set_ylabel("token that looks")
    return figure


def _path(axes: "Axes", n_classes: int) -> None:
    """Draw text, tokens, vectors, the stack, the mean and the head from left to right."""
    middle, tall = 40.0, 12.0
    _box(axes, 0.4, middle, 12.4, tall, "tokenizer\n≤ 128 ids", LIGHT.raised)
    _box(
        axes,
        16,
        middle,
        16.6,
        tall,
        f"word vectors\n{BASE.vocabulary:,} × {BASE.hidden}",
        LIGHT.raised,
    )
    for layer in range(BASE.layers):
        whole = is_global(layer)
        _bar(axes, 36 + layer * 1.1, middle, 17.5 if whole else 10, whole)
    _box(axes, 63.4, middle, 13.6, tall, "mean over\nreal tokens", LIGHT.raised)
    _box(
        axes, 80.2, middle, 18, tall, f"dense {BASE.hidden}→{BASE.hidden}\nGELU, norm", LIGHT.raised
    )
    _box(
        axes,
        101.4,
        middle,
        12.2,
        tall,
        f"linear\n{BASE.hidden}→{n_classes}",
        LIGHT.rust,
        LIGHT.paper,
    )
    for start, end in ((12.8, 16), (32.6, 35.8), (60.2, 63.4), (77, 80.2), (98.2, 101.4)):
        _arrow(axes, start, end, middle)
    axes.text(
        48, middle + 10, f"{BASE.layers} layers, {BASE.hidden} numbers per token", ha="center"
    )
    axes.text(89.2, middle + 7.6, "head, pretrained", ha="center", color=LIGHT.soft)
    axes.text(107.5, middle + 7.6, "head, new", ha="center", color=LIGHT.rust)
    axes.text(47, middle - 13.2, "■ global", ha="right", color=LIGHT.accent)
    axes.text(49, middle - 13.2, f"■ local, window {BASE.window}", color=LIGHT.blue_text)


def _layer(axes: "Axes") -> None:
    """Draw one layer taken apart, under the stack."""
    middle, hidden = 11.0, BASE.hidden
    _box(axes, 2, middle, 110, 21, "", LIGHT.paper, edge=LIGHT.strong)
    axes.text(
        4, middle + 6.6, f"one of the {BASE.layers} layers: no bias, no dropout", color=LIGHT.soft
    )
    parts = (
        (4, 9, "norm"),
        (17, 25.5, f"attention\n{hidden}→{3 * hidden}, {hidden}→{hidden}"),
        (50, 9, "norm"),
        (63, 41, "GeGLU: one half gates the other\n"
                 f"{hidden}→{2 * BASE.gated}, gate, {BASE.gated}→{hidden}"),
    )  # fmt: skip
    for left, wide, text in parts:
        _box(axes, left, middle - 2.4, wide, 11, text, LIGHT.raised)
    for start, end in ((13, 17), (42.5, 44.6), (47.4, 50), (59, 63), (104, 106.2)):
        _arrow(axes, start, end, middle - 2.4)
    for place in (46, 107.8):
        axes.text(
            place,
            middle - 2.4,
            "+",
            ha="center",
            va="center",
            fontsize="x-large",
            color=LIGHT.accent,
        )


def _box(axes: "Axes", left: float, middle: float, wide: float, tall: float, text: str,
         face: str, ink: str = LIGHT.ink, edge: str = LIGHT.line) -> None:  # fmt: skip
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch((left, middle - tall / 2), wide, tall, boxstyle="round,pad=0,rounding_size=0.8",
                       facecolor=face, edgecolor=edge, linewidth=1.2)
    )  # fmt: skip
    axes.text(left + wide / 2, middle, text, ha="center", va="center", color=ink, linespacing=1.3)


def _bar(axes: "Axes", left: float, middle: float, tall: float, whole: bool) -> None:
    from matplotlib.patches import Rectangle

    colour = LIGHT.accent if whole else LIGHT.blue
    axes.add_patch(
        Rectangle(
            (left, middle - tall / 2), 0.95, tall, facecolor=colour, edgecolor=colour, linewidth=0
        )
    )


def _arrow(axes: "Axes", start: float, end: float, height: float) -> None:
    axes.annotate("", (end, height), (start, height),
                  arrowprops={"arrowstyle": "-|>", "color": LIGHT.strong, "shrinkA": 0, "shrinkB": 0, "lw": 2})  # fmt: skip
