"""Numbers computed from two claims: a ratio, a difference, a percentage. Never typed, never mixed.

A derived claim keeps both sources. Timed quantities can only be put together when they were taken
under the same batch size, sequence policy and statistic, since "19 times slower" made of a single
example and of a batch of 32 is not a number about anything.
"""

from pycode.errors import CourseError
from pycode.project import Project
from pycode.runs import kinds
from pycode.runs.claims import Claim, claim

SAME_CONDITIONS = ("batch_size", "sequence_policy", "statistic")


def ratio(
    a: Claim | str, b: Claim | str, *, vary: str | None = None, project: Project | None = None
) -> Claim:
    """Return a ÷ b as a claim that prints like ``2.19×``.

    Args:
        a: The claim, or its id, above the line.
        b: The claim, or its id, below the line.
        vary: The one condition that the ratio is about (``"batch_size"``) and may therefore differ.
        project: The checkout, where ids are given.

    Raises:
        CourseError: units differ, timed conditions differ, a value is a range or b is zero.
    """
    top, bottom = _pair(a, b, vary, project)
    return _derived("ratio", top, bottom, _divide(top, bottom), "x")


def difference(
    a: Claim | str, b: Claim | str, *, vary: str | None = None, project: Project | None = None
) -> Claim:
    """Return a − b as a claim: points for shares, a signed score for scores, else the claims'
    own unit.

    A difference is not a comparison: it has no interval. Use :func:`pycode.runs.compare` to say
    better.
    """
    top, bottom = _pair(a, b, vary, project)
    value = float(top) - float(bottom)
    if top.kind in ("share", "percent"):
        return _derived(
            "difference", top, bottom, value * (100 if top.kind == "share" else 1), "points"
        )
    unit = "delta" if top.kind in ("score", "error", "nats", "delta") else top.unit
    return _derived("difference", top, bottom, value, unit)


def percent_change(new: Claim | str, old: Claim | str, *, vary: str | None = None,
                   project: Project | None = None) -> Claim:  # fmt: skip
    """Return (new − old) ÷ old as a signed percentage."""
    top, bottom = _pair(new, old, vary, project)
    change = 100 * (_divide(top, bottom) - 1)
    made = _derived("percent_change", top, bottom, change, "%")
    return made if change <= 0 else _replace_text(made, f"+{made.text}")


def _pair(
    a: Claim | str, b: Claim | str, vary: str | None, project: Project | None
) -> tuple[Claim, Claim]:
    first = claim(a, project=project) if isinstance(a, str) else a
    second = claim(b, project=project) if isinstance(b, str) else b
    for item in (first, second):
        if item.quoted:
            raise CourseError(
                f"{item.id} is a quotation whose conditions are not stated: nothing can be "
                "computed from it."
            )
        float(item)
    if first.unit != second.unit:
        raise CourseError(
            f"{first.id!r} is in {first.unit}, {second.id!r} in {second.unit}: take two of "
            "one unit."
        )
    _same_conditions(first, second, vary)
    return first, second


def _same_conditions(first: Claim, second: Claim, vary: str | None) -> None:
    if vary is not None and vary not in kinds.TIMED_SETTINGS:
        raise CourseError(f"vary={vary!r}: allowed are {', '.join(kinds.TIMED_SETTINGS)}.")
    if not kinds.UNITS[first.unit].timed:
        return
    for name in SAME_CONDITIONS:
        left, right = first.settings.get(name), second.settings.get(name)
        if left != right and name != vary:
            raise CourseError(
                f"{first.id!r} has {name.replace('_', ' ')} {left}, {second.id!r} has "
                f"{right}: their ratio says "
                f"nothing about the models; measure both alike, or say vary={name!r} if it is "
                "about that."
            )


def _divide(top: Claim, bottom: Claim) -> float:
    if float(bottom) == 0:
        raise CourseError(f"{bottom.id!r} is zero: nothing can be divided by it.")
    return float(top) / float(bottom)


def _derived(function: str, a: Claim, b: Claim, value: float, unit: str) -> Claim:
    kind = kinds.UNITS[unit]
    return Claim(
        id=f"{function}({a.id}, {b.id})",
        value=value,
        text=kinds.with_unit(kinds.number(value, kind), kind, None),
        unit=unit,
        provenance=(
            f"Computed as {function.replace('_', ' ')} of {a.text} and {b.text}. "
            f"First: {a.provenance} Second: {b.provenance}"
        ),
        kind=kind.name,
        model=" and ".join(dict.fromkeys(part for part in (a.model, b.model) if part)),
        split=" and ".join(dict.fromkeys(part for part in (a.split, b.split) if part)),
        settings={key: value for key, value in a.settings.items() if b.settings.get(key) == value},
        conflicts=a.conflicts + b.conflicts,
        source=" and ".join(dict.fromkeys((a.source, b.source))),
    )


def _replace_text(made: Claim, text: str) -> Claim:
    from dataclasses import replace

    return replace(made, text=text)
