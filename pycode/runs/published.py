"""Figures of the original course that this course cites, from `runs/published.yml`.

Each entry has an id, a value (or a range), its unit, what it is, whose it is, its setting, its
split
and its source; contradictions inside the original are kept as `conflicts`. ``settings`` and
``sources`` are named once at the top of the file and referred to by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pycode.errors import CourseError, nearest
from pycode.runs import kinds, schema
from pycode.yamltext import YamlProblem, parse_yaml

TOP_KEYS = ("attribution", "licence", "commit", "splits", "settings", "sources", "entries")
SETTING_KEYS = ("text", "n_classes", *kinds.TIMED_SETTINGS)
ENTRY_KEYS = (
    "id", "value", "unit", "metric", "what", "model", "setting", "detail", "split", "n",
    "n_classes", "source",
    "note", "conflicts", "interval", "approximate", "bound", "decimals", *kinds.TIMED_SETTINGS,
)  # fmt: skip
PREFIXES = {"below": "< ", "above": "> "}


@dataclass(frozen=True)
class Conflict:
    """Another value that the original prints for the same quantity, and where."""

    text: str
    source: str
    value: float | None = None


@dataclass(frozen=True)
class Entry:
    """One published figure. ``value`` is None where ``low`` and ``high`` give a range."""

    id: str
    unit: str
    metric: str
    source: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    what: str = ""
    model: str = ""
    setting: str = ""
    detail: str = ""
    split: str = ""
    n: int | None = None
    n_classes: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    interval: Mapping[str, Any] | None = None
    conflicts: tuple[Conflict, ...] = ()
    note: str = ""
    prefix: str = ""
    decimals: int | None = None

    @property
    def kind(self) -> kinds.Kind:
        """How the value is printed."""
        return kinds.UNITS[self.unit]


def read_published(runs_dir: Path) -> dict[str, Entry]:
    """Return the entries of ``runs_dir/published.yml`` by id, in the file's order.

    The parsed file is remembered by its path, size and time of change, since a page may make a
    hundred claims; a changed file is read again.

    Raises:
        CourseError: the file is missing or malformed; the message names the entry.
    """
    path = runs_dir / "published.yml"
    try:
        state = path.stat()
    except OSError:
        raise CourseError("runs/published.yml is missing.") from None
    return dict(_read(path, state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int, _size: int) -> Mapping[str, Entry]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return parse_published(parse_yaml(path.read_text(encoding="utf-8"), loader))
    except YamlProblem as problem:
        place = f", line {problem.line}" if problem.line else ""
        raise CourseError(f"runs/published.yml{place}: {problem.reason}.") from None
    except UnicodeDecodeError:
        raise CourseError("runs/published.yml is not a readable UTF-8 YAML file.") from None


def parse_published(content: Any) -> dict[str, Entry]:
    """Return the entries of the parsed file; raise CourseError for the first departure."""
    schema.check_keys(content, TOP_KEYS, "runs/published.yml")
    entries = content.get("entries")
    schema.need(isinstance(entries, list), "runs/published.yml", "`entries` must be a list.")
    tables = {key: content.get(key) or {} for key in ("splits", "settings", "sources")}
    for key, table in tables.items():
        schema.need(isinstance(table, Mapping), "runs/published.yml", f"`{key}` must be a mapping.")
    for name, table in tables["settings"].items():
        schema.check_keys(table, SETTING_KEYS, f"runs/published.yml, setting {name!r}")
    out: dict[str, Entry] = {}
    for position, raw in enumerate(entries):
        entry = _entry(raw, tables, position)
        schema.need(
            entry.id not in out, f"runs/published.yml, {entry.id!r}", "the id appears twice."
        )
        out[entry.id] = entry
    return out


def _entry(raw: Any, tables: Mapping[str, Mapping[str, Any]], position: int) -> Entry:
    name = raw.get("id") if isinstance(raw, Mapping) else None
    where = (
        f"runs/published.yml, entry {name!r}"
        if name
        else f"runs/published.yml, entry number {position + 1}"
    )
    schema.check_keys(raw, ENTRY_KEYS, where)
    for key in ("id", "unit", "metric", "source"):
        schema.check_text(raw.get(key), f"{where}, {key}")
    for key in ("what", "model", "setting", "detail", "split", "note"):
        schema.check_text(raw.get(key, ""), f"{where}, {key}", empty=True)
    schema.need(
        ":" not in raw["id"] and '"' not in raw["id"], where, "an id has no colon and no quotes."
    )
    kinds.unit_of(raw["metric"], raw["unit"], where)
    setting = _look_up(raw.get("setting", ""), tables["settings"], f"{where}, setting")
    value, low, high = _value(raw.get("value"), where)
    decimals = _decimals(raw, where)
    return Entry(
        id=raw["id"], unit=raw["unit"], metric=raw["metric"], what=raw.get("what", ""),
        source=_source(raw["source"], tables["sources"], where),
        value=value, low=low, high=high,
        model=raw.get("model", ""), setting=setting.get("text", ""), detail=raw.get("detail", ""),
        split=raw.get("split", ""),
        n=_size(raw.get("n", tables["splits"].get(raw.get("split", ""))), f"{where}, n"),
        n_classes=_size(raw.get("n_classes", setting.get("n_classes")), f"{where}, n_classes"),
        settings=_settings(raw, setting), interval=_interval(raw.get("interval"), where),
        conflicts=_conflicts(raw, tables["sources"], where), note=raw.get("note", ""),
        prefix=_prefix(raw, where), decimals=decimals,
    )  # fmt: skip


def _value(value: Any, where: str) -> tuple[float | None, float | None, float | None]:
    if isinstance(value, list):
        ok = len(value) == 2 and all(map(schema.is_number, value)) and value[0] < value[1]
        schema.need(ok, where, f"a range is written [low, high], got {value!r}.")
        return None, float(value[0]), float(value[1])
    schema.need(
        schema.is_number(value),
        where,
        f"value must be a finite number or [low, high], got {value!r}.",
    )
    return float(value), None, None


def _look_up(name: str, table: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    if not name:
        return {}
    schema.need(
        name in table,
        where,
        f"{name!r} is not named under `settings`.{nearest(name, [str(k) for k in table])}",
    )
    schema.check_text(table[name].get("text", ""), where, empty=True)
    return table[name]


def _source(name: str, sources: Mapping[str, Any], where: str) -> str:
    text = sources.get(name, name)
    schema.check_text(text, f"{where}, source")
    return text


def _settings(raw: Mapping[str, Any], setting: Mapping[str, Any]) -> dict[str, Any]:
    merged = {key: raw.get(key, setting.get(key)) for key in kinds.TIMED_SETTINGS}
    return {key: value for key, value in merged.items() if value is not None}


def _size(value: Any, where: str) -> int | None:
    schema.need(
        value is None or schema.is_count(value), where, f"a whole number is needed, got {value!r}."
    )
    return value


def _interval(value: Any, where: str) -> Mapping[str, Any] | None:
    if value is not None:
        schema.check_interval(value, f"{where}, interval")
    return value


def _prefix(raw: Mapping[str, Any], where: str) -> str:
    if raw.get("bound") is not None:
        schema.check_choice(raw["bound"], tuple(PREFIXES), f"{where}, bound")
        return PREFIXES[raw["bound"]]
    schema.need(
        isinstance(raw.get("approximate", False), bool), where, "approximate must be true or false."
    )
    return "≈ " if raw.get("approximate") else ""


def _decimals(raw: Mapping[str, Any], where: str) -> int | None:
    """Return the decimals to print: as stated, else as the file writes the value."""
    stated = raw.get("decimals")
    schema.need(
        stated is None or (schema.is_count(stated) and stated <= 6),
        where,
        f"decimals must be 0 to 6, got {stated!r}.",
    )
    if stated is not None:
        return stated
    return as_printed(raw["value"], kinds.UNITS[raw["unit"]])


def as_printed(value: Any, kind: kinds.Kind) -> int | None:
    """Return the decimals of a physical quantity or percentage as the file writes it."""
    if not (kind.physical or kind.name in ("percent", "ratio", "points")):
        return None
    numbers = value if isinstance(value, list) else [value]
    return max(_written(item) for item in numbers)


def _written(number: float) -> int:
    text = repr(number)
    return 0 if "e" in text else len(text.partition(".")[2])


def _conflicts(
    raw: Mapping[str, Any], sources: Mapping[str, Any], where: str
) -> tuple[Conflict, ...]:
    listed = raw.get("conflicts") or []
    schema.need(
        isinstance(listed, list), f"{where}, conflicts", "a list of {value, source} is needed."
    )
    out = []
    for item in listed:
        schema.check_keys(item, ("value", "text", "source"), f"{where}, conflicts")
        value, text = item.get("value"), item.get("text")
        schema.check_text(item.get("source"), f"{where}, conflicts, source")
        if text is None:
            schema.need(
                schema.is_number(value),
                f"{where}, conflicts",
                f"value must be a number, got {value!r}.",
            )
            kind = kinds.UNITS[raw["unit"]]
            places = raw.get("decimals", as_printed(value, kind))
            text = kinds.with_unit(kinds.number(float(value), kind, places), kind, None)
        schema.check_text(text, f"{where}, conflicts, text")
        schema.need(
            value is None or schema.is_number(value),
            f"{where}, conflicts",
            f"value must be a number, got {value!r}.",
        )
        source = _source(item["source"], sources, where)
        out.append(Conflict(text, source, None if value is None else float(value)))
    return tuple(out)
