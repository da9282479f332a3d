"""Sets of equal things: union-find, and a hash that is the same in every process."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def stable_hash(text: str) -> int:
    """Return 64 bits that depend on the text only, not on the process."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "little")


class DisjointSets:
    """Union-find over ``0 … n - 1``; the smallest member names its set."""

    def __init__(self, n: int) -> None:
        self._parent = list(range(n))

    def find(self, item: int) -> int:
        """Return the name of the set that holds ``item``."""
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, first: int, second: int) -> None:
        """Put both items into one set."""
        low, high = sorted((self.find(first), self.find(second)))
        self._parent[high] = low

    def join_equal(self, keys: Iterable[str]) -> None:
        """Put all items with the same key into one set."""
        seen: dict[str, int] = {}
        for item, key in enumerate(keys):
            self.join(seen.setdefault(key, item), item)

    def groups(self) -> NDArray[np.int64]:
        """Return the set's name for each item, shape ``(n,)``."""
        return np.array([self.find(item) for item in range(len(self._parent))], dtype=np.int64)
