"""Audit of complaint texts before any model: labels, redaction, lengths, eras, near-duplicates.

Only aggregates leave this module, never a text. Classes with fewer than ``pool_below`` rows are
pooled, and figures per class are given for classes with at least ``class_from`` rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pycode.data.catalogue import dataset
from pycode.data.fingerprint import fingerprint_rows
from pycode.data.groups import METHODS, near_duplicate_groups, repeated
from pycode.data.labels import canonical_labels, merge
from pycode.data.named import find_file
from pycode.data.parquet import read_strings
from pycode.data.slices import ORIGINAL_REDACTION, is_numeric, is_redacted, word_count
from pycode.evaluate.bootstrap import bootstrap_rows
from pycode.experiment.data import check_fingerprint
from pycode.experiment.measure import interval_leaf, metric, share_leaf
from pycode.experiment.types import Job, Result, one_or_more

RECORD_KIND = "audit"
COLUMNS = ("complaint_id", "date_received", "product", "issue", "text")
FORM_CHANGES = ("2017-04-24", "2023-08-24")
ERAS = ("old_form", "new_form", "after_2023")
BOTH_FORMS = ("2017", "2023")


@dataclass(frozen=True)
class Recipe:
    """``bin_words`` is the width of the length histogram, whose last bin holds all longer texts."""

    bin_words: int = 25
    last_bin_words: int = 600
    pool_below: int = 5
    class_from: int = 20
    short_chars: int = 500

    def __post_init__(self) -> None:
        one_or_more(self, "bin_words", "last_bin_words", "pool_below", "class_from", "short_chars")


@dataclass(frozen=True)
class Texts:
    """What the audit looks at, one entry per complaint."""

    texts: list[str]
    raw: list[str]
    labels: list[str]
    dates: list[str]
    words: NDArray[np.int64]
    redacted: NDArray[np.bool_]


def run(job: Job) -> Result:
    """Return the audit's tables and key figures."""
    columns = read_strings(find_file(dataset(job.config.data.name), job.data_path), COLUMNS)
    mark = fingerprint_rows(columns["complaint_id"], columns["text"], columns["issue"])
    check_fingerprint(job, mark)
    step = max(1, len(columns["text"]) // 400) if job.smoke else 1
    seen = _look({name: values[::step] for name, values in columns.items()})
    recipe, n = job.config.recipe, len(seen.texts)
    metrics = {
        "all": {**_redaction(seen, n), **_lengths(seen, n, job.resamples)},
        "short": _short(seen, recipe.short_chars),
        "labels": _labels(seen, n),
        "eras": {era: share_leaf(k, n) for era, k in Counter(map(_era, seen.dates)).items()},
        "duplicates": _duplicates(seen.texts),
        "months": _months(seen.dates, n),
    }
    data = {
        "source": "local", "name": job.config.data.name, "fingerprint": mark, "n": {"all": n},
        "n_classes": len(set(seen.labels)),
        "notes": "Aggregates only; no text is stored.",
    }  # fmt: skip
    tables = {
        "classes": _class_table(seen, recipe),
        "renamed": _renamed(seen.raw, recipe.pool_below),
        "length_bins": _histogram(seen.words, recipe),
        "length_coverage": [
            [w, int((seen.words <= w).sum())] for w in (32, 64, 96, 128, 192, 256, 384, 512)
        ],
        "months": sorted(Counter(date[:7] for date in seen.dates).items()),
        "eras": [[era, sum(_era(date) == era for date in seen.dates)] for era in ERAS],
    }
    return Result(model="counts", data=data, metrics=metrics, tables={"tables": tables})


def _look(columns: dict[str, list[str]]) -> Texts:
    texts = columns["text"]
    return Texts(
        texts,
        columns["issue"],
        [merge(label) for label in columns["issue"]],
        columns["date_received"],
        np.array([word_count(text) for text in texts]),
        np.array([ORIGINAL_REDACTION in text for text in texts]),
    )


def _era(date: str) -> str:
    return ERAS[sum(date >= change for change in FORM_CHANGES)]


def _redaction(seen: Texts, n: int) -> dict[str, Any]:
    marks = np.array([text.count(ORIGINAL_REDACTION) for text in seen.texts])
    return {
        "redacted_share": share_leaf(int(seen.redacted.sum()), n, note="holds XXXX"),
        "any_mark_share": share_leaf(sum(map(is_redacted, seen.texts)), n, note="holds XX or more"),
        "amount_or_number_share": share_leaf(sum(map(is_numeric, seen.texts)), n),
        "median_marks": metric(float(np.median(marks)), "entries", n, note="XXXX per text"),
    }


def _lengths(seen: Texts, n: int, resamples: int) -> dict[str, Any]:
    words = seen.words
    tree: dict[str, Any] = {
        f"over_{limit}_words_share": share_leaf(int((words > limit).sum()), n)
        for limit in (64, 128, 256, 512)
    }
    for name, share in (("p10", 0.1), ("median", 0.5), ("p90", 0.9)):
        found = bootstrap_rows(partial(_quantile, words, share), n, min(resamples, 1000))
        tree[f"{name}_words"] = interval_leaf(found, "words", n)
    read = np.minimum(words, 128).sum() / words.sum()
    tree["first_128_words_share"] = metric(
        float(read),
        "share",
        n,
        note="share of all words that lie among the first 128 of their text",
    )
    return tree


def _quantile(values: NDArray[np.int64], share: float, rows: NDArray[np.int64]) -> float:
    return float(np.quantile(values[rows], share))


def _short(seen: Texts, limit: int) -> dict[str, Any]:
    """Return the same figures for texts as short as the course's own data seem to be."""
    short = np.array([len(text) <= limit for text in seen.texts])
    n = int(short.sum())
    if not n:
        return {"rows": metric(0, "rows", 0)}
    return {
        "rows": metric(n, "rows", n, note=f"at most {limit} characters"),
        "share": share_leaf(n, len(short)),
        "redacted_share": share_leaf(int(seen.redacted[short].sum()), n),
        "median_words": metric(float(np.median(seen.words[short])), "words", n),
        "over_128_words_share": share_leaf(int((seen.words[short] > 128).sum()), n),
    }


def _labels(seen: Texts, n: int) -> dict[str, Any]:
    known = set(canonical_labels())
    raw, merged = Counter(seen.raw), Counter(seen.labels)
    later = [merge(label, BOTH_FORMS) for label in seen.raw]
    changed = sum(old != new for old, new in zip(seen.raw, seen.labels))
    outside = sum(label not in known for label in seen.labels)
    inside = Counter(label for label in seen.labels if label in known)
    rescued = outside - sum(label not in known for label in later)
    return {
        "raw": metric(len(raw), "labels", n),
        "merged": metric(len(merged), "labels", n),
        "course": metric(len(inside), "classes", n),
        "at_least_5": metric(sum(k >= 5 for k in inside.values()), "classes", n),
        "at_least_20": metric(sum(k >= 20 for k in inside.values()), "classes", n),
        "changed_share": share_leaf(changed, n),
        "changed_rows": metric(changed, "rows", n),
        "outside_rows": metric(outside, "rows", n),
        "renamed_2023_rows": metric(rescued, "rows", n, note="outside only for the form of 2023"),
        "top_share_raw": share_leaf(max(raw.values()), n),
        "top_share_merged": share_leaf(max(merged.values()), n),
    }


def _duplicates(texts: Sequence[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for method in METHODS:
        groups = near_duplicate_groups(texts, method)
        sizes = np.unique(groups, return_counts=True)[1]
        tree[method] = {
            "repeated_rows": metric(repeated(groups), "rows", len(texts)),
            "repeated_share": share_leaf(repeated(groups), len(texts)),
            "largest_group": metric(int(sizes.max()), "rows", len(texts)),
            "groups_of_several": metric(int((sizes > 1).sum()), "groups", len(texts)),
        }
    return tree


def _months(dates: Sequence[str], n: int) -> dict[str, Any]:
    months = Counter(date[:7] for date in dates)
    name, rows = max(months.items(), key=lambda item: (item[1], item[0]))
    return {
        "largest_share": share_leaf(rows, n, note=f"month {name}"),
        "count": metric(len(months), "entries", n),
    }


def _class_table(seen: Texts, recipe: Recipe) -> dict[str, Any]:
    """Return canonical classes by falling count; rare ones pooled, shares only for common ones."""
    labels, known = np.array(seen.labels), set(canonical_labels())
    rows, pooled_rows, pooled = [], 0, 0
    for label, count in sorted(Counter(seen.labels).items(), key=lambda item: (-item[1], item[0])):
        if count < recipe.pool_below:
            pooled, pooled_rows = pooled + 1, pooled_rows + count
            continue
        row: dict[str, Any] = {"label": label, "inside": label in known, "rows": count}
        if count >= recipe.class_from:
            here = labels == label
            leaf = share_leaf(int(seen.redacted[here].sum()), count)
            row["redacted_share"] = leaf["value"]
            row["redacted_low"], row["redacted_high"] = (
                leaf["interval"]["low"],
                leaf["interval"]["high"],
            )
            row["median_words"] = float(np.median(seen.words[here]))
        rows.append(row)
    return {"rows": rows, "pooled_classes": pooled, "pooled_rows": pooled_rows}


def _renamed(raw: Sequence[str], at_least: int) -> list[dict[str, Any]]:
    """Return the raw labels that the map changes, with their rows (rare ones left out)."""
    counts = Counter(label for label in raw if merge(label) != label)
    return [
        {"raw": label, "canonical": merge(label), "rows": rows}
        for label, rows in counts.most_common()
        if rows >= at_least
    ]


def _histogram(words: NDArray[np.int64], recipe: Recipe) -> dict[str, Any]:
    edges = list(range(0, recipe.last_bin_words + 1, recipe.bin_words))
    which = np.minimum(words // recipe.bin_words, len(edges) - 1)
    return {"lower_edges": edges, "rows": np.bincount(which, minlength=len(edges)).tolist()}
