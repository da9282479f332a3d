"""All runs of the project at a glance: recorded ones with key metrics, declared ones as pending."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from pycode.project import Project, find_project
from pycode.runs import kinds
from pycode.runs.record import Metric, Record, read_record, run_ids

KEY_METRICS = ("macro_f1", "accuracy", "ece", "nll")
SPLITS = ("test", "val")


@dataclass(frozen=True)
class RunSummary:
    """One line of `course runs`; a pending run has only its id."""

    id: str
    status: str
    data: str = ""
    n: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    created: str = ""


def list_runs(project: Project | None = None) -> list[RunSummary]:
    """Return all runs sorted by id; ``status`` is ``full``, ``smoke`` or ``pending``.

    Raises:
        CourseError: a record is broken.
    """
    where = project or find_project()
    sys.audit("course.runs")  # the freeze notes that a page depends on which runs there are
    return [_summary(where, run_id) for run_id in run_ids(where.runs)]


def _summary(project: Project, run_id: str) -> RunSummary:
    if not (project.runs / run_id / "record.json").is_file():
        return RunSummary(run_id, "pending")
    record = read_record(project.runs, run_id)
    return RunSummary(
        run_id,
        record.mode,
        data=record.data["name"],
        n=dict(record.data["n"]),
        metrics={item.path: metric_text(item) for item in key_metrics(record)},
        created=record.created[:10],
    )


def key_metrics(record: Record) -> list[Metric]:
    """Return the metrics that a list shows: macro-F1 and accuracy first, else the first two of
    all."""
    own = [
        item
        for item in record.all_metrics()
        if not item.path.startswith(("data.", "duration_s", "peak_"))
    ]
    found = {item.path: item for item in own}
    wanted = [f"{split}.{name}" for split in SPLITS for name in KEY_METRICS]
    chosen = [found[path] for path in wanted if path in found]
    return chosen[:4] or own[:2]


def metric_text(metric: Metric) -> str:
    """Return value, unit and interval as a page would print them."""
    kind = kinds.kind_of(metric.name, metric.unit, metric.path)
    text = kinds.with_unit(kinds.number(float(metric.value), kind), kind, None)
    return text if metric.interval is None else f"{text} {kinds.bounds(metric.interval, kind)}"
