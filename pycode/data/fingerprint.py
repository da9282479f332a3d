"""A name for the exact content of a data set, independent of the order of its rows."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from pycode.data.types import Split


def text_hash(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8 bytes in hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def fingerprint_rows(row_ids: Sequence[str], texts: Sequence[str], labels: Iterable[str]) -> str:
    """Return the SHA-256 over the sorted lines ``row id, hash of the text, label name``."""
    lines = sorted(
        f"{row_id}\t{text_hash(text)}\t{label}\n"
        for row_id, text, label in zip(row_ids, texts, labels, strict=True)
    )
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def fingerprint_labels(label_names: Sequence[str]) -> str:
    """Return the SHA-256 of the label list; order counts, because the order is the id."""
    return hashlib.sha256("\n".join(label_names).encode("utf-8")).hexdigest()


def fingerprint(splits: Mapping[str, Split], label_names: Sequence[str]) -> str:
    """Return the fingerprint of a whole data set: label list, and who is in which split.

    Two loads have the same fingerprint if and only if (up to hash collisions) they hold the same
    texts under the same ids, with the same labels, in the same splits, over the same label list.
    """
    digest = hashlib.sha256(fingerprint_labels(label_names).encode())
    for name in sorted(splits):
        part = splits[name]
        names = [label_names[label] for label in part.labels]
        digest.update(f"\n{name} {fingerprint_rows(part.row_ids, part.texts, names)}".encode())
    return digest.hexdigest()
