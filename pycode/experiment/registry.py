"""The kinds of experiment, each a module that is imported only when a run of its kind is used."""

import importlib
from types import ModuleType

from pycode.errors import CourseError, nearest

KINDS = {
    "majority": "always the most frequent class, with the class shares as probabilities",
    "tfidf-lr": "TF-IDF features and logistic regression",
    "embed-lr": "mean embeddings of a frozen encoder and logistic regression",
    "fine-tune": "fine-tuning of an encoder or decoder: full, LoRA or LoRA on quantised weights",
    "pretrain": "a small decoder trained to continue complaints",
    "compress": "one model at every precision: speed, memory, agreement, quality",
    "teacher": "an ensemble of seeds whose probabilities students learn from",
    "distill": "a small student learning from labels or from a teacher's probabilities",
    "train-speed": "full fine-tuning and LoRA in turns on the same rows: which trains faster",
    "rescale": "a recorded run's outputs after one temperature fitted on val",
    "label-counts": "audit of published label counts: how cleaning changes the classes",
    "interval-coverage": "simulation: how often a 95 % interval holds the truth",
    "twin-shape": "simulation: shape and truth of the synthetic twin",
    "text-audit": "audit of complaint texts: redaction, lengths, eras, near-duplicates",
    "token-lengths": "lengths of texts in tokens, and what a token budget cuts off or pads",
}


def kind_module(kind: str) -> ModuleType:
    """Return the module of a kind: it holds ``Recipe``, ``RECORD_KIND`` and ``run(job)``.

    Raises:
        CourseError: no such kind; the nearest is named.
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise CourseError(
            f"Unknown kind of experiment {kind!r}; known: {', '.join(KINDS)}."
            f"{nearest(str(kind), list(KINDS))}"
        )
    return importlib.import_module(f"pycode.experiment.{kind.replace('-', '_')}")
