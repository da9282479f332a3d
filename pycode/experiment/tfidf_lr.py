"""The baseline of the original course: TF-IDF of words and pairs, then logistic regression."""

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pycode.data import CourseData
from pycode.data.class_table import class_table
from pycode.errors import CourseError
from pycode.evaluate import macro_f1
from pycode.evaluate.calibration import nll
from pycode.experiment.data import facts, load
from pycode.experiment.measure import metric, outputs_of, slice_metrics, split_metrics
from pycode.experiment.truth import known_truth, truth_metrics
from pycode.experiment.types import Job, Result, one_or_more

RECORD_KIND = "baseline"
CPU_TIME = "processor time of one run, all threads together"


@dataclass(frozen=True)
class Recipe:
    """Settings of the original by default; ``first_words`` cuts the text, null reads all of it.

    With several values in ``c`` (inverse regularisation) the one with the best validation macro-F1
    is kept, the smaller on a tie.
    """

    first_words: int | None = None
    max_features: int = 50_000
    longest_ngram: int = 2
    sublinear_tf: bool = True
    strip_accents: bool = True
    c: tuple[float, ...] = (1.0,)
    max_iter: int = 1000

    def __post_init__(self) -> None:
        if not self.c or min(self.c) <= 0:
            raise CourseError(f"recipe.c needs one or more numbers above 0; got {list(self.c)}.")
        if self.first_words is not None and self.first_words < 1:
            raise CourseError(f"recipe.first_words must be 1 or more; got {self.first_words}.")
        one_or_more(self, "max_features", "longest_ngram", "max_iter")


def run(job: Job) -> Result:
    """Fit on train (choosing c on val) and return outputs and metrics on val and test."""
    data, recipe = load(job), job.config.recipe
    start = time.process_time()
    features, vocabulary = _features(data, recipe)
    vectorise_s = time.process_time() - start
    model, history, fit_s = choose(data, features, recipe, job.config.seeds[0])
    outputs = {
        name: outputs_of(data, name, log_probabilities(model, features[name], data.n_classes))
        for name in ("val", "test")
    }
    metrics = {name: split_metrics(data, out, job.resamples) for name, out in outputs.items()}
    metrics["test"]["slice"] = slice_metrics(data, "test", outputs["test"], job.resamples)
    metrics |= truth_metrics(known_truth(job, data), outputs["test"], job.resamples)
    metrics["fit"] = {
        "vectorise_seconds": metric(vectorise_s, "s", statistic=CPU_TIME),
        "seconds": metric(fit_s, "s", statistic=CPU_TIME),
        "features": metric(vocabulary, "features"),
        "parameters": metric(int(model.coef_.size + model.intercept_.size), "params"),
        "c": metric(float(model.C), "weight"),
        "iterations": metric(int(max(model.n_iter_)), "steps"),
    }
    read = f"first {recipe.first_words} words" if recipe.first_words else "whole text"
    return Result(
        model="TF-IDF + logistic regression",
        data=facts(data),
        metrics=metrics,
        history=history,
        outputs=outputs,
        tables={"classes": class_table(data)},
        dtype="fp64",
        sequence_policy=read,
    )


def first_words(texts: Sequence[str], words: int | None) -> list[str]:
    """Return the texts cut after ``words`` blank-separated words (None: uncut)."""
    return list(texts) if words is None else [" ".join(text.split()[:words]) for text in texts]


def _features(data: CourseData, recipe: Recipe) -> tuple[dict[str, Any], int]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectoriser = TfidfVectorizer(
        max_features=recipe.max_features,
        ngram_range=(1, recipe.longest_ngram),
        sublinear_tf=recipe.sublinear_tf,
        strip_accents="unicode" if recipe.strip_accents else None,
    )
    features = {
        "train": vectoriser.fit_transform(first_words(data.train.texts, recipe.first_words))
    }
    for name in ("val", "test"):
        features[name] = vectoriser.transform(
            first_words(data.split(name).texts, recipe.first_words)
        )
    return features, len(vectoriser.vocabulary_)


def choose(
    data: CourseData, features: Mapping[str, Any], recipe: Any, seed: int
) -> tuple[Any, list[dict[str, Any]], float]:
    """Fit one model per ``recipe.c``; return the best on val, the comparison, and its processor time."""
    best: tuple[float, Any, float] | None = None
    history = []
    for c in sorted(recipe.c):
        start = time.process_time()
        model = _fit(features["train"], data.train.labels, c, recipe.max_iter, seed)
        seconds = time.process_time() - start
        logits = log_probabilities(model, features["val"], data.n_classes)
        value = macro_f1(data.val.labels, logits.argmax(axis=1), data.n_classes)
        history.append({"c": c, "val_macro_f1": value, "val_nll": nll(data.val.labels, logits),
                        "iterations": int(max(model.n_iter_)), "fit_cpu_s": round(seconds, 2)})  # fmt: skip
        if best is None or value > best[0]:
            best = (value, model, seconds)
    assert best is not None
    return best[1], history, best[2]


def _fit(features: Any, labels: Any, c: float, max_iter: int, seed: int) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, solver="lbfgs", max_iter=max_iter, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            return model.fit(features, labels)
        except ConvergenceWarning:
            raise CourseError(
                f"Logistic regression with c = {c} did not converge in {max_iter} steps: raise "
                "recipe.max_iter, or use a smaller c."
            ) from None


def log_probabilities(model: Any, features: Any, n_classes: int) -> np.ndarray:
    """Return log-probabilities (n, C); a class without a training row gets a very small one."""
    logits = np.full((features.shape[0], n_classes), -60.0)
    logits[:, model.classes_] = np.maximum(model.predict_log_proba(features), -60.0)
    return logits
