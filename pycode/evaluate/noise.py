"""What ECE shows for a model that is perfectly calibrated: the floor at a given number of rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pycode.errors import CourseError
from pycode.evaluate.arrays import as_floats, check_count
from pycode.evaluate.calibration import bin_edges


@dataclass(frozen=True)
class Floor:
    """ECE of a perfectly calibrated model: its mean and the central 95 % of simulations."""

    mean: float
    low: float
    high: float
    simulations: int


def ece_floor(
    confidences: ArrayLike,
    bins: int = 15,
    scheme: str = "width",
    simulations: int = 1000,
    seed: int = 0,
) -> Floor:
    """Simulate ECE when each row is right with exactly its own confidence (n,).

    An observed ECE inside ``low`` … ``high`` is no evidence of miscalibration. The floor falls as
    1 / sqrt(n). Same idea as the consistency bars of Bröcker & Smith (2007).
    """
    p = as_floats(confidences, "confidences")
    if p.ndim != 1 or not p.size or not ((p >= 0) & (p <= 1)).all():
        raise CourseError("confidences must be a non-empty list of probabilities between 0 and 1.")
    check_count("simulations", simulations)
    check_count("seed", seed, 0)
    which = np.searchsorted(bin_edges(p, bins, scheme), p, side="left")
    order = np.argsort(which, kind="stable")
    p, starts = p[order], np.flatnonzero(np.diff(which[order], prepend=-1))
    rng = np.random.default_rng(seed)
    values = np.empty(simulations)
    for i in range(simulations):
        gaps = np.add.reduceat(p - (rng.random(p.size) < p), starts)
        values[i] = np.abs(gaps).sum() / p.size
    low, high = np.quantile(values, [0.025, 0.975])
    return Floor(float(values.mean()), float(low), float(high), simulations)
