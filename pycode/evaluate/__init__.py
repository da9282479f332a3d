"""Metrics: NumPy arrays in, numbers out.

`classification` scores over a fixed class list, `calibration` and `temperature` judge and repair
probabilities, `bootstrap` and `verdict` say how sure a number or a difference is.
"""

from pycode.evaluate.bootstrap import bootstrap_mean, bootstrap_metric, paired_bootstrap
from pycode.evaluate.classification import (
    accuracy,
    macro_f1,
    per_class_f1,
    per_tier,
    top_k_accuracy,
    weighted_f1,
    zero_f1_classes,
)
from pycode.evaluate.intervals import Interval
from pycode.evaluate.verdict import verdict

__all__ = [
    "Interval",
    "accuracy",
    "bootstrap_mean",
    "bootstrap_metric",
    "macro_f1",
    "paired_bootstrap",
    "per_class_f1",
    "per_tier",
    "top_k_accuracy",
    "verdict",
    "weighted_f1",
    "zero_f1_classes",
]
