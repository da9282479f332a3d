"""A small synthetic sample: complaints that nobody wrote, for pages and tests without the network.

It has the shape that the labs are about (a long tail, masks, copies of form letters, overlapping classes)
and no other likeness to real complaints. Numbers measured on it are not results.
"""

import re

import numpy as np

from pycode.data.fingerprint import fingerprint
from pycode.data.labels import canonical_labels
from pycode.data.types import CourseData, Split

SEED = 42
LARGEST, SMALLEST, DECAY = 700, 5, 1.0
TOP = "Incorrect information on your report"
STOCK = (
    "I called them again", "and nobody called me back", "they sent me a letter", "I never got an answer",
    "this has gone on for months", "the company said it would help", "I was told to wait",
    "they asked for a copy", "I sent all my papers", "the bank was no help at all",
    "I do not know what to do", "please look into this", "they said it was my fault",
    "I have been a customer for years", "the person on the phone was rude", "I paid on time",
    "they still want more money", "I want this to be put right", "it is not fair",
    "they closed my request", "I asked for a manager", "the amount is wrong", "I wrote to them twice",
    "this cost me a lot of time", "I spoke to another department", "nothing was done",
)  # fmt: skip
MASKED = ("on XX/XX/XXXX", "with XXXX XXXX", "account XXXX")
FORM_LETTER = "This is a form letter and it was sent many times about the same matter"


def synthetic_sample(seed: int = SEED) -> CourseData:
    """Return made rows over the 113 canonical labels, split about 70/10/20, the same for the same seed."""
    generator = np.random.default_rng(seed)
    names = canonical_labels()
    labels = np.repeat(_ranking(names, generator), class_sizes(len(names)))
    keywords = [_keywords(name) for name in names]
    rank = {label: place for place, label in enumerate(dict.fromkeys(labels.tolist()))}
    texts = [_text(keywords, int(label), rank[int(label)], generator) for label in labels]
    for row in np.flatnonzero(generator.random(len(texts)) < 0.04):
        texts[row] = f"{FORM_LETTER}: {names[labels[row]].lower()}."
    part = _parts(labels, generator)
    splits = {name: _split(texts, labels, part == name) for name in ("train", "val", "test")}
    return CourseData(
        **splits,
        label_names=names,
        source="sample",
        fingerprint=fingerprint(splits, names),
        name="synthetic sample",
        notes=("Synthetic: made by code. Its numbers say nothing about real complaints.",),
    )


def class_sizes(n_classes: int) -> np.ndarray:
    """Return rows per class (C,), largest first: a power law that stops at ``SMALLEST``."""
    sizes = LARGEST / np.arange(1, n_classes + 1) ** DECAY
    return np.maximum(sizes.round().astype(np.int64), SMALLEST)


def _ranking(names: tuple[str, ...], generator: np.random.Generator) -> np.ndarray:
    """Return class ids from the largest class on; only the first place is fixed."""
    top = names.index(TOP)
    others = np.delete(np.arange(len(names)), top)
    return np.concatenate([[top], generator.permutation(others)])


def _keywords(name: str) -> list[str]:
    words = [word for word in re.findall(r"[a-z]+", name.lower()) if len(word) > 3]
    return words or [name.lower()]


def _text(keywords: list[list[str]], label: int, rank: int, generator: np.random.Generator) -> str:
    """Return one text: stock phrases, words of its class, some of another class, and masks."""
    phrases = int(np.clip(generator.lognormal(2.1, 0.55), 2, 45))
    parts = [str(phrase) for phrase in generator.choice(STOCK, phrases)]
    other = int(generator.integers(len(keywords)))
    for source, count in ((label, 1 + phrases // 5), (other, 1 + phrases // 10)):
        parts += [f"about {word}" for word in generator.choice(keywords[source], count)]
    masked = 0.8 if rank < 20 else 0.6 if rank < 60 else 0.35
    if generator.random() < masked:
        parts += [str(mask) for mask in generator.choice(MASKED, 1 + phrases // 6)]
    return f"{', '.join(str(part) for part in generator.permutation(parts))}."


def _parts(labels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the split of each row: every class has rows in train, one or more in val where it can."""
    part = np.full(len(labels), "train", dtype="<U5")
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        val, test = max(1, round(len(rows) * 0.1)), max(1, round(len(rows) * 0.2))
        part[rows[:val]] = "val"
        part[rows[val : val + test]] = "test"
    return part


def _split(texts: list[str], labels: np.ndarray, wanted: np.ndarray) -> Split:
    rows = np.random.default_rng(SEED).permutation(np.flatnonzero(wanted))
    ids = [f"sample/{row:05d}" for row in rows]
    return Split([texts[row] for row in rows], labels[rows].astype(np.int64), ids)
