"""Texts as token ids, cut to the recipe's length, once per run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pycode.data.types import Split
from pycode.errors import CourseError
from pycode.train.lengths import SHORTEST


@dataclass(frozen=True)
class Encoded:
    """One split ready for a model: ``ids`` (n lists of tokens), ``labels`` (n, int64), ``lengths`` (n)."""

    ids: list[list[int]]
    labels: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def encode(tokenizer: object, split: Split, max_length: int) -> Encoded:
    """Return ``split`` tokenised and cut to ``max_length`` tokens, special tokens included.

    Raises:
        CourseError: ``max_length`` is too short to cut to, or a text gives no token at all.
    """
    if max_length < SHORTEST:
        raise CourseError(f"max_length must be {SHORTEST} or more; got {max_length}.")
    ids = _ids(tokenizer, split.texts, max_length)
    lengths = np.array([len(item) for item in ids], dtype=np.int64)
    if len(lengths) and lengths.min() == 0:
        row = split.row_ids[int(np.argmin(lengths))]
        raise CourseError(f"Row {row} gives no token: empty texts cannot be trained on; drop it.")
    return Encoded(ids, np.asarray(split.labels, dtype=np.int64), lengths)


def _ids(tokenizer: object, texts: Sequence[str], max_length: int) -> list[list[int]]:
    encoded = tokenizer(list(texts), truncation=True, max_length=max_length, padding=False)  # type: ignore[operator]
    return [list(item) for item in encoded["input_ids"]]
