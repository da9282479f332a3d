"""The one exception that stands for a user's mistake, as opposed to a defect of ours."""


class CourseError(Exception):
    """Bad input, explained in one sentence: what was got, what is allowed, what to do.

    The command line prints the message and exits with 2; a traceback is never shown for it.
    """


def nearest(wrong: str, allowed: "list[str] | tuple[str, ...]") -> str:
    """Return ``' Did you mean X?'`` for the closest allowed name, or an empty string."""
    import difflib

    match = difflib.get_close_matches(wrong, list(allowed), n=1, cutoff=0.5)
    return f" Did you mean {match[0]!r}?" if match else ""
