"""The twin's truth: the posterior against enumeration, against frequencies, and against the text."""

import numpy as np
import pytest
from scipy import stats

from pycode.data.twin import Settings, make_twin
from pycode.data.twin.model import STATEMENTS, YEARS, posterior, tables
from pycode.data.twin.read import meanings, read_evidence, same_order
from pycode.data.twin.spec import phrases

BINS = 25


@pytest.fixture(scope="module")
def full():
    return make_twin()


@pytest.fixture(scope="module")
def truth(full):
    return full.posterior()


def test_tables_are_distributions():
    t = tables(Settings())
    for table in (t.intent, t.concept, t.product, t.year):
        np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-12)
        assert table.min() >= 0


def test_posterior_equals_plain_enumeration(full, truth):
    t = tables(full.settings)
    new = np.array([form == "new" for form in full.forms])
    for row in (*range(0, 2000, 50), int(np.argmax((full.evidence >= 0).sum(axis=1)))):
        product, year, *said = full.evidence[row].tolist()
        joint = []
        for label in range(113):
            rows = full.labels == label
            chance = rows.mean()
            if product >= 0:
                chance *= t.product[label, product]
            if year >= 0:
                share = new[rows].mean()
                chance *= (1 - share) * t.year[0, year] + share * t.year[1, year]
            inner = 0.0
            for intent in range(len(t.concept)):
                term = t.intent[label, intent]
                for concept in said:
                    term *= t.concept[intent, concept] if concept >= 0 else 1.0
                inner += term
            joint.append(chance * inner)
        np.testing.assert_allclose(truth[row], np.array(joint) / sum(joint), rtol=1e-5, atol=1e-9)


def test_posterior_is_a_distribution_in_single_precision(truth):
    assert truth.dtype == np.float32 and truth.shape == (85_708, 113)
    assert truth.min() >= 0
    np.testing.assert_allclose(truth.sum(axis=1, dtype=np.float64), 1, atol=1e-6)


def test_parts_and_whole_agree(full, truth):
    rows = np.array([5, 40_000, 85_707, 5])
    np.testing.assert_array_equal(full.posterior(rows), truth[rows])
    assert full.posterior([]).shape == (0, 113)


def calibration_p_value(labels, probabilities):
    """Chi-square over bins of equally many (row, class) pairs: observed against promised hits."""
    hit = np.zeros(probabilities.shape, dtype=bool)
    hit[np.arange(len(labels)), labels] = True
    chance = probabilities.astype(np.float64)
    pairs = chance > 0.002
    p, h = chance[pairs], hit[pairs]
    order = np.argsort(p)
    statistic = sum(
        (h[part].sum() - p[part].sum()) ** 2 / (p[part] * (1 - p[part])).sum()
        for part in np.array_split(order, BINS)
    )
    return stats.chi2.sf(statistic, BINS)


def test_posterior_is_calibrated(full, truth):
    assert calibration_p_value(full.labels, truth) > 0.001


def test_uncut_posterior_is_calibrated_and_knows_more(full, truth):
    uncut = full.posterior(uncut=True)
    assert calibration_p_value(full.labels, uncut) > 0.001
    assert uncut.max(axis=1).mean() > truth.max(axis=1).mean() + 0.02


def test_the_calibration_test_finds_small_faults(full, truth):
    sharper = truth**1.1
    sharper /= sharper.sum(axis=1, keepdims=True)
    assert calibration_p_value(full.labels, sharper) < 1e-6
    blurred = 0.97 * truth + 0.03 / 113
    assert calibration_p_value(full.labels, blurred) < 1e-6


def test_every_class_is_calibrated(full, truth):
    promised, variance = truth.sum(axis=0), (truth * (1 - truth)).sum(axis=0)
    z = (np.bincount(full.labels, minlength=113) - promised) / np.sqrt(variance)
    assert np.abs(z).max() < stats.norm.isf(0.0005 / 113)


def test_bayes_accuracy_is_the_mean_of_the_largest_probability(full, truth):
    top = truth.max(axis=1).astype(np.float64)
    hits = truth.argmax(axis=1) == full.labels
    error = np.sqrt((top * (1 - top)).sum()) / len(top)
    assert abs(hits.mean() - top.mean()) < 3 * error
    assert error < 0.002


def test_the_truth_holds_within_what_the_text_does_not_show(full, truth):
    top = truth.max(axis=1)
    hits = truth.argmax(axis=1) == full.labels
    words = np.array([len(text.split()) for text in full.texts])
    slices = {
        "short": words < 20, "long": words > 80, "redacted": np.array(["XXXX" in t for t in full.texts]),
        "money": np.array(["{$" in t for t in full.texts]), "val": full.split == 1,
        "cut": np.array([not t.endswith(".") for t in full.texts]),
    }  # fmt: skip
    for name, mask in slices.items():
        error = np.sqrt((top * (1 - top))[mask].sum()) / mask.sum()
        assert abs(hits[mask].mean() - top[mask].mean()) < 3.5 * error, name


def test_near_duplicate_labels_are_ambiguous(full, truth):
    from pycode.data.labels import canonical_labels

    old = canonical_labels().index("Taking/threatening an illegal action")
    new = canonical_labels().index("Took or threatened to take negative or legal action")
    either = np.isin(full.labels, [old, new]) & (truth.argmax(axis=1) == full.labels)
    assert min(truth[either][:, [old, new]].min(axis=1).mean(), 1) > 0.02


def test_evidence_can_be_read_off_the_text():
    twin = make_twin(seed=5, n=2500)
    np.testing.assert_array_equal(read_evidence(twin.texts), same_order(twin.evidence))


def test_each_wording_has_one_meaning():
    for named in (False, True):
        say = phrases(named, YEARS)
        for kind, groups in enumerate((say.openings, say.years, say.concepts)):
            for index, group in enumerate(groups):
                for template in group:
                    for number in (0, template.variants - 1, template.variants // 2):
                        assert meanings(template.say(number)) == [(kind, index)]
        for template in (*say.plain, *say.redacted, *say.amount, *say.fragments):
            assert meanings(template.say(template.variants // 3)) == []


def test_paraphrase_enough():
    for group in phrases(False, YEARS).concepts:
        assert len(group) >= STATEMENTS and sum(t.variants for t in group) >= 12


def test_the_order_of_statements_does_not_matter(full):
    t = tables(full.settings)
    form = np.full((113, 2), 0.5)
    rows = full.evidence[:500]
    given = posterior(rows, full.prior, form, t)
    np.testing.assert_allclose(posterior(same_order(rows), full.prior, form, t), given, rtol=1e-9)
