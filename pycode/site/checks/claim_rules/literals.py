"""Rule b: results typed by hand. A number with the look of a measurement must come from a claim."""

import re
from dataclasses import dataclass

from pycode.site.checks.claim_rules.passage import TOKEN, Passage
from pycode.site.checks.claim_rules.words import words

NUMBER = r"(?<![\w.,/\ue001-])\d[\d,]*(?:\.\d+)?"
RANGE = rf"{NUMBER}(?:[ \u00a0]?[–-][ \u00a0]?\d+(?:\.\d+)?)?"
GAP = r"[ \u00a0\u202f]?"
UNIT = r"(?:[KMGT]i?B|[mµ]?s|min(?:utes?)?|h(?:ours?)?|points?|million|billion|x)"
SPELT = r"(?i:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|(?:a )?hundred)"
FEWER = (
    r"(?:faster|slower|smaller|larger|bigger|cheaper"
    r"|as (?:fast|slow|large|big|small|cheap|expensive|good|bad)"
    r"|the (?:size|speed|time|cost|memory|latency))"
)
MORE = rf"(?:{FEWER}|longer|shorter|better|worse|less|more|as (?:long|much|many))"
ROWS = r"(?:rows|complaints|texts|examples|labels|records|narratives|predictions|errors)"

# Words that make a number in the same sentence a measurement.
METRIC = words(
    "accura\\w+", "F1", "ECE", "calibration", "NLL", "log-?likelihood", "Brier", "loss",
    "cross-entropy", "scores?", "scored", "precision", "recall", "perplexity", "AUROC",
)  # fmt: skip
CLOCK = words(
    "took", "needed", "ran", "runs in", "epochs?", "batch(?:es)?",
    "fine-tun\\w+", "training", "trains? in", "trained in", "inference", "latency", "measured",
    "benchmark\\w*", "per example", "wall", "(?<!no )GPU", "T4", "A100", "H100", "H200",
    "faster", "slower",
)  # fmt: skip
STORE = words(
    "memory", "VRAM", "RAM", "peak", "weights?", "checkpoints?", "model", "sizes?", "disk",
    "download\\w*", "files?", "gradients?", "optimiser",
)  # fmt: skip
# Words before a number that make it a setting, and words after it that make it a level.
SETTING = re.compile(
    r"(?:learning rates?|dropout|alpha|weight decay|momentum|beta|seeds?|thresholds?|temperatures?"
    r"|gamma|epsilon|smoothing|warm-?up|lr|version|level|cut-?off|floor|ceiling|limit|budget"
    r"|at least|at most|probability)"
    r"(?: (?:of|at|is|to|from|between|equal to|below|above|=|and|or))*[ =:]*[~≈]?$",
    re.IGNORECASE,
)
LEVEL = re.compile(
    r"^[ \u00a0-]*(?:(?:confidence |bootstrap |credible )?intervals?|confidence|CIs?|level"
    r"|warm-?up|dropout)\b"
)


@dataclass(frozen=True)
class Literal:
    """A number that looks like a result: where it stands and what it looks like."""

    start: int
    end: int
    look: str


@dataclass(frozen=True)
class Look:
    """One look of a result.

    ``near`` must also appear in the sentence; ``excused`` lets a setting or a level pass.
    """

    name: str
    pattern: re.Pattern[str]
    near: re.Pattern[str] | None = None
    excused: bool = False


def _look(
    name: str, pattern: str, near: re.Pattern[str] | None = None, *, excused: bool = False
) -> Look:
    return Look(name, re.compile(pattern), near, excused)


LOOKS = (
    _look(
        "a percentage",
        rf"{RANGE}{GAP}(?:%|per ?cent\b|percentage points?\b)",
        excused=True,
    ),
    _look("a score", r"(?<![\w.,\d/\ue001])0?\.\d{2,}\b(?![.\d])", excused=True),
    _look(
        "a score",
        rf"(?<![\w.,\d/\ue001])\d{{1,2}}\.\d+(?![\w.×%]|{GAP}{UNIT}\b|{GAP}[%×])",
        METRIC,
        excused=True,
    ),
    _look("a latency", rf"{NUMBER}{GAP}(?:ms|µs|microseconds?|milliseconds?)\b"),
    _look(
        "a speed",
        rf"{NUMBER}{GAP}(?:ex(?:amples)?|tok(?:ens)?|{ROWS}|requests|batches)"
        r"(?:/s|/min| (?:per|a|an) (?:second|minute|hour))\b",
    ),
    _look("a duration", rf"{RANGE}{GAP}(?:s|sec|seconds?|min|minutes?|h|hours?)\b", CLOCK),
    _look("a size", rf"{NUMBER}{GAP}(?:[KMG]i?B|kilobytes?|megabytes?|gigabytes?)\b", STORE),
    _look("a factor", rf"{NUMBER}{GAP}(?:×|x|-fold)(?![\w\d])(?! ?\d)"),
    _look("a factor", rf"{NUMBER} times {MORE}|\b{SPELT} times {FEWER}|\btwice {FEWER}"),
    _look("a count of classes", rf"{NUMBER} (?:of (?:the )?\d+ )?(?:[\w-]+ )?(?:classes|labels)\b"),
    _look("a count", rf"{NUMBER} (?:of|out of) (?:the )?\d[\d,]* {ROWS}\b"),
    _look("a count", r"(?<![\w.,\ue001])\d{1,3}(?:,\d{3})+(?![\d,])"),
    _look("a count", r"(?<![\w.,/:\ue001-])\d{5,}(?![\w.])"),
    _look("a count", rf"{NUMBER}{GAP}(?:k|thousand|million|billion)[ -]{ROWS}\b"),
    _look("a count of modules", rf"(?:{NUMBER}|\b{SPELT}) (?:[\w-]+ )?modules\b"),
)


def literals(passage: Passage) -> list[Literal]:
    """Return the numbers in a passage that look like results, the longest where looks overlap."""
    text = TOKEN.sub(lambda m: "\ue001" * len(m[0]), passage.text)
    around = f"{text} {passage.context}"
    found = [
        Literal(match.start(), match.end(), look.name)
        for look in LOOKS
        if look.near is None or look.near.search(around)
        for match in look.pattern.finditer(text)
        if not (look.excused and _is_excused(text, match))
    ]
    return _apart(found)


def _is_excused(text: str, match: re.Match[str]) -> bool:
    before, after = text[: match.start()], text[match.end() :]
    return SETTING.search(before) is not None or LEVEL.match(after) is not None


def _apart(found: list[Literal]) -> list[Literal]:
    kept: list[Literal] = []
    for item in sorted(found, key=lambda item: (item.start - item.end, item.start)):
        if all(item.end <= other.start or item.start >= other.end for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)
