"""The shape of a run record, written down once, and the sentences that say where a record
departs from it."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from pycode.errors import CourseError, nearest

MODES = ("full", "smoke")
KINDS = ("audit", "baseline", "train", "evaluate", "compress", "distill", "benchmark", "simulate")
METRIC_KEYS = ("value", "n", "unit", "statistic", "interval", "settings", "per_seed", "note")
INTERVAL_KEYS = ("low", "high", "level", "method")
DATA_KEYS = (
    "source", "name", "fingerprint", "n", "n_classes", "labels", "labels_file", "labels_sha256",
    "revision", "notes",
)  # fmt: skip
HARDWARE_KEYS = ("device", "compute_capability", "cores", "memory_gb")
RUN_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
METRIC_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@+-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{7,40}(-dirty)?|unknown")
CREATED = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?")


def config_sha256(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of ``config`` as canonical JSON: sorted keys, no spaces, UTF-8.

    Raises:
        CourseError: the config holds something that JSON cannot express (a date, a set, NaN).
    """
    try:
        text = json.dumps(
            config, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise CourseError(
            f"The config cannot be hashed ({error}): use only text, numbers, true/false, null, "
            "lists and mappings with text keys; write dates in quotes."
        ) from None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fail(where: str, message: str) -> CourseError:
    """Return the error for one departure; ``where`` names the run and the field."""
    return CourseError(f"{where}: {message}")


def need(condition: bool, where: str, message: str) -> None:
    """Raise the error unless ``condition`` holds."""
    if not condition:
        raise fail(where, message)


def is_number(value: Any) -> bool:
    """Return whether ``value`` is a finite int or float (booleans are neither)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_count(value: Any) -> bool:
    """Return whether ``value`` is a whole number ≥ 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def check_keys(value: Any, allowed: tuple[str, ...], where: str) -> None:
    """Require a mapping whose keys are all in ``allowed``; name the nearest one otherwise."""
    need(isinstance(value, Mapping), where, f"a mapping is needed, got {type(value).__name__}.")
    for key in value:
        if key not in allowed:
            hint = nearest(str(key), allowed)
            raise fail(where, f"unknown key {key!r}; allowed are {', '.join(allowed)}.{hint}")


def check_choice(value: Any, allowed: tuple[str, ...], where: str) -> None:
    """Require one of the ``allowed`` names."""
    if value not in allowed:
        raise fail(
            where, f"got {value!r}, allowed are {', '.join(allowed)}.{nearest(str(value), allowed)}"
        )


def check_text(value: Any, where: str, *, empty: bool = False) -> None:
    """Require text on one line, not empty unless ``empty``."""
    need(isinstance(value, str), where, f"text is needed, got {type(value).__name__}.")
    need(empty or bool(value.strip()), where, "text is needed, got an empty string.")
    need("\n" not in value.strip(), where, "one line of text is needed, got several.")


def check_match(value: Any, pattern: re.Pattern[str], where: str, example: str) -> None:
    """Require text of which all matches ``pattern``; ``example`` shows an allowed value."""
    ok = isinstance(value, str) and pattern.fullmatch(value) is not None
    need(ok, where, f"got {value!r}, wanted something like {example}.")


def check_run_id(run_id: Any) -> None:
    """Require an id that a record may have: it becomes a folder, part of claims and of addresses."""
    check_match(run_id, RUN_ID, "A run's id", "'tfidf-cfpb8k' (lower case, digits, - . _)")
    need(run_id != "published", "A run's id", "'published' is reserved for cited figures.")


def check_interval(value: Any, where: str) -> None:
    """Check ``{low, high, level, method}``: low ≤ high, 0 < level < 1."""
    check_keys(value, INTERVAL_KEYS, where)
    for key in ("low", "high", "level"):
        need(
            is_number(value.get(key)),
            where,
            f"{key} must be a finite number, got {value.get(key)!r}.",
        )
    need(value["low"] <= value["high"], where, f"low {value['low']} is above high {value['high']}.")
    need(0 < value["level"] < 1, where, f"level must lie between 0 and 1, got {value['level']}.")
    check_text(value.get("method"), f"{where}.method")


def check_scalars(value: Any, where: str) -> None:
    """Check a flat mapping from names to text, numbers, booleans or null."""
    need(isinstance(value, Mapping), where, f"a mapping is needed, got {type(value).__name__}.")
    for key, item in value.items():
        check_match(key, METRIC_NAME, where, "'batch_size'")
        plain = item is None or isinstance(item, str | bool) or is_number(item)
        need(
            plain,
            f"{where}.{key}",
            f"text, a finite number, true/false or null is needed, got {item!r}.",
        )


def check_metric(leaf: Mapping[str, Any], where: str) -> None:
    """Check one metric: a finite ``value`` and the optional facts around it."""
    from pycode.runs.kinds import kind_of

    check_keys(leaf, METRIC_KEYS, where)
    need(is_number(leaf["value"]), where, f"value must be a finite number, got {leaf['value']!r}.")
    need(
        leaf.get("n") is None or is_count(leaf["n"]),
        where,
        f"n must be a whole number, got {leaf.get('n')!r}.",
    )
    for key in ("unit", "statistic", "note"):
        if leaf.get(key) is not None:
            check_text(leaf[key], f"{where}.{key}", empty=True)
    if leaf.get("interval") is not None:
        check_interval(leaf["interval"], f"{where}.interval")
    check_scalars(leaf.get("settings") or {}, f"{where}.settings")
    seeds = leaf.get("per_seed")
    if seeds is not None:
        ok = isinstance(seeds, Mapping) and all(is_number(item) for item in seeds.values())
        need(ok, where, "per_seed must map each seed to a finite number.")
    kind_of(where.rsplit(".", 1)[-1], leaf.get("unit"), where)


def check_metrics(tree: Any, where: str, depth: int = 0) -> None:
    """Check the metrics tree: branches are mappings of names, leaves are mappings with
    ``value``."""
    need(
        isinstance(tree, Mapping),
        where,
        f"a mapping is needed, got {type(tree).__name__}: write {{value: …}}.",
    )
    need(depth < 8, where, "metrics are nested more than eight levels deep.")
    for name, item in tree.items():
        check_match(name, METRIC_NAME, where, "'macro_f1' (no dots or spaces)")
        if isinstance(item, Mapping) and "value" in item:
            check_metric(item, f"{where}.{name}")
        else:
            check_metrics(item, f"{where}.{name}", depth + 1)


def check_data(data: Any, where: str) -> None:
    """Check the facts about the data: source, name, fingerprint, rows per split, classes,
    labels."""
    check_keys(data, DATA_KEYS, where)
    for key in ("source", "name", "fingerprint"):
        check_text(data.get(key), f"{where}.{key}")
    sizes = data.get("n")
    ok = isinstance(sizes, Mapping) and bool(sizes) and all(map(is_count, sizes.values()))
    need(ok, f"{where}.n", "rows per split are needed, like {train: 4812, test: 1604}.")
    classes = data.get("n_classes")
    need(
        classes is None or is_count(classes),
        f"{where}.n_classes",
        f"a whole number is needed, got {classes!r}.",
    )
    labels = data.get("labels")
    if labels is not None:
        ok = isinstance(labels, list) and all(isinstance(item, str) for item in labels)
        need(ok, f"{where}.labels", "a list of label names is needed.")
        need(
            len(labels) == classes,
            f"{where}.labels",
            f"{len(labels)} labels, but n_classes is {classes}.",
        )
    if data.get("labels_sha256") is not None:
        check_match(data["labels_sha256"], SHA256, f"{where}.labels_sha256", "64 hex digits")
        check_text(data.get("labels_file"), f"{where}.labels_file")


def check_hardware(hardware: Any, where: str) -> None:
    """Check the hardware: a device name, its compute capability where it is a GPU, CPU cores."""
    check_keys(hardware, HARDWARE_KEYS, where)
    check_text(hardware.get("device"), f"{where}.device")
    if hardware.get("compute_capability") is not None:
        check_match(
            hardware["compute_capability"],
            re.compile(r"\d+\.\d+"),
            f"{where}.compute_capability",
            "'7.5'",
        )
    cores = hardware.get("cores")
    need(
        cores is None or is_count(cores),
        f"{where}.cores",
        f"a whole number is needed, got {cores!r}.",
    )
    memory = hardware.get("memory_gb")
    need(
        memory is None or is_number(memory),
        f"{where}.memory_gb",
        f"a number is needed, got {memory!r}.",
    )


def check_history(history: Any, where: str) -> None:
    """Check the history: a list with one flat mapping per epoch."""
    need(isinstance(history, list), where, f"a list is needed, got {type(history).__name__}.")
    for index, row in enumerate(history):
        check_scalars(row, f"{where}[{index}]")


def check_memory(memory: Any, where: str) -> None:
    """Check the peak memory: ``what`` was measured (process, device, …) and the ``value`` in MB."""
    check_keys(memory, ("what", "value"), where)
    check_text(memory.get("what"), f"{where}.what")
    need(
        is_number(memory.get("value")),
        where,
        f"value must be a finite number, got {memory.get('value')!r}.",
    )


def check_names(value: Any, where: str, item: Callable[[Any, str], None]) -> None:
    """Check a mapping from non-empty names to items that ``item`` accepts."""
    need(isinstance(value, Mapping), where, f"a mapping is needed, got {type(value).__name__}.")
    for key, entry in value.items():
        need(isinstance(key, str) and bool(key), where, f"names must be text, got {key!r}.")
        item(entry, f"{where}.{key}")
