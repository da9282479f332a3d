"""How many tokens a model reads: the table agrees with the models, and the cut cannot be too short."""

import json

import pytest

from pycode.data.types import Split
from pycode.errors import CourseError
from pycode.train.encode import encode
from pycode.train.lengths import SHORTEST, check_length, positions
from pycode.train.models import MODELS, minilm_folder
from pycode.train.shapes import SHAPES, shape_config


@pytest.mark.parametrize("name", MODELS)
def test_positions_are_those_of_the_models_configuration(name):
    pytest.importorskip("transformers")
    spec = MODELS[name]
    if spec.source == "package":
        config = json.loads((minilm_folder() / "config.json").read_text())
        wanted = config["max_position_embeddings"]
    else:
        shape = spec.location if spec.source == "random" else spec.name
        assert shape in SHAPES
        wanted = shape_config(shape).max_position_embeddings
    assert positions(spec) == wanted


def test_lengths_within_the_models_positions_are_allowed():
    for model, length in (("minilm", SHORTEST), ("minilm", 512), ("modernbert-base", 8192)):
        check_length(model, length)
    with pytest.raises(CourseError, match="must be 8 to 8192 for modernbert-base"):
        check_length("modernbert-base", 8193)


@pytest.mark.parametrize("length", [-1, 0, 1, 2, 7])
def test_a_cut_that_leaves_no_room_for_text_is_refused(length):
    import numpy as np

    rows = Split(["one two three"], np.zeros(1, dtype=np.int64), ["a"])
    with pytest.raises(CourseError, match=f"max_length must be 8 or more; got {length}"):
        encode(None, rows, length)
