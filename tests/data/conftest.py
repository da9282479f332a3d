"""What all data tests need: no data set of the user's in the way."""

import pytest


@pytest.fixture(autouse=True)
def _no_course_data(monkeypatch):
    monkeypatch.delenv("COURSE_DATA", raising=False)
