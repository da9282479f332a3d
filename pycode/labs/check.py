"""Self-checks: compare a student's value with the wanted one and say what is wrong in words."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pycode.labs.blank import Blank, LabError

_SEAL = "sealed:"


def seal(value: Any) -> str:
    """Return ``value`` (JSON types) as text that cannot be read by accident; `hidden` opens it.

    A seal keeps an answer from being seen in passing. It is not a secret: whoever wants to open it can.
    """
    return _SEAL + base64.b64encode(json.dumps(value).encode()).decode()


def hidden(value: Any) -> Any:
    """Return the wanted value of a check; in a student's notebook ``value`` is its sealed form."""
    if isinstance(value, str) and value.startswith(_SEAL):
        return json.loads(base64.b64decode(value.removeprefix(_SEAL)))
    return value


def check(name: str, got: Any, wanted: Any, tolerance: float = 0.0, hint: str = "") -> None:
    """Print that ``got`` is right, or stop the cell with what is wrong about it.

    Args:
        name: what is checked, as the student knows it.
        got: the student's value: number, text, bool, or a (nested) sequence, mapping or array of these.
        wanted: the right value of the same shape; never printed.
        tolerance: largest absolute difference between numbers that counts as equal.
        hint: the question to ask oneself when the check fails.

    Raises:
        LabError: the value is a blank, of another kind or shape, or differs.
    """
    problem = _difference(got, wanted, tolerance)
    if problem:
        raise LabError(f"✗ {name}: {problem}" + (f"\n  Hint: {hint}" if hint else ""))
    print(f"✓ {name}")


def _difference(got: Any, wanted: Any, tolerance: float) -> str:
    """Return what is wrong with ``got`` without giving ``wanted`` away, or an empty string."""
    if isinstance(got, Blank):
        return "there is still a blank: replace ___ with your own code."
    if got is None and wanted is not None:
        return "the value is None. Did you forget to return or assign the result?"
    got, wanted = _plain(got), _plain(wanted)
    if isinstance(wanted, bool) or isinstance(got, bool):
        return _exact(got, wanted)
    if isinstance(wanted, (int, float)):
        return _number(got, wanted, tolerance)
    if isinstance(wanted, Mapping):
        return _mapping(got, wanted, tolerance)
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return _sequence(got, wanted, tolerance)
    return _exact(got, wanted)


def _plain(value: Any) -> Any:
    """Return arrays, tensors and their scalars as plain Python lists and numbers."""
    return value.tolist() if hasattr(value, "tolist") else value


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "True or False"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, Sequence):
        return f"a list or array of {len(value)} values"
    return f"a {type(value).__name__}"


def _spelt(value: Any) -> Any:
    """Return a text without what is only typing: capitals, outer spaces, a full stop."""
    return value.strip().rstrip(".").casefold() if isinstance(value, str) else value


def _exact(got: Any, wanted: Any) -> str:
    if _kind(got) != _kind(wanted):
        return f"expected {_kind(wanted)}, got {_kind(got)}: {got!r}."
    if got == wanted:
        return ""
    if _spelt(got) == _spelt(wanted):
        return f"{got!r} differs only in capital letters, spaces or a full stop: write it as asked."
    return f"{got!r} is not the right answer."


def _number(got: Any, wanted: float, tolerance: float) -> str:
    if not isinstance(got, (int, float)):
        return f"expected a number, got {_kind(got)}."
    if math.isnan(got) or math.isnan(wanted):
        same = math.isnan(got) and math.isnan(wanted)
        return (
            "" if same else "the value is NaN: look for a division by zero or an empty selection."
        )
    if abs(got - wanted) <= tolerance:
        return ""
    for factor in (100, 0.01):
        if wanted and abs(got * factor - wanted) <= max(tolerance, abs(wanted) * 1e-9):
            return f"{got:g} is off by a factor of 100: is a share or a percentage wanted?"
    return f"{got:g} is too {'high' if got > wanted else 'low'}."


def _sequence(got: Any, wanted: Sequence[Any], tolerance: float) -> str:
    if not isinstance(got, Sequence) or isinstance(got, str):
        return f"expected a list or array, got {_kind(got)}."
    if len(got) != len(wanted):
        return f"the length is {len(got)} and should be {len(wanted)}."
    for index, (one, other) in enumerate(zip(got, wanted)):
        problem = _difference(one, other, tolerance)
        if problem:
            return f"at position {index}, {problem}"
    return ""


def _mapping(got: Any, wanted: Mapping[Any, Any], tolerance: float) -> str:
    if not isinstance(got, Mapping):
        return f"expected a dictionary, got {_kind(got)}."
    missing = [key for key in wanted if key not in got]
    extra = [key for key in got if key not in wanted]
    if missing or extra:
        return f"the keys differ: missing {missing}, not wanted {extra}."
    for key, value in wanted.items():
        problem = _difference(got[key], value, tolerance)
        if problem:
            return f"for {key!r}, {problem}"
    return ""
