"""One arm of a distillation experiment: the student, its data and its training are those of all arms, only the
target differs.

* ``labels``: one-hot labels, smoothed where ``label_smoothing`` says so
* ``teacher``: Hinton's loss on the stored logits of the run ``teacher``
* ``scaled-teacher``: the same, the teacher's logits first divided by the temperature that fits them on val
* ``posterior``: the same loss on the log of the twin's true posterior
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pycode.data import CourseData
from pycode.distill.loss import check_settings, distillation_loss
from pycode.distill.targets import log_probabilities
from pycode.errors import CourseError
from pycode.evaluate.temperature import fit_temperature
from pycode.experiment import fine_tune
from pycode.experiment.fine_tune import describe, train_and_score
from pycode.experiment.measure import metric
from pycode.experiment.recorded import recorded_logits
from pycode.experiment.training import MakeLoss, prepare
from pycode.experiment.truth import true_posterior
from pycode.experiment.types import Job, Result

RECORD_KIND = "distill"
Target = Literal["labels", "teacher", "scaled-teacher", "posterior"]
SHOWN = {
    "labels": "hard labels", "teacher": "a teacher's probabilities",
    "scaled-teacher": "a calibrated teacher's probabilities", "posterior": "the true posterior",
}  # fmt: skip


@dataclass(frozen=True)
class Recipe(fine_tune.Recipe):
    """A training recipe for the student, and what it learns from.

    ``temperature`` and ``alpha`` are T and the share of the soft targets in Hinton's loss.
    """

    model: str = "minilm-3"
    target: Target = "labels"
    teacher: str = ""
    temperature: float = 4.0
    alpha: float = 0.7

    def __post_init__(self) -> None:
        super().__post_init__()
        check_settings(self.temperature, self.alpha)
        needs = self.target in ("teacher", "scaled-teacher")
        if needs != bool(self.teacher):
            raise CourseError(
                f"target {self.target!r} {'needs' if needs else 'takes no'} `teacher: <run id>`."
            )
        soft = self.class_weights != "none" or self.logit_adjustment or self.loss != "cross_entropy"
        if self.target != "labels" and soft:
            raise CourseError(
                "Class weights, logit adjustment and focal loss are for hard labels only."
            )


def run(job: Job) -> Result:
    """Train the student on the arm's target with every seed."""
    recipe: Recipe = job.config.recipe
    prepared = prepare(job, recipe, recipe.train_rows)
    targets, temperature = _targets(job, recipe, prepared.data)
    smooth = f", smoothed by {recipe.label_smoothing:g}" if recipe.label_smoothing else ""
    model = f"{describe(recipe)}, learning from {SHOWN[recipe.target]}{smooth}"
    result = train_and_score(job, prepared, model, _loss(recipe, targets))
    if temperature is None:
        return result
    fitted = {"temperature": metric(temperature, "temperature", note="fitted on val")}
    return replace(result, metrics={**result.metrics, "teacher": fitted})


def _loss(recipe: Recipe, targets: np.ndarray | None) -> MakeLoss | None:
    if targets is None:
        return None
    return lambda prepared: distillation_loss(
        targets, recipe.temperature, recipe.alpha, recipe.label_smoothing
    )


def _targets(job: Job, recipe: Recipe, data: CourseData) -> tuple[np.ndarray | None, float | None]:
    """Return the arm's target logits (n × C) and, for a scaled teacher, its temperature."""
    if recipe.target == "labels":
        return None, None
    if recipe.target == "posterior":
        return log_probabilities(true_posterior(job, data, "train")), None
    logits = recorded_logits(job, recipe.teacher, data, "train")
    if recipe.target == "teacher":
        return logits, None
    fit = fit_temperature(data.val.labels, recorded_logits(job, recipe.teacher, data, "val"))
    return logits / fit.temperature, fit.temperature
