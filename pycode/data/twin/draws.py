"""Random numbers that depend on the seed and on nothing else: not on NumPy's version or machine.

Each number is a hash of (seed, stream, key): the finaliser of SplitMix64 (Steele, Lea and Flood
2014) on 64-bit integers. A row's numbers therefore do not depend on the rows around it.
"""

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def _mix(bits: Bits) -> Bits:
    """Scramble 64-bit integers, one to one; arithmetic is modulo 2**64 by definition."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(FIRST)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(SECOND)
    return bits ^ (bits >> np.uint64(31))


def random_bits(seed: int, stream: int, keys: NDArray[np.int64]) -> Bits:
    """Return 64 random bits per key, shape of ``keys``; another stream gives unrelated bits."""
    start = _mix(np.array([(seed * GOLDEN) & MASK], dtype=np.uint64))
    start = _mix(start + np.uint64((stream + 1) * GOLDEN & MASK))
    return _mix(start + (keys.astype(np.uint64) + np.uint64(1)) * np.uint64(GOLDEN))


def uniform(seed: int, stream: int, keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return numbers in [0, 1) with 53 random bits, one per key."""
    shifted = (random_bits(seed, stream, keys) >> np.uint64(11)).astype(np.float64)
    return np.asarray(shifted * 2.0**-53)


def choose(
    table: NDArray[np.float64], rows: NDArray[np.int64], u: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Draw from row ``rows[i]`` of a table of probabilities with the uniform number ``u[i]``.

    Sums run in order (cumsum), so that they are the same on every machine; an outcome of
    probability 0 is never drawn.
    """
    upto = np.cumsum(table, axis=1)
    upto /= upto[:, -1:]
    chosen = np.empty(len(rows), dtype=np.int64)
    for row in np.unique(rows):
        here = rows == row
        chosen[here] = np.searchsorted(upto[row], u[here], side="right")
    return chosen
