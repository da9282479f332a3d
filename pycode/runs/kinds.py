"""How each kind of quantity is written: rounding and unit, fixed once for every page.

A kind is found from the unit, or from the metric's name where a run gives no unit. Values follow
the course's house style: a share as `54.2 %`, a score as `0.132`, a count as `1,604`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from pycode.errors import CourseError, nearest

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Kind:
    """How one kind of quantity is printed and read.

    ``decimals`` is the fixed number of decimals, or None for ``digits`` significant digits.
    ``suffix`` follows the number after a space (no space for the times sign and the noun style).
    ``lower_is_better`` says which sign of a difference is good; None where neither is.
    ``timed`` marks quantities that mean nothing without device, dtype, batch and statistic.
    """

    name: str
    decimals: int | None = 3
    digits: int = 3
    factor: float = 1.0
    suffix: str = ""
    noun: str = ""
    signed: bool = False
    lower_is_better: bool | None = None
    timed: bool = False
    physical: bool = False


def _count(noun: str, better: bool | None = None) -> Kind:
    return Kind("count", decimals=0, noun=noun, lower_is_better=better)


def _physical(name: str, suffix: str, *, timed: bool = False, better: bool | None = True) -> Kind:
    return Kind(
        name, decimals=None, suffix=suffix, timed=timed, lower_is_better=better, physical=True
    )


COUNT_UNITS = (
    "rows", "classes", "params", "steps", "tokens", "words", "characters", "batches",
    "entries", "labels",
    "examples", "errors", "lines", "files", "notebooks", "configs", "rank", "epochs",
    "groups", "seeds",
    "complaints", "slides", "layers", "MACs", "FLOPs", "checks", "documents", "features",
    "modules",
)  # fmt: skip

UNITS: dict[str, Kind] = {
    "share": Kind("share", decimals=1, factor=100.0, suffix="%", lower_is_better=False),
    "%": Kind("percent", decimals=1, suffix="%"),
    "score": Kind("score", lower_is_better=False),
    "error": Kind("error", lower_is_better=True),
    "nats": Kind("nats", lower_is_better=True),
    "delta": Kind("delta", signed=True),
    "points": Kind("points", decimals=1, suffix="points", signed=True),
    "pp": Kind("points", decimals=1, suffix="points"),
    "temperature": Kind("temperature", decimals=2),
    "weight": Kind("weight", decimals=2),
    "rate": Kind("rate", decimals=None, digits=2),
    "x": Kind("ratio", decimals=None, suffix="×"),
    "x speed": Kind("ratio", decimals=None, suffix="×", timed=True),
    "ms budget": Kind("limit", decimals=None, suffix="ms", physical=True),
    "USD": Kind("money", decimals=None, suffix="USD", physical=True),
    **{unit: _count(unit) for unit in COUNT_UNITS},
    "M params": Kind("millions", decimals=None, suffix="million", noun="params", physical=True),
    "B params": Kind("billions", decimals=None, suffix="billion", noun="params", physical=True),
    "B tokens": Kind("billions", decimals=None, suffix="billion", noun="tokens", physical=True),
    "T tokens": Kind("trillions", decimals=None, suffix="trillion", noun="tokens", physical=True),
    "M USD": Kind("money", decimals=None, suffix="million USD", physical=True),
    "s": _physical("duration", "s"),
    "min": _physical("duration", "min"),
    "h": _physical("duration", "h"),
    "min/epoch": _physical("duration", "min per epoch"),
    "ms": _physical("latency", "ms", timed=True),
    "ms/ex": _physical("latency", "ms per example", timed=True),
    "ms/batch": _physical("latency", "ms per batch", timed=True),
    "s/batch": _physical("latency", "s per batch", timed=True),
    "min/64k": _physical("latency", "min", timed=True),
    "ex/s": _physical("throughput", "examples/s", timed=True, better=False),
    "tok/s": _physical("throughput", "tokens/s", timed=True, better=False),
    **{
        unit: _physical("size", unit)
        for unit in ("B", "KB", "MB", "GB", "KiB", "MiB", "GiB", "bits")
    },
    "J": _physical("energy", "J", timed=True),
}

# The unit of a metric whose run states none. A name is looked up whole, then by its ending.
NAMES: dict[str, str] = {
    "accuracy": "share", "acc": "share", "share": "share", "coverage": "share",
    "agreement": "share",
    "macro_f1": "score", "weighted_f1": "score", "micro_f1": "score", "f1": "score",
    "precision": "score",
    "recall": "score", "auroc": "score", "kappa": "score", "mcc": "score", "auc": "score",
    "ece": "error", "brier": "error", "mce": "error", "nll": "nats", "loss": "nats", "kl": "nats",
    "js": "nats", "entropy": "nats", "zero_f1_classes": "classes", "zero_f1": "classes",
    "temperature": "temperature", "params": "params", "trainable": "params", "steps": "steps",
    "rows": "rows", "n": "rows", "median_words": "words", "median_tokens": "tokens",
}  # fmt: skip
ENDINGS = (
    "_accuracy", "_f1", "_ece", "_nll", "_brier", "_loss", "_share", "_coverage",
    "_precision", "_recall",
    "_temperature", "_params", "_rows", "_steps", "_js", "_kl", "_entropy",
)  # fmt: skip
MOST_DECIMALS = 6  # what is nearer to zero is the noise of floating point
TIMED_SETTINGS = ("device", "dtype", "batch_size", "sequence_policy", "statistic")


def unit_of(name: str, unit: str | None, where: str) -> str:
    """Return the unit of a metric: the one stated, else the one its name implies.

    Raises:
        CourseError: an unknown unit, or no unit for a name that implies none.
    """
    if unit:
        if unit not in UNITS:
            raise CourseError(
                f"{where}: unknown unit {unit!r}.{nearest(unit, list(UNITS))} "
                "All units are listed in pycode/runs/kinds.py."
            )
        return unit
    if name.lower() in NAMES:
        return NAMES[name.lower()]
    for ending in ENDINGS:
        if name.lower().endswith(ending):
            return NAMES[ending[1:]]
    hint = nearest(name.lower(), list(NAMES))
    raise CourseError(f"{where}: the name {name!r} implies no unit: state `unit`.{hint}")


def kind_of(name: str, unit: str | None, where: str) -> Kind:
    """Return the kind of a metric, see :func:`unit_of`."""
    return UNITS[unit_of(name, unit, where)]


def lower_is_better(name: str, kind: Kind) -> bool | None:
    """Return which side of a difference is good: True, False, or None where neither is."""
    return True if name.startswith("zero_f1") else kind.lower_is_better


def number(value: float, kind: Kind, decimals: int | None = None) -> str:
    """Return the rounded number without unit; ``decimals`` overrides the kind's rounding."""
    exact = Decimal(repr(float(value))) * Decimal(repr(kind.factor))
    places = _places(exact, kind)
    if decimals is not None:
        places = decimals
    rounded = _round(exact, places)
    sign = MINUS if rounded < 0 else ("+" if kind.signed and exact > 0 else "")
    return f"{sign}{abs(rounded):,.{places}f}"


