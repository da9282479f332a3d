"""A teacher: models of several seeds whose mean probabilities are stored, once, for every row of every split."""

from pycode.data.class_table import class_table
from pycode.distill.targets import ensemble
from pycode.experiment.data import facts
from pycode.experiment.fine_tune import Recipe, describe, sequence_policy
from pycode.experiment.measure import outputs_of
from pycode.experiment.seeded import (
    fit_metrics,
    history_of,
    over_seeds,
    seeded_metrics,
    stop_notes,
)
from pycode.experiment.training import prepare, run_seeds, train_recipe
from pycode.experiment.types import Job, Result

__all__ = ["RECORD_KIND", "Recipe", "run"]

RECORD_KIND = "train"
SPLITS = ("train", "val", "test")
IN_SAMPLE = "The members were trained on the rows of train.safetensors, so they are surer of those than of new rows."


def run(job: Job) -> Result:
    """Train every member; return the ensemble's outputs on all splits, and the members' values as seeds."""
    recipe: Recipe = job.config.recipe
    prepared = prepare(job, recipe, recipe.train_rows)
    members = run_seeds(job, prepared, splits=SPLITS)
    data, names = prepared.data, [item.seed for item in members]
    joint = {split: ensemble([item.logits[split] for item in members]) for split in SPLITS}
    metrics, outputs = seeded_metrics(data, [joint], names[:1], job.resamples)
    outputs["train"] = outputs_of(data, "train", joint["train"])
    if len(members) > 1:
        metrics["members"] = over_seeds(data, [item.logits for item in members], names)
    metrics["fit"] = fit_metrics(recipe, prepared, members)
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
        notes=" ".join(text for text in (IN_SAMPLE, stop_notes(members)) if text),
    )
