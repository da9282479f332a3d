"""Join texts that share half of their five-word pieces, found by MinHash.

Broder, A. Z. (1997), On the resemblance and containment of documents: the chance that two sets have
the same minimum under a random hash is their Jaccard index. 64 minima are cut into 16 bands of 4;
texts that agree in a band are candidates, and each candidate is then checked exactly. So no pair below
the threshold is joined, but a pair of index J becomes a candidate with a chance of 1 - (1 - J**4)**16 only:
64 % at 0.5, 89 % at 0.6, 99.98 % at 0.8. What is missed may stand on both sides of a split.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pycode.data.sets import DisjointSets, stable_hash

WORDS = 5
THRESHOLD = 0.5
BANDS, ROWS = 16, 4
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def join_similar(texts: Sequence[str], links: DisjointSets, threshold: float = THRESHOLD) -> None:
    """Join in ``links`` the positions of texts that share a band and whose Jaccard index is at least ``threshold``.

    Texts are normalised and split at blanks; a text of fewer than five words is one piece. All
    candidates of a bucket are compared unless they are joined already, so the result does not
    depend on the order of the texts.
    """
    pieces = shingle_sets(texts)
    signatures = minhash(pieces)
    alike = _Comparison(pieces, threshold)
    for band in range(BANDS):
        columns = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS])
        buckets: dict[bytes, list[int]] = {}
        for item, key in enumerate(map(bytes, columns)):
            buckets.setdefault(key, []).append(item)
        for bucket in buckets.values():
            if len(bucket) > 1:
                _join_bucket(bucket, links, alike)


def _join_bucket(bucket: list[int], links: DisjointSets, alike: "_Comparison") -> None:
    """Join the similar items of one bucket; ``clusters`` holds the parts found so far."""
    clusters: list[list[int]] = []
    for item in bucket:
        apart = []
        home = [item]
        for cluster in clusters:
            joined = links.find(cluster[0]) == links.find(item)
            if joined or any(alike(member, item) for member in cluster):
                links.join(cluster[0], item)
                home += cluster
            else:
                apart.append(cluster)
        clusters = [*apart, home]


class _Comparison:
    """Says whether two texts are similar; remembers the pairs that are not."""

    def __init__(self, pieces: Sequence[NDArray[np.uint64]], threshold: float) -> None:
        self._pieces = pieces
        self._threshold = threshold
        self._different: set[tuple[int, int]] = set()

    def __call__(self, first: int, second: int) -> bool:
        pair = (min(first, second), max(first, second))
        if pair in self._different or not len(self._pieces[first]):
            return False
        if jaccard(self._pieces[first], self._pieces[second]) >= self._threshold:
            return True
        self._different.add(pair)
        return False


def shingle_sets(texts: Sequence[str], words: int = WORDS) -> list[NDArray[np.uint64]]:
    """Return per text the sorted unique hashes of its runs of ``words`` words."""
    vocabulary: dict[str, int] = {}
    return [_pieces(text.split(), vocabulary, words) for text in texts]


def _pieces(tokens: list[str], vocabulary: dict[str, int], words: int) -> NDArray[np.uint64]:
    for token in set(tokens).difference(vocabulary):
        vocabulary[token] = stable_hash(token)
    hashes = np.array([vocabulary[token] for token in tokens], dtype=np.uint64)
    width = min(words, len(hashes))
    if not width:
        return hashes
    total = np.zeros(len(hashes) - width + 1, dtype=np.uint64)
    for offset in range(width):
        total = total * _MULTIPLIER + hashes[offset : offset + len(total)]
    return np.unique(_mix(total))


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit values (the finaliser of SplitMix64), so that their order says nothing."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def minhash(pieces: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Return MinHash signatures, shape ``(n, BANDS * ROWS)``; an empty set is like no other."""
    n = len(pieces)
    signatures = np.empty((n, BANDS * ROWS), dtype=np.uint64)
    signatures[:] = np.arange(n, dtype=np.uint64)[:, None]
    filled = [item for item in range(n) if len(pieces[item])]
    if not filled:
        return signatures
    flat = np.concatenate([pieces[item] for item in filled])
    starts = np.cumsum([0, *(len(pieces[item]) for item in filled[:-1])])
    for column in range(BANDS * ROWS):
        salt = np.uint64((column + 1) * int(_MULTIPLIER) % 2**64)
        signatures[filled, column] = np.minimum.reduceat(_mix(flat ^ salt), starts)
    return signatures


def jaccard(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> float:
    """Return ``|A ∩ B| / |A ∪ B|`` of two sorted unique arrays."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)
