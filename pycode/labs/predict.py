"""Predictions that are written down before the result is seen, and compared with it afterwards."""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycode.files import write_json
from pycode.labs.blank import Blank, LabError


@dataclass(frozen=True)
class Prediction:
    """A number that was guessed before it was measured."""

    question: str
    value: float
    unit: str = ""

    def reveal(self, measured: float, within: float) -> float:
        """Print how far the guess was from ``measured`` and return the signed error (guess − measured).

        ``within`` is the distance, in the unit of the question, that counts as a good guess.
        """
        error = self.value - float(measured)
        distance = abs(error)
        if distance <= within:
            word = "Close"
        else:
            word = "Too high" if error > 0 else "Too low"
        print(
            f"{self.question}: you said {self._text(self.value)}, measured {self._text(measured)}."
        )
        print(f"{word}: off by {self._text(distance)}.")
        return error

    def _text(self, value: float) -> str:
        return f"{value:g}{' ' if self.unit and self.unit != '%' else ''}{self.unit}"


def predict(question: str, value: Any, unit: str = "") -> Prediction:
    """Lock a guess: the first answer to a question stays, whatever is typed later.

    The lock is the file that the environment variable COURSE_PREDICTIONS names (the notebook's first cell
    sets it, so a guess survives a restarted session). Without it nothing is stored.

    Raises:
        LabError: ``value`` is a blank or not a finite number.
    """
    if isinstance(value, Blank):
        raise LabError(
            f"{question}: write your own guess in place of ___ first. A guess cannot be wrong to make."
        )
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise LabError(f"{question}: a guess is one number, got {value!r}.")
    store = os.environ.get("COURSE_PREDICTIONS")
    kept = _lock(Path(store), question, float(value)) if store else float(value)
    guess = Prediction(question, kept, unit)
    if kept != value:
        print(f"{question}: your first guess, {guess._text(kept)}, is locked and stays.")
    else:
        print(f"{question}: {guess._text(kept)} is locked. Now run the next cells.")
    return guess


def _lock(path: Path, question: str, value: float) -> float:
    """Return the first value ever stored for ``question`` in the JSON file ``path``."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        stored = {}
    except ValueError:
        raise LabError(f"{path.name} cannot be read: delete it and run the cell again.") from None
    if question not in stored:
        stored[question] = value
        write_json(path, stored)
    return float(stored[question])
