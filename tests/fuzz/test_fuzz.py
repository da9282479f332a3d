"""Malformed files of every kind the course reads: each is read, or refused in one clear sentence that names it.

`pytest --hypothesis-profile fuzz tests/fuzz` tries many more, and new ones each time; `python benchmarks/fuzz.py` also
counts them.
"""

import data_readers
import pytest
import reading
import site_readers
from hypothesis import given, settings
from hypothesis import strategies as st

READERS = (*site_readers.READERS, *data_readers.READERS)


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_the_sound_file_is_read(reader):
    assert reading.attempt(reader, reader.sample) == "read"


def try_each(reader, contents):
    """Let the reader read as many files as the Hypothesis profile in use says."""

    @settings(max_examples=round(settings().max_examples * reader.share))
    @given(contents)
    def each(content):
        reading.attempt(reader, content)

    each()


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_damaged_bytes_give_a_clear_sentence(reader):
    try_each(reader, reader.injured)


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_odd_values_give_a_clear_sentence(reader):
    try_each(reader, reader.shaped)


def _raises(error):
    def read(_root):
        raise error

    return read


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (KeyError("x"), None),
        (reading.CourseError("Something is wrong."), "does not name the file"),
        (reading.CourseError("a.yml: it is wrong,\nvery wrong."), "is not one line"),
        (reading.CourseError("a.yml is wrong"), "does not end like a sentence"),
        (reading.CourseError("a.yml: <object object at 0x7f>."), "shows Python"),
        (reading.CourseError("a.yml is wrong: mend it."), ""),
    ],
)  # fmt: skip
def test_the_verdict_can_be_bad(error, fault):
    reader = reading.Reader("verdict", "a.yml", b"", _raises(error), st.nothing())
    if fault == "":
        assert reading.attempt(reader, b"") == "refused"
    else:
        with pytest.raises(AssertionError if fault else KeyError, match=fault):
            reading.attempt(reader, b"")
