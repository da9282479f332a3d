"""The small JSON files that a notebook keeps: locked guesses and notes."""

import json
from pathlib import Path
from typing import Any

from pycode.labs.blank import LabError


def read_store(path: Path) -> dict[str, Any]:
    """Return the JSON object in ``path``, empty when there is no such file.

    Raises:
        LabError: it holds something else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise LabError(
            f"{path.name} cannot be read: delete it and run the cells again that wrote it."
        )
    return value
