"""Started by test_accelerate: four updates of a tiny model; process 0 stores the weights."""

import sys

import numpy as np
import torch

from pycode.train.encode import Encoded
from pycode.train.loop import Trainer
from pycode.train.models import load_classifier, model_spec
from pycode.train.recipe import Recipe

generator = np.random.default_rng(0)
labels = generator.integers(0, 5, 33)  # the last batch has one row: fewer than processes
ids = [
    [101, 1000 + int(label), *generator.integers(2000, 2050, 1 + int(label)).tolist(), 102]
    for label in labels
]
rows = Encoded(ids, labels, np.array([len(item) for item in ids]))
recipe = Recipe(model="tiny-bert", epochs=2, learning_rate=1e-2, batch_size=16, micro_batch=3,
                class_weights="sqrt_inverse", select_by="nll")  # fmt: skip
model = load_classifier(model_spec("tiny-bert"), 5, seed=1, pad_id=0)
for module in model.modules():
    if isinstance(module, torch.nn.Dropout):
        module.p = 0.0
for layer in model.bert.encoder.layer:
    layer.attention.self.dropout.p = 0.0
trainer = Trainer(recipe, model, rows, np.bincount(labels, minlength=5), 0, lambda m: {"nll": 0.0},
                  say=lambda text: None)  # fmt: skip
trainer.evaluate = lambda m: {"nll": -float(trainer.update)}  # the last state is the best
trainer.fit()
if trainer.accelerator.is_main_process:
    torch.save(
        {"weights": model.state_dict(), "processes": trainer.accelerator.num_processes}, sys.argv[1]
    )
