"""What metrics refuse, in one sentence each, instead of a NumPy error or a wrong number."""

import numpy as np
import pytest

from pycode.data.tiers import tiers
from pycode.errors import CourseError
from pycode.evaluate import bootstrap, calibration, confusion, noise, proportions, selective
from pycode.evaluate import classification as cls
from pycode.evaluate import slices as sl
from pycode.evaluate.count_metrics import class_metric
from pycode.evaluate.intervals import Interval, interval_from
from pycode.evaluate.scores import score_difference
from pycode.evaluate.seeds import seed_interval
from pycode.evaluate.selective import Costs
from pycode.evaluate.temperature import apply_temperature, fit_temperature
from pycode.evaluate.vector_scaling import fit_vector
from pycode.evaluate.verdict import higher_is_better, verdict

NAN = float("nan")
RNG = np.random.default_rng(0)
Y3, Z3 = RNG.integers(0, 3, 30), RNG.normal(size=(30, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        # class ids
        (lambda: cls.accuracy([0, [1, 2]], [0, 1], 3), "rows of one length"),
        (lambda: cls.accuracy(["0"], [0], 3), "whole class ids; got <U1"),
        (lambda: cls.accuracy([1e300], [0], 3), r"hold class 1e\+300; the class list allows 0 to 2"),
        (lambda: cls.accuracy([NAN], [0], 3), "whole class ids"),
        (lambda: cls.accuracy([0], [0], 2.5), "n_classes must be a whole number"),
        (lambda: cls.accuracy([0], [0], None), "n_classes must be a whole number"),
        (lambda: cls.top_k_accuracy(Y3, Z3, 1.5), "k must be a whole number"),
        (lambda: cls.top_k_accuracy(Y3, Z3, 4), "k between 1 and 3"),
        (lambda: class_metric(-1), "class_id must be a whole number, 0 or more"),
        (
            lambda: bootstrap.bootstrap_metric(class_metric(3), Y3, Y3, 3),
            "no class 3; the class list allows 0 to 2",
        ),
        (
            lambda: score_difference("tail.recall", Y3, Z3, Z3, ["head", "tail"]),
            "each of the 3 classes; got 2",
        ),
        (lambda: tiers([NAN, 1]), "one whole number"),
        (lambda: tiers([-1, 1]), "one whole number"),
        (lambda: tiers([[1, 2], [3, 4]]), "one whole number"),
        (lambda: tiers([3, 1], head=-1), "0 classes or more"),
        # logits
        (lambda: calibration.nll([0], [["a", "b"]]), "logits must be numbers"),
        (lambda: calibration.nll([0], [[1.0, NAN]]), "NaN or infinity in 1 rows"),
        (lambda: calibration.bin_edges([0.5], 1.5), "bins must be a whole number"),
        (lambda: calibration.bin_edges([0.5], 3, None), "Unknown binning 'None'"),
        (lambda: apply_temperature([[NAN, 1.0]], 2.0), "NaN or infinity"),
        (lambda: fit_temperature(Y3, Z3, high=float("inf")), "low < high, both finite"),
        (lambda: apply_temperature(Z3, float("inf")), "above 0 and finite"),
        (lambda: fit_vector(Y3, Z3).apply([[1.0]]), "for 3 classes; the logits have 1"),
        (lambda: score_difference("nll", Y3, Z3, Z3[:, :2]), "3 classes, logits_b 2"),
        # resampling
        (lambda: bootstrap.bootstrap_mean([1, NAN, 2]), "NaN or infinity in 1 rows"),
        (lambda: bootstrap.bootstrap_mean([]), "one row per example"),
        (lambda: bootstrap.bootstrap_mean([[1.0, 2.0]]), "one number per row"),
        (lambda: bootstrap.bootstrap_mean([1.0, 2.0], seed=-1), "seed must be a whole number, 0"),
        (lambda: bootstrap.bootstrap_mean([1.0, 2.0], resamples=1.5), "resamples must be a whole"),
        (lambda: bootstrap.bootstrap_mean([1.0, 2.0], level="0.95"), "between 0 and 1"),
        (lambda: bootstrap.paired_bootstrap(None, [0], [0], [0], 2), "A metric is a name"),
        (
            lambda: bootstrap.paired_bootstrap(lambda y, p, n: 0.0, [0], [7], [0], 2),
            "predictions hold class 7",
        ),
        (
            lambda: bootstrap.paired_bootstrap(lambda y, p, n: 0.0, [0, 1], [0, 1], [0], 2),
            "Rows do not match",
        ),
        (
            lambda: bootstrap.paired_bootstrap(cls.per_class_f1, Y3, Y3, Y3, 3),
            "must return one number; got ndarray",
        ),
        (lambda: bootstrap.bootstrap_rows(lambda rows: 0.0, 0), "n_rows must be a whole number"),
        (lambda: interval_from([1.0, NAN], 1.0), "finite values"),
        (lambda: interval_from([], 1.0), "finite values"),
        (lambda: verdict(Interval(NAN, NAN, NAN, 1, 0.95)), "no verdict"),
        (lambda: verdict(Interval(1, 1, 1, 1, 0.95), margin=NAN), "0 or more"),
        (lambda: higher_is_better("peak_memory"), "is not known; known: accuracy"),
        (lambda: noise.ece_floor([0.5], simulations=0), "simulations must be a whole number"),
        # tests and designs
        (lambda: proportions.mcnemar([0, 1, 2], np.eye(3), [0, 1, 2]), "got shape"),
        (lambda: proportions.mcnemar([], [], []), "non-empty"),
        (lambda: proportions.mcnemar([NAN], [0], [0]), "labels must be whole class ids"),
        (lambda: proportions.mcnemar([0], ["0"], [0]), "predictions_a must be whole class ids"),
        (lambda: proportions.minimum_detectable_difference(9, 0.2, power=0.2), "between 0.5"),
        (lambda: proportions.fisher_exact(3, 2, 0, 1), "got 3 of 2"),
        (lambda: seed_interval(["0.1", "0.2"]), "values must be numbers; got <U3"),
        (lambda: sl.holm(["0.01"]), "p-values must be numbers"),
        # gates and confusion
        (lambda: Costs(float("inf"), 1), "both finite"),
        (lambda: selective.risk_coverage([0.5], ["False"]), "one true/false per row"),
        (lambda: selective.risk_coverage([0.5], [1]), "one true/false per row"),
        (lambda: selective.risk_coverage([0.5], [[True]]), "one true/false per row"),
        (lambda: confusion.error_flow([0], [1], 2, ["a", "b"], [NAN, 1]), "size ≥ 0"),
        (lambda: confusion.error_flow([0], [1], 2, ["a", "b"], ["9", "1"]), "must be numbers"),
        (lambda: confusion.confused_pairs([0], [1], 2, top=-1), "top must be a whole number, 1"),
        # slices: ten rows of two groups are two units
        (
            lambda: sl.score_slices(
                "accuracy", [0] * 60, [0] * 60, 2, {"s": np.arange(60) < 10},
                groups=np.arange(60) // 5,
            ),
            "'s' leaves 2 rows or groups",
        ),
    ],
)  # fmt: skip
def test_one_clear_sentence(call, message):
    with pytest.raises(CourseError, match=message):
        call()


def test_direction_of_every_metric_that_is_scored():
    up = {"accuracy", "macro_f1", "weighted_f1", "test.tail.recall", "f1[3]"}
    down = {"nll", "brier", "test.ece", "ece_mass", "zero_f1_classes[tail]"}
    assert all(higher_is_better(name) for name in up)
    assert not any(higher_is_better(name) for name in down)
