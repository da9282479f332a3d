"""Does LoRA train faster? Every way of training one model takes turns on the same rows, in one process.

Ways that are timed one after the other on a shared machine differ by what else the machine did. Here each round
gives every way the same few updates, beginning with another way each time, and a speed-up is the ratio within
a round. Each way begins its turn with one update more, before the clock starts: it has a new optimiser, which takes
its memory in the first update, more of it the more weights are trained, and a longer training does that only once.
Only time and trainable weights mean anything: the updates are too few to learn from.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pycode.data import CourseData
from pycode.errors import CourseError
from pycode.evaluate.seeds import seed_interval
from pycode.experiment import fine_tune
from pycode.experiment.data import facts
from pycode.experiment.fine_tune import NAMES, sequence_policy
from pycode.experiment.measure import metric
from pycode.experiment.training import Prepared, prepare, train_recipe
from pycode.experiment.types import Job, Result
from pycode.train.build import trainable_model
from pycode.train.encode import Encoded
from pycode.train.loop import Trainer
from pycode.train.lora import parameter_counts
from pycode.train.recipe import Recipe as Training

RECORD_KIND = "benchmark"
SMOKE_ROUNDS = 2
UNTIMED = 1  # updates before the clock starts
UNLEARNED = {"macro_f1": 0.0, "accuracy": 0.0, "nll": 0.0}


@dataclass(frozen=True)
class Recipe(fine_tune.Recipe):
    """``full``, and one way per LoRA rank, quantised or not; each does ``updates`` updates in each round."""

    ranks: tuple[int, ...] = (4, 16, 64)
    quantised_ranks: tuple[int, ...] = (16,)
    rounds: int = 10
    updates: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        if min((self.rounds, self.updates, *self.ranks, *self.quantised_ranks)) < 1:
            raise CourseError("rounds, updates and ranks are 1 or more.")
        if self.lora_rank or self.quantised != "none":
            raise CourseError(
                "The ways to train are listed under `ranks` and `quantised_ranks`: drop lora_rank and quantised."
            )


def run(job: Job) -> Result:
    """Time every way of training in turns; the first round warms up and is not counted."""
    recipe: Recipe = job.config.recipe
    prepared = prepare(job, recipe, recipe.train_rows)
    data, base = prepared.data, train_recipe(recipe, job, job.config.seeds[0])
    ways = _ways(recipe, replace(base, max_updates=recipe.updates + UNTIMED))
    models = {
        name: trainable_model(way, data.n_classes, prepared.pad_id) for name, way in ways.items()
    }
    rounds = SMOKE_ROUNDS if job.smoke else recipe.rounds
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        drawn = (recipe.updates + UNTIMED) * base.batch_size
        rows = _rows(prepared.rows["train"], drawn, number)
        for name in _turn(list(ways), number):
            took = _time(ways[name], models[name], rows, data, prepared)
            if number:
                seconds[name].append(took)
    size = recipe.updates * base.batch_size
    metrics = {
        name: _leaves(np.array(taken), np.array(seconds["full"]), size, name == "full")
        | {"trainable": metric(parameter_counts(models[name])[0], "params")}
        for name, taken in seconds.items()
    }
    return Result(
        model=f"{NAMES.get(recipe.model, recipe.model)}, trained in {len(ways)} ways",
        data=facts(data),
        metrics=metrics,
        dtype=prepared.precision,
        batch_size=base.batch_size,
        sequence_policy=sequence_policy(base.max_length),
        notes=f"{rounds} rounds of {recipe.updates} timed updates each, after one round that is not counted; in every "
        "round each way first does one untimed update, in which its new optimiser takes its memory.",
    )


class TimedTrainer(Trainer):
    """A trainer whose clock starts after the first update and waits for the device at the end of each."""

    def _update(self, rows: np.ndarray) -> float:
        loss = super()._update(rows)
        _wait()
        return loss

    def _advance(self, rows: np.ndarray) -> None:
        super()._advance(rows)
        if self.result.updates == UNTIMED:
            self.result.seconds = 0.0


def _wait() -> None:
    """Return when the GPU, if there is one, has done what it was given."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _ways(recipe: Recipe, base: Training) -> dict[str, Training]:
    plain = {f"lora{rank}": replace(base, lora_rank=rank) for rank in recipe.ranks}
    small = {
        f"qlora{rank}": replace(base, lora_rank=rank, quantised="nf4")
        for rank in recipe.quantised_ranks
    }
    return {"full": base, **plain, **small}


def _turn(names: list[str], number: int) -> list[str]:
    """Return ``names``, beginning with another one in each round."""
    first = number % len(names)
    return names[first:] + names[:first]


def _rows(train: Encoded, size: int, number: int) -> Encoded:
    """Return ``size`` training rows (all, where there are fewer), the same for every way of a round."""
    index = np.random.default_rng(number).permutation(len(train))[:size]
    return Encoded([train.ids[i] for i in index], train.labels[index], train.lengths[index])


def _time(way: Training, model: Any, rows: Encoded, data: CourseData, prepared: Prepared) -> float:
    """Return the seconds that the updates on ``rows`` took after the first, forward, backward and optimiser."""
    trainer = TimedTrainer(
        way, model, rows, data.train_counts(), prepared.pad_id, lambda _: UNLEARNED,
        side=prepared.side, precision=prepared.precision, say=lambda _: None,
    )  # fmt: skip
    return trainer.fit().seconds


def _leaves(seconds: np.ndarray, full: np.ndarray, rows: int, reference: bool) -> dict[str, Any]:
    """Return examples/s and, against full fine-tuning, the mean speed-up with its interval over rounds (R,)."""
    shown = f"median of {len(seconds)} rounds"
    tree = {
        "examples_per_s": metric(float(np.median(rows / seconds)), "ex/s", rows, statistic=shown)
    }
    if reference:
        return tree
    found = seed_interval(np.log(full / seconds))
    middle, low, high = np.exp([found.estimate, found.low, found.high]).tolist()
    bounds = {"low": low, "high": high, "level": found.level,
              "method": f"t over the logarithms of {len(seconds)} rounds"}  # fmt: skip
    shown = f"geometric mean of {len(seconds)} rounds, against full fine-tuning in the same round"
    return tree | {"speedup": metric(middle, "x speed", rows, interval=bounds, statistic=shown)}
