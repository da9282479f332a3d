"""The value of a claim: what it prints, where it comes from, and how it refuses to be misread."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pycode.errors import CourseError
from pycode.runs import kinds, markdown

if TYPE_CHECKING:
    from pycode.runs.published import Entry


@dataclass(frozen=True)
class Claim:
    """A value with the text that pages show and the sentence that says where it comes from.

    ``value`` is None for a published range. ``settings`` are the conditions of a timed quantity.
    ``source`` names the run or the publication.
    ``conflicts`` are other values that the same source prints for the same quantity.
    """

    id: str
    value: float | None
    text: str
    unit: str
    provenance: str
    kind: str = ""
    model: str = ""
    split: str = ""
    n: int | None = None
    n_classes: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    interval: Mapping[str, Any] | None = None
    conflicts: tuple[str, ...] = ()
    source: str = ""
    quoted: bool = False

    @property
    def plain(self) -> str:
        """Text with a short source in parentheses: for alt texts, captions and speaker notes."""
        facts = ", ".join(part for part in (self.model, self.split) if part)
        return f"{self.text} ({facts}; {self.source})" if facts else f"{self.text} ({self.source})"

    def __float__(self) -> float:
        if self.value is None:
            raise CourseError(
                f"Claim {self.id!r} is a range ({self.text}) and has no single value."
            )
        return float(self.value)

    def __str__(self) -> str:
        return self.text

    def __format__(self, spec: str) -> str:
        if spec:
            raise CourseError(
                f"Claim {self.id!r} cannot be formatted with {spec!r}: its rounding is fixed once; "
                "write the claim as it is, or float(claim) in a computation."
            )
        return self.text

    def _repr_markdown_(self) -> str:
        return markdown.span(markdown.number(self.text), self.provenance, self.id)


def value_text(
    value: float,
    kind: kinds.Kind,
    style: str | None,
    interval: Mapping[str, Any] | None,
    claim_id: str,
    decimals: int | None = None,
) -> str:
    """Return the number with its unit in a style; CourseError when an interval is asked and none
    is known."""
    text = kinds.number(value, kind, decimals)
    if style != "interval":
        return kinds.with_unit(text, kind, style)
    if interval is None:
        raise CourseError(
            f"Claim {claim_id!r} has no interval: drop style='interval', or record one."
        )
    return f"{kinds.with_unit(text, kind, None)} {kinds.bounds(interval, kind, decimals)}"


def published_text(entry: "Entry", style: str | None = None) -> str:
    """Return what a published entry prints: `≈` for about, `<` and `>` for bounds, `–` for a
    range."""
    kind, claim_id = entry.kind, f"published:{entry.id}"
    if entry.high is not None and entry.low is not None:
        numbers = [kinds.number(item, kind, entry.decimals) for item in (entry.low, entry.high)]
        return kinds.with_unit("–".join(numbers), kind, style)
    text = value_text(
        float(entry.value or 0.0), kind, style, entry.interval, claim_id, entry.decimals
    )
    return entry.prefix + text


def require_settings(claim_id: str, settings: Mapping[str, Any], what: str) -> None:
    """Raise CourseError unless a timed quantity states all its conditions; ``what`` says what to
    do."""
    missing = [name for name in kinds.TIMED_SETTINGS if settings.get(name) is None]
    if missing:
        raise CourseError(
            f"{claim_id!r} is no claim: it lacks {', '.join(map(words, missing))}: {what}."
        )


def words(name: str) -> str:
    """Return a setting's name as words."""
    return name.replace("_", " ")


def split_id(claim_id: str) -> tuple[str, str]:
    """Return (run or ``published``, metric path or entry id) of a claim's id."""
    source, colon, path = claim_id.partition(":") if isinstance(claim_id, str) else ("", "", "")
    if not source or not colon or not path:
        raise CourseError(
            f"{claim_id!r} is not a claim: write '<run>:<metric path>' like "
            "'tfidf-cfpb8k:test.macro_f1', "
            "or 'published:<entry>'."
        )
    return source, path
