"""What another run has recorded: its logits in the order of this job's rows, and the marks of its files."""

from typing import Any

import numpy as np

from pycode.data import CourseData
from pycode.distill.targets import aligned
from pycode.errors import CourseError
from pycode.experiment.types import Job
from pycode.runs.outputs import read_outputs
from pycode.runs.record import read_record
from pycode.train.models import model_spec


def recorded_logits(job: Job, run_id: str, data: CourseData, split: str) -> np.ndarray:
    """Return the logits (n × C) that run ``run_id`` stored for ``split``, in the order of the data's rows.

    A smoke run gets the log of the class shares: the other run may not have been executed yet.

    Raises:
        CourseError: no such run, a damaged file, outputs that were not stored, or those of other rows.
    """
    if job.smoke:
        counts = data.train_counts() + 1.0
        return np.tile(np.log(counts / counts.sum()), (len(data.split(split)), 1))
    runs = job.folder.parent
    record = read_record(runs, run_id, verify=True)
    if f"{split}.safetensors" not in record.artifacts:
        raise CourseError(f"Run {run_id!r} stored no logits for {split}, which this run reads.")
    stored = read_outputs(runs / run_id / f"{split}.safetensors")
    return aligned(stored, data.split(split), data.n_classes, run_id)


def what_is_read(job: Job) -> dict[str, Any]:
    """Return the model's pinned source and the SHA-256 of every file of the runs that training reads, as JSON.

    Those are a teacher's outputs and a model that another run made. A checkpoint made with others must not go on.

    Raises:
        CourseError: no such run, or a damaged file.
    """
    if job.smoke:
        return {}
    recipe = job.config.recipe
    spec = model_spec(recipe.model)
    names = [spec.location] if spec.source == "run" else []
    names += [recipe.teacher] if getattr(recipe, "teacher", "") else []
    files = {
        name: dict(read_record(job.folder.parent, name, verify=True).artifacts) for name in names
    }
    return {"model": repr(spec), "files": files}