def bounds(interval: Mapping[str, Any], kind: Kind, decimals: int | None = None) -> str:
    """Return the bounds of an interval in the rounding of its value: ``[0.118, 0.145]``."""
    low, high = (number(interval[key], kind, decimals) for key in ("low", "high"))
    return f"[{low}, {high}]"


def bound_of_difference(value: float, kind: Kind) -> str:
    """Return one bound of a difference; one that only rounds to zero gets the decimal that shows its side.

    Whether the interval holds zero is the verdict, so ``[0.000, 0.055]`` would hide what was decided.
    """
    places = -Decimal(repr(float(value) * kind.factor)).adjusted()
    hidden = value and not any(digit in number(value, kind) for digit in "123456789")
    return number(value, kind, places if hidden and places <= MOST_DECIMALS else None)


def _round(exact: Decimal, places: int) -> Decimal:
    """Return ``exact`` rounded half away from zero, as people round: 0.2085 becomes 0.209."""
    with localcontext() as context:
        context.prec = 400
        return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _places(exact: Decimal, kind: Kind) -> int:
    if kind.decimals is not None:
        small_percent = kind.suffix == "%" and 0 < abs(exact) < 1
        return kind.decimals + (1 if small_percent else 0)
    if exact == 0:
        return 0
    places = max(0, kind.digits - 1 - exact.adjusted())
    # Rounding may carry into a new digit (99.96 becomes 100), which costs one decimal.
    carried = _round(exact, places).adjusted() > exact.adjusted()
    return max(0, places - 1) if carried else places


def with_unit(text: str, kind: Kind, style: str | None) -> str:
    """Return ``text`` with its unit: none for style ``bare``; with ``noun`` also what is
    counted."""
    if style == "bare":
        return text
    out = text
    if kind.suffix:
        out += ("" if kind.suffix == "×" else " ") + kind.suffix
    if style == "noun" and kind.noun:
        out += f" {kind.noun}"
    return out
