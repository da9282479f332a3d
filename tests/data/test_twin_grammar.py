"""Templates and random numbers of the twin."""

import re

import numpy as np
import pytest

from pycode.data.twin.draws import choose, random_bits, uniform
from pycode.data.twin.grammar import compile_lines, compile_template
from pycode.data.twin.spec import intents
from pycode.errors import CourseError

LISTS = {"co": ["the bank", "XXXX"]}


def test_every_variant_is_said_once():
    template = compile_template("{co} [lost|kept] my [card|{co} letter].", LISTS)
    said = {template.say(number) for number in range(template.variants)}
    assert template.variants == 2 * 2 * 3 == len(said)
    assert "The bank kept my XXXX letter." in said and "XXXX lost my card." in said
    assert template.say(template.variants) == template.say(0)
    assert all(re.fullmatch(template.pattern, text, re.IGNORECASE) for text in said)
    assert not re.fullmatch(template.pattern, "The bank sold my card.", re.IGNORECASE)


def test_lines():
    assert len(compile_lines("one\n\n  two  \n", {})) == 2


def test_faults_of_templates():
    with pytest.raises(CourseError, match="unknown name {whom}"):
        compile_template("I called {whom}", LISTS)
    with pytest.raises(CourseError, match="out of place"):
        compile_template("I called [the bank", LISTS)


def test_random_bits_are_splitmix64():
    """The mixer against its definition, written with Python's integers."""

    def mix(z):
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
        return z ^ (z >> 31)

    golden = 0x9E3779B97F4A7C15
    start = mix((mix(7 * golden % 2**64) + 4 * golden) % 2**64)
    wanted = [mix((start + (key + 1) * golden) % 2**64) for key in (0, 5, 2**40)]
    assert random_bits(7, 3, np.array([0, 5, 2**40])).tolist() == wanted
    assert mix(golden) == 0xE220A8397B1DCDAF  # first output of SplitMix64 with seed 0


def test_uniform_and_choose_follow_their_distribution():
    u = uniform(1, 2, np.arange(40_000))
    assert u.min() >= 0 and u.max() < 1 and abs(u.mean() - 0.5) < 0.006
    other = uniform(1, 3, np.arange(40_000))
    assert abs(np.corrcoef(u, other)[0, 1]) < 0.02
    table = np.array([[0.2, 0.0, 0.8], [0.5, 0.5, 0.0]])
    drawn = choose(table, np.repeat([0, 1], 20_000), u)
    counts = np.stack([np.bincount(half, minlength=3) for half in np.split(drawn, 2)]) / 20_000
    np.testing.assert_allclose(counts, table, atol=0.015)
    assert counts[0, 1] == 0 and counts[1, 2] == 0


def test_wordings_do_not_contain_the_names_of_labels():
    """A label's name in its own wording would let a model match strings instead of meaning."""
    for intent in intents():
        if len(intent.label.split()) > 3:
            assert intent.label.lower() not in intent.says.lower()
