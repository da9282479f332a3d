"""A frozen encoder's mean embeddings and logistic regression: what pretraining gives without any training."""

import time
from dataclasses import dataclass

import numpy as np

from pycode.data import CourseData
from pycode.data.class_table import class_table
from pycode.errors import CourseError
from pycode.experiment.data import facts, load
from pycode.experiment.fine_tune import NAMES
from pycode.experiment.measure import metric
from pycode.experiment.seeded import seeded_metrics
from pycode.experiment.tfidf_lr import CPU_TIME, choose, log_probabilities
from pycode.experiment.training import SMOKE_LENGTH, tiny_twin
from pycode.experiment.types import Job, Result, one_or_more
from pycode.train.embed import load_encoder, mean_embeddings
from pycode.train.encode import encode
from pycode.train.lengths import check_length
from pycode.train.models import load_tokenizer, model_spec
from pycode.train.precision import choose_precision, find_device

RECORD_KIND = "baseline"


@dataclass(frozen=True)
class Recipe:
    """With several values in ``c`` the one with the best validation macro-F1 is kept."""

    model: str = "minilm"
    max_length: int = 256
    precision: str = "auto"
    c: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
    max_iter: int = 2000

    def __post_init__(self) -> None:
        if not self.c or min(self.c) <= 0:
            raise CourseError(f"recipe.c needs one or more numbers above 0; got {list(self.c)}.")
        one_or_more(self, "max_iter")
        check_length(self.model, self.max_length)


def run(job: Job) -> Result:
    """Embed all splits once, fit on train (choosing c on val), return outputs and metrics."""
    data, recipe = load(job), job.config.recipe
    precision = choose_precision(recipe.precision, find_device())
    start = time.process_time()
    features = _features(data, recipe, job, precision)
    embed_s = time.process_time() - start
    model, history, fit_s = choose(data, features, recipe, job.config.seeds[0])
    logits = {
        name: log_probabilities(model, features[name], data.n_classes) for name in ("val", "test")
    }
    metrics, outputs = seeded_metrics(data, [logits], job.config.seeds[:1], job.resamples)
    metrics["fit"] = {
        "embed_seconds": metric(embed_s, "s", statistic=CPU_TIME),
        "seconds": metric(fit_s, "s", statistic=CPU_TIME),
        "trainable": metric(int(model.coef_.size + model.intercept_.size), "params"),
        "c": metric(float(model.C), "weight"),
    }
    return Result(
        model=f"{NAMES.get(recipe.model, recipe.model)} frozen, mean embeddings + logistic regression",
        data=facts(data),
        metrics=metrics,
        history=history,
        outputs=outputs,
        tables={"classes": class_table(data)},
        dtype=precision,
        sequence_policy=f"first {recipe.max_length} tokens",
    )


def _features(data: CourseData, recipe: Recipe, job: Job, precision: str) -> dict[str, np.ndarray]:
    spec = model_spec(tiny_twin(recipe.model) if job.smoke else recipe.model)
    length = min(recipe.max_length, SMOKE_LENGTH) if job.smoke else recipe.max_length
    tokenizer, encoder = load_tokenizer(spec), load_encoder(spec)
    return {
        name: mean_embeddings(
            encoder, encode(tokenizer, data.split(name), length),
            pad_id=int(tokenizer.pad_token_id), precision=precision,
        )
        for name in ("train", "val", "test")
    }  # fmt: skip
