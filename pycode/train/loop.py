"""The training loop: plain PyTorch, one update at a time, the same result however the batch is cut.

Under `accelerate launch` each process takes its share of every batch; losses are sums divided by the whole
batch's weight, so processes, micro-batches and gradient accumulation all give the gradient of one batch.
"""

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pycode.errors import CourseError
from pycode.train.batches import epoch_batches, micro_batches, pad
from pycode.train.checkpoint import (
    load_trainable,
    read_checkpoint,
    restore,
    save_checkpoint,
    trainable_state,
)
from pycode.train.cpu_kernels import cpu_kernels
from pycode.train.encode import Encoded
from pycode.train.losses import Loss, class_weights, make_loss
from pycode.train.memory import out_of_memory
from pycode.train.optimiser import adamw, rate_factor
from pycode.train.processes import agreed, own_rows, summed
from pycode.train.progress import Progress
from pycode.train.recipe import Recipe
from pycode.train.result import TrainingDiverged, TrainResult, check_labels

Evaluate = Callable[[Any], dict[str, float]]
BatchLoss = Callable[[Any, Any, np.ndarray], Any]
COUNTED = ("rows", "tokens", "positions", "seconds", "evaluation_seconds", "skipped")
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

    def fit(self) -> TrainResult:
        """Train to the end, early stop or divergence; the model ends with its best weights.

        Raises:
            CourseError: a label is no class, or out of memory with a micro-batch of one row, or in one of several
                processes.
            TrainingDiverged: the loss or the gradient was not finite before the first evaluation.
        """
        self._prepare()
        try:
            self._run()
        except TrainingDiverged as error:
            if not self.result.history:
                raise
            self.result.stopped, self.result.diverged = str(error), True
        self.progress.clear()
        # without this the bare model would keep mixed precision and fp32 outputs for ever
        self.accelerator.unwrap_model(self.wrapped, keep_fp32_wrapper=False)
        self.model._is_accelerate_prepared = False
        if self.best_state is not None:
            load_trainable(self.model, self.best_state)
        self.result.updates = self.update
        self.result.micro_batch = self.micro or self.recipe.batch_size
        return self.result

    def _prepare(self) -> None:
        import torch
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState

        check_labels(self.data.labels, len(self.counts))
        AcceleratorState._reset_state()  # an earlier run of this process may have had another precision
        self.accelerator = Accelerator(
            mixed_precision="no" if self.precision == "fp32" else self.precision,
            cpu=not torch.cuda.is_available(),
        )
        torch.manual_seed(self.recipe.seed)
        self.per_epoch = math.ceil(len(self.data) / self.recipe.batch_size)
        self.total = self.recipe.max_updates or max(1, round(self.per_epoch * self.recipe.epochs))
        self.progress = Progress(self.total, shown=self.accelerator.is_main_process)
        optimizer = adamw(self.model, self.recipe)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda update: rate_factor(update, self.total, self.recipe)
        )
        self.wrapped, self.optimizer = self.accelerator.prepare(self.model, optimizer)
        self.loss: Loss = make_loss(self.recipe, self.counts, self.accelerator.device)
        self.micro = self.recipe.micro_batch
        self.result = TrainResult(processes=self.accelerator.num_processes)
        self.best_state: dict[str, Any] | None = None
        self.update, self.bad, self.losses = 0, 0, list[float]()
        if self.checkpoints is not None:
            self._resume(self.checkpoints)

    def _run(self) -> None:
        while self.update < self.total:
            epoch, first = divmod(self.update, self.per_epoch)
            batches = epoch_batches(
                self.data.lengths, self.recipe.batch_size, self.recipe.seed, epoch
            )
            for rows in batches[first:]:
                self._advance(rows)
                if self.update >= self.total:
                    return
                if self.recipe.patience and self.bad >= self.recipe.patience:
                    self.result.stopped = (
                        f"no better {self.recipe.select_by} in {self.bad} evaluations"
                    )
                    return

    def _advance(self, rows: np.ndarray) -> None:
        """Do one update and what is due after it: evaluation, checkpoint."""
        start = time.perf_counter()
        self.losses.append(self._update(rows))
        self.result.seconds += time.perf_counter() - start
        self.update += 1
        self.progress.show(self.update, self.losses[-1])
        if self._evaluation_due():
            self._evaluate()
        if self.checkpoint_every and self.update % self.checkpoint_every == 0:
            self._save()

    def _evaluation_due(self) -> bool:
        """Return whether an evaluation falls on this update: evenly spread, one at each epoch's end."""
        done, before = (
            update * self.recipe.evaluations_per_epoch // self.per_epoch
            for update in (self.update, self.update - 1)
        )
        return done > before or self.update == self.total

    def _update(self, rows: np.ndarray) -> float:
        """Do one optimiser step on ``rows`` and return the mean loss; halve the micro-batch when memory runs out."""
        import torch

        while True:
            try:
                mean = self._gradients(rows)
                break
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
                size = self.micro or len(rows)
                if (
                    self.accelerator.num_processes > 1
                ):  # the others wait for this part: no way to repeat it alone
                    raise CourseError(
                        f"Out of memory in one of {self.accelerator.num_processes} processes: set recipe.micro_batch "
                        f"below {size} rows (the update stays the same), or a shorter max_length."
                    ) from None
                if size == 1:
                    raise CourseError(
                        "Out of memory with one row per forward pass: use a shorter max_length or LoRA."
                    ) from None
            self.micro = max(1, size // 2)
            self.optimizer.zero_grad(set_to_none=True)
            torch.cuda.empty_cache()
            self.say(
                f"out of memory: now {self.micro} rows per forward pass, same batch of {len(rows)}"
            )
        self._step()
        return mean

    def _gradients(self, rows: np.ndarray) -> float:
        """Compute the gradient of the batch's mean loss, and return that loss."""
        import torch

        own, factor = own_rows(self.accelerator, rows)
        parts = micro_batches(own, self.data.lengths, self.micro, self.recipe.token_budget)
        self.wrapped.train()
        self.optimizer.zero_grad(set_to_none=True)
        weight = self._weight(rows)
        total = torch.zeros((), device=self.accelerator.device)
        counts = np.zeros(3, dtype=np.int64)
        for part in parts:
            last = part is parts[-1]
            with contextlib.nullcontext() if last else self.accelerator.no_sync(self.wrapped):
                loss, size = self._loss(part)
                loss = loss * factor
                self.accelerator.backward(loss * (self.accelerator.num_processes / weight))
            total += loss.detach()
            counts += size if factor else 0
        all_losses, all_counts = summed(self.accelerator, total, counts)
        mean = all_losses / weight
        if not math.isfinite(mean):
            raise self._diverged("loss", mean)
        for name, count in zip(COUNTED, all_counts, strict=False):
            setattr(self.result, name, getattr(self.result, name) + count)
        return mean

    def _step(self) -> None:
        """Clip and apply the gradients; in fp16 the scaler leaves out an update whose gradients overflowed."""
        norm = self.accelerator.clip_grad_norm_(self.wrapped.parameters(), self.recipe.clip)
        scaler = self.accelerator.scaler
        if scaler is None and not math.isfinite(
            float(norm)
        ):  # the step would make every weight NaN
            raise self._diverged("gradient's norm", float(norm))
        scale = scaler.get_scale() if scaler else 1.0
        self.optimizer.step()
        if scaler and scaler.get_scale() < scale:
            self.result.skipped += 1
        else:
            self.schedule.step()

    def _diverged(self, what: str, value: float) -> TrainingDiverged:
        kept = "the best weights so far are kept" if self.result.history else "nothing was kept"
        return TrainingDiverged(
            f"The {what} became {value} at update {self.update + 1}: lower the learning rate; {kept}."
        )

    def _loss(self, part: np.ndarray) -> tuple[Any, np.ndarray]:
        """Return the sum of weighted losses of ``part``, and its numbers of rows, tokens and positions."""
        import torch

        ids, mask = pad([self.data.ids[row] for row in part], self.pad_id, side=self.side)
        device = self.accelerator.device
        labels = torch.from_numpy(self.data.labels[part]).to(device)
        with cpu_kernels(device):
            logits = self.wrapped(
                input_ids=torch.from_numpy(ids).to(device),
                attention_mask=torch.from_numpy(mask).to(device),
            ).logits
        size = np.array([len(part), int(mask.sum()), mask.size])
        if self.batch_loss is not None:
            return self.batch_loss(logits, labels, part), size
        return self.loss(logits, labels)[0], size

    def _weight(self, rows: np.ndarray) -> float:
        """Return the sum of loss weights of the whole batch, the same on every process."""
        if self.batch_loss is not None or self.recipe.class_weights == "none":
            return float(len(rows))
        weights = class_weights(self.counts, self.recipe.class_weights)
        return float(weights[self.data.labels[rows]].sum())

    def _evaluate(self) -> None:
        start = time.perf_counter()
        metrics = agreed(self.accelerator, self.evaluate(self.model))
        self.result.evaluation_seconds += time.perf_counter() - start
        row = {
            "update": self.update, "epoch": self.update / self.per_epoch, "rate": float(self.schedule.get_last_lr()[0]),
            "train_loss": float(np.mean(self.losses)), **metrics,
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
            "update": self.update, "micro": self.micro, "bad": self.bad, "losses": self.losses,
            "history": self.result.history, "best": self.result.best, "recipe": self.recipe.to_json(),
            "mark": dict(self.mark),
            **{name: getattr(self.result, name) for name in COUNTED},
        }  # fmt: skip
        if self.accelerator.scaler is not None:
            progress["scaler"] = self.accelerator.scaler.state_dict()
        save_checkpoint(
            self.checkpoints, self.model, self._bare_optimizer(), self.schedule, progress, self.best_state
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
                progress, tensors, self.model, self._bare_optimizer(), self.schedule
            )
            self.update, self.micro, self.bad = (
                progress["update"],
                progress["micro"],
                progress["bad"],
            )
            self.losses = progress["losses"]
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
        self.say(f"resumed at update {self.update}/{self.total}")

    def _bare_optimizer(self) -> Any:
        return getattr(self.optimizer, "optimizer", self.optimizer)


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
