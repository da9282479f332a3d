"""The run whose kept weights a compression run measures: its model, its tokenizer, and whether they are its record's."""

import numpy as np

from pycode.data import CourseData
from pycode.errors import CourseError
from pycode.experiment.config import read_config
from pycode.experiment.recorded import recorded_logits
from pycode.experiment.teacher import SAME_WEIGHTS
from pycode.experiment.types import Config, Job

KINDS = ("fine-tune", "distill")  # those that can keep weights
# whose labels are those of the record, but for rounding
PLAIN = ("fp32", "fp16", "bf16", "onnx-fp32")


def source_config(job: Job) -> Config | None:
    """Return the config of the run whose weights are measured, None where random ones are.

    A smoke run measures random weights in the same shape, so its source need not be declared yet.

    Raises:
        CourseError: no such run, a kind that keeps no weights, other data, or quantised weights.
    """
    name, where = job.config.recipe.source, f"runs/{job.config.id}/config.yml"
    runs = job.folder.parent
    if not name or (job.smoke and not (runs / name / "config.yml").is_file()):
        return None
    source = read_config(runs, name)
    if source.kind not in KINDS:
        raise CourseError(
            f"{where}: run {name!r} is of kind {source.kind!r}, which keeps no weights: name one of kind "
            f"{' or '.join(KINDS)}."
        )
    if source.recipe.quantised != "none":
        raise CourseError(
            f"{where}: run {name!r} keeps weights that are quantised already ({source.recipe.quantised}): name a run "
            "without `quantised`; its LoRA adapters, if it has any, are merged into plain weights."
        )
    if source.data != job.config.data:
        raise CourseError(
            f"{where}: data must be those of its source, {name!r}: copy them from there."
        )
    return source


def check_recorded(
    job: Job, source: Config | None, data: CourseData, back_end: str, val: np.ndarray
) -> str:
    """Compare the labels that the reference back end's ``val`` logits (n × C) choose with those of the source's record.

    Returns a note where they cannot be compared, else nothing.

    Raises:
        CourseError: they differ on more rows than precision and machine explain.
    """
    if job.smoke or source is None:
        return ""
    seed, stored = job.config.seeds[0], source.seeds[0]
    read, trained = job.config.recipe.max_length, source.recipe.max_length
    why = ""
    if back_end not in PLAIN:
        why = f"{back_end} may change labels by itself"
    elif seed != stored:
        why = f"these are the weights of seed {seed}, the stored outputs those of seed {stored}"
    elif read != trained:
        why = f"texts are cut to {read} tokens here, to {trained} there"
    if why:
        return f"The weights were not compared with the record of run {source.id}: {why}."
    recorded = recorded_logits(job, source.id, data, "val")
    same = float(np.mean(recorded.argmax(axis=1) == val.argmax(axis=1)))
    if same < SAME_WEIGHTS:
        raise CourseError(
            f"The kept weights of run {source.id!r} choose other labels than its record on {1 - same:.0%} of the "
            f"validation rows: do `course run {source.id}` again."
        )
    return ""
