"""Audit of label counts: what the label map does to classes counted over the whole database.

Reads three small tables of counts, no text: complaints per raw issue in the CFPB database, counts
per canonical label, and the class curve of the course's own data as read off a published chart.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pycode.data.labels import canonical_labels, merge
from pycode.data.local import VARIABLE, named_path
from pycode.errors import CourseError
from pycode.experiment.data import check_fingerprint
from pycode.experiment.measure import metric
from pycode.experiment.types import Job, Result
from pycode.files import sha256

RECORD_KIND = "audit"
RAW, LABELS, CURVE = "issue_counts_raw.csv", "course_label_counts.csv", "course_class_curve.csv"
ALL = "all_complaints_2012_2022"
PERIODS = {
    "old_form": "narr_old_form_to_2017_04_23",
    "new_form": "narr_new_form_2017_04_24_to_2018_02_28",
    "later": "narr_2018_03_01_to_2022_09",
}
SOURCE = "US CFPB Consumer Complaint Database, counts per issue, complaints of 2012 to 2022"
CHART = "class curve of the course's training data, read off a chart of the original course"
Counts = dict[str, int]


@dataclass(frozen=True)
class Recipe:
    """Nothing to choose."""


def run(job: Job) -> Result:
    """Return the tables of classes before and after the map, and their key figures."""
    folder = _folder(job)
    check_fingerprint(job, fingerprint(folder))
    raw = _read(folder / RAW, ("issue", ALL, *PERIODS.values()))
    curve = _read(folder / CURVE, ("rank", "course_train_count_digitised"))
    train = [int(row["course_train_count_digitised"]) for row in curve]
    views = {"all": [ALL], "window": [PERIODS["old_form"], PERIODS["new_form"]]}
    metrics = {name: _view(raw, columns) for name, columns in views.items()}
    rows = {name: int(metrics[name]["rows"]["value"]) for name in views}
    data = {
        "source": "local", "name": job.config.data.name, "fingerprint": fingerprint(folder),
        "n": rows, "n_classes": len(canonical_labels()), "notes": f"{SOURCE}. {CHART}.",
    }  # fmt: skip
    tables = {
        "classes": {"source": SOURCE, "rows": _classes(raw)},
        "raw_labels": {"source": SOURCE, "rows": _raw_labels(raw)},
        "curve": {"source": CHART, "rows": [[i + 1, count] for i, count in enumerate(train)]},
    }
    return Result(
        model="counts",
        data=data,
        metrics={**metrics, "forms": _forms(raw), "curve": _curve(train)},
        tables={"tables": tables},
    )


def fingerprint(folder: Path) -> str:
    """Return one SHA-256 over the three files."""
    lines = "".join(f"{name} {sha256(folder / name)}\n" for name in (RAW, LABELS, CURVE))
    return hashlib.sha256(lines.encode()).hexdigest()


def _folder(job: Job) -> Path:
    named = named_path(job.data_path)
    folder = named if named is None or named.is_dir() else named.parent
    missing = [name for name in (RAW, LABELS, CURVE) if folder and not (folder / name).is_file()]
    if folder is None or missing:
        what = f"{missing[0]} is not in {folder.name}" if folder else "no data folder is named"
        raise CourseError(
            f"Run {job.config.id!r} reads {RAW}, {LABELS} and {CURVE}; {what}: name the folder "
            f"that holds them with --data or {VARIABLE}."
        )
    return folder


def _read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    missing = [name for name in columns if not rows or name not in rows[0]]
    if missing:
        raise CourseError(f"{path.name} has no column {missing[0]!r} or no rows.")
    return rows


def _counts(raw: Sequence[Mapping[str, str]], columns: Sequence[str], merged: bool) -> Counts:
    counts: Counts = defaultdict(int)
    for row in raw:
        label = merge(row["issue"]) if merged else row["issue"]
        counts[label] += sum(int(row[column]) for column in columns)
    return {label: count for label, count in counts.items() if count}


def _view(raw: Sequence[Mapping[str, str]], columns: Sequence[str]) -> dict[str, Any]:
    """Return the key figures over the rows that ``columns`` count."""
    before, after = _counts(raw, columns, False), _counts(raw, columns, True)
    inside = {label: n for label, n in after.items() if label in canonical_labels()}
    rows, kept = sum(before.values()), sum(inside.values())
    renamed = sum(n for label, n in before.items() if merge(label) != label)
    ranked = sorted(inside.values(), reverse=True)
    return {
        "rows": metric(rows, "complaints", rows),
        "raw_labels": metric(len(before), "labels", rows),
        "merged_labels": metric(len(after), "labels", rows),
        "course_labels": metric(len(inside), "labels", rows),
        "rows_inside": metric(kept, "complaints", rows),
        "inside_share": metric(kept / rows, "share", rows),
        "renamed_share": metric(renamed / rows, "share", rows),
        "top_share_raw": metric(max(before.values()) / rows, "share", rows),
        "top_share_merged": metric(ranked[0] / rows, "share", rows),
        "top3_share": metric(sum(ranked[:3]) / kept, "share", kept),
        "top10_share": metric(sum(ranked[:10]) / kept, "share", kept),
        "bottom30_share": metric(sum(ranked[-30:]) / kept, "share", kept),
        "largest_class": metric(ranked[0], "complaints", kept),
        "smallest_class": metric(ranked[-1], "complaints", kept),
        "head_to_tail": metric(ranked[0] / ranked[-1], "x", kept),
    }


def _forms(raw: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Return how many raw labels live in only one era of the form: the reason for the map."""
    old = {row["issue"] for row in raw if int(row[PERIODS["old_form"]])}
    new = {row["issue"] for row in raw if int(row[PERIODS["new_form"]])}
    return {
        "only_old": metric(len(old - new), "labels"),
        "only_new": metric(len(new - old), "labels"),
        "both": metric(len(old & new), "labels"),
        "narratives_old": metric(sum(int(r[PERIODS["old_form"]]) for r in raw), "complaints"),
        "narratives_new": metric(sum(int(r[PERIODS["new_form"]]) for r in raw), "complaints"),
        "narratives_later": metric(sum(int(r[PERIODS["later"]]) for r in raw), "complaints"),
    }


