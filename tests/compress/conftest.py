"""A tiny stored classifier, rows for it, and what it says to them."""

from pathlib import Path

import numpy as np
import pytest

from pycode.train.encode import Encoded


@pytest.fixture(scope="module")
def rows() -> Encoded:
    generator = np.random.default_rng(3)
    ids = [
        [101, *generator.integers(1000, 20000, n).tolist(), 102]
        for n in generator.integers(3, 40, 24)
    ]
    return Encoded(ids, np.zeros(24, dtype=np.int64), np.array([len(item) for item in ids]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    from pycode.train.models import load_classifier, model_spec

    place = tmp_path_factory.mktemp("tiny-bert")
    load_classifier(model_spec("tiny-bert"), 113, seed=0, pad_id=0).save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def reference(folder: Path, rows: Encoded) -> np.ndarray:
    from pycode.train.models import load_folder
    from pycode.train.predict import predict_logits

    return predict_logits(load_folder(folder).eval(), rows, pad_id=0)


@pytest.fixture(scope="session")
def run_all():
    """A function that runs every row by itself and returns the logits."""

    def run(loaded, rows: Encoded) -> np.ndarray:
        return np.concatenate(
            [loaded.run(np.array([item]), np.ones((1, len(item)), np.int64)) for item in rows.ids]
        )

    return run
