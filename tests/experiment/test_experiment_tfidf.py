"""Logistic regression on features: which of several is kept, and what it says of a class that it never saw."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from pycode.data import CourseData, Split
from pycode.experiment.tfidf_lr import choose, log_probabilities

RNG = np.random.default_rng(0)
C = 4  # class 2 has no training row


@pytest.fixture(scope="module")
def course_data():
    def split(labels):
        return Split(["t"] * len(labels), np.array(labels), [str(i) for i in range(len(labels))])

    train, val = split([0, 1, 3] * 20), split([0, 1, 3, 2] * 5)
    return CourseData(train, val, val, tuple("abcd"), "local", "f")


@pytest.fixture(scope="module")
def features(course_data):
    """Columns that tell the classes apart at once, so that every c has the same macro-F1."""
    return {
        name: 5 * np.eye(C)[course_data.split(name).labels]
        + RNG.normal(size=(len(course_data.split(name)), C)) / 9
        for name in ("train", "val")
    }


def test_a_class_without_a_training_row_is_the_least_likely(course_data, features):
    model = LogisticRegression().fit(features["train"], course_data.train.labels)
    found = log_probabilities(model, features["val"], C)
    assert (found[:, 2] == -60).all()
    np.testing.assert_allclose(found[:, [0, 1, 3]], model.predict_log_proba(features["val"]))


@pytest.mark.parametrize("order", [(0.5, 1.0, 2.0), (2.0, 1.0, 0.5)])
def test_the_smallest_c_is_kept_of_those_that_are_equally_good(course_data, features, order):
    recipe = SimpleNamespace(c=order, max_iter=1000)
    model, history, _ = choose(course_data, features, recipe, 0)
    assert len({row["val_macro_f1"] for row in history}) == 1
    assert model.C == 0.5
    for row in history:
        fitted = LogisticRegression(C=row["c"], max_iter=1000).fit(features["train"], course_data.train.labels)  # fmt: skip
        seen = course_data.val.labels != 2
        loss = log_loss(course_data.val.labels[seen], fitted.predict_proba(features["val"])[seen])
        assert row["val_nll"] == pytest.approx((15 * loss + 5 * 60) / 20, rel=1e-4)
