"""How far probabilities can be believed: NLL, Brier score, ECE and the reliability table.

All take labels (n,) and logits (n, C), whose softmax is the predicted distribution.
References: Brier 1950; Guo et al. 2017 (ECE, equal width); Nixon et al. 2019 (equal mass).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError, nearest
from pycode.evaluate.arrays import Floats, as_labels, as_scores, check_count, same_length
from pycode.evaluate.bootstrap import bootstrap_totals
from pycode.evaluate.intervals import Interval
from pycode.evaluate.proportions import wilson

SCHEMES = ("width", "mass")


def log_softmax(logits: ArrayLike) -> Floats:
    """Return log-probabilities (n, C) without overflow."""
    scores = as_scores(logits)
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def checked(labels: ArrayLike, logits: ArrayLike) -> tuple[NDArray[np.int64], Floats]:
    """Return labels (n,) and log-probabilities (n, C) that fit together, or raise CourseError."""
    table = log_softmax(logits)
    truth = as_labels(labels, table.shape[1])
    same_length(labels=truth, logits=table)
    return truth, table


def nll_rows(labels: ArrayLike, logits: ArrayLike) -> Floats:
    """Return -log p(true class) of each row (n,), in nats."""
    truth, log_p = checked(labels, logits)
    return -log_p[np.arange(len(truth)), truth]


def nll(labels: ArrayLike, logits: ArrayLike) -> float:
    """Mean negative log-likelihood of the true class, in nats; log C for a uniform guess."""
    return float(nll_rows(labels, logits).mean())


def brier_rows(labels: ArrayLike, logits: ArrayLike) -> Floats:
    """Return the squared distance of each row's distribution from the truth (n,), 0 to 2."""
    truth, log_p = checked(labels, logits)
    p = np.exp(log_p)
    return (p**2).sum(axis=1) - 2 * p[np.arange(len(truth)), truth] + 1


def brier(labels: ArrayLike, logits: ArrayLike) -> float:
    """Mean Brier score over all classes (0 to 2, lower is better)."""
    return float(brier_rows(labels, logits).mean())


def confidence(labels: ArrayLike, logits: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the probability of the predicted class (n,) and whether it is right (n,)."""
    truth, log_p = checked(labels, logits)
    return np.exp(log_p.max(axis=1)), log_p.argmax(axis=1) == truth


def bin_edges(confidences: ArrayLike, bins: int = 15, scheme: str = "width") -> Floats:
    """Return inner bin edges; a confidence belongs to the bin (edge before, edge after].

    "width": equal steps between 0 and 1. "mass": quantiles, so that bins hold equally many rows
    (equal confidences stay together, so there may be fewer bins).
    """
    if scheme not in SCHEMES:
        scheme = str(scheme)
        raise CourseError(
            f"Unknown binning {scheme!r}; known: {', '.join(SCHEMES)}.{nearest(scheme, SCHEMES)}"
        )
    check_count("bins", bins)
    steps = np.linspace(0, 1, bins + 1)[1:-1]
    if scheme == "width":
        return steps
    return np.unique(np.quantile(np.asarray(confidences, float), steps, method="inverted_cdf"))


def bin_features(confidences: Floats, right: NDArray[Any], edges: Floats) -> NDArray[np.float64]:
    """Return features (n, 2 B): one-hot bin times (confidence - right), and one-hot bin.

    Their sums hold all that ECE needs, so it can be resampled by `bootstrap_totals`.
    """
    which = np.searchsorted(edges, confidences, side="left")
    one_hot = (which[:, None] == np.arange(len(edges) + 1)).astype(np.float64)
    return np.hstack([one_hot * (confidences - right)[:, None], one_hot])


def binned(labels: ArrayLike, logits: ArrayLike, bins: int, scheme: str) -> NDArray[np.float64]:
    """Return the ``bin_features`` (n, 2 B) of logits (n, C) in their own bins."""
    confident, right = confidence(labels, logits)
    return bin_features(confident, right, bin_edges(confident, bins, scheme))


def ece_of_totals(totals: NDArray[Any]) -> Floats:
    """ECE from totals (r, 2 B) of ``bin_features``: sum of |gaps| over the number of rows."""
    gaps, rows = np.split(totals, 2, axis=1)
    return np.abs(gaps).sum(axis=1) / rows.sum(axis=1)


def ece(labels: ArrayLike, logits: ArrayLike, bins: int = 15, scheme: str = "width") -> float:
    """Expected calibration error of the predicted class: mean |accuracy - confidence| over bins.

    It is above 0 even for a perfect model; `noise.ece_floor` says by how much at this n.
    """
    return float(ece_of_totals(binned(labels, logits, bins, scheme).sum(axis=0)[None, :])[0])


def ece_interval(
    labels: ArrayLike,
    logits: ArrayLike,
    bins: int = 15,
    scheme: str = "width",
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Centred bootstrap interval of ECE; the bins stay those of the data."""
    features = binned(labels, logits, bins, scheme)
    return bootstrap_totals(features, ece_of_totals, resamples, seed, groups, level, "centred")


def ece_difference(
    labels: ArrayLike,
    logits_a: ArrayLike,
    logits_b: ArrayLike,
    bins: int = 15,
    scheme: str = "width",
    resamples: int = 10_000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Paired interval of ECE(a) - ECE(b) on the same rows, each model in its own bins."""
    tables = [binned(labels, logits, bins, scheme) for logits in (logits_a, logits_b)]
    same_length(logits_a=tables[0], logits_b=tables[1])
    cut = tables[0].shape[1]

    def difference(totals: NDArray[Any]) -> Floats:
        return ece_of_totals(totals[:, :cut]) - ece_of_totals(totals[:, cut:])

    return bootstrap_totals(np.hstack(tables), difference, resamples, seed, groups, level)


@dataclass(frozen=True)
class ReliabilityBin:
    """One bar of a reliability diagram; ``low`` and ``high`` bound the accuracy (Wilson, 95 %)."""

    lower_edge: float
    upper_edge: float
    rows: int
    confidence: float
    accuracy: float
    low: float
    high: float


def reliability_table(
    labels: ArrayLike, logits: ArrayLike, bins: int = 15, scheme: str = "width"
) -> list[ReliabilityBin]:
    """Return the non-empty bins with mean confidence and accuracy."""
    confident, right = confidence(labels, logits)
    inner = bin_edges(confident, bins, scheme)
    edges = np.concatenate([[0.0], inner, [1.0]])
    which = np.searchsorted(inner, confident, side="left")
    table = []
    for i in np.unique(which):
        inside = which == i
        hits, rows = int(right[inside].sum()), int(inside.sum())
        low, high = wilson(hits, rows)
        mean = float(confident[inside].mean())
        table.append(
            ReliabilityBin(float(edges[i]), float(edges[i + 1]), rows, mean, hits / rows, low, high)
        )
    return table
