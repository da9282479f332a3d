"""Read what the twin is made of: class sizes, intents with their wordings, fillers."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pycode.data.labels import canonical_labels
from pycode.data.twin.grammar import Template, compile_lines
from pycode.errors import CourseError
from pycode.project import read_yaml

HERE = Path(__file__).parent


@dataclass(frozen=True)
class RawLabel:
    """One of the 153 labels on the form; ``label`` is its canonical id, -1 if it is dropped.

    ``pool`` and ``test`` are the rows of the whole class in the train and the test file; ``old``
    and ``new`` weigh this name and form within the class.
    """

    name: str
    label: int
    pool: int
    test: int
    old: int
    new: int


@dataclass(frozen=True)
class Intent:
    """What a complaint of a label is about: families by weight, wordings, and how often others
    file the same thing under another label (``leak``, relative)."""

    label: str
    products: Mapping[str, float]
    leak: float
    says: str

    @property
    def family(self) -> str:
        """The first family: whose words the wordings use."""
        return next(iter(self.products))


@cache
def raw_labels() -> tuple[RawLabel, ...]:
    """Return the 153 raw labels in the order of the table, dropped ones last."""
    ids = {name: index for index, name in enumerate(canonical_labels())}
    with (HERE / "classes.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(
        RawLabel(
            row["raw"],
            ids[row["canonical"]] if row["canonical"] else -1,
            *(int(row[name]) for name in ("pool", "test", "old_form", "new_form")),
        )
        for row in rows
    )


@cache
def intents() -> tuple[Intent, ...]:
    """Return one intent per canonical label, in the order of the label ids.

    Raises:
        CourseError: a label without intent or an intent without label.
    """
    entries: list[dict[str, Any]] = []
    for path in sorted((HERE / "intents").glob("*.yml")):
        entries += read_yaml(path)
    found = {
        e["label"]: Intent(e["label"], e["products"], float(e.get("leak", 1)), e["says"])
        for e in entries
    }
    if set(found) != set(canonical_labels()) or len(found) != len(entries):
        odd = sorted(set(found) ^ set(canonical_labels())) or ["a label twice"]
        raise CourseError(f"The twin's intents do not fit the labels: {odd[0]!r}.")
    return tuple(found[name] for name in canonical_labels())


@cache
def wording() -> Mapping[str, Any]:
    """Return the words around the telling ones."""
    table: Mapping[str, Any] = read_yaml(HERE / "wording.yml")
    return table


@cache
def families() -> tuple[str, ...]:
    """Return the ten families (kinds of product)."""
    return tuple(wording()["families"])


@dataclass(frozen=True)
class Phrases:
    """Templates by what they reveal; two sets exist, for rows with and without XXXX.

    ``concepts[c]``: c < 113 is the label's own concept, then one general concept per family.
    ``openings[f]`` name a product of family f, ``years[i]`` the i-th year.
    """

    concepts: tuple[tuple[Template, ...], ...]
    openings: tuple[tuple[Template, ...], ...]
    years: tuple[tuple[Template, ...], ...]
    plain: tuple[Template, ...]
    redacted: tuple[Template, ...]
    amount: tuple[Template, ...]
    aside: tuple[Template, ...]
    fragments: tuple[Template, ...]


@cache
def phrases(with_names: bool, years: tuple[int, ...]) -> Phrases:
    """Return all templates; ``with_names`` uses XXXX for names of companies."""
    words = wording()
    who = ["XXXX"] if with_names else words["lists"]["who"]
    extra = ["XXXX"] if with_names else []
    lists: dict[str, dict[str, list[str]]] = {
        name: {"co": [*entry["co"], *extra], "noun": entry["noun"], "who": who}
        for name, entry in words["families"].items()
    }
    own = [_compiled(intent.says, lists[intent.family]) for intent in intents()]
    general = [_compiled(words["families"][name]["generic"], lists[name]) for name in families()]
    return Phrases(
        concepts=(*own, *general),
        openings=tuple(_compiled(words["opening"], lists[name]) for name in families()),
        years=tuple(_compiled(words["year"], {"year": [str(year)]}) for year in years),
        plain=_compiled(words["fillers"]["plain"], words["lists"]),
        redacted=_compiled(words["fillers"]["redacted"], {}),
        amount=_compiled(words["fillers"]["amount"], {"amount": _amounts()}),
        aside=_compiled(words["fillers"]["aside"], words["lists"]),
        fragments=_compiled(words["fragments"], {}),
    )


def _compiled(text: str, lists: Mapping[str, list[str]]) -> tuple[Template, ...]:
    return tuple(compile_lines(text, lists))


def _amounts() -> list[str]:
    """Return sums of money as the CFPB prints them, small ones more often."""
    whole = [d * 10**p for p in (1, 2, 3) for d in range(1, 10)]
    small = [f"{{${n + 5}.{(n * 37) % 100:02d}}}" for n in whole]
    return [*small, *(f"{{${n}.00}}" for n in whole)]
