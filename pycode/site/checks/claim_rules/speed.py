"""Rule c: speeds are compared only under the same conditions."""

from pycode.runs import Claim, kinds
from pycode.site.checks.claim_rules.passage import Passage
from pycode.site.checks.claim_rules.words import words

COMPARES = words(
    "times", "faster", "slower", "speed-?ups?", "ratio", "factor", "twice", "as fast", "as long",
    "than", "against", "while", "whereas", "instead of", "compared",
)  # fmt: skip
ADMITS = words(
    "not stated", "different batch", "batch sizes? differs?", "cannot be compared",
    "not comparable", "mix(?:es|ed|ing)?",
)  # fmt: skip
DERIVED = ("ratio(", "difference(", "percent_change(")


def speed_problem(sentence: Passage) -> str | None:
    """Return what is wrong when a sentence puts speeds of different conditions side by side."""
    timed = [claim for claim in sentence.claims() if _is_timed(claim)]
    if not timed or ADMITS.search(sentence.text):
        return None
    ratio = next((claim for claim in timed if claim.quoted and claim.unit == "x speed"), None)
    if ratio is not None:
        return (
            f"{ratio.text} is a ratio of speeds whose conditions the original does not state: say "
            "so in the sentence (“batch size not stated”), or compute ratio(…) of two claims."
        )
    if not COMPARES.search(f"{sentence.text} {sentence.context}"):
        return None
    return _mixed(timed)


def _is_timed(claim: Claim) -> bool:
    return claim.unit in kinds.UNITS and kinds.UNITS[claim.unit].timed


def _mixed(timed: list[Claim]) -> str | None:
    alone = [claim for claim in timed if not claim.id.startswith(DERIVED)]
    sizes = {str(claim.settings.get("batch_size", "not stated")) for claim in alone}
    if len(sizes) < 2:
        return None
    return (
        f"speeds with batch size {' and '.join(sorted(sizes))} stand in one comparison: that says "
        "nothing about the models. Take two measured alike and compute ratio(…), or say in the "
        "sentence that the batch sizes differ."
    )
