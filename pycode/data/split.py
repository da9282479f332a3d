"""A stratified split that anyone can make again: seed 42, independent of the order of the rows.

Randomness comes from SHA-256 of seed and row id, not from a generator, so the split does not depend
on row order, on the NumPy version or on the machine. Quotas per class follow the largest-remainder
rule (as in scikit-learn, up to one row), but keep at least one row of each class in train, then in
test, then in val, as far as the class has rows.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError

SEED = 42
TRAIN, VAL, TEST = 0, 1, 2
NAMES = ("train", "val", "test")
TEST_FRACTION, VAL_FRACTION = 0.2, 0.1


def stratified_split(
    labels: ArrayLike,
    row_ids: Sequence[str],
    *,
    val: float | int = VAL_FRACTION,
    test: float | int = TEST_FRACTION,
    groups: ArrayLike | None = None,
    seed: int = SEED,
) -> NDArray[np.int64]:
    """Return the split of each row (0 train, 1 val, 2 test), shape ``(n,)``.

    Args:
        labels: class ids, shape ``(n,)``.
        row_ids: unique ids; the split depends on them, never on the position.
        val: share of all rows (rounded up) or, as an int, the number of rows; 0 for none.
        test: the same for the test split.
        groups: group number per row; a group is never divided. Quotas then hold approximately:
            a group goes where it overshoots the quotas of its classes least.
        seed: another number gives another split.

    Raises:
        CourseError: shares that leave nothing for training, or ids that repeat.
    """
    label_array = np.asarray(labels, dtype=np.int64)
    n = len(label_array)
    if len(set(row_ids)) != n or len(row_ids) != n:
        raise CourseError(
            f"A split needs one unique id per row: {n} rows, {len(set(row_ids))} ids."
        )
    sizes = (_size(val, n, "val"), _size(test, n, "test"))
    if sum(sizes) >= n > 0:
        raise CourseError(f"val {sizes[0]} + test {sizes[1]} leave no row of {n} for training.")
    order = np.array(sorted(range(n), key=lambda row: _key(seed, row_ids[row])), dtype=np.int64)
    quotas = _quotas(np.bincount(label_array, minlength=1), *sizes)
    if groups is None:
        return _fill(np.full(n, -1), order, label_array, quotas)
    return _split_groups(order, label_array, np.asarray(groups), quotas)


def _size(share: float | int, n: int, name: str) -> int:
    if isinstance(share, int):
        size = share
    else:
        # 0.07 * 100 is 7.000000000000001 in binary: round it off before rounding up.
        size = int(np.ceil(round(share * n, 6)))
    if size < 0 or not share >= 0:
        raise CourseError(f"{name}={share} is not a share between 0 and 1 or a number of rows.")
    return size


def _key(seed: int, row_id: str) -> bytes:
    return hashlib.sha256(f"{seed}:{row_id}".encode()).digest()


def largest_remainder(counts: ArrayLike, total: int, least: ArrayLike, most: ArrayLike) -> NDArray:
    """Share ``total`` in proportion to ``counts``, each share within ``least`` and ``most``.

    Hamilton's method: whole parts first, then one more for the largest remainders (ties go to the
    lower index). Bounds win over proportion; the sum is ``total`` wherever the bounds allow it.
    """
    weights = np.asarray(counts, dtype=np.float64)
    low, high = np.asarray(least, dtype=np.int64), np.asarray(most, dtype=np.int64)
    ideal = weights * (total / max(weights.sum(), 1.0))
    shares = np.clip(np.floor(ideal + 1e-9).astype(np.int64), low, high)
    while (missing := total - int(shares.sum())) != 0:
        step = 1 if missing > 0 else -1
        movable = np.flatnonzero(shares < high if step > 0 else shares > low)
        if not len(movable):
            break
        need = step * (ideal - shares)[movable]
        best = movable[np.argsort(-need, kind="stable")[: abs(missing)]]
        shares[best] += step
    return shares


def _quotas(counts: NDArray[np.int64], n_val: int, n_test: int) -> NDArray[np.int64]:
    """Return the number of rows per class and split, shape ``(n_classes, 3)``."""
    spare = np.maximum(counts - 1, 0)
    test = largest_remainder(counts, n_test, np.minimum(spare, n_test > 0), spare)
    spare = np.maximum(counts - test - 1, 0)
    val = largest_remainder(counts, n_val, np.minimum(spare, n_val > 0), spare)
    return np.stack([counts - val - test, val, test], axis=1)


def _fill(
    split: NDArray[np.int64],
    order: NDArray[np.int64],
    labels: NDArray[np.int64],
    quotas: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Deal the rows still at -1 in seeded order: test first, then val, the rest to train."""
    left = quotas.copy()
    for row in order:
        if split[row] < 0:
            label = labels[row]
            part = next((p for p in (TEST, VAL) if left[label, p] > 0), TRAIN)
            split[row] = part
            left[label, part] -= 1
    return split


def _split_groups(
    order: NDArray[np.int64],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    quotas: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Place groups of several rows first, the largest first, then deal the single rows."""
    members: dict[int, list[int]] = {}
    for row in order:
        members.setdefault(int(groups[row]), []).append(int(row))
    several = [rows for rows in members.values() if len(rows) > 1]
    split = np.full(len(labels), -1, dtype=np.int64)
    left = quotas.astype(np.int64).copy()
    for rows in sorted(several, key=len, reverse=True):
        size = np.bincount(labels[rows], minlength=len(left))
        part = _best_part(size, left, quotas)
        split[rows] = part
        left[:, part] -= size
    _fill(split, order, labels, left)
    return _repair(split, labels, members)


def _best_part(size: NDArray[np.int64], left: NDArray[np.int64], quotas: NDArray[np.int64]) -> int:
    """Return the split that a group overshoots least; among equals the one that is emptiest."""
    present = size > 0
    over = np.maximum(size[present, None] - np.maximum(left[present], 0), 0).sum(axis=0)
    open_share = (left[present] / np.maximum(quotas[present], 1)).sum(axis=0)
    closed = quotas.sum(axis=0) == 0
    return min((p for p in range(3) if not closed[p]), key=lambda p: (over[p], -open_share[p], p))


def _repair(
    split: NDArray[np.int64], labels: NDArray[np.int64], members: dict[int, list[int]]
) -> NDArray[np.int64]:
    """Give each class a training row: move the smallest group that has one, first id first."""
    for label in np.unique(labels):
        if (split[labels == label] == TRAIN).any():
            continue
        holders = [rows for rows in members.values() if (labels[rows] == label).any()]
        split[min(holders, key=len)] = TRAIN
    return split
