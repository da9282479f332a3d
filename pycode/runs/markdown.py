"""Claims as Markdown that is safe in body text, tables, captions and decks, and as plain text."""

import re

SPECIAL = re.compile(r"""([\\`*_{}\[\]<>&$#~^@"'])""")


def escape(text: str) -> str:
    """Return ``text`` so that Pandoc prints it as it is, on one line, also inside a pipe table."""
    flat = " ".join(text.split()).replace("|", "/")
    flat = SPECIAL.sub(r"\\\1", flat)
    return flat.replace("--", "-\\-").replace("...", "…")


def number(text: str) -> str:
    """Return an escaped quantity whose number and unit are not separated at a line end."""
    return escape(text).replace(" ", "\N{NO-BREAK SPACE}")


def span(text: str, provenance: str, claim_id: str) -> str:
    """Return the one-line Markdown of a claim: what readers see, and where it comes from."""
    source = escape(provenance)
    key = claim_id.replace('"', "'")
    return f'[{text}[{source}]{{.claim-source}}]{{.claim tabindex="0" data-claim="{key}"}}'
