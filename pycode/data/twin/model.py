"""The known distribution behind the twin, and the exact posterior that follows from it.

The story of one row, with every arrow a table of known probabilities:

    label y -> intent z -> statements c1, c2, c3      (given z independent draws)
          y -> product p                              (kind of product, sometimes misnamed)
          y -> form f -> date -> year mentioned

The text shows some of (p, year, c1, c2, c3); how many it shows, and every other word, is drawn
without looking at y, z or what is hidden. A shown item can be read off the text without error
(`pycode.data.twin.read`). Hence P(y | text) = P(y | shown items), and that is a finite sum:

    P(y | shown)  ∝  P(y) · P(p | y) · P(year | y) · Σ_z P(z | y) · Π_j P(c_j | z)
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pycode.data.labels import canonical_labels, near_duplicates
from pycode.data.twin.frame import FORM_DAYS
from pycode.data.twin.spec import families, intents, raw_labels
from pycode.errors import CourseError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STATEMENTS = 3
HIDDEN = -1
YEARS = (2013, 2014, 2015, 2016, 2017, 2018)
YEARS_BACK = (0.75, 0.20, 0.05)  # the year told is the complaint's own, the one before, ...


@dataclass(frozen=True)
class Settings:
    """The knobs of the ambiguity; the values are those of the calibrated twin.

    ``own``: the complaint is about its label's own intent. ``alike``: about that of a near-duplicate
    label (where there is one; else it counts as own). ``vague``: only about the product in general.
    What is left is spread over the intents of the same family, in proportion to the square root of
    their label's size times its ``leak``. ``direct``: a statement says its intent's concept;
    ``passing``: it mentions any concept of the family; else it is a general remark.
    ``misnamed``: the product is drawn from all families alike.
    """

    own: float = 0.34
    alike: float = 0.15
    vague: float = 0.15
    direct: float = 0.70
    passing: float = 0.08
    misnamed: float = 0.06

    def __post_init__(self) -> None:
        for group in (("own", "alike", "vague"), ("direct", "passing"), ("misnamed",)):
            values = [getattr(self, name) for name in group]
            if not (all(value >= 0 for value in values) and sum(values) <= 1):
                raise CourseError(
                    f"The shares {', '.join(group)} must be 0 or more, together at most 1; got {values}."
                )


@dataclass(frozen=True)
class Tables:
    """Probabilities; L = 113 labels, Z = 123 intents, which are also the concepts, F = 10 families.

    ``intent`` (L, Z) is P(z | y), ``concept`` (Z, Z) is P(c | z), ``product`` (L, F) is P(p | y),
    ``year`` (2, len(YEARS)) is P(year told | form).
    """

    intent: Floats
    concept: Floats
    product: Floats
    year: Floats


def tables(settings: Settings) -> Tables:
    """Return the tables of the generator; every row sums to 1."""
    weight = _family_weights()
    even = np.full_like(weight, 1 / weight.shape[1])
    product = (1 - settings.misnamed) * weight + settings.misnamed * even
    return Tables(_intents(settings, weight), _concepts(settings, weight), product, _years())


@cache
def _family_weights() -> Floats:
    """Return the share of each family among the complaints of a label, shape (L, F)."""
    names = families()
    table = np.array([[i.products.get(name, 0.0) for name in names] for i in intents()])
    return np.asarray(table / np.cumsum(table, axis=1)[:, -1:])


def _members(weight: Floats) -> NDArray[np.bool_]:
    """Return which labels belong to a family (by their first family), shape (F, L)."""
    first = np.array([families().index(intent.family) for intent in intents()])
    return np.arange(weight.shape[1])[:, None] == first[None, :]


def _intents(settings: Settings, weight: Floats) -> Floats:
    n, f = weight.shape
    table = np.zeros((n, n + f))
    own = np.arange(n)
    alike = _alike()
    has_alike = alike.any(axis=1)
    table[own, own] = settings.own + np.where(has_alike, 0, settings.alike)
    table[:, :n] += settings.alike * alike / np.maximum(alike.sum(axis=1, keepdims=True), 1)
    table[:, n:] = settings.vague * weight
    rest = 1 - settings.own - settings.alike - settings.vague
    pull = np.sqrt(_class_rows()) * np.array([intent.leak for intent in intents()])
    inside = _members(weight) * pull
    inside /= np.cumsum(inside, axis=1)[:, -1:]
    for label in range(n):
        for family in np.flatnonzero(weight[label]):
            table[label, :n] += rest * weight[label, family] * inside[family]
    return table


def _alike() -> NDArray[np.bool_]:
    """Return which labels are near-duplicates of which others, shape (L, L)."""
    names = canonical_labels()
    table = np.zeros((len(names), len(names)), dtype=bool)
    for group in near_duplicates():
        index = [names.index(label) for label in group.labels]
        table[np.ix_(index, index)] = True
    np.fill_diagonal(table, False)
    return table


def _class_rows() -> Floats:
    """Return the rows of each class in the full twin, shape (L,)."""
    rows = np.zeros(len(canonical_labels()))
    for raw in raw_labels():
        if raw.label >= 0:
            rows[raw.label] = raw.pool + raw.test
    return rows


def _concepts(settings: Settings, weight: Floats) -> Floats:
    """Own concept, a passing mention of another of the family, or a general remark."""
    n, f = weight.shape
    homes = np.concatenate([weight, np.eye(f)])  # families of each intent, shape (Z, F)
    members = _members(weight).astype(float)
    even = members / members.sum(axis=1, keepdims=True)
    table = np.zeros((n + f, n + f))
    table[:, :n] = settings.passing * np.einsum("zf,fl->zl", homes, even)
    table[:, n:] = (1 - settings.direct - settings.passing) * homes
    table[np.arange(n + f), np.arange(n + f)] += settings.direct
    return table


def _years() -> Floats:
    """Return P(year told | form): days are uniform within a form."""
    table = np.zeros((len(FORM_DAYS), len(YEARS)))
    for form, (first, last) in enumerate(FORM_DAYS):
        for year in YEARS:
            begin = max(first, date(year, 1, 1).toordinal())
            days = max(0, min(last, date(year, 12, 31).toordinal()) - begin + 1)
            for back, share in enumerate(YEARS_BACK):
                if days:
                    table[form, YEARS.index(year - back)] += share * days / (last - first + 1)
    return table


def posterior(evidence: Ints, prior: Floats, form_share: Floats, t: Tables) -> Floats:
    """Return P(label | what is shown), shape (n, 113), rows summing to 1.

    Args:
        evidence: (n, 5): product, year, three statements, as indices; -1 where not shown.
        prior: (113,) share of each label.
        form_share: (113, 2) share of the old and new form within each label.
        t: the tables of the generator.
    """
    shown, back = np.unique(evidence, axis=0, return_inverse=True)
    ones_f, ones_z = np.ones((len(t.product), 1)), np.ones((len(t.concept), 1))
    product = np.hstack([t.product, ones_f])[:, shown[:, 0]].T
    year = np.hstack([form_share @ t.year, ones_f])[:, shown[:, 1]].T
    said = np.hstack([t.concept, ones_z])
    intent = np.ones((len(shown), len(t.concept)))
    for column in range(2, 2 + STATEMENTS):
        intent *= said[:, shown[:, column]].T
    joint = prior * product * year * (intent @ t.intent.T)
    joint /= joint.sum(axis=1, keepdims=True)
    return np.asarray(joint[np.ravel(back)])
