"""The engine of the fast bootstrap: totals of additive features under resampling.

Most metrics are a function of sums over rows (hits per class, confidence per bin, squared errors).
Rows with the same features form one unit; a resample is then a vector of counts per unit, and the
sums of many resamples come from a few array operations.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pycode.errors import CourseError
from pycode.evaluate.arrays import as_array, as_scores, check_count

CHUNK_CELLS = 100_000  # counts held at once: under 1 MB, so that they stay in the cache
HEAVY = 20  # draws per resample above which one binomial is cheaper than drawing one by one

Sums = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True)
class Units:
    """What is drawn: the unit that each of D equally likely draws selects (D,), and how counts per
    unit (r, U) become totals of features (r, F)."""

    size: int
    unit_of_draw: NDArray[np.int64]
    sums: Sums


def dense(features: NDArray[Any]) -> Sums:
    """Return the sums of features (U, F) as a matrix product."""
    return lambda counts: counts.astype(features.dtype) @ features


def tally(blocks: list[tuple[NDArray[np.int64], NDArray[np.int64]]], width: int) -> Sums:
    """Return the sums of 0/1 features: block (units, columns) adds unit i to column i.

    Sorted by column, a block is a sum of neighbours: far less work than the matrix product.
    """
    plans = []
    for units, columns in blocks:
        order = np.argsort(columns, kind="stable")
        starts = np.flatnonzero(np.diff(columns[order], prepend=-1))
        plans.append((units[order], starts, columns[order][starts]))

    def sums(counts: NDArray[Any]) -> NDArray[Any]:
        totals = np.zeros((len(counts), width))
        for units, starts, columns in plans:
            if len(starts):
                totals[:, columns] = np.add.reduceat(counts.take(units, axis=1), starts, axis=1)
        return totals

    return sums


def group_codes(groups: ArrayLike, n_rows: int) -> NDArray[np.int64]:
    """Return group numbers 0 … G - 1 for the rows' group names.

    Raises:
        CourseError: not one group per row, or fewer than two groups.
    """
    names = as_array(groups, "groups")
    if names.shape != (n_rows,):
        raise CourseError(
            f"groups must name one group for each of the {n_rows} rows; got {names.shape}."
        )
    codes = np.unique(names, return_inverse=True)[1].astype(np.int64)
    if codes.max() == 0:
        raise CourseError("All rows are in one group: a bootstrap over groups needs at least two.")
    return codes


def row_units(features: ArrayLike, groups: ArrayLike | None = None) -> Units:
    """Return units for features (n, F) of rows: the rows themselves, or their groups' sums."""
    table = as_scores(features, "values")
    if groups is not None:
        codes = group_codes(groups, len(table))
        table = np.stack([np.bincount(codes, weights=column) for column in table.T], axis=1)
    return Units(len(table), np.arange(len(table)), dense(table))


def check_plan(resamples: int, seed: int) -> None:
    """Raise a CourseError unless there is at least one resample and the seed is 0 or more."""
    check_count("resamples", resamples)
    check_count("seed", seed, 0)


def resampled_totals(units: Units, resamples: int, seed: int) -> Iterator[NDArray[Any]]:
    """Yield totals (r, F) of ``resamples`` resamples in chunks; the seed fixes every one of them.

    Each resample draws D times with replacement from the D draws (rows or groups).
    """
    check_plan(resamples, seed)
    chunk = max(1, min(resamples, CHUNK_CELLS // units.size))
    draw = _drawer(units, np.random.default_rng(seed), chunk)
    for start in range(0, resamples, chunk):
        yield units.sums(draw(min(chunk, resamples - start)))


def _drawer(
    units: Units, rng: np.random.Generator, chunk: int
) -> Callable[[int], NDArray[np.int64]]:
    """Return a function that draws counts per unit (r, U) for r ≤ chunk resamples, in one buffer.

    Small arrays and one buffer: fresh large ones would cost more in page faults than the drawing.
    Counts of heavy units come from one multinomial; the draws left over fall on light units one by
    one. Together they are a multinomial over all units.
    """
    weight = np.bincount(units.unit_of_draw, minlength=units.size)
    heavy = np.flatnonzero(weight > HEAVY)
    light = units.unit_of_draw[weight[units.unit_of_draw] <= HEAVY]
    draws = len(units.unit_of_draw)
    shares = np.append(weight[heavy], len(light)) / draws
    small = np.uint16 if len(light) <= 1 << 16 else np.uint32

    counts = np.empty((chunk, units.size), np.int64)

    def draw(rows: int) -> NDArray[np.int64]:
        table = rng.multinomial(draws, shares, size=rows)
        for i, left in enumerate(table[:, -1].tolist()):
            drawn = rng.integers(0, max(1, len(light)), size=left, dtype=small)
            counts[i] = np.bincount(light.take(drawn), minlength=units.size)
        counts[:rows, heavy] = table[:, :-1]
        return counts[:rows]

    return draw


def resampled_values(
    units: Units, statistic: Callable[[NDArray[Any]], ArrayLike], resamples: int, seed: int
) -> NDArray[np.float64]:
    """Return ``statistic`` of each resample's totals; it maps totals (r, F) to values (r,)."""
    parts = [np.asarray(statistic(totals)) for totals in resampled_totals(units, resamples, seed)]
    return np.concatenate(parts).astype(np.float64)


def total(units: Units) -> NDArray[Any]:
    """Return the totals (1, F) of the data as they are."""
    return units.sums(np.bincount(units.unit_of_draw, minlength=units.size)[None, :])
