"""The twin as a data source of the course."""

from pycode.data.labels import canonical_labels
from pycode.data.rows import Rows, assemble
from pycode.data.split import SEED
from pycode.data.twin.frame import FULL
from pycode.data.twin.twin import make_twin
from pycode.data.types import CourseData

NAME = "twin"
WARNING = "SYNTHETIC: every text is made up; nothing measured here says anything about complaints."


def load_twin(seed: int = SEED, n: int | None = None) -> CourseData:
    """Return the twin as `CourseData`; its true posteriors come from `make_twin(seed, n)`.

    Raises:
        CourseError: a seed or number of rows that is not allowed.
    """
    twin = make_twin(seed, n)
    labels = [canonical_labels()[label] for label in twin.labels]
    size = f"{len(twin):,} of {FULL:,} rows" if len(twin) < FULL else f"{FULL:,} rows"
    truth = f"make_twin(seed={seed}{'' if n is None else f', n={n}'}) knows the true posterior."
    rows = Rows(
        twin.row_ids, twin.texts, labels, (WARNING, f"Twin of seed {seed}, {size}; {truth}")
    )
    return assemble(rows, twin.split, canonical_labels(), source="twin", name=NAME)
