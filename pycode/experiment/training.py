"""What every kind that trains has in common: one job becomes one trained model per seed, resumable.

Checkpoints, finished seeds and kept weights lie in `.course/`, never in the repository. A run that was
interrupted goes on where it stopped when it is started again; when its record is written they are deleted.
"""

import dataclasses
import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pycode.data import CourseData, Split
from pycode.errors import CourseError
from pycode.evaluate import accuracy, macro_f1
from pycode.evaluate.calibration import nll
from pycode.experiment.data import load
from pycode.experiment.environment import rank
from pycode.experiment.finished import Seeded, read_seed, store_seed
from pycode.experiment.recorded import what_is_read
from pycode.experiment.types import Job
from pycode.project import Project
from pycode.train import lora
from pycode.train.build import trainable_model
from pycode.train.encode import Encoded, encode
from pycode.train.loop import Trainer
from pycode.train.models import load_tokenizer, model_spec
from pycode.train.precision import choose_precision, find_device
from pycode.train.predict import predict_logits
from pycode.train.recipe import Recipe

MakeLoss = Callable[["Prepared"], Callable[[Any, Any, np.ndarray], Any]]
SMOKE_SEEDS, SMOKE_UPDATES, SMOKE_LENGTH = 2, 4, 32
CHECKPOINT_UPDATES = 150


@dataclass(frozen=True)
class Prepared:
    """A job's data as tokens, and how this machine computes."""

    data: CourseData
    rows: Mapping[str, Encoded]
    pad_id: int
    side: str
    precision: str


def train_recipe(recipe: Recipe, job: Job, seed: int) -> Recipe:
    """Return the plain training recipe of one seed; in a smoke run tiny and short.

    Raises:
        CourseError: the config sets ``recipe.seed``.
    """
    if recipe.seed != Recipe().seed:
        raise CourseError(
            f"runs/{job.config.id}/config.yml sets recipe.seed: list the seeds under `seeds:` instead."
        )
    names = [field.name for field in dataclasses.fields(Recipe)]
    values = {name: getattr(recipe, name) for name in names} | {"seed": seed}
    if job.smoke:
        values |= {
            "model": tiny_twin(recipe.model), "max_updates": SMOKE_UPDATES, "batch_size": 8,
            "micro_batch": 0, "max_length": min(recipe.max_length, SMOKE_LENGTH), "precision": "auto",
        }  # fmt: skip
    return Recipe(**values)


def tiny_twin(model: str) -> str:
    """Return the tiny random model with the architecture of ``model``."""
    if model_spec(model).family == "decoder":
        return "tiny-qwen2"
    return "tiny-modernbert" if "modernbert" in model else "tiny-bert"


def prepare(job: Job, recipe: Recipe, train_rows: int = 0) -> Prepared:
    """Load and encode the job's data; ``train_rows`` > 0 keeps that many training rows."""
    precision = choose_precision(recipe.precision, find_device())
    data = sample(load(job), train_rows)
    used = train_recipe(recipe, job, 0)
    tokenizer, length = load_tokenizer(model_spec(used.model)), used.max_length
    rows = {name: encode(tokenizer, data.split(name), length) for name in ("train", "val", "test")}
    return Prepared(data, rows, int(tokenizer.pad_token_id), tokenizer.padding_side, precision)


def sample(data: CourseData, train_rows: int) -> CourseData:
    """Return ``data`` with ``train_rows`` training rows drawn with a fixed seed (0: all)."""
    n = len(data.train)
    if not 0 < train_rows < n:
        return data
    index = np.sort(np.random.default_rng(0).permutation(n)[:train_rows])
    texts, ids = [data.train.texts[i] for i in index], [data.train.row_ids[i] for i in index]
    part = Split(texts, data.train.labels[index], ids)
    return dataclasses.replace(data, train=part).noted(f"{train_rows:,} of {n:,} training rows.")


def seeds_of(job: Job) -> tuple[int, ...]:
    """Return the seeds to run: all declared, or (smoke) the first two."""
    return job.config.seeds[:SMOKE_SEEDS] if job.smoke else job.config.seeds


def run_seeds(
    job: Job,
    prepared: Prepared,
    *,
    splits: tuple[str, ...] = ("val", "test"),
    make_loss: MakeLoss | None = None,
    keep_weights: bool = False,
) -> list[Seeded]:
    """Train every seed of the job and predict ``splits``; finished seeds are not trained again."""
    check_classes(prepared.data, job.config.recipe)
    done: list[Seeded] = []
    read = what_is_read(job)
    for seed in seeds_of(job):
        folder = cache(job) / "training" / job.config.id / f"seed-{seed}"
        recipe = train_recipe(job.config.recipe, job, seed)
        mark = {"recipe": recipe.to_json(), "data": prepared.data.fingerprint, "splits": list(splits),
                "config": repr(job.config.recipe), "read": read}  # fmt: skip
        kept = weights_folder(job, job.config.id, seed) if keep_weights else None
        found = None if job.smoke else read_seed(folder, mark, kept)
        if found is None:
            if not job.smoke:  # it vouches for logits and weights that are about to be replaced
                (folder / "done.json").unlink(missing_ok=True)
            found = _train(job, prepared, recipe, folder, splits, make_loss, kept, mark)
            if not job.smoke and rank() == 0:
                store_seed(folder, mark, found)
        done.append(found)
    return done


