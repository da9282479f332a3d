"""The floor: predict the most frequent training class for every row.

As probabilities it gives the training shares of the classes, the best guess without reading.
"""

from dataclasses import dataclass

import numpy as np

from pycode.data.class_table import class_table
from pycode.experiment.data import facts, load
from pycode.experiment.measure import outputs_of, split_metrics
from pycode.experiment.types import Job, Result

RECORD_KIND = "baseline"


@dataclass(frozen=True)
class Recipe:
    """Nothing to choose."""


def run(job: Job) -> Result:
    """Return outputs and metrics of the majority class on val and test."""
    data = load(job)
    counts = data.train_counts()
    # A class without a training row (smoke runs) gets half a row, so that its log is finite.
    log_share = np.log(np.maximum(counts, 0.5) / counts.sum())
    outputs = {
        name: outputs_of(data, name, np.tile(log_share, (len(data.split(name)), 1)))
        for name in ("val", "test")
    }
    return Result(
        model="majority class",
        data=facts(data),
        metrics={name: split_metrics(data, out, job.resamples) for name, out in outputs.items()},
        outputs=outputs,
        tables={"classes": class_table(data)},
    )
