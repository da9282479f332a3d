"""Load the data that a config declares, and refuse any other."""

from dataclasses import replace
from typing import Any

import numpy as np

from pycode.data import CourseData, Split, load_dataset_by_name
from pycode.data.groups import near_duplicate_groups
from pycode.errors import CourseError
from pycode.experiment.types import Job

SMOKE_ROWS = 400


def load(job: Job) -> CourseData:
    """Return the declared data set, whole or (smoke) a few hundred rows of it.

    Raises:
        CourseError: the data are not there, or are not those of the declared fingerprint.
    """
    declared = job.config.data
    # YAML has lists where functions take tuples, such as the forms of `forms: ["2017", "2023"]`.
    options: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in declared.options.items()
    }
    try:
        data = load_dataset_by_name(declared.name, job.data_path, **options)
    except TypeError as error:
        raise CourseError(f"Run {job.config.id!r}, data.options: {error}.") from None
    check_fingerprint(job, data.fingerprint)
    return _few(data) if job.smoke else data


def check_fingerprint(job: Job, found: str) -> None:
    """Raise a CourseError unless ``found`` is the fingerprint that the config declares.

    A smoke run may go without a declared fingerprint; a full run may not.
    """
    wanted, run_id = job.config.data.fingerprint, job.config.id
    if not wanted and not job.smoke:
        raise CourseError(
            f"runs/{run_id}/config.yml declares no data fingerprint; if the data at hand are the "
            f'right ones, add `fingerprint: "{found}"` under data.'
        )
    if wanted and wanted != found:
        raise CourseError(
            f"Run {run_id!r} is declared on {job.config.data.name} with fingerprint {wanted[:12]}…, "
            f"the data at hand have {found[:12]}…: use the declared data, or declare another run."
        )


def _few(data: CourseData) -> CourseData:
    note = f"Smoke run: at most {SMOKE_ROWS} rows of each split."
    train, val, test = (_every(part) for part in (data.train, data.val, data.test))
    return replace(data, train=train, val=val, test=test, notes=(*data.notes, note))


def _every(split: Split) -> Split:
    index = list(range(0, len(split), max(1, len(split) // SMOKE_ROWS)))[:SMOKE_ROWS]
    texts, ids = [split.texts[i] for i in index], [split.row_ids[i] for i in index]
    return Split(texts, split.labels[index], ids)


def facts(data: CourseData) -> dict[str, Any]:
    """Return the record's facts about the data."""
    return {
        "source": data.source,
        "name": data.name,
        "fingerprint": data.fingerprint,
        "n": {name: len(data.split(name)) for name in ("train", "val", "test")},
        "n_classes": data.n_classes,
        "labels": list(data.label_names),
        "notes": " ".join(data.notes),
    }


def split_groups(split: Split) -> np.ndarray:
    """Return the near-duplicate group of each row (n,) for bootstraps over groups."""
    return near_duplicate_groups(split.texts, "both")
