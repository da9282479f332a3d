"""Per-example outputs of a run: what every later analysis is recomputed from, on any CPU.

`val.safetensors` and `test.safetensors` hold three tensors, one row per example in one order:

* ``logits``   n × C, fp16
* ``labels``   n, int16 (class ids 0 … C − 1)
* ``row_ids``  n, int64 where every id is a whole number in its shortest form ("712345"); otherwise
  n × W, uint8: each id as UTF-8, padded with zero bytes on the right to the longest id

and optionally ``groups`` (n, int32): which near-duplicate group each row belongs to, so that a
bootstrap can resample whole groups.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pycode.errors import CourseError
from pycode.files import write_bytes

TENSORS = ("logits", "labels", "row_ids", "groups")
FP16_MAX = 65504.0


@dataclass(frozen=True)
class Outputs:
    """Outputs on one split: ``logits`` (n × C), ``labels`` (n), ``row_ids`` (n), maybe
    ``groups`` (n)."""

    logits: np.ndarray
    labels: np.ndarray
    row_ids: list[str]
    groups: np.ndarray | None = None

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return int(self.logits.shape[1])

    @property
    def predictions(self) -> np.ndarray:
        """Predicted class ids (n), the first one on a tie."""
        return self.logits.argmax(axis=1)


def write_outputs(path: Path, outputs: Outputs, about: Mapping[str, Any] | None = None) -> None:
    """Check ``outputs`` and write them to ``path`` (``….safetensors``) atomically.

    ``about``: what a reader of this file alone must know, such as the class table; kept as JSON
    in the file's header.

    Raises:
        CourseError: shapes do not fit together, a logit is not finite in fp16, a label is no class,
            a row id appears twice.
    """
    from safetensors.numpy import save

    check_outputs(outputs, path.name)
    tensors = {
        "logits": np.ascontiguousarray(outputs.logits, dtype=np.float16),
        "labels": np.ascontiguousarray(outputs.labels, dtype=np.int16),
        "row_ids": encode_ids(outputs.row_ids, path.name),
    }
    if outputs.groups is not None:
        tensors["groups"] = np.ascontiguousarray(outputs.groups, dtype=np.int32)
    metadata = {key: json.dumps(value, ensure_ascii=False) for key, value in (about or {}).items()}
    write_bytes(path, save(tensors, metadata or None))


def read_outputs(path: Path) -> Outputs:
    """Return the checked outputs stored at ``path``; logits come as float32, labels as int64.

    Raises:
        CourseError: the file is missing or damaged, or its tensors are not as this module
        documents.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    name = f"{path.parent.name}/{path.name}"
    try:
        tensors = load(path.read_bytes())
    except FileNotFoundError:
        raise CourseError(f"{name} is missing: the run stored no outputs for this split.") from None
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise CourseError(f"{name} is not a readable safetensors file ({error}).") from None
    _check_tensors(tensors, name)
    groups = tensors.get("groups")
    outputs = Outputs(
        logits=tensors["logits"].astype(np.float32),
        labels=tensors["labels"].astype(np.int64),
        row_ids=decode_ids(tensors["row_ids"], name),
        groups=None if groups is None else groups.astype(np.int64),
    )
    check_outputs(outputs, name)
    return outputs


def check_outputs(outputs: Outputs, name: str) -> None:
    """Raise CourseError unless shapes agree, logits are finite in fp16, labels and ids are
    valid."""
    logits, labels = np.asarray(outputs.logits), np.asarray(outputs.labels)
    if logits.ndim != 2 or logits.shape[1] < 1:
        raise CourseError(f"{name}: logits must be n × C, got shape {logits.shape}.")
    n = logits.shape[0]
    sizes = {"labels": labels.shape, "row_ids": (len(outputs.row_ids),)}
    if outputs.groups is not None:
        sizes["groups"] = np.asarray(outputs.groups).shape
    for tensor, shape in sizes.items():
        if shape != (n,):
            raise CourseError(
                f"{name}: {tensor} must have shape ({n},) like the logits, got {shape}."
            )
    if not np.issubdtype(labels.dtype, np.integer):
        raise CourseError(f"{name}: labels must be integers, got {labels.dtype}.")
    if n and not (labels.min() >= 0 and labels.max() < logits.shape[1]):
        raise CourseError(
            f"{name}: labels must lie in 0 … {logits.shape[1] - 1}, got {labels.min()} … "
            f"{labels.max()}."
        )
    if not np.issubdtype(logits.dtype, np.floating) or not np.all(np.abs(logits) <= FP16_MAX):
        raise CourseError(
            f"{name}: logits must be finite numbers that fit into fp16 (at most 65,504)."
        )
    if len(set(outputs.row_ids)) != n:
        raise CourseError(
            f"{name}: row ids must differ, {n - len(set(outputs.row_ids))} appear again."
        )


def encode_ids(row_ids: list[str], name: str = "row_ids") -> np.ndarray:
    """Return row ids as the documented tensor: int64 (n) or zero-padded UTF-8 bytes (n × W,
    uint8)."""
    if any(not isinstance(item, str) or not item or "\0" in item for item in row_ids):
        raise CourseError(f"{name}: row ids must be non-empty text without zero bytes.")
    if all(_is_int64(item) for item in row_ids):
        return np.array([int(item) for item in row_ids], dtype=np.int64)
    try:
        encoded = [item.encode("utf-8") for item in row_ids]
    except UnicodeEncodeError:
        raise CourseError(f"{name}: a row id is not valid Unicode text.") from None
    width = max(map(len, encoded))
    return np.array([list(item.ljust(width, b"\0")) for item in encoded], dtype=np.uint8)


def decode_ids(tensor: np.ndarray, name: str = "row_ids") -> list[str]:
    """Return the row ids as text; the inverse of :func:`encode_ids`."""
    if tensor.ndim == 1:
        return [str(item) for item in tensor.tolist()]
    try:
        return [bytes(row.tolist()).rstrip(b"\0").decode("utf-8") for row in tensor]
    except UnicodeDecodeError:
        raise CourseError(f"{name}: the row ids are not UTF-8.") from None


def _is_int64(text: str) -> bool:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19:
        return False
    return str(int(text)) == text and -(2**63) <= int(text) < 2**63


def _check_tensors(tensors: dict[str, np.ndarray], name: str) -> None:
    from pycode.errors import nearest

    for key in tensors:
        if key not in TENSORS:
            raise CourseError(f"{name}: unknown tensor {key!r}.{nearest(key, TENSORS)}")
    for key in TENSORS[:3]:
        if key not in tensors:
            raise CourseError(f"{name}: the tensor {key!r} is missing.")
    if tensors["logits"].dtype != np.float16:
        raise CourseError(f"{name}: logits must be fp16, got {tensors['logits'].dtype}.")
    for key in tensors:
        if key != "logits" and not np.issubdtype(tensors[key].dtype, np.integer):
            raise CourseError(f"{name}: {key} must hold integers, got {tensors[key].dtype}.")
    ids = tensors["row_ids"]
    if not (ids.dtype == np.int64 and ids.ndim == 1) and not (
        ids.dtype == np.uint8 and ids.ndim == 2
    ):
        raise CourseError(
            f"{name}: row_ids must be int64 (n) or uint8 (n × width), got {ids.dtype} {ids.shape}."
        )
