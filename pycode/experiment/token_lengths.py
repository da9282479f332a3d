"""How long complaint texts are in tokens, and what a token budget cuts off or pads.

The tokenizer is named in every figure: another vocabulary gives other lengths.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pycode.data.catalogue import dataset
from pycode.data.fingerprint import fingerprint_rows
from pycode.data.named import find_file
from pycode.data.parquet import read_strings
from pycode.data.tokens import kept_share, load_tokenizer, padding_share
from pycode.experiment.data import check_fingerprint
from pycode.experiment.measure import metric, share_leaf
from pycode.experiment.types import Job, Result, one_or_more

RECORD_KIND = "audit"
BUDGETS = (64, 128, 256, 512)
COLUMNS = ("complaint_id", "issue", "text")


@dataclass(frozen=True)
class Recipe:
    """``tokenizer`` is local (MiniLM), hub (ModernBERT) or auto; texts up to ``short_chars`` are also given apart."""

    tokenizer: str = "local"
    short_chars: int = 500
    bin_tokens: int = 16
    last_bin_tokens: int = 640

    def __post_init__(self) -> None:
        one_or_more(self, "short_chars", "bin_tokens", "last_bin_tokens")


def run(job: Job) -> Result:
    """Return coverage, kept and padded shares per budget, and the histogram, for all and for short texts."""
    recipe = job.config.recipe
    columns = read_strings(find_file(dataset(job.config.data.name), job.data_path), COLUMNS)
    mark = fingerprint_rows(columns["complaint_id"], columns["text"], columns["issue"])
    check_fingerprint(job, mark)
    texts = columns["text"][:: max(1, len(columns["text"]) // 200) if job.smoke else 1]
    tokenizer = load_tokenizer(recipe.tokenizer)
    lengths = tokenizer.lengths(texts)
    short = lengths[np.array([len(text) <= recipe.short_chars for text in texts])]
    words = np.array([len(text.split()) for text in texts])
    parts = {"all": lengths, "short": short}
    metrics = {name: _figures(values, tokenizer.name) for name, values in parts.items()}
    metrics["all"]["tokens_per_word"] = metric(
        float(lengths.sum() / words.sum()),
        "x",
        len(texts),
        note=f"tokens per word; {tokenizer.name}",
    )
    tables = {
        "tokenizer": tokenizer.name,
        "vocabulary": tokenizer.vocabulary_size,
        "histograms": {name: _histogram(values, recipe) for name, values in parts.items()},
    }
    data = {
        "source": "local", "name": job.config.data.name, "fingerprint": mark,
        "n": {"all": len(lengths), "short": len(short)}, "notes": "Lengths only; no text is stored.",
    }  # fmt: skip
    return Result(model=tokenizer.name, data=data, metrics=metrics, tables={"tables": tables})


def _figures(lengths: NDArray[np.int64], name: str) -> dict[str, Any]:
    n = len(lengths)
    tree: dict[str, Any] = {
        "median_tokens": metric(float(np.median(lengths)), "tokens", n, note=name),
        "p90_tokens": metric(float(np.quantile(lengths, 0.9)), "tokens", n, note=name),
    }
    for budget in BUDGETS:
        tree[f"coverage_{budget}"] = share_leaf(int((lengths <= budget).sum()), n, note=name)
        tree[f"kept_{budget}"] = metric(
            kept_share(lengths, budget), "share", n, note=f"of all tokens; {name}"
        )
        tree[f"padding_{budget}"] = metric(
            padding_share(lengths, budget),
            "share",
            n,
            note=f"of positions when all are padded to it; {name}",
        )
    return tree


def _histogram(lengths: NDArray[np.int64], recipe: Recipe) -> dict[str, list[int]]:
    edges = np.arange(0, recipe.last_bin_tokens + 1, recipe.bin_tokens)
    clipped = np.minimum(lengths, recipe.last_bin_tokens)
    rows = np.histogram(clipped, bins=[*edges, recipe.last_bin_tokens + recipe.bin_tokens])[0]
    return {"lower_edges": edges.tolist(), "rows": rows.tolist()}
