"""The palette reads in both modes and for readers who confuse red and green."""

from dataclasses import asdict
from itertools import combinations

import numpy as np
import pytest

from pycode.figures.palette import (
    DARK,
    LIGHT,
    contrast,
    dark_of,
    luminance,
    series,
    text_colour,
)

GROUNDS = [LIGHT, DARK]
# Machado, Oliveira and Fernandes (2009), severity 1.0, in linear RGB.
VISION = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}


def lab(linear: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear sRGB, white point D65."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ np.clip(linear, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def test_contrast_has_the_published_end_points():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert luminance("#ffffff") == pytest.approx(1)


@pytest.mark.parametrize("ground", GROUNDS, ids=["light", "dark"])
def test_text_in_figures_is_aa_on_paper(ground):
    names = ("ink", "soft", "faint", "accent", "rust", "ochre_text", "plum_text", "blue_text")
    for name in names:
        assert contrast(getattr(ground, name), ground.paper) >= 4.5, name


@pytest.mark.parametrize("ground", GROUNDS, ids=["light", "dark"])
def test_lines_stand_out_from_paper(ground):
    for colour in [*series(ground), ground.strong]:
        assert contrast(colour, ground.paper) >= 3.0, colour


def test_each_series_has_a_readable_label():
    dark = dark_of()
    for colour in series():
        label = text_colour(colour)
        assert contrast(label, LIGHT.paper) >= 4.5
        assert contrast(dark[label], DARK.paper) >= 4.5


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("ground", GROUNDS, ids=["light", "dark"])
def test_series_stay_apart(ground, vision):
    seen = {c: lab(VISION[vision] @ linear(c)) for c in series(ground)}
    distances = {(a, b): np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2)}
    assert min(distances.values()) >= 20, min(distances, key=distances.__getitem__)


def test_light_and_dark_are_one_to_one():
    """Exchanging colours can only be undone if no two light colours are the same."""
    assert len(set(asdict(LIGHT).values())) == len(asdict(LIGHT))
    assert len(dark_of()) == len(asdict(LIGHT))
