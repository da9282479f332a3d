"""One arm of a distillation experiment: the student, its data and its training are those of all arms, only the
target differs.

* ``labels``: one-hot labels, smoothed where ``label_smoothing`` says so
* ``teacher``: Hinton's loss on the stored logits of the run ``teacher``
* ``scaled-teacher``: the same, the teacher's logits first divided by the temperature that fits them on val
* ``posterior``: the same loss on the log of the twin's true posterior
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pycode.data import CourseData
from pycode.distill.loss import check_settings, distillation_loss
from pycode.distill.targets import aligned, log_probabilities
from pycode.errors import CourseError
from pycode.evaluate.temperature import fit_temperature
from pycode.experiment import fine_tune
from pycode.experiment.data import class_table, facts
from pycode.experiment.fine_tune import describe, sequence_policy
from pycode.experiment.measure import metric
from pycode.experiment.seeded import fit_metrics, history_of, seeded_metrics, stop_notes
from pycode.experiment.training import MakeLoss, prepare, run_seeds, train_recipe
from pycode.experiment.types import Job, Result
from pycode.runs.outputs import read_outputs
from pycode.runs.record import read_record

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
    seeds = run_seeds(
        job, prepared, make_loss=_loss(recipe, targets), keep_weights=recipe.keep_weights
    )
    names = [item.seed for item in seeds]
    metrics, outputs = seeded_metrics(
        prepared.data, [item.logits for item in seeds], names, job.resamples
    )
    metrics["fit"] = fit_metrics(recipe, prepared, seeds)
    if temperature is not None:
        metrics["teacher"] = {
            "temperature": metric(temperature, "temperature", note="fitted on val")
        }
    used = train_recipe(recipe, job, names[0])
    smooth = f", smoothed by {recipe.label_smoothing:g}" if recipe.label_smoothing else ""
    return Result(
        model=f"{describe(recipe)}, learning from {SHOWN[recipe.target]}{smooth}",
        data=facts(prepared.data),
        metrics=metrics,
        history=history_of(seeds),
        outputs=outputs,
        tables={"classes": class_table(prepared.data)},
        dtype=prepared.precision,
        batch_size=used.batch_size,
        sequence_policy=sequence_policy(used.max_length),
        notes=stop_notes(seeds),
    )


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
        return log_probabilities(true_posterior(job, data)), None
    if job.smoke:  # the teacher may not have been trained yet, and smoke rows are not its rows
        counts = data.train_counts() + 1.0
        return np.tile(np.log(counts / counts.sum()), (len(data.train), 1)), None
    logits = teacher_logits(job, recipe.teacher, data, "train")
    if recipe.target == "teacher":
        return logits, None
    fit = fit_temperature(data.val.labels, teacher_logits(job, recipe.teacher, data, "val"))
    return logits / fit.temperature, fit.temperature


def teacher_logits(job: Job, teacher: str, data: CourseData, split: str) -> np.ndarray:
    """Return the stored logits of run ``teacher`` in the order of the data's rows.

    Raises:
        CourseError: no such run, a damaged file, or a teacher of other rows.
    """
    runs = job.folder.parent
    record = read_record(runs, teacher, verify=True)
    if f"{split}.safetensors" not in record.artifacts:
        raise CourseError(f"Run {teacher!r} stored no logits for {split}: it is no teacher run.")
    stored = read_outputs(runs / teacher / f"{split}.safetensors")
    return aligned(stored, data.split(split), data.n_classes, teacher)


def true_posterior(job: Job, data: CourseData) -> np.ndarray:
    """Return the twin's true posterior (n × C) of the training rows.

    Raises:
        CourseError: real data, whose posterior nobody knows.
    """
    if data.source != "twin":
        raise CourseError(
            f"The true posterior is known on the synthetic twin only, not on {data.name or data.source}."
        )
    from pycode.data.twin.twin import make_twin

    return make_twin(**job.config.data.options).posterior_of(data.train.row_ids)
