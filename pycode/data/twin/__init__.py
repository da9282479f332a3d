"""A synthetic twin of the course's data: same shape, known truth, no real complaint in it."""

from pycode.data.twin.load import load_twin
from pycode.data.twin.model import Settings
from pycode.data.twin.twin import Twin, make_twin, raw_files

__all__ = ["Settings", "Twin", "load_twin", "make_twin", "raw_files"]
