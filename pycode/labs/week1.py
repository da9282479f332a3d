"""Reference answers of week 1's lab and homework, and its one baseline, so that checks hold on any data.

A notebook's checks compare the student's value with these. They are written in another way than the
solutions on the pages, and are tested against scikit-learn.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.data.tiers import TIERS, tiers
from pycode.data.types import CourseData, Split
from pycode.errors import nearest
from pycode.labs.blank import Blank, LabError
from pycode.labs.data import is_synthetic

MASK = "XXXX"


def top_share(counts: ArrayLike, k: int) -> float:
    """Return the share of all rows that the ``k`` largest classes hold (0 to 1)."""
    ranked = sorted(np.asarray(counts).tolist(), reverse=True)
    return sum(ranked[:k]) / sum(ranked)


def classes_below(counts: ArrayLike, rows: int) -> int:
    """Return how many classes have fewer than ``rows`` rows."""
    return sum(count < rows for count in np.asarray(counts).tolist())


def word_counts(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the number of blank-separated words of each text (n)."""
    return np.fromiter((len(text.split()) for text in texts), dtype=np.int64, count=len(texts))


def masked_by_tier(split: Split, train_counts: ArrayLike) -> dict[str, float]:
    """Return for each tier the share of the split's rows whose text holds a mask; NaN without rows."""
    tier_of_row = tiers(train_counts)[split.labels]
    masked = np.array([MASK in text for text in split.texts])
    return {
        name: float(masked[tier_of_row == name].mean())
        if (tier_of_row == name).any()
        else float("nan")
        for name in TIERS
    }


def repeated_share(split: Split, train: Split) -> float:
    """Return the share of the split's rows whose text stands letter for letter in ``train``."""
    known = Counter(train.texts)
    return sum(text in known for text in split.texts) / len(split)


def confusions(
    labels: ArrayLike, predictions: ArrayLike, names: Sequence[str], k: int
) -> list[tuple[str, str, int]]:
    """Return the ``k`` most frequent errors as (true class, predicted class, rows), by rows, then names."""
    pairs = Counter(
        (names[true], names[guess])
        for true, guess in zip(
            np.asarray(labels).tolist(), np.asarray(predictions).tolist(), strict=True
        )
        if true != guess
    )
    ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [(true, guess, rows) for (true, guess), rows in ranked[:k]]


def predicted(logits: ArrayLike) -> NDArray[np.int64]:
    """Return the class with the highest score of each row (n) from scores (n × C)."""
    return np.argsort(-np.asarray(logits), axis=1, kind="stable")[:, 0].astype(np.int64)


@dataclass(frozen=True)
class Baseline:
    """TF-IDF with logistic regression on one data set: validation predictions (n), seconds, features."""

    predictions: NDArray[np.int64]
    seconds: float
    features: int


def tfidf_baseline(data: CourseData) -> Baseline:
    """Train the lab's baseline on ``data.train`` and predict ``data.val``."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    start = time.perf_counter()
    vectoriser = TfidfVectorizer(
        max_features=50_000, ngram_range=(1, 2), sublinear_tf=True, strip_accents="unicode"
    )
    features = vectoriser.fit_transform(data.train.texts)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(features, data.train.labels)
    predictions = np.asarray(model.predict(vectoriser.transform(data.val.texts)), dtype=np.int64)
    return Baseline(predictions, time.perf_counter() - start, features.shape[1])


def same_vocabulary(vectoriser: Any, vocabulary: Any) -> None:
    """Stop the cell unless ``vectoriser`` still holds the ``vocabulary`` of its training.

    Fitted again, it gives every column another word: nothing fails, and all predictions are wrong.

    Raises:
        LabError: it was fitted again.
    """
    if vectoriser.vocabulary_ is not vocabulary:
        raise LabError(
            "✗ predictions: the vectoriser was fitted again, so its columns are other words than the model knows.\n"
            "  Run the cell that trains both once more, then use transform, not fit_transform."
        )


def class_id(data: CourseData, name: object) -> int:
    """Return the id of the class called ``name``.

    Raises:
        LabError: a blank or no class name; the nearest is named.
    """
    if isinstance(name, Blank):
        raise LabError("Copy the name of a class in place of ___, letter for letter.")
    if not isinstance(name, str):
        raise LabError(f"A class is asked for by its name in quotation marks, got {name!r}.")
    if name not in data.label_names:
        near = nearest(name.strip(), data.label_names)
        raise LabError(f"{name!r} is no class: copy one of the printed names.{near}")
    return data.label_names.index(name)


def show_rows(data: CourseData, name: object, at_most: int = 3) -> None:
    """Print up to ``at_most`` training texts of the class called ``name``, cut at 400 characters.

    Raises:
        LabError: a blank, no class name, or a class without a training row.
    """
    rows = np.flatnonzero(data.train.labels == class_id(data, name))
    if not len(rows):
        raise LabError(f"{name!r} has no training row in these data: choose a class that has some.")
    made = (
        "synthetic, made by code"
        if is_synthetic(data)
        else "real complaints: read them, do not pass them on"
    )
    print(f"{name}: {len(rows):,} training rows ({made})")
    for row in rows[:at_most]:
        text = data.train.texts[row]
        print(f"  · {text[:400]}{'…' if len(text) > 400 else ''}")
