"""The encoder's numbers follow from its configuration, and the drawings say them."""

import re

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

from matplotlib.text import Text  # noqa: E402

from pycode.figures import architecture  # noqa: E402
from pycode.figures.dark import foreign_colours  # noqa: E402
from pycode.figures.modernbert import BASE, is_global, parameters, visible  # noqa: E402
from pycode.figures.style import svg  # noqa: E402
from pycode.runs import claim  # noqa: E402


def words(figure):
    return " ".join(artist.get_text() for artist in figure.findobj(Text))


def test_the_parts_add_up_to_the_published_size():
    assert sum(parameters(113).values()) == float(claim("published:enc.ft.params"))


def test_the_head_is_the_published_one_without_rounding():
    head = parameters(113)
    whole = head["head_dense"] + head["head_new"]
    assert head["head_new"] == 113 * 768 + 113
    assert whole == pytest.approx(float(claim("published:prework.head")), rel=0.01)


def test_the_parts_agree_with_the_library():
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    config = transformers.ModernBertConfig(vocab_size=BASE.vocabulary, num_labels=113)
    with torch.device("meta"):
        model = transformers.AutoModelForSequenceClassification.from_config(config)
    assert sum(p.numel() for p in model.parameters()) == sum(parameters(113).values())
    assert config.classifier_pooling in ("mean", "cls")
    assert (config.num_hidden_layers, config.intermediate_size) == (BASE.layers, BASE.gated)


def test_every_third_layer_is_global():
    layers = [layer for layer in range(BASE.layers) if is_global(layer)]
    assert layers == [0, 3, 6, 9, 12, 15, 18, 21]


def test_a_local_layer_sees_half_a_window_to_each_side():
    seen = visible(128, 1)
    assert seen[0].sum() == 65 and seen[64].sum() == 128
    assert seen.sum() == 128 + 2 * sum(128 - d for d in range(1, 65))
    assert (seen == seen.T).all() and visible(128, 0).all()
    assert visible(65, 1).all()  # a short text fits into the window


@pytest.mark.parametrize("draw", ["architecture_diagram", "parameter_bars", "attention_windows"])
def test_drawings_are_the_same_twice_and_keep_to_the_palette(draw):
    make = getattr(architecture, draw)
    assert svg(make()) == svg(make())
    assert foreign_colours(make()) == []


def test_the_diagram_names_what_is_in_the_configuration():
    text = words(architecture.architecture_diagram(77))
    for part in ("768→77", "768→768", "768→2304", "1152→768", "mean over", "window 128"):
        assert part in text
    assert "CLS" not in text


def test_the_bars_are_the_counts():
    (axes,) = architecture.parameter_bars().axes
    widths = sorted(bar.get_width() for bar in axes.patches)
    counts = parameters(113)
    shown = sorted(counts[part] / 1e6 for part in architecture.PARTS)
    assert np.allclose(widths, shown)
    assert re.search(r"86,897, new", words(axes.figure))
