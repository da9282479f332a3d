"""The classes that a run was scored on, as `classes.json` beside its record lists them."""

import json
from pathlib import Path
from typing import Any

from pycode.errors import CourseError


def class_tiers(folder: Path, n_classes: int) -> list[str]:
    """Return the tier of each class, by class id.

    Raises:
        CourseError: the file is missing, is not JSON, or does not give each class a tier.
    """
    path = folder / "classes.json"
    where = f"runs/{folder.name}/classes.json"
    repair = f"restore it with `git checkout -- {where}`, or run `course run {folder.name}` again"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"{where} is missing, and the tiers of the classes stand in it: {repair}."
        ) from None
    except (OSError, ValueError) as error:
        raise CourseError(f"{where} cannot be read ({error}): {repair}.") from None
    if not _complete(rows, n_classes):
        raise CourseError(
            f"{where} must list {n_classes} classes by id, each with its tier: {repair}."
        )
    return [row["tier"] for row in rows]


def _complete(rows: Any, n_classes: int) -> bool:
    return (
        isinstance(rows, list)
        and all(isinstance(row, dict) and isinstance(row.get("tier"), str) for row in rows)
        and [row.get("id") for row in rows] == list(range(n_classes))
    )
