"""One row for each class: what a table, a run's record and the bench need to name and group the classes."""

from typing import Any

from pycode.data.tiers import tiers
from pycode.data.types import CourseData


def class_table(data: CourseData) -> list[dict[str, Any]]:
    """Return one row per class: id, label, tier, rows in each split."""
    counts = {name: data.split(name).counts(data.n_classes) for name in ("train", "val", "test")}
    tier = tiers(data.train_counts())
    return [
        {"id": i, "label": label, "tier": str(tier[i]), **{n: int(c[i]) for n, c in counts.items()}}
        for i, label in enumerate(data.label_names)
    ]
