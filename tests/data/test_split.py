"""The split: scikit-learn's sizes, the same rows for any order, groups never divided."""

import hashlib
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from pycode.data.split import TEST, TRAIN, VAL, largest_remainder, stratified_split
from pycode.errors import CourseError


def long_tail(n, classes, seed):
    rng = np.random.default_rng(seed)
    weights = 1.0 / np.arange(1, classes + 1)
    labels = rng.choice(classes, size=n, p=weights / weights.sum())
    return np.concatenate([labels, np.repeat(np.arange(classes), 5)])


def ids_of(n):
    return [f"r{i:06d}" for i in range(n)]


@pytest.mark.parametrize("seed", range(5))
def test_sizes_per_class_are_scikit_learns_within_one(seed):
    labels = long_tail(3000, 40, seed)
    split = stratified_split(labels, ids_of(len(labels)), val=0, test=0.2)
    _, reference = train_test_split(labels, test_size=0.2, random_state=seed, stratify=labels)
    ours = np.bincount(labels[split == TEST], minlength=40)
    assert ours.sum() == len(reference)
    assert np.abs(ours - np.bincount(reference, minlength=40)).max() <= 1


def test_totals_are_rounded_up_as_in_scikit_learn():
    labels = long_tail(996, 10, 0)
    split = stratified_split(labels, ids_of(len(labels)))
    n = len(labels)
    assert (split == TEST).sum() == math.ceil(0.2 * n)
    assert (split == VAL).sum() == math.ceil(0.1 * n)
    assert (stratified_split(labels, ids_of(n), val=77, test=0) == VAL).sum() == 77


def test_the_published_sizes_come_from_the_file_before_the_drop():
    labels = np.random.default_rng(0).integers(0, 113, 64_276)
    share_of_pool = stratified_split(labels, ids_of(64_276), val=0.1, test=0)
    assert (share_of_pool == VAL).sum() == 6_428
    published = stratified_split(labels, ids_of(64_276), val=math.ceil(0.1 * 64_292), test=0)
    assert [(published == part).sum() for part in (TRAIN, VAL)] == [57_846, 6_430]


def test_the_order_of_the_rows_does_not_matter_and_the_seed_does():
    labels = long_tail(500, 12, 1)
    ids = ids_of(len(labels))
    groups = np.arange(len(labels)) // 3
    order = np.random.default_rng(2).permutation(len(labels))
    for group in (None, groups):
        first = stratified_split(labels, ids, groups=group)
        moved = stratified_split(
            labels[order],
            [ids[i] for i in order],
            groups=None if group is None else group[order],
        )
        assert (first[order] == moved).all()
    assert (stratified_split(labels, ids, seed=43) != stratified_split(labels, ids)).any()


def test_the_draw_is_pinned():
    """A change here changes every split ever recorded."""
    split = stratified_split(np.repeat([0, 1], 10), ids_of(20))
    expected = np.full(20, TRAIN)
    for start in (0, 10):
        rows = range(start, start + 10)
        order = sorted(rows, key=lambda row: hashlib.sha256(f"42:r{row:06d}".encode()).digest())
        expected[order[:2]], expected[order[2]] = TEST, VAL
    assert split.tolist() == expected.tolist()
    assert "".join(map(str, split)) == "20002001000102000200"


@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(st.integers(0, 6), min_size=4, max_size=120),
    group_size=st.integers(1, 6),
    seed=st.integers(0, 3),
)
def test_groups_stay_whole_and_each_class_is_in_train(labels, group_size, seed):
    labels = np.array(labels)
    groups = np.random.default_rng(seed).integers(0, 1 + len(labels) // group_size, len(labels))
    split = stratified_split(labels, ids_of(len(labels)), groups=groups, seed=seed)
    for group in np.unique(groups):
        assert len(set(split[groups == group])) == 1
    assert set(labels[split == TRAIN]) == set(labels)


def test_group_quotas_hold_when_groups_are_small():
    labels = long_tail(4000, 30, 3)
    groups = np.random.default_rng(1).integers(0, 3000, len(labels))
    split = stratified_split(labels, ids_of(len(labels)), groups=groups)
    for part, share in ((TEST, 0.2), (VAL, 0.1)):
        got = np.bincount(labels[split == part], minlength=30)
        assert np.abs(got - share * np.bincount(labels)).max() <= 3


def test_large_groups_are_placed_while_there_is_room():
    groups = np.concatenate([np.zeros(60), np.repeat(np.arange(1, 21), 2)])
    split = stratified_split(np.zeros(100, dtype=int), ids_of(100), groups=groups)
    assert np.bincount(split).tolist() == [70, 10, 20]


def test_a_class_of_three_is_in_every_split():
    labels = np.array([0] * 300 + [1] * 3)
    split = stratified_split(labels, ids_of(303))
    assert sorted(split[labels == 1]) == [TRAIN, VAL, TEST]


def test_largest_remainder_keeps_bounds_and_total():
    shares = largest_remainder([100, 3, 1], 10, [0, 1, 0], [99, 2, 0])
    assert shares.tolist() == [9, 1, 0]
    assert largest_remainder([1, 1], 10, [0, 0], [2, 3]).tolist() == [2, 3]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"val": 0.5, "test": 0.5}, "leave no row"),
        ({"val": -1}, "not a share"),
        ({"test": -0.2}, "not a share"),
    ],
)
def test_impossible_shares_are_refused(kwargs, message):
    with pytest.raises(CourseError, match=message):
        stratified_split([0] * 10, ids_of(10), **kwargs)


