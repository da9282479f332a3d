"""Dates as pages, feeds and front matter write them."""

import datetime as dt
from email.utils import format_datetime
from typing import Any

from pycode.errors import CourseError

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def parse(value: Any, where: str) -> dt.date:
    """Return the date of a `date:` entry.

    Raises:
        CourseError: it is not written as year-month-day; a build must not depend on today's date.
    """
    try:
        return dt.date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        raise CourseError(
            f"{where}: the date {str(value)!r} is not of the form 2026-01-31: write it so."
        ) from None


def long(date: dt.date, language: str) -> str:
    """Return `January 10, 2026`, or `10 January 2026` for British English."""
    month = MONTHS[date.month - 1]
    if language.lower() in ("en-gb", "en-ie", "en-au"):
        return f"{date.day} {month} {date.year}"
    return f"{month} {date.day}, {date.year}"


def short(date: dt.date, language: str) -> str:
    """Return `Jan 10, 2026`, as listings show it."""
    month = MONTHS[date.month - 1]
    return long(date, language).replace(month, month[:3])


def rfc822(date: dt.date) -> str:
    """Return the date as RSS wants it, midnight UTC."""
    moment = dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)
    return format_datetime(moment, usegmt=True)
