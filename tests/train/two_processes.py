"""Started by test_accelerate: some updates of a tiny model; each process stores what it ended with.

Usage: two_processes.py FOLDER → FOLDER/<rank>.pt, and the checkpoint of process 0 in FOLDER/checkpoint.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from pycode.train import loop
from pycode.train.encode import Encoded
from pycode.train.loop import Trainer
from pycode.train.models import load_classifier, model_spec
from pycode.train.recipe import Recipe

folder = Path(sys.argv[1])
generator = np.random.default_rng(0)
labels = generator.integers(0, 5, 33)  # the last batch has one row: fewer than processes
ids = [
    [101, 1000 + int(label), *generator.integers(2000, 2050, 1 + int(label)).tolist(), 102]
    for label in labels
]
rows = Encoded(ids, labels, np.array([len(item) for item in ids]))
recipe = Recipe(model="tiny-bert", epochs=3, learning_rate=1e-2, batch_size=16, micro_batch=3,
                class_weights="sqrt_inverse", select_by="nll", patience=1)  # fmt: skip
model = load_classifier(model_spec("tiny-bert"), 5, seed=1, pad_id=0)
for module in model.modules():
    if isinstance(module, torch.nn.Dropout):
        module.p = 0.0
for layer in model.bert.encoder.layer:
    layer.attention.self.dropout.p = 0.0

written: list[str] = []
save = loop.save_checkpoint
loop.save_checkpoint = lambda *arguments: (written.append(arguments[0].name), save(*arguments))[1]


def judged(_: object) -> dict[str, float]:
    """Better at each evaluation on process 0, worse on the others: left alone, they would stop early."""
    sign = 1 if trainer.accelerator.is_main_process else -1
    return {"nll": -float(trainer.result.updates) * sign}


trainer = Trainer(recipe, model, rows, np.bincount(labels, minlength=5), 0, judged,
                  checkpoints=folder / "checkpoint", checkpoint_every=4, say=lambda text: None)  # fmt: skip
result = trainer.fit()
own = {
    "weights": model.state_dict(), "processes": trainer.accelerator.num_processes, "updates": result.updates,
    "nll": [row["nll"] for row in result.history], "loss": [row["train_loss"] for row in result.history],
    "counts": [result.rows, result.tokens, result.processes], "written": written,
}  # fmt: skip
torch.save(own, folder / f"{trainer.accelerator.process_index}.pt")
