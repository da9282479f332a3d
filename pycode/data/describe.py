"""Facts about a data set as numbers; never a text of it."""

from typing import Any

import numpy as np

from pycode.data.groups import METHODS, near_duplicate_groups, repeated
from pycode.data.slices import is_redacted, length_slice, word_count
from pycode.data.tiers import TIERS, tiers
from pycode.data.types import SPLITS, CourseData

QUANTILES = {"p10": 0.1, "median": 0.5, "p90": 0.9}


def describe(data: CourseData) -> dict[str, Any]:
    """Return sizes, classes, tiers, lengths in words, redaction, near-duplicates and fingerprint."""
    texts = [text for name in SPLITS for text in data.split(name).texts]
    words = np.array([word_count(text) for text in texts])
    slices = [length_slice(text) for text in texts]
    return {
        "name": data.name,
        "source": data.source,
        "rows": {name: len(data.split(name)) for name in SPLITS},
        "classes": _classes(data),
        "tiers": _tiers(data),
        "words": {name: float(np.quantile(words, q)) for name, q in QUANTILES.items()},
        "length_slices": {name: slices.count(name) for name in ("short", "medium", "long")},
        "redacted_share": float(np.mean([is_redacted(text) for text in texts])),
        "near_duplicates": _duplicates(data, texts),
        "fingerprint": data.fingerprint,
        "notes": list(data.notes),
    }


def _classes(data: CourseData) -> dict[str, Any]:
    counts = data.train_counts()
    top = int(counts.argmax())
    return {
        "listed": data.n_classes,
        "in_train": int((counts > 0).sum()),
        "in_test": int((data.test.counts(data.n_classes) > 0).sum()),
        "largest": data.label_names[top],
        "largest_train_rows": int(counts[top]),
        "smallest_train_rows": int(counts[counts > 0].min()),
    }


def _tiers(data: CourseData) -> dict[str, dict[str, int]]:
    tier_of = tiers(data.train_counts())
    table: dict[str, dict[str, int]] = {}
    for tier in TIERS:
        rows: dict[str, int] = {
            s: int((tier_of[data.split(s).labels] == tier).sum()) for s in SPLITS
        }
        table[tier] = {"classes": int((tier_of == tier).sum()), **rows}
    return table


def _duplicates(data: CourseData, texts: list[str]) -> dict[str, dict[str, int]]:
    """Per rule: rows that repeat an earlier one, and test rows that have a twin in train or val."""
    n_test = len(data.test)
    table = {}
    for method in METHODS:
        groups = near_duplicate_groups(texts, method)
        pool, test = np.split(groups, [len(groups) - n_test])
        table[method] = {
            "rows_repeating_another": repeated(groups),
            "test_rows_with_a_twin_in_train_or_val": int(np.isin(test, pool).sum()),
        }
    return table


def format_description(facts: dict[str, Any]) -> str:
    """Return the facts as lines of text."""
    c, w, s = facts["classes"], facts["words"], facts["length_slices"]
    lines = [
        f"{facts['name']} (source: {facts['source']})",
        "rows: " + ", ".join(f"{name} {n:,}" for name, n in facts["rows"].items()),
        f"classes: {c['listed']} listed, {c['in_train']} in train, {c['in_test']} in test; "
        f"{c['smallest_train_rows']} to {c['largest_train_rows']:,} train rows "
        f"(largest: {c['largest']})",
        *(
            f"tier {name}: {row['classes']} classes; rows {row['train']:,} train, "
            f"{row['val']:,} val, {row['test']:,} test"
            for name, row in facts["tiers"].items()
        ),
        f"words: median {w['median']:g}, 10 % {w['p10']:g}, 90 % {w['p90']:g}; "
        f"{s['short']:,} short (< 35), {s['medium']:,} medium, {s['long']:,} long (> 65)",
        f"redacted: {facts['redacted_share']:.1%} of the texts",
        *(
            f"near-duplicates ({name}): {row['rows_repeating_another']:,} rows repeat another; "
            f"{row['test_rows_with_a_twin_in_train_or_val']:,} test rows have a twin in train or val"
            for name, row in facts["near_duplicates"].items()
        ),
        f"fingerprint: {facts['fingerprint']}",
        *(f"note: {note}" for note in facts["notes"]),
    ]
    return "\n".join(lines)
