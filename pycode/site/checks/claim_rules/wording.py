"""Rule e: what a sentence calls a result agrees with what the claim's source says it is."""

import re

from pycode.runs import Claim
from pycode.site.checks.claim_rules.passage import TOKEN, Passage
from pycode.site.checks.claim_rules.words import words

# Families of words that exclude each other. In a sentence that uses a family, each claim must be of
# a member that the sentence names.
FAMILIES: dict[str, dict[str, re.Pattern[str]]] = {
    "method": {
        "QLoRA": words("QLoRA"),
        "LoRA": words("LoRA"),
        "full fine-tuning": words("full(?:y)?[ -]fine-?tun\\w+", "full FT", "all weights"),
    },
    "precision": {
        "int8": words("int8", "8-bit", "LLM\\.int8"),
        "int4": words("int4", "4-bit", "NF4"),
        "half precision": words("fp16", "bf16", "half precision", "16-bit"),
    },
    "distillation": {
        "distilled": words("distilled", "by distillation"),
        "vanilla": words("vanilla", "undistilled", "without distillation"),
        "teacher": words("teacher", "Qwen3-32B"),
    },
    "split": {
        "test": words(
            "test (?:set|split|rows|accuracy|macro-F1|scores?)", "held-out test", "on test"
        ),
        "validation": words("validation", "val"),
    },
}
LABEL_MAP = words(
    "un-?merged", "merg\\w+", "raw", "spell\\w*", "dropp\\w+", "label map", "canonical",
    "original labels", "before", "after",
)  # fmt: skip
MAPPED = re.compile(r"published:data\.(?:labels_\w+|raw_(?:train|test)_rows)")


def wording_problems(sentence: Passage) -> list[str]:
    """Return the disagreements between a sentence and the claims in it."""
    text = f"{TOKEN.sub(' ', sentence.text)} {sentence.context}"
    claims = [claim for use in sentence.found() for claim in use.claims[-2:]]
    problems = []
    for name, family in FAMILIES.items():
        said = members(family, text)
        # A sentence may name one result and leave the other unnamed, but not miss all of them.
        if not said or any(said & _claimed(name, claim) for claim in claims):
            continue
        for claim in claims:
            real = _claimed(name, claim)
            if real:
                problems.append(
                    f"the sentence says {' and '.join(sorted(said))}, but {claim.id} is "
                    f"{' and '.join(sorted(real))}: claim the other result, or name this one as "
                    "what it is."
                )
    return problems


def label_map_problem(passage: Passage, block: list[Passage]) -> str | None:
    """Return what is wrong when a count that depends on the label map stands without it."""
    around = " ".join(f"{TOKEN.sub(' ', item.text)} {item.context}" for item in block)
    for claim in passage.claims():
        if MAPPED.fullmatch(claim.id) and not LABEL_MAP.search(around):
            return (
                f"{claim.id} depends on the label map: say in the paragraph which one (raw, after "
                "merging, after dropping rare labels)."
            )
    return None


def members(family: dict[str, re.Pattern[str]], text: str) -> set[str]:
    """Return the members of a family that a text names."""
    return {name for name, pattern in family.items() if pattern.search(text)}


def _claimed(name: str, claim: Claim) -> set[str]:
    family = FAMILIES[name]
    if name == "split":
        splits = {"test": "test", "val": "validation"}
        return {splits[word] for word in claim.split.split()[-1:] if word in splits}
    if name == "precision":
        weights = str(claim.settings.get("dtype", "")).split(",")[0]
        return members(family, weights)
    source = claim.provenance.split(" Published by ")[0]
    return members(family, f"{claim.model}; {source}" if name == "method" else claim.model)
