"""Pretrain a small decoder on complaints without labels, so that a decoder exists offline at all."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pycode.data import load_dataset_by_name
from pycode.data.catalogue import Dataset
from pycode.data.fingerprint import fingerprint_rows
from pycode.data.groups import near_duplicate_groups
from pycode.data.named import find_file
from pycode.data.parquet import read_strings
from pycode.errors import CourseError
from pycode.experiment.data import SMOKE_ROWS, check_fingerprint
from pycode.experiment.measure import metric
from pycode.experiment.training import CHECKPOINT_UPDATES, cache, train_recipe
from pycode.experiment.types import Job, Result
from pycode.train import recipe as training
from pycode.train.encode import Encoded
from pycode.train.language import blocks, held_out_nll, next_token_loss, unigram_nll
from pycode.train.lengths import check_length
from pycode.train.loop import Trainer
from pycode.train.models import MODELS, load_tokenizer, model_spec, quiet
from pycode.train.precision import choose_precision, find_device
from pycode.train.result import TrainResult
from pycode.train.shapes import PAD, SHAPES, VOCABULARY, shape_config

RECORD_KIND = "train"
NARRATIVES = Dataset(
    "narratives-unlabelled",
    "CFPB narratives without an issue, 11,845 rows",
    "public domain (US government work, redacted by the CFPB)",
    "US Consumer Financial Protection Bureau, Consumer Complaint Database",
    "https://www.consumerfinance.gov/data-research/consumer-complaints/",
    "None of them is in cfpb-8k.",
    "narratives_unlabelled.parquet",
)
OF_LABELS = ("loss", "class_weights", "label_smoothing", "logit_adjustment")
HELD_OUT = 20  # every so-manieth group of near-duplicates


@dataclass(frozen=True)
class Recipe(training.Recipe):
    """A training recipe over blocks of ``max_length`` tokens; ``twin_rows`` adds texts of the synthetic twin."""

    model: str = "decoder-cfpb"
    max_length: int = 256
    epochs: float = 6.0
    learning_rate: float = 2e-3
    micro_batch: int = 8
    schedule: str = "cosine"
    weight_decay: float = 0.1
    select_by: str = "nll"
    twin_rows: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_length(self.model, self.max_length)
        if self.twin_rows < 0:
            raise CourseError(f"recipe.twin_rows must be 0 or more; got {self.twin_rows}.")
        if self.select_by != "nll" or self.lora_rank:
            raise CourseError("A pretraining recipe selects by nll and trains all weights.")
        allowed = [
            item.name
            for item in MODELS.values()
            if item.family == "decoder" and item.name in SHAPES
        ]
        if self.model not in allowed:
            raise CourseError(
                f"recipe.model is {self.model!r}; what can be pretrained is {' or '.join(allowed)}."
            )
        unused = [
            name for name in OF_LABELS if getattr(self, name) != getattr(training.Recipe, name)
        ]
        if unused:
            raise CourseError(
                f"recipe.{unused[0]} is about labels, and pretraining has none: drop it."
            )


def run(job: Job) -> Result:
    """Train on all but a twentieth of the texts; store the weights (bf16) beside the record."""
    import torch
    from transformers import AutoModelForCausalLM

    recipe: Recipe = job.config.recipe
    seed = job.config.seeds[0]
    used = train_recipe(recipe, job, seed)
    texts, mark = _texts(job, recipe)
    held_out = near_duplicate_groups(texts, "shingles") % HELD_OUT == 0
    tokenizer = load_tokenizer(model_spec("minilm"))
    parts = {
        name: blocks(_tokens(tokenizer, [texts[i] for i in np.flatnonzero(mask)]), used.max_length)
        for name, mask in (("train", ~held_out), ("val", held_out))
    }
    quiet()
    torch.manual_seed(seed)
    shape = "qwen2" if job.smoke else model_spec(recipe.model).name
    model = AutoModelForCausalLM.from_config(shape_config(shape), attn_implementation="sdpa")
    precision = choose_precision(recipe.precision, find_device())
    fit = _fit(job, used, model, parts, precision, mark)
    return Result(
        model="our small decoder, pretrained on complaints",
        data={
            "source": "local", "name": NARRATIVES.name, "fingerprint": mark,
            "n": {"train": int((~held_out).sum()), "val": int(held_out.sum())},
            "notes": "Split by groups of near-duplicates; no text is stored.",
        },
        metrics=_metrics(model, fit, parts),
        history=fit.history,
        files=_files(model),
        dtype=precision,
        batch_size=used.batch_size,
        sequence_policy=f"texts in a row, cut into blocks of {used.max_length} tokens",
        earlier_seconds=fit.earlier_seconds,
    )  # fmt: skip


def _texts(job: Job, recipe: Recipe) -> tuple[list[str], str]:
    columns = read_strings(find_file(NARRATIVES, job.data_path), ("row_id", "text"))
    ids, texts = columns["row_id"], columns["text"]
    if recipe.twin_rows:
        twin = load_dataset_by_name("twin").train
        ids = ids + [f"twin-{item}" for item in twin.row_ids[: recipe.twin_rows]]
        texts = texts + list(twin.texts[: recipe.twin_rows])
    mark = fingerprint_rows(ids, texts, [""] * len(ids))
    check_fingerprint(job, mark)
    return (texts[:SMOKE_ROWS] if job.smoke else texts), mark


def _tokens(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    """Return ``[CLS] text [SEP]`` of every text as ids, uncut."""
    encoded = tokenizer(texts, truncation=False, padding=False, verbose=False)
    return [list(item) for item in encoded["input_ids"]]


def _fit(
    job: Job,
    used: training.Recipe,
    model: Any,
    parts: dict[str, Encoded],
    precision: str,
    mark: str,
) -> TrainResult:
    folder = cache(job) / "training" / job.config.id / f"seed-{used.seed}"
    trainer = Trainer(
        used, model, parts["train"], np.ones(1), PAD,
        lambda current: {"nll": held_out_nll(current, parts["val"], precision)},
        precision=precision, checkpoints=None if job.smoke else folder,
        checkpoint_every=CHECKPOINT_UPDATES, batch_loss=next_token_loss(parts["train"]),
        mark={"data": mark},
    )  # fmt: skip
    return trainer.fit()


def _metrics(model: Any, fit: TrainResult, parts: dict[str, Encoded]) -> dict[str, Any]:
    seen = int(parts["val"].lengths.sum())
    statistic: dict[str, Any] = {"statistic": "all updates, evaluations apart"}
    speed = fit.tokens / max(fit.seconds, 1e-9)
    floor = unigram_nll(parts["train"], parts["val"], VOCABULARY)
    return {
        "val": {
            "nll": metric(fit.best["nll"], "nats", note=f"per token, over {seen:,} held-out tokens"),
            "unigram_nll": metric(floor, "nats", note="per token, from word-piece frequencies alone"),
        },
        "fit": {
            "seconds": metric(fit.seconds, "s", **statistic),
            "tokens_per_s": {**metric(speed, "tok/s"), **statistic},
            "train_tokens": metric(int(parts["train"].lengths.sum()), "tokens", note="one epoch"),
            "updates": metric(fit.updates, "steps"),
            "parameters": metric(sum(item.numel() for item in model.parameters()), "params"),
        },
    }  # fmt: skip


def _files(model: Any) -> dict[str, bytes]:
    """Return weights (bf16, the tied output layer left out) and configuration as files of the run's folder."""
    import torch
    from safetensors.torch import save

    tensors = {
        name: item.detach().to("cpu", torch.bfloat16).contiguous()
        for name, item in model.state_dict().items()
        if name != "lm_head.weight"
    }
    return {
        "model.safetensors": save(tensors, metadata={"format": "pt"}),
        "config.json": model.config.to_json_string().encode("utf-8"),
    }
