"""The sentence behind a claim: model, data, split, n, classes, seed, conditions, source."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pycode.runs.value import published_text

if TYPE_CHECKING:
    from pycode.runs.published import Entry
    from pycode.runs.record import Metric, Record

ORIGINAL = "original course (E. Ariño de la Rubia, CC BY 4.0)"


def of_run(record: "Record", metric: "Metric", split: str, settings: Mapping[str, Any]) -> str:
    """Return where a metric of a run comes from; ``settings`` are named where they matter."""
    parts = [record.title, _data(record, metric, split)]
    if record.seeds and record.kind != "audit":
        label = "seeds" if len(record.seeds) > 1 else "seed"
        parts.append(f"{label} {', '.join(map(str, record.seeds))}")
    parts.append(conditions(settings))
    if metric.interval is not None:
        parts.append(interval(metric.interval))
    parts += [metric.note or "", f"run {record.id}, {record.created[:10]}"]
    return _sentence("; ".join(part for part in parts if part))


def of_entry(entry: "Entry") -> str:
    """Return where a published figure comes from, with the values that contradict it."""
    size = f"n = {entry.n:,}" if entry.n is not None else ""
    classes = f"{entry.n_classes} classes" if entry.n_classes is not None else ""
    data = ", ".join(part for part in (entry.split, size, classes) if part)
    conditions_text = conditions(entry.settings) if entry.kind.physical else ""
    parts = [entry.what, entry.model, entry.setting, entry.detail, data, conditions_text]
    if entry.interval is not None:
        parts.append(interval(entry.interval))
    text = "; ".join(part for part in parts if part)
    text = text[:1].upper() + text[1:]
    text += f". Published by the {ORIGINAL}, {entry.source}; not measured here."
    if entry.conflicts:
        others = "; ".join(f"{item.text} ({item.source})" for item in entry.conflicts)
        text += f" The original contradicts itself: {published_text(entry)} here, but {others}."
    return f"{text} {_sentence(entry.note)}".rstrip() if entry.note else text


def conditions(settings: Mapping[str, Any]) -> str:
    """Return the conditions of a timed or physical quantity as words."""
    names = {
        "device": "{}",
        "dtype": "{}",
        "batch_size": "batch size {}",
        "sequence_policy": "{}",
        "statistic": "{}",
    }
    known = [
        form.format(settings[key]) for key, form in names.items() if settings.get(key) is not None
    ]
    other = [f"{key.replace('_', ' ')} {value}" for key, value in settings.items()
             if key not in names and value is not None]  # fmt: skip
    return ", ".join(known + other)


def interval(bounds: Mapping[str, Any]) -> str:
    """Return the interval in words: level, bounds and method."""
    low, high = (f"{bounds[key]:.4g}".replace("-", "\N{MINUS SIGN}") for key in ("low", "high"))
    return f"{100 * bounds['level']:.3g} % interval {low} to {high} ({bounds['method']})"


def _data(record: "Record", metric: "Metric", split: str) -> str:
    size = metric.n if metric.n is not None else record.data["n"].get(split)
    parts = [f"{record.data['name']} {split}".strip()]
    if size is not None:
        parts.append(f"n = {size:,}")
    if record.data.get("n_classes") is not None:
        parts.append(f"{record.data['n_classes']} classes")
    return ", ".join(parts)


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
