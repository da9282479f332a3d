"""Is one run better than another? The difference, its interval, and a verdict that may be a tie."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pycode.errors import CourseError, nearest
from pycode.project import Project, find_project
from pycode.runs import kinds, markdown
from pycode.runs.classes import class_tiers
from pycode.runs.outputs import Outputs, read_outputs
from pycode.runs.record import Metric, Record, read_record

if TYPE_CHECKING:
    from pycode.evaluate.intervals import Interval


@dataclass(frozen=True)
class Comparison:
    """Run a against run b on one metric: ``difference`` = a − b with its interval and the
    verdict on a."""

    run_a: str
    run_b: str
    metric: str
    difference: float
    low: float
    high: float
    level: float
    n: int
    verdict: str
    text: str
    provenance: str

    def __float__(self) -> float:
        return self.difference

    def __str__(self) -> str:
        return self.text

    @property
    def id(self) -> str:
        """What the page's markup calls this comparison."""
        return f"compare({self.run_a}, {self.run_b}, {self.metric})"

    @property
    def plain(self) -> str:
        """Text with a short source, for alt texts, captions and speaker notes."""
        return f"{self.text} (run {self.run_a} minus run {self.run_b})"

    def _repr_markdown_(self) -> str:
        quantity = self.text.rpartition(", ")[0]
        shown = f"{markdown.number(quantity)}, [{self.verdict}]{{.verdict .{self.verdict}}}"
        return markdown.span(shown, self.provenance, self.id)


def compare(
    run_a: str,
    run_b: str,
    metric: str,
    *,
    resamples: int = 10_000,
    seed: int = 0,
    project: Project | None = None,
) -> Comparison:
    """Return run a minus run b on ``metric`` (``test.macro_f1``, or ``test.tail.macro_f1`` of a tier).

    Stored outputs are compared by a paired bootstrap over the rows (whole groups where the outputs
    name near-duplicates); runs without outputs by their seeds, if both carry values of three or
    more common seeds on the same data.

    Raises:
        CourseError: runs, metric or outputs are missing, the rows are not the same, or no interval
            is possible.
    """
    where = project or find_project()
    for run_id in (run_a, run_b):
        sys.audit("course.claim", f"{run_id}:{metric}")
    records = [read_record(where.runs, run_id) for run_id in (run_a, run_b)]
    metrics = [record.metric(metric) for record in records]
    for record in records:
        if record.mode != "full":
            raise CourseError(f"Run {record.id!r} is a {record.mode} run: it cannot be compared.")
    if run_a == run_b:
        raise CourseError(f"A run cannot be compared with itself: {run_a!r} was given twice.")
    paths = [where.runs / record.id / f"{metric.split('.')[0]}.safetensors" for record in records]
    if all(path.is_file() for path in paths):
        return _by_rows(records, metrics, paths, {"resamples": resamples, "seed": seed})
    return _by_seeds(records, metrics)


def align(a: Outputs, b: Outputs, names: tuple[str, str]) -> Outputs:
    """Return ``b`` with its rows in the order of ``a``.

    Raises:
        CourseError: the two do not hold the same rows, labels and classes.
    """
    if a.n_classes != b.n_classes:
        raise CourseError(
            f"{names[0]} has {a.n_classes} classes, {names[1]} has {b.n_classes}: not comparable."
        )
    position = {row: index for index, row in enumerate(b.row_ids)}
    missing = sum(row not in position for row in a.row_ids)
    if missing or len(a.row_ids) != len(b.row_ids):
        raise CourseError(
            f"{names[0]} and {names[1]} were evaluated on different rows ({len(a.row_ids):,} and "
            f"{len(b.row_ids):,}, {missing:,} only in the first): evaluate both on one split."
        )
    order = np.array([position[row] for row in a.row_ids], dtype=np.int64)
    if not np.array_equal(a.labels, b.labels[order]):
        raise CourseError(
            f"{names[0]} and {names[1]} disagree about labels of the same rows: one used "
            "another label map."
        )
    groups = None if b.groups is None else b.groups[order]
    return Outputs(b.logits[order], b.labels[order], list(a.row_ids), groups)


def _by_rows(
    records: list[Record], metrics: list[Metric], paths: list[Path], plan: dict[str, Any]
) -> Comparison:
    first, second = (read_outputs(path) for path in paths)
    if not first.row_ids:
        raise CourseError(f"Run {records[0].id!r} stored no rows: no interval is possible.")
    second = align(first, second, (records[0].id, records[1].id))
    name = metrics[0].path.partition(".")[2]  # past the split: "macro_f1", or "tail.macro_f1"
    tiers = _tiers(paths, records, first.n_classes) if "." in name else None
    found = row_interval(name, first, second, tiers, plan)
    groups = " of near-duplicate groups" if first.groups is not None else ""
    method = f"paired bootstrap{groups}, {found.resamples:,} resamples, seed {plan['seed']}"
    n = metrics[0].n if tiers and metrics[0].n else len(first.row_ids)
    return _comparison(records, metrics[0], found, n, method)


