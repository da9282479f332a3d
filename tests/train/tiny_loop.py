"""A task so small that a loop over it takes a second, for the tests of the loop."""

from pathlib import Path

import numpy as np

from pycode.train import lora
from pycode.train.encode import Encoded
from pycode.train.loop import Trainer
from pycode.train.models import load_classifier, model_spec
from pycode.train.predict import predict_logits
from pycode.train.recipe import Recipe

N_CLASSES = 5


def separable_rows() -> Encoded:
    """Sixty-four short sequences whose class is their first token."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, N_CLASSES, 64)
    ids = [[101, 1000 + int(label), *generator.integers(2000, 2050, generator.integers(2, 12)).tolist(), 102]
           for label in labels]  # fmt: skip
    return Encoded(ids, labels, np.array([len(item) for item in ids]))


def make(
    rows: Encoded, recipe: Recipe, folder: Path | None = None, every: int = 0, **options
) -> Trainer:
    """Return a trainer of a model with random weights, judged by its own training rows."""
    spec = model_spec(recipe.model)
    model = load_classifier(spec, N_CLASSES, seed=recipe.seed, pad_id=0)
    if recipe.lora_rank:
        model = lora.attach(model, recipe)
    side = "left" if spec.family == "decoder" else "right"

    def evaluate(current) -> dict[str, float]:
        guess = predict_logits(current, rows, pad_id=0, side=side).argmax(1)
        right = float((guess == rows.labels).mean())
        return {"macro_f1": right, "accuracy": right, "nll": 0.0}

    options = {"say": lambda text: None, **options}
    return Trainer(
        recipe, model, rows, np.bincount(rows.labels, minlength=N_CLASSES), 0, evaluate, side=side,
        checkpoints=folder, checkpoint_every=every, **options,
    )  # fmt: skip


def weights(trainer: Trainer) -> dict:
    """Return copies of all parameters by name."""
    return {name: item.detach().clone() for name, item in trainer.model.named_parameters()}
