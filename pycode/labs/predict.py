"""Predictions that are written down before the result is seen, and compared with it afterwards."""

import math
import os
import re
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

from pycode.files import write_json
from pycode.labs.blank import Blank, LabError
from pycode.labs.store import read_store

_PERCENT = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*%\s*")


@dataclass(frozen=True)
class Prediction:
    """A number that was guessed before it was measured."""

    question: str
    value: float
    unit: str = ""

    def reveal(self, measured: Any, within: float) -> float:
        """Print how far the guess was from ``measured`` and return the signed error (guess − measured).

        ``within`` is the distance, in the unit of the question, that counts as a good guess.

        Raises:
            LabError: ``measured`` is a blank or not one number.
        """
        measured = self._one_number(measured)
        error = self.value - measured
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

    def _one_number(self, measured: Any) -> float:
        if isinstance(measured, Blank):
            raise LabError(f"{self.question}: fill in the blank in the cell above first.")
        plain = measured.tolist() if hasattr(measured, "tolist") else measured
        if isinstance(plain, bool) or not isinstance(plain, Real):
            kind = (
                f"{len(plain)} values" if isinstance(plain, list) else f"a {type(plain).__name__}"
            )
            raise LabError(f"{self.question}: one number must be measured, got {kind}.")
        return float(plain)

    def _text(self, value: float) -> str:
        shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{round(value, 4):.4g}"
        return f"{shown}{' ' if self.unit and self.unit != '%' else ''}{self.unit}"


def predict(
    question: str, value: Any, unit: str = "", between: tuple[float, float] | None = None
) -> Prediction:
    """Lock a guess: the first answer to a question stays, whatever is typed later.

    The lock is the file that the environment variable COURSE_PREDICTIONS names (the notebook's first cell
    sets it, so a guess survives a restarted session). Without it nothing is stored. Because a locked guess
    stays, one that cannot be meant (a share where percent are asked, half a class) is refused before.

    Args:
        question: what is guessed; the key of the lock.
        value: one number; with the unit % also a text such as "0.5%".
        unit: `%`, `classes` (whole numbers) or any other word.
        between: smallest and largest possible answer; 0 to 100 for %.

    Raises:
        LabError: ``value`` is a blank, not a finite number, or impossible in this unit.
    """
    if isinstance(value, Blank):
        raise LabError(
            f"{question}: write your own guess in place of ___ first. A guess cannot be wrong to make."
        )
    number = _possible(question, value, unit, between or ((0, 100) if unit == "%" else None))
    store = os.environ.get("COURSE_PREDICTIONS")
    kept = _lock(Path(store), question, number) if store else number
    guess = Prediction(question, kept, unit)
    if kept != number:
        print(f"{question}: your first guess, {guess._text(kept)}, is locked and stays.")
    else:
        print(f"{question}: {guess._text(kept)} is locked. Now run the next cells.")
    return guess


def _possible(question: str, value: Any, unit: str, between: tuple[float, float] | None) -> float:
    """Return ``value`` as a number that can be an answer in ``unit``."""
    written = _PERCENT.fullmatch(value) if unit == "%" and isinstance(value, str) else None
    if written:
        value = float(written[1])
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise LabError(
            f"{question}: a guess is one number, got {value!r}. Type it alone, without quotation marks."
        )
    number = float(value)
    if between and not between[0] <= number <= between[1]:
        raise _not_locked(
            question, f"the answer lies between {between[0]:g} and {between[1]:g}, got {number:g}"
        )
    if unit == "%" and 0 < number < 1 and not written:
        raise _not_locked(
            question,
            f"a guess in percent is wanted. Did you mean {100 * number:g}? Then write {100 * number:g}; "
            f'if you mean less than one percent, write "{number:g}%"',
        )
    if unit == "classes" and number != round(number):
        raise _not_locked(question, f"classes are counted in whole numbers, got {number:g}")
    return number


def _not_locked(question: str, problem: str) -> LabError:
    return LabError(f"{question}: {problem}. Nothing is locked yet.")


def _lock(path: Path, question: str, value: float) -> float:
    """Return the first value ever stored for ``question`` in the JSON file ``path``."""
    stored = read_store(path)
    kept = stored.get(question)
    if isinstance(kept, bool) or not isinstance(kept, Real):
        kept = value
        write_json(path, {**stored, question: value})
    return float(kept)
