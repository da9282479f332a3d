"""Comparisons: the same rows or none, an interval or none, and a verdict that may be a tie."""

import numpy as np
import pytest
from helpers_runs import add_run, fields, make_project, outputs_with
from sklearn.metrics import accuracy_score, f1_score, log_loss

from pycode.errors import CourseError
from pycode.files import write_json
from pycode.runs import compare
from pycode.runs.compare import align, difference_text
from pycode.runs.kinds import kind_of
from pycode.runs.outputs import Outputs

METRICS = {
    "test": {
        "accuracy": {"value": 0.5, "n": 400},
        "macro_f1": {"value": 0.5, "n": 400},
        "nll": {"value": 0.5, "n": 400},
        "ece": {"value": 0.5, "n": 400},
        "top5_accuracy": {"value": 0.5, "n": 400},
        "zero_f1_classes": {"value": 3, "n": 400},
    },
    "latency": {"value": 3.0, "unit": "ms"},
}


@pytest.fixture
def course(tmp_path):
    return make_project(tmp_path)


def add(course, name, accuracy, **facts):
    outputs = outputs_with(accuracy, **facts)
    add_run(course, {"test": outputs}, id=name, metrics=METRICS)
    return outputs


def test_clearly_better_worse_and_tie(course):
    add(course, "good", 0.8, seed=1)
    add(course, "bad", 0.5, seed=2)
    add(course, "also-bad", 0.51, seed=3)
    better = compare("good", "bad", "test.accuracy", project=course)
    assert (better.verdict, better.low > 0) == ("better", True)
    worse = compare("bad", "good", "test.accuracy", project=course)
    assert (worse.verdict, worse.difference) == ("worse", -better.difference)
    tie = compare("bad", "also-bad", "test.macro_f1", project=course)
    assert tie.low < 0 < tie.high
    assert tie.text.endswith("], a tie")
    assert "paired bootstrap" in tie.provenance
    assert "n = 400" in tie.provenance


def test_estimates_are_those_of_scikit_learn(course):
    a, b = add(course, "a", 0.7, seed=1), add(course, "b", 0.6, seed=2)

    def gap(score):
        return score(a.predictions) - score(b.predictions)

    found = {
        name: float(compare("a", "b", f"test.{name}", project=course))
        for name in ("accuracy", "macro_f1", "nll")
    }
    assert found["accuracy"] == pytest.approx(gap(lambda p: accuracy_score(a.labels, p)))
    f1 = gap(lambda p: f1_score(a.labels, p, labels=range(5), average="macro", zero_division=0))
    assert found["macro_f1"] == pytest.approx(f1)

    def loss(outputs):
        e = np.exp(outputs.logits)
        return log_loss(outputs.labels, e / e.sum(axis=1, keepdims=True), labels=range(5))

    assert found["nll"] == pytest.approx(loss(a) - loss(b), abs=1e-3)


def test_resamples_and_seed_are_those_that_are_asked_for(course):
    add(course, "a", 0.7, seed=1)
    add(course, "b", 0.6, seed=2)
    one = compare("a", "b", "test.nll", resamples=90, seed=7, project=course)
    assert "90 resamples, seed 7" in one.provenance
    assert one.low != compare("a", "b", "test.nll", resamples=90, project=course).low


def test_less_is_better_for_losses_and_errors(course):
    add(course, "good", 0.8, seed=1)
    add(course, "bad", 0.4, seed=2)
    for name in ("nll", "ece"):
        found = compare("good", "bad", f"test.{name}", project=course)
        assert (found.difference < 0, found.verdict) == (True, "better"), name


def test_rows_in_another_order_are_aligned(course):
    one = add(course, "one", 0.7, seed=1)
    order = np.random.default_rng(0).permutation(400)
    rows = [one.row_ids[index] for index in order]
    add_run(
        course, {"test": Outputs(one.logits[order], one.labels[order], rows)}, id="two", metrics=METRICS
    )  # fmt: skip
    assert compare("one", "two", "test.accuracy", project=course).difference == 0
    assert compare("one", "two", "test.accuracy", project=course).verdict == "tie"


def test_other_rows_labels_or_classes_are_refused(course):
    base = add(course, "base", 0.7)
    with pytest.raises(CourseError, match="different rows"):
        align(base, outputs_with(0.7, n=300), ("a", "b"))
    with pytest.raises(CourseError, match="300 and 400, 0 only in the first"):
        align(outputs_with(0.7, n=300), base, ("a", "b"))  # a part of the rows is not the rows
    other = Outputs(base.logits, base.labels, [f"x{row}" for row in base.row_ids])
    with pytest.raises(CourseError, match="400 only in the first"):
        align(base, other, ("a", "b"))
    with pytest.raises(CourseError, match="another label map"):
        align(base, Outputs(base.logits, (base.labels + 1) % 5, base.row_ids), ("a", "b"))
    with pytest.raises(CourseError, match="5 classes, b has 6"):
        align(base, outputs_with(0.7, classes=6), ("a", "b"))


