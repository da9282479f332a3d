"""The metrics of a record, one by one, on made-up outputs over a class list with a head, a middle and a tail."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import f1_score, recall_score

from pycode.data import CourseData, Split
from pycode.data.slices import slices
from pycode.evaluate.bootstrap import bootstrap_metric
from pycode.evaluate.intervals import Interval
from pycode.evaluate.noise import ece_floor
from pycode.evaluate.slices import score_slices
from pycode.experiment import measure

C, GROUPS, COPIES = 70, 120, 3  # 20 classes are head, 40 are mid, 10 are tail
TIERS = {"head": range(20), "mid": range(20, 60), "tail": range(60, 70)}


@pytest.fixture(scope="module")
def scored():
    """Data whose test rows come in threes, their logits (n × C) as a model gives them, and what is stored."""
    rng = np.random.default_rng(4)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    texts = [" ".join("".join(rng.choice(letters, 6)) for _ in range(rng.integers(20, 90)))
             for _ in range(GROUPS)]  # fmt: skip
    texts = [text + " XXXX" * (i == 0) for i, text in enumerate(texts) for _ in range(COPIES)]
    texts += texts[:1] * 20  # 23 redacted rows, but one letter
    labels = np.repeat(rng.choice(C - 2, GROUPS, p=softmax(-np.arange(C - 2) / 30)), COPIES)
    labels = np.append(labels, np.full(20, labels[0]))
    test = Split(texts, labels, [str(i) for i in range(len(texts))])
    counts = np.arange(2 * C, C, -1)
    train = Split(["t"] * counts.sum(), np.repeat(np.arange(C), counts), [f"t{i}" for i in range(counts.sum())])  # fmt: skip
    data = CourseData(train, test, test, tuple(f"c{i}" for i in range(C)), "local", "f")
    logits = rng.normal(size=(len(texts), C)) + 3 * np.eye(C)[labels]
    logits[:, 2] -= 99  # a class with rows that is never predicted
    logits[:40, C - 1] += 99  # a class without rows that is
    logits = logits.astype(np.float32)
    return data, logits, measure.outputs_of(data, "test", logits)


def test_outputs_are_what_a_file_of_fp16_can_hold(scored):
    data, logits, out = scored
    assert np.array_equal(out.logits, logits.astype(np.float16))
    assert len(np.unique(out.groups)) == GROUPS
    assert (out.labels is data.test.labels) and out.row_ids == data.test.row_ids


def test_metrics_of_a_split(scored):
    data, _, out = scored
    tree = measure.split_metrics(data, out, 200)
    y, guess = out.labels, out.logits.argmax(axis=1)
    for tier, classes in TIERS.items():
        how = {"labels": list(classes), "average": "macro", "zero_division": 0}
        found = tree[tier]
        assert found["macro_f1"]["value"] == pytest.approx(f1_score(y, guess, **how))
        inside = np.isin(y, list(classes))
        assert found["recall"]["value"] == pytest.approx((guess == y)[inside].mean())
        assert found["recall"]["n"] == found["macro_f1"]["n"] == inside.sum()
        recall = recall_score(y, guess, labels=list(classes), average=None, zero_division=0)
        assert found["zero_f1_classes"]["value"] == (recall == 0).sum()
    grouped = bootstrap_metric("accuracy", y, guess, C, 200, groups=out.groups)
    bounds = tree["accuracy"]["interval"]
    assert (bounds["low"], bounds["high"]) == pytest.approx((grouped.low, grouped.high))
    has_rows, predicted, right = set(y), set(guess), set(y[y == guess])
    facts = {name: tree[name]["value"] for name in measure._facts(data, out)}
    assert facts.pop("ece_floor") == ece_floor(softmax(out.logits.astype(float), axis=1).max(axis=1)).mean  # fmt: skip
    assert facts == {
        "classes_without_rows": C - len(has_rows),
        "zero_f1_with_rows": len(has_rows - right),
        "never_predicted": C - len(predicted),
        "groups": GROUPS,
    }
    assert len({*facts.values(), C - len(right)}) == 5  # none could stand for another


def test_slices_have_the_corrected_p_of_their_groups(scored):
    data, _, out = scored
    tree = measure.slice_metrics(data, "test", out, 200)
    assert "redaction" not in tree  # enough rows, but of one group
    kinds = slices(data.test.texts, out.labels, data.train_counts())
    masks = {f"{kind}.{name}": kinds[kind] == name for kind in tree for name in tree[kind]}
    wanted = score_slices("accuracy", out.labels, out.predictions, C, masks, 200, 0, out.groups)
    assert len(wanted) >= 4 and any(item.p != item.p_holm for item in wanted)
    for item in wanted:
        kind, name = item.name.split(".")
        leaf = tree[kind][name]
        assert leaf["accuracy"]["value"] == item.score.estimate
        assert leaf["difference"]["value"] == item.difference.estimate
        assert leaf["difference"]["interval"]["low"] == item.difference.low
        assert leaf["difference"]["note"] == (
            f"{item.verdict}; Holm-corrected p = {item.p_holm:.2g} over {len(wanted)} slices"
        )


@pytest.mark.parametrize(("unit", "high"), [("share", 1.0), ("score", 1.0), ("nats", 1.1)])
def test_only_a_share_or_a_score_ends_at_one(unit, high):
    leaf = measure.interval_leaf(Interval(0.9, 0.8, 1.1, 1000, 0.95), unit, 9)
    assert (leaf["interval"]["low"], leaf["interval"]["high"]) == (0.8, high)
