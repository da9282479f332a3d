"""Our loop against the HF Trainer: same model, rows, precision, epochs, in one run.

    python benchmarks/train.py [--dataset twin] [--rows 480] [--epochs 1]

The Trainer runs twice: padding every text to 128 tokens, as the original course does, and padding each batch
to its longest text. On a processor our loop runs twice too, with our kernels and with PyTorch's. Prints
examples/s, tokens/s, padding, validation accuracy, ratios, and the share of the peak that a large matrix product
reaches on this machine.
"""

import argparse
import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pycode.data import load_dataset_by_name
from pycode.train import update
from pycode.train.encode import Encoded, encode
from pycode.train.loop import Trainer
from pycode.train.models import load_classifier, load_tokenizer, model_spec, quiet
from pycode.train.precision import choose_precision, find_device, torch_dtype
from pycode.train.predict import predict_logits
from pycode.train.recipe import Recipe

LENGTH, BATCH, RATE, SEED = 128, 32, 3e-4, 42


def short_rows(rows: Encoded, wanted: int, longest: int) -> Encoded:
    """The first rows of at most ``longest`` tokens: the same for every loop."""
    index = np.flatnonzero(rows.lengths < longest)[:wanted]
    return Encoded([rows.ids[i] for i in index], rows.labels[index], rows.lengths[index])


@dataclass(frozen=True)
class Task:
    """What every loop gets alike."""

    train: Encoded
    val: Encoded
    classes: int
    epochs: int
    precision: str
    pad_id: int
    side: str

    def score(self, model) -> float:
        logits = predict_logits(
            model, self.val, pad_id=self.pad_id, side=self.side, precision=self.precision
        )
        return float((logits.argmax(axis=1) == self.val.labels).mean())


def ours(model, task: Task) -> dict:
    recipe = Recipe(
        max_length=LENGTH,
        batch_size=BATCH,
        learning_rate=RATE,
        epochs=task.epochs,
        select_by="accuracy",
    )

    def evaluate(current) -> dict[str, float]:
        return {"accuracy": task.score(current)}

    counts = np.bincount(task.train.labels, minlength=task.classes)
    trainer = Trainer(recipe, model, task.train, counts, task.pad_id, evaluate, side=task.side,
                      precision=task.precision, say=lambda text: None)  # fmt: skip
    fit = trainer.fit()
    return {
        "seconds": fit.seconds,
        "positions": fit.positions,
        "accuracy": fit.history[-1]["accuracy"],
    }


def with_pytorchs_kernels(*args) -> dict:
    kernels, update.cpu_kernels = update.cpu_kernels, lambda device: contextlib.nullcontext()
    try:
        return ours(*args)
    finally:
        update.cpu_kernels = kernels


def theirs(model, task: Task, fixed: bool) -> dict:
    from transformers import Trainer as HFTrainer
    from transformers import TrainingArguments

    positions = 0

    def collate(items: list[dict]) -> dict:
        nonlocal positions
        longest = LENGTH if fixed else -(-max(len(item["ids"]) for item in items) // 8) * 8
        ids = torch.full((len(items), longest), task.pad_id, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, item in enumerate(items):
            size = len(item["ids"])
            place = slice(size) if task.side == "right" else slice(longest - size, None)
            ids[row, place], mask[row, place] = torch.tensor(item["ids"]), 1
        positions += ids.numel()
        return {"input_ids": ids, "attention_mask": mask,
                "labels": torch.tensor([item["label"] for item in items])}  # fmt: skip

    rows = [
        {"ids": ids, "label": int(label)}
        for ids, label in zip(task.train.ids, task.train.labels, strict=True)
    ]
    arguments = TrainingArguments(
        output_dir=".course/benchmark", use_cpu=not torch.cuda.is_available(), bf16=task.precision == "bf16",
        fp16=task.precision == "fp16", per_device_train_batch_size=BATCH, learning_rate=RATE, num_train_epochs=task.epochs,
        warmup_steps=round(0.1 * task.epochs * len(rows) / BATCH), weight_decay=0.01, lr_scheduler_type="linear",
        save_strategy="no", eval_strategy="no", logging_strategy="no", report_to="none", disable_tqdm=True,
        remove_unused_columns=False, seed=SEED, dataloader_pin_memory=False,
    )  # fmt: skip
    model.accepts_loss_kwargs = False
    trainer = HFTrainer(
        model=Labelled(model), args=arguments, train_dataset=rows, data_collator=collate
    )
    seconds = float(trainer.train().metrics["train_runtime"])
    return {"seconds": seconds, "positions": positions, "accuracy": task.score(model)}


class Labelled(torch.nn.Module):
    """The same classifier with the loss inside, as the HF Trainer wants it."""

    accepts_loss_kwargs = False

    def __init__(self, model) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, labels):
        logits = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
        return {"loss": torch.nn.functional.cross_entropy(logits.float(), labels), "logits": logits}


def peak_flops(precision: str) -> float:
    """Floating-point operations per second of a large matrix product, best of five."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    a = torch.randn(2048, 2048, device=device, dtype=torch_dtype(precision))
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        b = a @ a
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    del b
    return 2 * 2048**3 / best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--dataset", default="twin", help="the twin has the published lengths; or cfpb-8k, …"
    )
    parser.add_argument("--data", type=Path, help="data file or folder, for real data")
    parser.add_argument("--rows", type=int, default=480)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--longest", type=int, default=LENGTH, help="only texts with fewer tokens")
    args = parser.parse_args()
    quiet()
    # on several GPUs the Trainer would multiply the batch
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")
    options = {"n": 4000} if args.dataset == "twin" else {}
    data = load_dataset_by_name(args.dataset, args.data, **options)
    spec = model_spec(args.model)
    tokenizer = load_tokenizer(spec)
    train = short_rows(encode(tokenizer, data.train, LENGTH), args.rows, args.longest)
    val = short_rows(encode(tokenizer, data.val, LENGTH), args.rows // 4, args.longest)
    precision = choose_precision("auto", find_device())
    side = "left" if spec.family == "decoder" else "right"
    task = Task(
        train, val, data.n_classes, args.epochs, precision, int(tokenizer.pad_token_id), side
    )
    tokens = int(train.lengths.sum()) * args.epochs

    def fresh():
        return load_classifier(spec, data.n_classes, seed=SEED, pad_id=task.pad_id)

    body = sum(p.numel() for n, p in fresh().named_parameters() if "embeddings" not in n)
    print(f"{len(train)} rows, mean {train.lengths.mean():.0f} tokens, {args.epochs} epochs, {precision}, "
          f"{torch.get_num_threads()} threads")  # fmt: skip
    runs = {
        "Trainer, padded to 128": theirs(fresh(), task, fixed=True),
        "Trainer, padded per batch": theirs(fresh(), task, fixed=False),
        "this loop": ours(fresh(), task),
    }
    if find_device().kind == "cpu":
        runs["its padding alone"] = with_pytorchs_kernels(fresh(), task)
    peak = peak_flops(precision)
    mine = runs["this loop"]["seconds"]
    for name, run in runs.items():
        rows = len(train) * args.epochs / run["seconds"]
        useful = 6 * body * tokens / run["seconds"] / peak
        print(f"{name:26s} {rows:7.1f} examples/s {tokens / run['seconds']:8.0f} tokens/s  padding "
              f"{1 - tokens / run['positions']:6.1%}  val accuracy {run['accuracy']:.3f}  {useful:5.1%} of the peak  "
              f"{run['seconds'] / mine:5.2f} x our time")  # fmt: skip


if __name__ == "__main__":
    main()
