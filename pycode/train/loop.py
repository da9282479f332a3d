"""The training loop: update after update, evaluations and checkpoints between them, the best weights at the end.

What one update does is in `update.py`; `accelerate launch` needs no change here, as all processes decide alike.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pycode.errors import CourseError
from pycode.train.batches import epoch_batches
from pycode.train.checkpoint import (
    load_trainable,
    read_checkpoint,
    restore,
    save_checkpoint,
    trainable_state,
)
from pycode.train.encode import Encoded
from pycode.train.processes import agreed
from pycode.train.progress import Progress
from pycode.train.recipe import Recipe
from pycode.train.result import READ, TrainingDiverged, TrainResult, check_labels
from pycode.train.update import BatchLoss, Updater

Evaluate = Callable[[Any], dict[str, float]]
# what a checkpoint keeps of a TrainResult
COUNTED = (*READ, "seconds", "evaluation_seconds", "skipped")
SHOWN = {"train_loss": "loss", "accuracy": "acc", "macro_f1": "macro-F1"}
COUNTERS = ("update", "epoch", "rate")  # of a history row; the rest are losses and metrics


@dataclass
class Trainer:
    """One run in progress. ``evaluate(model)`` returns validation metrics (macro_f1, accuracy, nll).

    ``counts`` (C) are the training rows per class. ``batch_loss(logits, labels, rows)`` may replace the
    recipe's loss (distillation, language modelling); it returns the sum of the rows' losses. ``mark`` holds what
    beside the recipe decides the result (data, teacher, ...), as JSON: a checkpoint is only taken up with the same.
    """

    recipe: Recipe
    model: Any
    data: Encoded
    counts: np.ndarray
    pad_id: int
    evaluate: Evaluate
    side: str = "right"
    precision: str = "fp32"
    checkpoints: Path | None = None
    checkpoint_every: int = 0
    say: Callable[[str], None] = print
    batch_loss: BatchLoss | None = None
    mark: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.updater = Updater(
            self.recipe, self.model, self.data, self.counts, self.pad_id, self.side, self.precision, self.say,
            self.batch_loss,
        )  # fmt: skip

    def fit(self) -> TrainResult:
        """Train to the end, early stop or divergence; the model ends with its best weights.

        Raises:
            CourseError: a label is no class, or out of memory with a micro-batch of one row, or in one of several
                processes.
            TrainingDiverged: loss, gradient or an evaluation was not finite, and no evaluation had been before.
        """
        self._prepare()
        try:
            self._run()
        except TrainingDiverged as error:
            if not self.result.history:
                raise
            self.result.stopped, self.result.diverged = str(error), True
        self.progress.clear()
        self.updater.release()
        if self.best_state is not None:
            load_trainable(self.model, self.best_state)
        self.result.micro_batch = self.updater.micro or self.recipe.batch_size
        return self.result

    def _prepare(self) -> None:
        check_labels(self.data.labels, len(self.counts))
        self.per_epoch = math.ceil(len(self.data) / self.recipe.batch_size)
        self.total = self.recipe.max_updates or max(1, round(self.per_epoch * self.recipe.epochs))
        self.result = TrainResult()
        self.updater.prepare(self.total, self.result)
        self.accelerator = self.updater.accelerator
        self.progress = Progress(self.total, shown=self.accelerator.is_main_process)
        self.best_state: dict[str, Any] | None = None
        self.bad, self.losses = 0, list[float]()
        if self.checkpoints is not None:
            self._resume(self.checkpoints)

    def _run(self) -> None:
        while self.result.updates < self.total:
            epoch, first = divmod(self.result.updates, self.per_epoch)
            batches = epoch_batches(
                self.data.lengths, self.recipe.batch_size, self.recipe.seed, epoch
            )
            for rows in batches[first:]:
                # before the update: a checkpoint of the update that stopped must not go on
                if self.recipe.patience and self.bad >= self.recipe.patience:
                    self.result.stopped = (
                        f"no better {self.recipe.select_by} in {self.bad} evaluations"
                    )
                    return
                self._advance(rows)
                if self.result.updates >= self.total:
                    return

    def _advance(self, rows: np.ndarray) -> None:
        """Do one update and what is due after it: evaluation, checkpoint."""
        start = time.perf_counter()
        self.losses.append(self._update(rows))
        self.result.seconds += time.perf_counter() - start
        self.result.updates += 1
        self.progress.show(self.result.updates, self.losses[-1])
        if self._evaluation_due():
            self._evaluate()
        if self.checkpoint_every and self.result.updates % self.checkpoint_every == 0:
            self._save()

    def _evaluation_due(self) -> bool:
        """Return whether an evaluation falls on this update: evenly spread, one at each epoch's end."""
        update = self.result.updates
        done, before = (
            number * self.recipe.evaluations_per_epoch // self.per_epoch
            for number in (update, update - 1)
        )
        return done > before or update == self.total

    def _update(self, rows: np.ndarray) -> float:
        """Do one update inside the clock; a trainer that also waits for the device overrides this."""
        return self.updater.update(rows)

    def _evaluate(self) -> None:
        start = time.perf_counter()
        metrics = agreed(self.accelerator, self.evaluate(self.model))
        self.result.evaluation_seconds += time.perf_counter() - start
        for name, value in metrics.items():
            if not math.isfinite(value):
                raise self.updater.diverged(
                    f"{name} on validation rows", value, self.result.updates
                )
        row = {
            "update": self.result.updates, "epoch": self.result.updates / self.per_epoch,
            "rate": float(self.updater.schedule.get_last_lr()[0]), "train_loss": float(np.mean(self.losses)), **metrics,
        }  # fmt: skip
        self.losses = []
        self.result.history.append(row)
        better = not self.result.best or _better(row, self.result.best, self.recipe.select_by)
        self.bad = 0 if better else self.bad + 1
        if better:
            self.result.best, self.best_state = row, trainable_state(self.model)
        self.progress.clear()
        self.say(_line(row, self.total, better))

    def _save(self) -> None:
        if self.checkpoints is None or not self.accelerator.is_main_process:
            return
        progress = {
            "update": self.result.updates, "micro": self.updater.micro, "bad": self.bad, "losses": self.losses,
            "history": self.result.history, "best": self.result.best, "recipe": self.recipe.to_json(),
            "mark": dict(self.mark),
            **{name: getattr(self.result, name) for name in COUNTED},
        }  # fmt: skip
        if self.accelerator.scaler is not None:
            progress["scaler"] = self.accelerator.scaler.state_dict()
        save_checkpoint(
            self.checkpoints, self.model, self.updater.bare_optimizer, self.updater.schedule, progress, self.best_state,
        )  # fmt: skip

    def _resume(self, folder: Path) -> None:
        found = read_checkpoint(folder)
        if found is None:
            return
        progress, tensors = found
        where = "/".join(folder.parts[-4:])
        ours = {"recipe": self.recipe.to_json(), "mark": dict(self.mark)}
        other = [name for name, value in ours.items() if progress.get(name) != value]
        if other:
            what = "another recipe" if other[0] == "recipe" else "other data, targets or settings"
            raise CourseError(
                f"The checkpoint in {where} was made with {what}: take the change back to go on with it, or delete "
                "the folder to start again."
            )
        try:
            self.best_state = restore(
                progress, tensors, self.model, self.updater.bare_optimizer, self.updater.schedule
            )
            self.result.updates, self.updater.micro = progress["update"], progress["micro"]
            self.bad, self.losses = progress["bad"], progress["losses"]
            self.result.history, self.result.best = progress["history"], progress["best"]
        except KeyError as error:
            raise CourseError(
                f"The checkpoint in {where} lacks {error}: delete the folder to start again."
            ) from None
        for name in COUNTED:
            setattr(self.result, name, progress.get(name, 0))
        self.result.earlier_seconds = self.result.seconds + self.result.evaluation_seconds
        if self.accelerator.scaler is not None and "scaler" in progress:
            self.accelerator.scaler.load_state_dict(progress["scaler"])
        self.say(f"resumed at update {self.result.updates}/{self.total}")


def _line(row: dict[str, float], total: int, better: bool) -> str:
    """Return an evaluation as one line of at most 72 characters, which a page's column holds without a break.

    Macro-F1 has four places, because it decides which weights are kept.
    """
    shown = [f"{row['update']}/{total}"]
    for name, value in row.items():
        if name not in COUNTERS:
            shown.append(f"{SHOWN.get(name, name)} {value:.{4 if name == 'macro_f1' else 3}f}")
    return "  ".join([*shown, "best"] if better else shown)


def _better(row: dict[str, float], best: dict[str, float], metric: str) -> bool:
    return row[metric] < best[metric] if metric == "nll" else row[metric] > best[metric]
