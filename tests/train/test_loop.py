"""The loop: same gradient however a batch is cut, bit-exact resume, divergence, memory, LoRA."""

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_loop import N_CLASSES, make, separable_rows, weights

torch = pytest.importorskip("torch")

from pycode.train import lora  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.loop import _line  # noqa: E402
from pycode.train.models import load_classifier, model_spec  # noqa: E402
from pycode.train.predict import predict_logits  # noqa: E402
from pycode.train.recipe import Recipe  # noqa: E402


@pytest.fixture(scope="module")
def rows() -> Encoded:
    return separable_rows()


@pytest.mark.parametrize("model", ["tiny-bert", "tiny-modernbert", "tiny-qwen2", "tiny-qwen3"])
def test_a_separable_task_is_learned(rows: Encoded, model: str) -> None:
    result = make(rows, Recipe(model=model, epochs=30, learning_rate=5e-3, batch_size=16)).fit()
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"] / 3
    assert result.best["accuracy"] > 0.95


@pytest.mark.parametrize("cut", [{"micro_batch": 3}, {"token_budget": 40}])
def test_cutting_a_batch_does_not_change_the_update(rows: Encoded, cut: dict) -> None:
    base = {"model": "tiny-bert", "max_updates": 6, "learning_rate": 1e-3, "batch_size": 16,
            "class_weights": "balanced"}  # fmt: skip
    # dropout would draw other random numbers for other shapes, so it is off
    whole, parts = make(rows, Recipe(**base)), make(rows, Recipe(**base, **cut))
    for trainer in (whole, parts):
        for module in trainer.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        for layer in trainer.model.bert.encoder.layer:
            layer.attention.self.dropout.p = 0.0
        trainer.fit()
    for name, item in weights(whole).items():
        assert torch.allclose(item, weights(parts)[name], atol=2e-5), name


def test_resume_is_bit_exact(rows: Encoded, tmp_path: Path) -> None:
    recipe = Recipe(model="tiny-bert", epochs=4, learning_rate=1e-3, batch_size=16)
    straight = make(rows, recipe)
    straight.fit()

    first = make(rows, recipe, tmp_path, every=3)
    step = first.updater._gradients

    def interrupted(batch: np.ndarray) -> float:
        if first.result.updates == 8:
            raise KeyboardInterrupt
        return step(batch)

    first.updater._gradients = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        first.fit()
    kept = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
    second = make(rows, recipe, tmp_path, every=3)
    result = second.fit()
    assert result.updates == 16
    assert result.earlier_seconds == kept["seconds"] + kept["evaluation_seconds"] > 0
    assert result.evaluation_seconds > kept["evaluation_seconds"]
    for name, item in weights(straight).items():
        assert torch.equal(item, weights(second)[name]), name


def test_an_evaluation_is_one_line_that_a_page_holds() -> None:
    row = {"update": 45_000, "epoch": 3.0, "rate": 1e-4, "train_loss": 10.1234, "accuracy": 0.98765,
           "macro_f1": 0.012345, "nll": 10.4321}  # fmt: skip
    line = _line(row, 45_000, True)
    assert line == "45000/45000  loss 10.123  acc 0.988  macro-F1 0.0123  nll 10.432  best"
    assert len(line) <= 72 and not _line(row, 45_000, False).endswith("best")


def test_early_stopping_counts_evaluations_without_a_better_value(rows: Encoded) -> None:
    trainer = make(
        rows, Recipe(model="tiny-bert", epochs=10, batch_size=16, learning_rate=1e-9, patience=2)
    )
    result = trainer.fit()
    assert "no better macro_f1 in 2 evaluations" in result.stopped
    assert len(result.history) == 3


@pytest.mark.parametrize("model", ["tiny-bert", "tiny-modernbert", "tiny-qwen2", "tiny-qwen3"])
def test_lora_trains_adapters_and_head_only_and_reloads_identically(
    rows: Encoded, model: str, tmp_path: Path
) -> None:
    from peft import PeftModel

    recipe = Recipe(model=model, max_updates=8, batch_size=16, lora_rank=4, learning_rate=1e-2)
    trainer = make(rows, recipe)
    trainer.fit()
    names = {name for name, item in trainer.model.named_parameters() if item.requires_grad}
    assert all("lora_" in name or "modules_to_save" in name for name in names)
    assert any("lora_A" in name for name in names)
    plain = load_classifier(model_spec(model), N_CLASSES, seed=recipe.seed, pad_id=0)
    adapters = sum(p.numel() for n, p in trainer.model.named_parameters() if "lora_" in n)
    head = sum(
        p.numel() for p in getattr(plain, lora.head_name(plain.config.model_type)).parameters()
    )
    assert lora.parameter_counts(trainer.model) == (
        adapters + head,
        plain.num_parameters() + adapters,
    )
    side = trainer.side
    before = predict_logits(trainer.model, rows, pad_id=0, side=side)
    trainer.model.save_pretrained(tmp_path)
    fresh = load_classifier(model_spec(model), N_CLASSES, seed=recipe.seed, pad_id=0)
    after = predict_logits(
        PeftModel.from_pretrained(fresh, str(tmp_path)), rows, pad_id=0, side=side
    )
    assert np.array_equal(before, after)
    merged = predict_logits(lora.merged(trainer.model), rows, pad_id=0, side=side)
    assert np.abs(merged - before).max() < 1e-4
    assert (merged.argmax(1) == before.argmax(1)).all()