def test_groups_widen_the_interval(course):
    a, b = outputs_with(0.7, seed=1), outputs_with(0.6, seed=2)
    groups = np.repeat(np.arange(40), 10)
    # Ten copies of forty rows: as many facts as forty rows.
    index = np.repeat(np.arange(40), 10)
    for name, outputs in (("a", a), ("b", b)):
        copies = Outputs(outputs.logits[index], outputs.labels[index], outputs.row_ids)
        add_run(course, {"test": copies}, id=name, metrics=METRICS)
        grouped = Outputs(copies.logits, copies.labels, copies.row_ids, groups)
        add_run(course, {"test": grouped}, id=f"{name}-grouped", metrics=METRICS)
    plain = compare("a", "b", "test.accuracy", project=course)
    whole = compare("a-grouped", "b-grouped", "test.accuracy", project=course)
    assert whole.difference == pytest.approx(plain.difference)
    assert (whole.high - whole.low) > 2 * (plain.high - plain.low)
    assert "near-duplicate groups" in whole.provenance


def seeds(values):
    return {
        "test": {
            "macro_f1": {
                "value": float(np.mean(values)),
                "per_seed": {str(i): v for i, v in enumerate(values)},
            }
        }
    }


def test_runs_without_outputs_are_compared_by_seeds(course):
    from scipy.stats import ttest_rel

    a, b = [0.21, 0.22, 0.215, 0.225], [0.20, 0.205, 0.201, 0.21]
    add_run(course, id="a", metrics=seeds(a))
    add_run(course, id="b", metrics=seeds(b))
    found = compare("a", "b", "test.macro_f1", project=course)
    interval = ttest_rel(a, b).confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.verdict == "better"
    assert "4 seeds" in found.provenance


def test_seeds_of_other_data_are_not_compared(course):
    """Without rows nothing else tells that the two numbers are of different texts and classes."""
    other = {**fields()["data"], "name": "reuters", "fingerprint": "reuters-4567"}
    add_run(course, id="a", metrics=seeds([0.21, 0.22, 0.215]))
    add_run(course, id="b", metrics=seeds([0.61, 0.62, 0.615]), data=other)
    with pytest.raises(CourseError, match="'a' was measured on cfpb-8k, 'b' on reuters"):
        compare("a", "b", "test.macro_f1", project=course)


def test_seeds_are_paired_by_their_names(course):
    """Only seeds that both have, however the record orders them."""
    a = {"1": 0.1, "2": 0.5, "3": 0.9, "9": 0.0}
    b = {"4": 0.0, "3": 0.88, "1": 0.07, "2": 0.49}
    for name, values in (("a", a), ("b", b)):
        leaf = {"value": 0.5, "per_seed": values}
        add_run(course, id=name, metrics={"test": {"macro_f1": leaf}})
    found = compare("a", "b", "test.macro_f1", project=course)
    assert (found.difference, found.n, found.verdict) == (pytest.approx(0.02), 3, "tie")
    assert found.low == pytest.approx(0.02 - 4.302653 * 0.01 / 3**0.5)


def test_seeds_that_all_differ_alike_say_nothing_of_others(course):
    def counts(*values):
        leaf = {"value": values[0], "per_seed": {str(i): v for i, v in enumerate(values)}}
        return {"test": {"zero_f1_classes": leaf}}

    add_run(course, id="a", metrics=counts(27, 28, 28))
    add_run(course, id="b", metrics=counts(28, 29, 29))
    with pytest.raises(CourseError, match="all 3 common seeds differ by the same amount"):
        compare("a", "b", "test.zero_f1_classes", project=course)
    add_run(course, id="c", metrics=counts(27, 28, 28))
    assert compare("a", "c", "test.zero_f1_classes", project=course).verdict == "tie"


def test_without_outputs_or_seeds_there_is_no_interval(course):
    add_run(course, id="a")
    add_run(course, id="b")
    with pytest.raises(CourseError, match="No interval is possible"):
        compare("a", "b", "test.macro_f1", project=course)
    add_run(course, id="c", metrics=seeds([0.1, 0.3]))
    add_run(course, id="d", metrics=seeds([0.2, 0.1]))
    with pytest.raises(CourseError, match="nor three common seeds"):
        compare("c", "d", "test.macro_f1", project=course)
    with pytest.raises(CourseError, match="with itself"):
        compare("a", "a", "test.macro_f1", project=course)


def test_metrics_that_cannot_be_recomputed_and_smoke_runs(course):
    add(course, "a", 0.7)
    add(course, "b", 0.6)
    with pytest.raises(CourseError, match="cannot be compared from stored outputs"):
        compare("a", "b", "test.top5_accuracy", project=course)
    add_run(course, id="quick", mode="smoke")
    with pytest.raises(CourseError, match="smoke run"):
        compare("a", "quick", "test.macro_f1", project=course)


