"""A claim: one result by name, printed with its unit and its source. Pages never type a result.

``claim("tfidf-cfpb8k:test.macro_f1")`` names a metric of a run of this repository,
``claim("published:enc.ft.e3.macro_f1")`` a figure of the original course in `runs/published.yml`.
"""

import sys
from typing import Any

from pycode.errors import CourseError
from pycode.project import Project, find_project
from pycode.runs import kinds, provenance
from pycode.runs.cited import find_entry, published_claim, quote
from pycode.runs.published import read_published
from pycode.runs.record import Metric, Record, read_record, run_ids
from pycode.runs.value import Claim, require_settings, split_id, value_text

__all__ = ["Claim", "claim", "claim_ids", "quote", "run_claim", "run_settings", "split_id"]

STYLES = ("bare", "noun", "interval")


def claim(
    claim_id: str, style: str | None = None, *, both: bool = False, project: Project | None = None
) -> Claim:
    """Return the claim named ``claim_id``, ``<run>:<metric path>`` or ``published:<entry>``.

    Args:
        claim_id: What is claimed.
        style: ``None``; ``"bare"`` without unit, for table cells under a header that states it;
            ``"noun"`` with what is counted (`70 classes`); ``"interval"`` with its interval.
        both: Print a published value together with the values that contradict it.
        project: The checkout; by default the one that holds the current folder.

    Raises:
        CourseError: the id resolves to nothing (the nearest one is named), the run is a smoke run,
            a timed quantity lacks its settings, or the style does not fit.
    """
    source, path = split_id(claim_id)
    if style is not None and style not in STYLES:
        raise CourseError(
            f"Claim {claim_id!r}: unknown style {style!r}; allowed are {', '.join(STYLES)}."
        )
    where = project or find_project()
    sys.audit("course.claim", claim_id)
    if source == "published":
        return published_claim(find_entry(where, path), style, both=both)
    if both:
        raise CourseError(
            f"Claim {claim_id!r}: both=True is for published figures that contradict themselves."
        )
    record = read_record(where.runs, source)
    return run_claim(record, record.metric(path), style)


def run_claim(record: Record, metric: Metric, style: str | None = None) -> Claim:
    """Return the claim of one metric of a run of this repository."""
    claim_id = f"{record.id}:{metric.path}"
    if record.mode != "full":
        raise CourseError(
            f"Run {record.id!r} is a {record.mode} run: its numbers only show that the code "
            "works and are "
            f"never shown; run `course run {record.id}` in full."
        )
    unit = kinds.unit_of(metric.name, metric.unit, claim_id)
    kind = kinds.UNITS[unit]
    settings = run_settings(record, metric)
    if kind.timed:
        require_settings(
            claim_id,
            settings,
            f"state them in the metric's settings or in the record of {record.id!r}",
        )
    split = _split_of(record, metric)
    return Claim(
        id=claim_id,
        value=float(metric.value),
        text=value_text(float(metric.value), kind, style, metric.interval, claim_id),
        unit=unit,
        provenance=provenance.of_run(
            record, metric, split, settings if kind.physical or kind.timed else {}
        ),
        kind=kind.name,
        model=record.title,
        split=f"{record.data['name']} {split}".strip(),
        n=metric.n if metric.n is not None else record.data["n"].get(split),
        n_classes=record.data.get("n_classes"),
        settings=settings,
        interval=metric.interval,
        source=f"run {record.id}",
    )


def run_settings(record: Record, metric: Metric) -> dict[str, Any]:
    """Return the conditions of a metric: the run's own, then those stated beside the metric."""
    settings: dict[str, Any] = {
        "device": record.hardware["device"],
        "dtype": record.dtype,
        "batch_size": record.batch_size,
        "sequence_policy": record.sequence_policy,
        "statistic": metric.statistic,
        **metric.settings,
    }
    return {key: value for key, value in settings.items() if value is not None}


def claim_ids(project: Project) -> list[str]:
    """Return the ids of all claims that can be made: metrics of full runs, and published
    entries."""
    out = []
    for run_id in run_ids(project.runs):
        if (project.runs / run_id / "record.json").is_file():
            record = read_record(project.runs, run_id)
            if record.mode == "full":
                out += [f"{run_id}:{metric.path}" for metric in record.all_metrics()]
    return out + [f"published:{item}" for item in read_published(project.runs)]


def _split_of(record: Record, metric: Metric) -> str:
    parts = metric.path.split(".")
    return next((part for part in parts if part in record.data["n"]), "")
