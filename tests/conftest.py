"""Fixtures that several tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pycode.project import Project

# The same examples on every run and no time limits: a red test then means a changed line, not luck.
# `pytest --hypothesis-profile default` looks for new examples, `--hypothesis-profile fuzz` for very many of them.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "fuzz",
    max_examples=400,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.load_profile("steady")

os.environ.setdefault(
    "COURSE_SOURCE", "sample"
)  # labs that tests execute use made data, never the hub
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def project() -> Project:
    """This checkout."""
    return Project(ROOT)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measuring data beside the checkout; tests that need it skip by name without it."""
    folder = Path(os.environ.get("COURSE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data" / "cfpb_8k.parquet").is_file():
        pytest.skip("needs the measuring data beside the checkout (../shared or COURSE_SHARED)")
    return folder
