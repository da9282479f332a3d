"""Rule d: better and worse are words for an interval that excludes zero."""

from pycode.site.checks.claim_rules.passage import Passage
from pycode.site.checks.claim_rules.words import words

WORDS = words(
    "better", "worse", "faster", "slower", "beats?", "beaten", "outperform\\w*",
    "improv(?:es?|ed|ing|ements?)", "higher", "lower", "exceeds?", "exceeded", "surpass\\w*",
    "superior", "inferior", "wins?", "gains?", "gained", "more accurate", "less accurate", "best",
    "worst", "ahead of",
)  # fmt: skip
# Uses of those words that compare nothing.
HARMLESS = words(
    "(?:higher|lower|more|less) is (?:better|worse)", "better known", "better to", "at best",
    "lower[- ]case", "(?:lower|upper) bound", "best (?:epoch|checkpoint)", "best \\w+ of",
    "lower-rank", "higher-order", "better (?:question|reason|way)",
)  # fmt: skip
# A paragraph that says what is missing, or what the interval says, has done its duty.
HONEST = words(
    "without an? (?:\\w+ )?interval", "no interval", "interval (?:is |was )?(?:not|missing)",
    "interval (?:includes|contains|holds|excludes)", "ties?", "tied", "cannot (?:tell|say)",
    "not comparable",
)  # fmt: skip
MEASURED = (
    "share", "score", "error", "nats", "delta", "points", "latency", "throughput", "ratio",
    "percent", "energy",
)  # fmt: skip


def comparison_problem(sentence: Passage, block: list[Passage]) -> str | None:
    """Return what is wrong when a sentence compares results and no interval stands around it."""
    if not any(is_measured(claim.id, claim.kind) for claim in sentence.claims()):
        return None
    word = WORDS.search(HARMLESS.sub("", sentence.text))
    if word is None or any(use.interval for item in block for use in item.found()):
        return None
    if any(HONEST.search(item.text) for item in block):
        return None
    return (
        f"“{word[0]}” without an interval: add compare(run_a, run_b, metric), which may say “a "
        'tie”, or print the claim with style="interval"; where none exists, write that it comes '
        "without an interval."
    )


def is_measured(claim_id: str, kind: str) -> bool:
    """Return whether a claim is a result with noise, and not a count of the data."""
    if "zero_f1" in claim_id:
        return True
    return kind in MEASURED and not claim_id.startswith("published:data.")
