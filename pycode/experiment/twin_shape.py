"""The shape of the synthetic twin, and its truth: what even a perfect classifier could reach on it.

Shape figures stand beside the published ones of the course's data in docs/twin.md (see `ROWS`).
The truth is a property of the generator: accuracy, macro-F1 and log-loss of the true posterior.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pycode.data.labels import canonical_labels, merge, near_duplicates
from pycode.data.slices import ORIGINAL_REDACTION, word_count
from pycode.data.split import NAMES
from pycode.data.tiers import TIERS, tiers
from pycode.data.twin import Twin, load_twin, make_twin, raw_files
from pycode.evaluate.calibration import ece
from pycode.evaluate.classification import macro_f1, zero_f1_classes
from pycode.experiment.data import check_fingerprint
from pycode.experiment.measure import metric, share_leaf
from pycode.experiment.types import Job, Result
from pycode.runs import claim

RECORD_KIND = "simulate"
RUN, BASELINE = "twin-shape", "tfidf-twin"
HEAD = "Incorrect information on your report"
TINY = 1e-30  # keeps the logarithm of a probability 0 finite
# What the table of docs/twin.md shows: name, published entry, metric of the twin's run.
ROWS = (
    ("training rows", "data.train", f"{RUN}:shape.train_rows"),
    ("validation rows", "data.val", f"{RUN}:shape.val_rows"),
    ("test rows", "data.test", f"{RUN}:shape.test_rows"),
    ("raw labels", "data.labels_raw", f"{RUN}:shape.raw_labels"),
    ("labels after merging", "data.labels_after_merge", f"{RUN}:shape.merged_labels"),
    ("labels kept", "data.labels_final", f"{RUN}:shape.kept_labels"),
    ("rows that the drop rule removes", "data.total_dropped", f"{RUN}:shape.dropped_rows"),
    ("share of the largest raw label", "data.raw_majority", f"{RUN}:shape.top_raw_share"),
    ("largest class, training rows", "data.top_class_train", f"{RUN}:shape.top_class"),
    ("largest class, share", "data.top_class_share", f"{RUN}:shape.top_share"),
    ("its old name, rows in the pool", "data.raw_old_label", f"{RUN}:shape.old_name_rows"),
    ("smallest class, training rows", "data.min_class", f"{RUN}:shape.smallest_class"),
    ("classes with 2,000 training rows or more", "data.n_ge2000", f"{RUN}:shape.from_2000"),
    ("classes below 100", "data.n_lt100", f"{RUN}:shape.below_100"),
    ("classes below 50", "data.n_lt50", f"{RUN}:shape.below_50"),
    ("classes below 20", "data.n_lt20", f"{RUN}:shape.below_20"),
    ("share of the ten largest classes", "data.top10_share", f"{RUN}:shape.top10_share"),
    ("share of the 63 smallest classes", "data.bottom63_share", f"{RUN}:shape.bottom63_share"),
    ("classes with one validation row", "data.valcount_n1", f"{RUN}:shape.val_single"),
    ("validation rows, head", "data.val_tier_head", f"{RUN}:shape.val_head"),
    ("validation rows, mid", "data.val_tier_mid", f"{RUN}:shape.val_mid"),
    ("validation rows, tail", "data.val_tier_tail", f"{RUN}:shape.val_tail"),
    ("texts with XXXX", "data.redacted", f"{RUN}:shape.redacted"),
    ("median length", "data.median_words", f"{RUN}:shape.median_words"),
    ("TF-IDF, accuracy on val", "baseline.tfidf.val.accuracy", f"{BASELINE}:val.accuracy"),
    ("TF-IDF, macro-F1 on val", "baseline.tfidf.val.macro_f1", f"{BASELINE}:val.macro_f1"),
    (
        "TF-IDF, classes with F1 = 0 on val",
        "baseline.tfidf.val.zero_f1_classes",
        f"{BASELINE}:val.zero_f1_classes",
    ),
    ("TF-IDF, accuracy on test", "baseline.tfidf.test.accuracy", f"{BASELINE}:test.accuracy"),
    ("TF-IDF, macro-F1 on test", "baseline.tfidf.test.macro_f1", f"{BASELINE}:test.macro_f1"),
)


@dataclass(frozen=True)
class Recipe:
    """``seed`` of the twin."""

    seed: int = 42


def run(job: Job) -> Result:
    """Return shape and truth of the full twin."""
    data = load_twin(seed=job.config.recipe.seed)
    check_fingerprint(job, data.fingerprint)
    twin = make_twin(seed=job.config.recipe.seed)
    n = {name: len(data.split(name)) for name in NAMES}
    return Result(
        model="synthetic twin",
        data={
            "source": "twin", "name": "twin", "fingerprint": data.fingerprint, "n": n,
            "n_classes": data.n_classes, "notes": " ".join(data.notes),
        },
        metrics={"shape": shape(twin, job.config.recipe.seed), "truth": truth(twin)},
    )  # fmt: skip


def shape(twin: Twin, seed: int) -> dict[str, Any]:
    """Return the figures that have a published counterpart, and a few more."""
    return {**_rows_and_labels(seed), **_class_curve(twin), **_texts(twin)}


def _rows_and_labels(seed: int) -> dict[str, Any]:
    train, test = raw_files(seed)
    raw = Counter([*train.labels, *test.labels])
    total = sum(raw.values())
    merged = {merge(label) for label in raw}
    kept = merged & set(canonical_labels())
    dropped = sum(rows for label, rows in raw.items() if merge(label) not in kept)
    old_name = next(name for name in train.labels if merge(name) == HEAD and name != HEAD)
    return {
        "raw_labels": metric(len(raw), "labels", total),
        "merged_labels": metric(len(merged), "labels", total),
        "kept_labels": metric(len(kept), "labels", total),
        "dropped_rows": metric(dropped, "rows", total),
        "top_raw_share": metric(max(raw.values()) / total, "share", total),
        "old_name_rows": metric(train.labels.count(old_name), "rows", len(train)),
    }


def _class_curve(twin: Twin) -> dict[str, Any]:
    counts = {name: np.bincount(twin.labels[twin.rows_of(name)], minlength=113) for name in NAMES}
    train, n = counts["train"], int(counts["train"].sum())
    ranked, tier = np.sort(train)[::-1], tiers(train)
    below = {f"below_{k}": metric(int((train < k).sum()), "classes", n) for k in (20, 50, 100)}
    by_tier = {
        f"val_{name}": metric(int(counts["val"][tier == name].sum()), "rows", n) for name in TIERS
    }
    sizes = {f"{name}_rows": metric(int(c.sum()), "rows") for name, c in counts.items()}
    return {
        **sizes, **below, **by_tier,
        "top_class": metric(int(ranked[0]), "rows", n),
        "top_share": metric(float(ranked[0] / n), "share", n),
        "smallest_class": metric(int(ranked[-1]), "rows", n),
        "from_2000": metric(int((train >= 2000).sum()), "classes", n),
        "top10_share": metric(float(ranked[:10].sum() / n), "share", n),
        "bottom63_share": metric(float(ranked[-63:].sum() / n), "share", n),
        "val_single": metric(int((counts["val"] == 1).sum()), "classes", n),
    }  # fmt: skip


def _texts(twin: Twin) -> dict[str, Any]:
    n = len(twin)
    words = np.array([word_count(text) for text in twin.texts])
    characters = np.array([len(text) for text in twin.texts])
    lengths = {"p10_words": 0.1, "median_words": 0.5, "p90_words": 0.9}
    return {
        **{name: metric(float(np.quantile(words, q)), "words", n) for name, q in lengths.items()},
        "mean_words": metric(float(words.mean()), "words", n),
        "longest": metric(int(characters.max()), "characters", n),
        "redacted": share_leaf(sum(ORIGINAL_REDACTION in text for text in twin.texts), n),
        "amounts": share_leaf(sum("{$" in text for text in twin.texts), n),
        "old_form": share_leaf(twin.forms.count("old"), n),
    }


def truth(twin: Twin) -> dict[str, Any]:
    """Return what the true posterior reaches on each split and on all rows."""
    every = twin.posterior().astype(np.float64)
    tree = {name: _reached(twin, every, twin.rows_of(name)) for name in NAMES}
    tree["all"] = _reached(twin, every, np.arange(len(twin)))
    uncut = twin.posterior(uncut=True).max(axis=1)
    n = len(twin)
    tree["all"]["uncut_accuracy"] = metric(
        float(uncut.mean()), "share", n, note="expected, if nothing were left out"
    )
    tree["all"]["alike_mass"] = metric(
        _alike_mass(twin, every), "share", n,
        note="posterior mass on the near-duplicates of the true label, rows whose label has some",
    )  # fmt: skip
    return tree


def _reached(twin: Twin, every: NDArray[np.float64], rows: NDArray[np.int64]) -> dict[str, Any]:
    p, labels, n = every[rows], twin.labels[rows], len(rows)
    logits, best = np.log(np.maximum(p, TINY)), p.argmax(axis=1)
    return {
        "accuracy": share_leaf(int((best == labels).sum()), n),
        "expected_accuracy": metric(float(p.max(axis=1).mean()), "share", n),
        "macro_f1": metric(macro_f1(labels, best, 113), "score", n),
        "zero_f1_classes": metric(zero_f1_classes(labels, best, 113), "classes", n),
        "nll": metric(float(-logits[np.arange(n), labels].mean()), "nats", n),
        "entropy": metric(float(-(p * logits).sum(axis=1).mean()), "nats", n),
        "ece": metric(float(ece(labels, logits)), "error", n),
    }


def _alike_mass(twin: Twin, every: NDArray[np.float64]) -> float:
    names = canonical_labels()
    alike = np.zeros((len(names), len(names)))
    for group in near_duplicates():
        index = [names.index(label) for label in group.labels]
        alike[np.ix_(index, index)] = 1
    np.fill_diagonal(alike, 0)
    has = alike[twin.labels].any(axis=1)
    return float((every[has] * alike[twin.labels[has]]).sum(axis=1).mean())


def shape_table(project: Any) -> str:
    """Return the Markdown table of published figures against the twin's, from claims only."""
    lines = ["| what | published | twin |", "|---|---|---|"]
    for name, published, ours in ROWS:
        shown = [claim(i, project=project).text for i in (f"published:{published}", ours)]
        lines.append(f"| {name} | {shown[0]} | {shown[1]} |")
    return "\n".join(lines)


TRUTH_ROWS = (
    ("accuracy of the Bayes classifier", "accuracy"),
    ("mean of the largest probability", "expected_accuracy"),
    ("macro-F1 of the Bayes classifier", "macro_f1"),
    ("classes with F1 = 0", "zero_f1_classes"),
    ("log-loss of the true posterior", "nll"),
    ("its entropy", "entropy"),
    ("its measured ECE (the true one is 0)", "ece"),
)


def truth_table(project: Any) -> str:
    """Return the Markdown table of what the true posterior reaches."""
    lines = ["| what | val | test | all rows |", "|---|---|---|---|"]
    for name, last in TRUTH_ROWS:
        cells = [
            claim(f"{RUN}:truth.{s}.{last}", project=project).text for s in ("val", "test", "all")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    for name, last in (
        ("accuracy expected if nothing were left out", "uncut_accuracy"),
        ("probability on near-duplicates of the true label", "alike_mass"),
    ):
        lines.append(f"| {name} | | | {claim(f'{RUN}:truth.all.{last}', project=project).text} |")
    return "\n".join(lines)
