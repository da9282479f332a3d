"""The one exception that stands for a user's mistake, as opposed to a defect of ours."""

import re

# What a terminal or a log would obey instead of showing it: control characters, lone surrogates, changes of direction.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST = 600


class CourseError(Exception):
    """Bad input, explained in one sentence: what was got, what is allowed, what to do.

    The command line prints the message and exits with 2; a traceback is never shown for it. Messages repeat what was
    got: control characters in it are shown escaped, and a single line loses its middle when it is too long to read.
    """

    def __init__(self, message: str = "") -> None:
        text = UNSEEN.sub(lambda found: repr(found[0])[1:-1], str(message))
        if len(text) > LONGEST and "\n" not in text:
            text = f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"
        super().__init__(text)


def nearest(wrong: str, allowed: "list[str] | tuple[str, ...]") -> str:
    """Return ``' Did you mean X?'`` for the closest allowed name, or an empty string."""
    import difflib

    match = difflib.get_close_matches(wrong, list(allowed), n=1, cutoff=0.5)
    return f" Did you mean {match[0]!r}?" if match else ""