def test_repeated_ids_are_refused():
    with pytest.raises(CourseError, match="unique id"):
        stratified_split([0, 1], ["a", "a"])


def by_hand(labels, ids, groups):
    """The split by groups as its docstrings tell it, with plain loops; returns one number per row."""
    whole = stratified_split(labels, ids)  # without groups it fills the quotas exactly
    quota = {
        (c, p): int(((labels == c) & (whole == p)).sum()) for c in set(labels) for p in range(3)
    }
    left, split, members = dict(quota), {}, {}
    order = sorted(range(len(ids)), key=lambda r: hashlib.sha256(f"42:{ids[r]}".encode()).digest())
    for row in order:
        members.setdefault(groups[row], []).append(row)
    for rows in sorted((m for m in members.values() if len(m) > 1), key=len, reverse=True):
        size = {c: sum(labels[row] == c for row in rows) for c in {labels[row] for row in rows}}
        costs = []
        for p in range(3):
            over = sum(max(k - max(left[c, p], 0), 0) for c, k in size.items())
            room = sum(left[c, p] / max(quota[c, p], 1) for c in sorted(size))
            costs.append((over, -room, p))
        part = min(costs)[2]
        split.update(dict.fromkeys(rows, part))
        for c, k in size.items():
            left[c, part] -= k
    for row in order:
        if row not in split:
            c = labels[row]
            split[row] = next((part for part in (TEST, VAL) if left[c, part] > 0), TRAIN)
            left[c, split[row]] -= 1
    for c in sorted(set(labels)):
        if not any(split[row] == TRAIN for row in split if labels[row] == c):
            holders = [rows for rows in members.values() if any(labels[row] == c for row in rows)]
            split.update(dict.fromkeys(min(holders, key=len), TRAIN))
    return [split[row] for row in range(len(ids))]


@pytest.mark.parametrize(
    "seed", [*range(8), 19, 41, 79]
)  # the last need classes brought back to train
def test_groups_go_where_they_overshoot_least(seed):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([rng.integers(0, 5, 60), rng.choice((9, 30)[seed % 2], 60)])
    groups = rng.integers(0, (6, 25, 40)[seed % 3], 120)
    found = stratified_split(labels, ids_of(120), groups=groups)
    assert found.tolist() == by_hand(labels, ids_of(120), groups)


def test_quotas_of_large_classes_are_hamiltons():
    labels = np.repeat(np.arange(5), [299, 711, 372, 561, 440])
    split = stratified_split(labels, ids_of(len(labels)))
    counts = np.bincount(labels)
    for part, percent in ((TEST, 20), (VAL, 10)):
        total = -(-len(labels) * percent // 100)
        exact = [Fraction(int(count) * total, len(labels)) for count in counts]
        shares = [math.floor(share) for share in exact]
        for c in sorted(range(5), key=lambda c: shares[c] - exact[c])[: total - sum(shares)]:
            shares[c] += 1
        assert np.bincount(labels[split == part]).tolist() == shares


def test_seven_in_a_hundred_rows_are_seven():
    """In binary 0.07 * 100 lies above 7, which must not be rounded up to 8."""
    assert 0.07 * 100 > 7
    assert (stratified_split([0] * 100, ids_of(100), val=0.07, test=0) == VAL).sum() == 7


def test_a_class_of_two_has_a_row_in_test():
    labels = np.array([0] * 300 + [1] * 2)
    assert sorted(stratified_split(labels, ids_of(302))[labels == 1]) == [TRAIN, TEST]
