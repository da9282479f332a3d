"""What is learned from: data sources, labels, splits, tiers, slices, fingerprints."""

from pycode.data.load import load_course_data
from pycode.data.named import load_dataset_by_name
from pycode.data.types import CourseData, Split

__all__ = ["CourseData", "Split", "load_course_data", "load_dataset_by_name"]
