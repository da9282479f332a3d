"""A teacher: models of several seeds whose mean probabilities are stored, once, for every row of every split."""

from dataclasses import dataclass

import numpy as np

from pycode.data.class_table import class_table
from pycode.data.types import SPLITS
from pycode.distill.targets import ensemble
from pycode.errors import CourseError
from pycode.experiment import fine_tune
from pycode.experiment.config import read_config
from pycode.experiment.data import facts
from pycode.experiment.fine_tune import describe, modules_of, sequence_policy
from pycode.experiment.finished import Seeded
from pycode.experiment.measure import outputs_of
from pycode.experiment.recorded import recorded_logits
from pycode.experiment.seeded import (
    fit_metrics,
    history_of,
    over_seeds,
    seeded_metrics,
    stop_notes,
)
from pycode.experiment.training import (
    Prepared,
    as_stored,
    kept_weights,
    prepare,
    run_seeds,
    seeds_of,
    train_recipe,
)
from pycode.experiment.truth import known_truth
from pycode.experiment.types import Config, Job, Result
from pycode.train import lora
from pycode.train.models import load_folder
from pycode.train.precision import find_device
from pycode.train.predict import predict_logits
from pycode.train.result import TrainResult

RECORD_KIND = "train"
SAME_WEIGHTS = 0.99  # of the chosen labels: precision and machine may change a few
ENSEMBLE = "The stored outputs are those of the ensemble."
IN_SAMPLE = "The members were trained on the rows of train.safetensors, so they are surer of those than of new rows."


@dataclass(frozen=True)
class Recipe(fine_tune.Recipe):
    """A training recipe; with ``members`` the weights that this run kept are used instead of training again."""

    members: str = ""


def run(job: Job) -> Result:
    """Train every member, or load it; return the ensemble's outputs on all splits, and the members' values as seeds."""
    recipe: Recipe = job.config.recipe
    prepared = prepare(job, recipe, recipe.train_rows)
    members = _members(job, prepared)
    data, names = prepared.data, [item.seed for item in members]
    joint: dict[str, np.ndarray] = {
        split: ensemble([item.logits[split] for item in members]) for split in SPLITS
    }
    truth = known_truth(job, data)
    metrics, outputs = seeded_metrics(data, [joint], names[:1], job.resamples, truth)
    outputs["train"] = outputs_of(data, "train", joint["train"])
    if len(members) > 1:
        metrics["members"] = over_seeds(data, [item.logits for item in members], names, truth)
    notes = [ENSEMBLE, IN_SAMPLE, stop_notes(members)]
    if members[0].fit.updates:
        metrics["fit"] = fit_metrics(recipe, prepared, members)
    else:
        notes.append(f"The members are those of run {recipe.members}.")
    used = train_recipe(recipe, job, names[0])
    return Result(
        model=f"ensemble of {len(members)} seeds: {describe(recipe)}",
        data=facts(data),
        metrics=metrics,
        history=history_of(members),
        outputs=outputs,
        tables={"classes": class_table(data)},
        dtype=prepared.precision,
        batch_size=used.batch_size,
        sequence_policy=sequence_policy(used.max_length),
        notes=" ".join(text for text in notes if text),
        earlier_seconds=sum(item.fit.earlier_seconds for item in members),
        uses=modules_of(recipe),
    )


def _members(job: Job, prepared: Prepared) -> list[Seeded]:
    """Return the members: trained here (also in a smoke run), or those that another run has trained.

    Raises:
        CourseError: the other run has another recipe or data, or its weights are not here or not the recorded ones.
    """
    recipe: Recipe = job.config.recipe
    if not recipe.members or job.smoke:
        return run_seeds(job, prepared, splits=SPLITS)
    other = read_config(job.folder.parent, recipe.members)
    _check_same(job, other)
    members = [_kept(job, prepared, seed) for seed in seeds_of(job)]
    stored = other.seeds[0]  # the seed whose outputs its record has, first here or not
    of_record = next((item for item in members if item.seed == stored), None)
    again = (of_record or _kept(job, prepared, stored)).logits["val"]
    recorded = recorded_logits(job, recipe.members, prepared.data, "val")
    same = float(np.mean(recorded.argmax(axis=1) == again.argmax(axis=1)))
    if same < SAME_WEIGHTS:
        raise CourseError(
            f"The kept weights of run {recipe.members!r} choose other labels than its record on {1 - same:.0%} of the "
            f"validation rows: do `course run {recipe.members}` again."
        )
    return members


def _check_same(job: Job, other: Config) -> None:
    """Raise a CourseError unless this job's recipe and data are those of ``other``, a fine-tuning run."""
    recipe: Recipe = job.config.recipe
    if (
        other.kind != "fine-tune"
        or train_recipe(recipe, job, 0) != train_recipe(other.recipe, job, 0)
        or other.recipe.train_rows != recipe.train_rows
        or other.data != job.config.data
    ):
        raise CourseError(
            f"runs/{job.config.id}/config.yml: recipe and data must be those of its members, {recipe.members!r}: "
            "copy them from there."
        )


def _kept(job: Job, prepared: Prepared, seed: int) -> Seeded:
    recipe: Recipe = job.config.recipe
    model = load_folder(kept_weights(job, recipe.members, seed)).to(find_device().kind)
    logits: dict[str, np.ndarray] = {
        name: as_stored(
            predict_logits(
                model, prepared.rows[name], pad_id=prepared.pad_id, side=prepared.side, precision=prepared.precision
            )
        )
        for name in SPLITS
    }  # fmt: skip
    return Seeded(seed, TrainResult(), logits, *lora.parameter_counts(model))