TIERS = ["head", "mid", "mid", "tail", "tail"]


def with_tiers(course, name, accuracy, tiers=TIERS, **facts):
    part = {"macro_f1": {"value": 0.5, "n": 160}, "accuracy": {"value": 0.5, "n": 160}}
    outputs = outputs_with(accuracy, **facts)
    metrics = {"test": {**METRICS["test"], "tail": part, "slice": {"long": part}}}
    add_run(course, {"test": outputs}, id=name, metrics=metrics)
    rows = [{"id": number, "label": f"c{number}", "tier": t} for number, t in enumerate(tiers)]
    write_json(course.runs / name / "classes.json", rows)
    return outputs


def test_a_metric_of_a_tier_is_that_of_its_classes(course):
    a, b = with_tiers(course, "a", 0.8, seed=1), with_tiers(course, "b", 0.5, seed=2)
    found = compare("a", "b", "test.tail.macro_f1", project=course)

    def tail(outputs):
        facts = {"labels": [3, 4], "average": "macro", "zero_division": 0}
        return f1_score(outputs.labels, outputs.predictions, **facts)

    def reference(rows):
        first, second = (Outputs(o.logits[rows], o.labels[rows], []) for o in (a, b))
        return tail(first) - tail(second)

    assert float(found) == pytest.approx(reference(np.arange(400)))
    assert float(found) != pytest.approx(float(compare("a", "b", "test.macro_f1", project=course)))
    rng = np.random.default_rng(1)
    drawn = [reference(rng.integers(0, 400, 400)) for _ in range(500)]
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.02)
    assert "n = 160" in found.provenance


def test_a_metric_of_a_slice_is_refused_and_not_taken_for_the_whole(course):
    with_tiers(course, "a", 0.8, seed=1)
    with_tiers(course, "b", 0.5, seed=2)
    for metric in ("test.slice.long.accuracy", "test.tail.accuracy"):
        with pytest.raises(CourseError, match="cannot be compared.*known: .*tail.macro_f1"):
            compare("a", "b", metric, project=course)


def test_tiers_must_be_there_whole_and_the_same(course):
    with_tiers(course, "a", 0.8)
    with_tiers(course, "b", 0.5, tiers=TIERS[::-1])
    with pytest.raises(CourseError, match="'a' and 'b' sort their classes into different tiers"):
        compare("a", "b", "test.tail.macro_f1", project=course)
    path = course.runs / "b" / "classes.json"
    for content, why in (
        ("[", "cannot be read"),
        ("{}", "must list 5 classes"),
        ('[{"id": 0, "tier": "head"}]', "must list 5 classes"),
    ):
        path.write_text(content)
        with pytest.raises(CourseError, match=f"runs/b/classes.json {why}.*git checkout"):
            compare("a", "b", "test.tail.macro_f1", project=course)
    path.unlink()
    with pytest.raises(CourseError, match="runs/b/classes.json is missing"):
        compare("a", "b", "test.tail.macro_f1", project=course)


def test_the_markup_of_a_comparison(course):
    add(course, "a", 0.9, seed=1)
    add(course, "b", 0.5, seed=2)
    found = compare("a", "b", "test.accuracy", project=course)
    markup = found._repr_markdown_()
    assert 'data-claim="compare(a, b, test.accuracy)"' in markup
    assert " points [" in found.text
    assert found.text.endswith("], better")
    assert "|" not in markup and "\n" not in markup


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0.000133, 0.0553, "[0.0001, 0.055], better"),
        (-0.000133, 0.0553, "[−0.0001, 0.055], a tie"),
        (-0.0553, -0.00046, "[−0.055, −0.0005], worse"),
        (0.0, 0.0553, "[0.000, 0.055], a tie"),
        (5.6e-17, 0.0553, "[0.000, 0.055], a tie"),
        (0.0005, 0.0553, "[0.001, 0.055], better"),
    ],
)
def test_a_bound_that_rounds_to_zero_shows_its_side(low: float, high: float, shown: str) -> None:
    word = shown.rsplit(", ", 1)[1].replace("a tie", "tie")
    text = difference_text(0.03, low, high, kind_of("macro_f1", None, "here"), word)
    assert text == f"+0.030 {shown}"


def test_a_difference_of_counts_is_whole_and_signed() -> None:
    text = difference_text(2, -1, 4.5, kind_of("zero_f1_classes", None, "here"), "tie")
    assert text == "+2 [−1, 5], a tie"


def test_a_bound_in_points_shows_its_side() -> None:
    text = difference_text(0.03, 0.0002, 0.0553, kind_of("accuracy", None, "here"), "better")
    assert text == "+3.0 points [0.02, 5.5], better"
