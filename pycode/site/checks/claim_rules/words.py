"""Patterns from lists of words, so that the lists stay readable."""

import re


def words(*alternatives: str, case: bool = False) -> re.Pattern[str]:
    """Return a pattern that finds any of the words or phrases, each of which may hold a pattern."""
    body = "|".join(alternatives)
    return re.compile(rf"\b(?:{body})(?!\w)", 0 if case else re.IGNORECASE)
