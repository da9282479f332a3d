"""Read `runs/<id>/config.yml` strictly: a misspelt field is an error, not a silent default."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pycode.data.types import SPLITS
from pycode.errors import CourseError, nearest
from pycode.experiment.machine import check_names as check_needs
from pycode.experiment.registry import kind_module
from pycode.experiment.types import Config, DataConfig
from pycode.project import read_yaml
from pycode.runs.schema import check_run_id, check_text, is_number

NOTHING = ("none",)  # of `store`: an empty list would read like the default, which is all
LARGEST_SEED = 2**32 - 1  # scikit-learn takes no larger one
PLAIN_NAMES = {int: "a whole number", float: "a finite number", str: "text", bool: "true or false"}


def read_config(runs_dir: Path, run_id: str) -> Config:
    """Return the declared run.

    Raises:
        CourseError: no such run, an id or a text that no record may hold, or any field that is unknown, missing
            or of the wrong type; the message names the file, the field and the nearest allowed name.
    """
    folder = runs_dir / run_id
    if not is_declared(runs_dir, run_id):
        known = sorted(path.parent.name for path in runs_dir.glob("*/config.yml"))
        listed = f" Declared: {', '.join(known[:12])}." if known else ""
        raise CourseError(
            f"No run {run_id!r} is declared (runs/{run_id}/config.yml is not there)."
            f"{nearest(run_id, known) or listed}"
        )
    check_run_id(run_id)
    where = f"runs/{run_id}/config.yml"
    declared = read_yaml(folder / "config.yml")
    if not isinstance(declared, Mapping):
        raise CourseError(f"{where} must hold fields like `kind:` and `data:`; got a list or text.")
    fields = ("description", "kind", "data", "recipe", "seeds", "notes", "needs", "store")
    _check_names(declared, fields, where)
    for name in ("description", "kind", "data"):
        if name not in declared:
            raise CourseError(f"{where} lacks the field {name!r}.")
    try:
        recipe = kind_module(declared["kind"]).Recipe
    except CourseError as error:
        raise CourseError(f"{where}, kind: {error}") from None
    needs = convert(declared.get("needs", []), tuple[str, ...], f"{where}, needs")
    check_needs(needs, f"{where}, needs")
    store = convert(declared.get("store", []), tuple[str, ...], f"{where}, store")
    for split in () if store == NOTHING else store:
        if split not in SPLITS:
            raise CourseError(
                f"{where}, store: {split!r} is no split; known: {', '.join(SPLITS)}, or `none` alone."
                f"{nearest(split, SPLITS)}"
            )
    description = convert(declared["description"], str, f"{where}, description")
    check_text(description, f"{where}, description")
    given = declared.get("recipe")
    return Config(
        id=run_id,
        description=description,
        kind=declared["kind"],
        data=build(DataConfig, declared["data"], f"{where}, data"),
        recipe=build(recipe, {} if given is None else given, f"{where}, recipe"),
        seeds=_seeds(declared.get("seeds", [0]), f"{where}, seeds"),
        notes=convert(declared.get("notes", ""), str, f"{where}, notes"),
        needs=needs,
        store=store,
    )


def is_declared(runs_dir: Path, run_id: str) -> bool:
    """Return whether ``run_id`` is the name of a folder with a config; a name that no folder can have is none."""
    try:
        return Path(run_id).name == run_id and (runs_dir / run_id / "config.yml").is_file()
    except (OSError, ValueError):  # too long, or a NUL in it
        return False


def _seeds(value: Any, where: str) -> tuple[int, ...]:
    seeds: tuple[int, ...] = convert(value, tuple[int, ...], where)
    fit = all(0 <= seed <= LARGEST_SEED for seed in seeds)
    if not seeds or not fit or len(set(seeds)) < len(seeds):
        raise CourseError(
            f"{where} must be one or more different whole numbers from 0 to {LARGEST_SEED}; got {list(seeds)}."
        )
    return seeds


def resolved(config: Config) -> dict[str, Any]:
    """Return the config as the record holds it: every default filled in, plain JSON types."""
    declared = dataclasses.asdict(config)
    declared["data"]["options"] = dict(config.data.options)
    for name in ("needs", "store"):
        if not declared[name]:
            del declared[name]
    return {key: _plain(value) for key, value in declared.items() if key != "id"}


def build(cls: Any, values: Any, where: str) -> Any:
    """Return ``cls(**values)`` for a frozen dataclass, with names and types checked."""
    if not isinstance(values, Mapping):
        raise CourseError(f"{where} must hold named fields; got {type(values).__name__}.")
    hints = typing.get_type_hints(cls)
    fields = {item.name: item for item in dataclasses.fields(cls)}
    _check_names(values, tuple(fields), where)
    given = {name: convert(value, hints[name], f"{where}.{name}") for name, value in values.items()}
    for name, item in fields.items():
        required = (
            item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        )
        if required and name not in given:
            raise CourseError(f"{where} lacks the field {name!r}.")
    try:
        return cls(**given)
    except CourseError as error:
        raise CourseError(f"{where}: {error}") from None


def convert(value: Any, hint: Any, where: str) -> Any:
    """Return ``value`` as the annotated type, or raise a CourseError that names the field."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or origin in (dict, Mapping) or getattr(origin, "__name__", "") == "Mapping":
        if hint is not Any and not isinstance(value, Mapping):
            raise CourseError(f"{where} must hold named fields; got {value!r}.")
        return value
    if origin is typing.Literal:
        if value not in inner:
            names = [str(item) for item in inner]
            hinted = nearest(str(value), names)
            raise CourseError(f"{where} must be one of {', '.join(names)}; got {value!r}.{hinted}")
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        return convert(value, next(item for item in inner if item is not type(None)), where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise CourseError(f"{where} must be a list; got {value!r}.")
        return tuple(convert(item, inner[0], where) for item in value)
    if hint is float and is_number(value):
        return float(value)
    if (
        hint is not float
        and isinstance(value, hint)
        and (hint is bool or not isinstance(value, bool))
    ):
        return value
    typed = hint is float and isinstance(value, str) and _number(value)
    extra = " (YAML reads 1e-5 as text: write 1.0e-5)" if typed else ""
    raise CourseError(f"{where} must be {PLAIN_NAMES.get(hint, hint)}; got {value!r}{extra}.")


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_names(values: Mapping[Any, Any], allowed: tuple[str, ...], where: str) -> None:
    for name in values:
        if name not in allowed:
            raise CourseError(
                f"{where} has an unknown field {name!r}; allowed: {', '.join(allowed)}."
                f"{nearest(str(name), allowed)}"
            )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
