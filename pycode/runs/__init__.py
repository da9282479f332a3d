"""Run records, claims, comparisons and published figures: the only way a result reaches a page."""

from pycode.runs.claims import Claim, claim, quote
from pycode.runs.compare import Comparison, compare
from pycode.runs.derived import difference, percent_change, ratio
from pycode.runs.listing import list_runs
from pycode.runs.record import Record

__all__ = [
    "Claim", "Comparison", "Record", "claim", "compare", "difference", "list_runs",
    "percent_change", "quote", "ratio",
]  # fmt: skip