def row_interval(
    name: str, a: Outputs, b: Outputs, tiers: list[str] | None, plan: dict[str, Any]
) -> "Interval":
    """Return the paired-bootstrap interval of metric(a) − metric(b) on aligned outputs.

    ``name``: any that `pycode.evaluate.scores` knows; ``tail.macro_f1`` needs ``tiers``.

    Raises:
        CourseError: the metric cannot be recomputed from stored outputs.
    """
    from pycode.evaluate import scores

    known = list(scores.NAMES)
    if tiers is not None:
        known += [f"{tier}.{of}" for tier in dict.fromkeys(tiers) for of in scores.TIER_METRICS]
    if name not in known:
        raise CourseError(
            f"{name!r} cannot be compared from stored outputs; known: {', '.join(known)}."
            f"{nearest(name, known)}"
        )
    return scores.score_difference(
        name, a.labels, a.logits, b.logits, tiers, groups=a.groups, **plan
    )


def _tiers(paths: list[Path], records: list[Record], n_classes: int) -> list[str]:
    first, second = (class_tiers(path.parent, n_classes) for path in paths)
    if first != second:
        raise CourseError(
            f"{records[0].id!r} and {records[1].id!r} sort their classes into different tiers: "
            "their training rows were not the same."
        )
    return first


def _by_seeds(records: list[Record], metrics: list[Metric]) -> Comparison:
    values = [item.per_seed or {} for item in metrics]
    common = sorted(set(values[0]) & set(values[1]))
    if len(common) < 3:
        raise CourseError(
            f"No interval is possible for {records[0].id!r} against {records[1].id!r} on "
            f"{metrics[0].path}: they have neither stored outputs of that split nor three common "
            "seeds; show both numbers without saying better."
        )
    _same_data(records)
    from pycode.evaluate.seeds import paired_seed_interval
    from pycode.evaluate.verdict import NOISE

    first, second = ([item[seed] for seed in common] for item in values)
    found = paired_seed_interval(first, second)
    if found.high - found.low < NOISE < abs(found.estimate):
        raise CourseError(
            f"No interval is possible for {records[0].id!r} against {records[1].id!r} on "
            f"{metrics[0].path}: all {len(common)} common seeds differ by the same amount, which does not "
            "say how much others would; show both numbers without saying better."
        )
    method = f"paired t interval over {len(common)} seeds"
    return _comparison(records, metrics[0], found, len(common), method)


def _same_data(records: list[Record]) -> None:
    """Raise a CourseError where seeds alone would set numbers of two data sets against each other."""
    a, b = (record.data for record in records)
    if a["fingerprint"] != b["fingerprint"]:
        raise CourseError(
            f"{records[0].id!r} was measured on {a['name']}, {records[1].id!r} on {b['name']} (fingerprints "
            f"{a['fingerprint'][:12]}… and {b['fingerprint'][:12]}…): compare runs on the same data."
        )


def _comparison(
    records: list[Record], metric: Metric, found: "Interval", n: int, method: str
) -> Comparison:
    from pycode.evaluate.verdict import verdict

    kind = kinds.kind_of(metric.name, metric.unit, metric.path)
    lower = kinds.lower_is_better(metric.name, kind)
    if lower is None:
        raise CourseError(f"{metric.path} has no better and worse side: use difference().")
    word = verdict(found, higher_is_better=not lower)
    estimate, low, high, level = found.estimate, found.low, found.high, found.level
    a, b = records
    return Comparison(
        run_a=a.id, run_b=b.id, metric=metric.path, difference=estimate, low=low, high=high,
        level=level, n=n,
        verdict=word, text=difference_text(estimate, low, high, kind, word),
        provenance=(
            f"{metric.path}: {a.title} (run {a.id}) minus {b.title} (run {b.id}); "
            f"{a.data['name']}, n = {n:,}; "
            f"{100 * level:.3g} % interval by {method}; a tie when the interval holds zero."
        ),
    )  # fmt: skip


def difference_text(estimate: float, low: float, high: float, kind: kinds.Kind, word: str) -> str:
    """Return the comparison as pages show it: ``+0.012 [−0.004, 0.029], a tie``."""
    percent = kind.name in ("share", "percent")
    shown = kinds.UNITS["points"] if percent else kinds.UNITS["delta"]
    factor = kind.factor if percent else 1.0
    if kind.physical or kind.name == "count":
        shown = kinds.Kind(
            "difference",
            decimals=kind.decimals,
            digits=kind.digits,
            suffix=kind.suffix,
            signed=True,
        )
    head = kinds.with_unit(kinds.number(estimate * factor, shown), shown, None)
    unsigned = kinds.Kind("bound", decimals=shown.decimals, digits=shown.digits)
    ends = ", ".join(kinds.bound_of_difference(end * factor, unsigned) for end in (low, high))
    return f"{head} [{ends}], {'a tie' if word == 'tie' else word}"