def _curve(train: Sequence[int]) -> dict[str, Any]:
    """Return figures of the digitised curve; its sum shows how far the reading can be trusted."""
    counts = np.array(train)
    total = int(counts.sum())
    note = "read off a chart"
    return {
        "rows": metric(total, "rows", total, note=note),
        "classes": metric(len(counts), "classes", total, note=note),
        "top_share": metric(float(counts[0] / total), "share", total, note=note),
        "top3_share": metric(float(counts[:3].sum() / total), "share", total, note=note),
        "top10_share": metric(float(counts[:10].sum() / total), "share", total, note=note),
        "bottom63_share": metric(float(counts[-63:].sum() / total), "share", total, note=note),
        "below_100": metric(int((counts < 100).sum()), "classes", total, note=note),
        "below_20": metric(int((counts < 20).sum()), "classes", total, note=note),
        "head_to_tail": metric(float(counts[0] / counts[-1]), "x", total, note=note),
    }


def _classes(raw: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return the canonical labels by falling count, with counts per period and merged names."""
    names: dict[str, list[str]] = defaultdict(list)
    for row in raw:
        names[merge(row["issue"])].append(row["issue"])
    every = {key: _counts(raw, [column], True) for key, column in {"all": ALL, **PERIODS}.items()}
    rows = [
        {"id": i, "label": label, "raw_labels": sorted(names[label]),
         **{key: counts.get(label, 0) for key, counts in every.items()}}
        for i, label in enumerate(canonical_labels())
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["all"], row["id"]))


def _raw_labels(raw: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    known = set(canonical_labels())
    return [
        {"label": row["issue"], "canonical": merge(row["issue"]), "inside": merge(row["issue"]) in known,
         "all": int(row[ALL]), **{key: int(row[column]) for key, column in PERIODS.items()}}
        for row in raw
    ]  # fmt: skip