def check_classes(data: CourseData, recipe: Recipe) -> None:
    """Raise a CourseError where a recipe divides by the count of a class that has no training row."""
    empty = np.flatnonzero(data.train_counts() == 0)
    if len(empty) and (recipe.class_weights != "none" or recipe.logit_adjustment):
        raise CourseError(
            f"{len(empty)} classes have no training row (first: {data.label_names[empty[0]]!r}): class weights "
            "and logit adjustment are not defined for them; drop the classes, or train without both."
        )


def cache(job: Job) -> Path:
    """Return the project's cache folder."""
    return Project(job.folder.parents[1]).cache


def weights_folder(job: Job, run_id: str, seed: int) -> Path:
    """Return where the fine-tuned weights of a run's seed are kept on this machine."""
    return cache(job) / ("smoke-weights" if job.smoke else "weights") / f"{run_id}-seed-{seed}"


def kept_weights(job: Job, run_id: str, seed: int) -> Path:
    """Return the folder with the weights that run ``run_id`` kept of ``seed``.

    Raises:
        CourseError: they are not on this machine.
    """
    folder = weights_folder(job, run_id, seed)
    if not (folder / "model.safetensors").is_file():
        raise CourseError(
            f"The weights of run {run_id!r}, seed {seed}, are not on this machine: declare `keep_weights: true` "
            f"and that seed in it and do `course run {run_id}` first."
        )
    return folder


def _train(
    job: Job, prepared: Prepared, recipe: Recipe, folder: Path, splits: tuple[str, ...],
    make_loss: MakeLoss | None, kept: Path | None, mark: Mapping[str, Any],
) -> Seeded:  # fmt: skip
    data, n_classes = prepared.data, prepared.data.n_classes
    model = trainable_model(recipe, n_classes, prepared.pad_id, job.folder.parent)
    trainable, parameters = lora.parameter_counts(model)
    val = prepared.rows["val"]

    def predict(current: Any, rows: Encoded) -> np.ndarray:
        return predict_logits(
            current, rows, pad_id=prepared.pad_id, side=prepared.side, precision=prepared.precision
        )

    def evaluate(current: Any) -> dict[str, float]:
        logits = predict(current, val)
        if not np.isfinite(logits).all():  # the loop stops on it, and keeps the best weights so far
            return dict.fromkeys(("macro_f1", "accuracy", "nll"), math.nan)
        guess = logits.argmax(axis=1)
        return {
            "macro_f1": macro_f1(val.labels, guess, n_classes),
            "accuracy": accuracy(val.labels, guess, n_classes),
            "nll": nll(val.labels, logits),
        }

    trainer = Trainer(
        recipe, model, prepared.rows["train"], data.train_counts(), prepared.pad_id, evaluate,
        side=prepared.side, precision=prepared.precision,
        checkpoints=None if job.smoke else folder, checkpoint_every=CHECKPOINT_UPDATES,
        say=_say(recipe.seed), batch_loss=make_loss(prepared) if make_loss else None, mark=mark,
    )  # fmt: skip
    fit = trainer.fit()
    logits = {name: as_stored(predict(model, prepared.rows[name])) for name in splits}
    if kept and rank() == 0:
        _keep(lora.merged(model), kept)
    return Seeded(recipe.seed, fit, logits, trainable, parameters)


def as_stored(logits: np.ndarray) -> np.ndarray:
    """Return ``logits`` rounded to the fp16 in which outputs are kept, so that every metric agrees."""
    return logits.astype(np.float16).astype(np.float32)


def _say(seed: int) -> Callable[[str], None]:
    def say(text: str) -> None:
        if rank() == 0:
            print(f"seed {seed}  {text}", flush=True)

    return say


def _keep(model: Any, folder: Path) -> None:
    """Store the whole model under a temporary name, then rename; what is there is moved away before it is deleted.

    Raises:
        CourseError: the disk is full or takes no file; what was kept before stays.
    """
    from safetensors import SafetensorError

    staging, old = (folder.with_name(f".{folder.name}{end}") for end in ("", ".old"))
    for leftover in (staging, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        staging.parent.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(staging)
        if folder.exists():
            folder.rename(old)
        staging.rename(folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise CourseError(
            f"The weights of {folder.name} could not be kept ({getattr(error, 'strerror', None) or error}): make room "
            "and do the run again."
        ) from None
    shutil.rmtree(old, ignore_errors=True)
