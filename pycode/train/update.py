"""One update: the gradient of a whole batch, the same however the batch is cut, and a step of the optimiser.

Under `accelerate launch` each process takes its share of every batch; losses are sums divided by the whole
batch's weight, so processes, micro-batches and gradient accumulation all give the gradient of one batch.
"""

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pycode.errors import CourseError
from pycode.train.batches import micro_batches, pad
from pycode.train.cpu_kernels import cpu_kernels
from pycode.train.encode import Encoded
from pycode.train.losses import Loss, class_weights, make_loss
from pycode.train.memory import out_of_memory
from pycode.train.optimiser import adamw, rate_factor
from pycode.train.processes import own_rows, summed
from pycode.train.recipe import Recipe
from pycode.train.result import READ, TrainingDiverged, TrainResult

BatchLoss = Callable[[Any, Any, np.ndarray], Any]


@dataclass
class Updater:
    """Takes one optimiser step per batch, and counts in a TrainResult what it read.

    Its fields are those of the Trainer that owns it; ``micro``, the rows of one forward pass, falls when memory
    runs out (0: the whole batch).
    """

    recipe: Recipe
    model: Any
    data: Encoded
    counts: np.ndarray
    pad_id: int
    side: str
    precision: str
    say: Callable[[str], None]
    batch_loss: BatchLoss | None

    def prepare(self, total: int, result: TrainResult) -> None:
        """Put model and optimiser where Accelerate wants them; ``total`` updates are the learning rate's schedule."""
        import torch
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState

        AcceleratorState._reset_state()  # an earlier run of this process may have had another precision
        self.accelerator = Accelerator(
            mixed_precision="no" if self.precision == "fp32" else self.precision,
            cpu=not torch.cuda.is_available(),
        )
        torch.manual_seed(self.recipe.seed)
        self.bare_optimizer = adamw(self.model, self.recipe)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.bare_optimizer, lambda update: rate_factor(update, total, self.recipe)
        )
        self.wrapped, self.optimizer = self.accelerator.prepare(self.model, self.bare_optimizer)
        self.loss: Loss = make_loss(self.recipe, self.counts, self.accelerator.device)
        self.micro = self.recipe.micro_batch
        self.result = result
        result.processes = self.accelerator.num_processes

    def release(self) -> None:
        """Give the bare model back: otherwise it would keep mixed precision and fp32 outputs for ever."""
        self.accelerator.unwrap_model(self.wrapped, keep_fp32_wrapper=False)
        self.model._is_accelerate_prepared = False

    def update(self, rows: np.ndarray) -> float:
        """Do one step on ``rows`` and return their mean loss; halve the micro-batch when memory runs out.

        Raises:
            CourseError: out of memory with a micro-batch of one row, or in one of several processes.
            TrainingDiverged: the loss or the gradient is not finite; no weight was changed.
        """
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
            raise self.diverged("loss", mean, self.result.updates + 1)
        for name, count in zip(READ, all_counts, strict=True):
            setattr(self.result, name, getattr(self.result, name) + count)
        return mean

    def _step(self) -> None:
        """Clip and apply the gradients; in fp16 the scaler leaves out an update whose gradients overflowed."""
        norm = self.accelerator.clip_grad_norm_(self.wrapped.parameters(), self.recipe.clip)
        scaler = self.accelerator.scaler
        if scaler is None and not math.isfinite(
            float(norm)
        ):  # the step would make every weight NaN
            raise self.diverged("gradient's norm", float(norm), self.result.updates + 1)
        scale = scaler.get_scale() if scaler else 1.0
        self.optimizer.step()
        if scaler and scaler.get_scale() < scale:
            self.result.skipped += 1
        else:
            self.schedule.step()

    def diverged(self, what: str, value: float, update: int) -> TrainingDiverged:
        """Return the error that says what was not finite at ``update``, and what is kept."""
        kept = "the best weights so far are kept" if self.result.history else "nothing was kept"
        return TrainingDiverged(
            f"The {what} became {value} at update {update}: lower the learning rate; {kept}."
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
