"""What a run on the synthetic twin says against the truth, which is known there and nowhere else.

``truth.kl`` is of the first seed's test rows with an interval over rows, ``scaled.truth.kl`` after one temperature
fitted on validation rows, ``seeds.truth.kl`` the mean over seeds with each seed's value.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from pycode.data import CourseData
from pycode.errors import CourseError
from pycode.evaluate.bootstrap import bootstrap_mean, bootstrap_totals
from pycode.evaluate.calibration import ece_of_totals
from pycode.evaluate.truth import ROWS, true_ece, true_ece_features
from pycode.experiment.measure import interval_leaf, metric
from pycode.experiment.types import Job
from pycode.runs.outputs import Outputs

UNITS = {
    "expected_accuracy": "share", "confidence_error": "error", "kl": "nats", "kl_rest": "nats",
    "ece": "error",
}  # fmt: skip
NOTE = "against the twin's true posterior, test rows"


def true_posterior(job: Job, data: CourseData, split: str) -> np.ndarray:
    """Return the twin's true posterior (n × C) of a split's rows.

    Raises:
        CourseError: real data, whose posterior nobody knows.
    """
    if data.source != "twin":
        raise CourseError(
            f"The true posterior is known on the synthetic twin only, not on {data.name or data.source}."
        )
    from pycode.data.twin.twin import make_twin

    return make_twin(**job.config.data.options).posterior_of(data.split(split).row_ids)


def known_truth(job: Job, data: CourseData) -> np.ndarray | None:
    """Return the true posterior (n × C) of the test rows, or None for real data."""
    return true_posterior(job, data, "test") if data.source == "twin" else None


def truth_metrics(
    truth: np.ndarray | None, test: Outputs, resamples: int
) -> dict[str, dict[str, Any]]:
    """Return the branch ``truth`` of a record, with intervals over near-duplicate groups; nothing for real data."""
    if truth is None:
        return {}
    plan, n = (resamples, 0, test.groups), len(test.labels)
    found = {name: bootstrap_mean(rows(truth, test.logits), *plan) for name, rows in ROWS.items()}
    features = true_ece_features(truth, test.logits)
    ece = bootstrap_totals(features, ece_of_totals, *plan, method="centred")
    found["ece"] = replace(ece, low=max(ece.low, 0.0))  # centring may shift it below
    leaves = {
        name: interval_leaf(item, UNITS[name], n, "near-duplicate groups", note=NOTE)
        for name, item in found.items()
    }
    best = metric(float(truth.max(axis=1).mean()), "share", n, note="of the true posterior itself")
    return {"truth": {**leaves, "bayes_accuracy": best}}


def truth_values(truth: np.ndarray | None, logits: np.ndarray) -> dict[str, float]:
    """Return the same metrics of one seed's test logits as plain numbers; none for real data."""
    if truth is None:
        return {}
    means = {name: float(rows(truth, logits).mean()) for name, rows in ROWS.items()}
    return {**means, "ece": true_ece(truth, logits)}
