"""One update against PyTorch's own: the gradient of a batch, clipping; and which weights are left at the end."""

import math
from pathlib import Path

import numpy as np
import pytest
from tiny_loop import N_CLASSES, make, separable_rows, weights

torch = pytest.importorskip("torch")

from pycode.train.batches import pad  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.loop import Trainer  # noqa: E402
from pycode.train.losses import class_weights, make_loss  # noqa: E402
from pycode.train.recipe import Recipe  # noqa: E402
from pycode.train.result import TrainingDiverged, TrainResult  # noqa: E402


@pytest.fixture(scope="module")
def rows() -> Encoded:
    return separable_rows()


def without_dropout(trainer: Trainer) -> Trainer:
    for module in trainer.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    for layer in trainer.model.bert.encoder.layer:
        layer.attention.self.dropout.p = 0.0
    return trainer


@pytest.mark.parametrize("scheme", ["none", "balanced"])
@pytest.mark.parametrize("micro", [0, 5])
def test_a_batchs_gradient_is_that_of_pytorchs_weighted_mean(
    rows: Encoded, scheme: str, micro: int
) -> None:
    recipe = Recipe(model="tiny-bert", batch_size=16, micro_batch=micro, class_weights=scheme)
    trainer = without_dropout(make(rows, recipe))
    trainer.updater.prepare(1, TrainResult())
    batch = np.arange(16)
    mean = trainer.updater._gradients(batch)
    got = {name: item.grad.clone() for name, item in trainer.model.named_parameters()}

    weight = torch.tensor(class_weights(trainer.counts, scheme), dtype=torch.float32)
    ids, mask = pad([rows.ids[row] for row in batch], 0)
    trainer.model.zero_grad()
    logits = trainer.model(
        input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)
    ).logits
    wanted = torch.nn.functional.cross_entropy(
        logits, torch.from_numpy(rows.labels[batch]), weight=weight
    )
    wanted.backward()
    assert mean == pytest.approx(wanted.item(), rel=1e-5)
    assert max(item.abs().max() for item in got.values()) > 1e-3
    for name, item in trainer.model.named_parameters():
        assert torch.allclose(got[name], item.grad, rtol=1e-4, atol=1e-7), name


@pytest.mark.parametrize("clip", [1e-3, 1e3])
def test_a_gradient_is_clipped_to_the_recipes_norm(rows: Encoded, clip: float) -> None:
    trainer = make(rows, Recipe(model="tiny-bert", batch_size=16, clip=clip))
    trainer.updater.prepare(1, TrainResult())
    trainer.updater._gradients(np.arange(16))
    before = norm(trainer)
    trainer.updater._step()
    assert 1e-3 < before < 1e3
    assert norm(trainer) == pytest.approx(min(before, clip), rel=1e-3)


def norm(trainer: Trainer) -> float:
    return math.sqrt(sum(float((item.grad**2).sum()) for item in trainer.model.parameters()))


def judged(trainer: Trainer, values: list[float]) -> list[dict]:
    """Let the trainer's evaluations return ``values``, and return the weights that each of them will have seen."""
    seen: list[dict] = []
    given = iter(values)

    def evaluate(model) -> dict[str, float]:
        seen.append(weights(trainer))
        value = next(given)
        return {"macro_f1": value, "accuracy": value, "nll": 1.0}

    trainer.evaluate = evaluate
    return seen


def same(one: dict, other: dict) -> bool:
    return all(torch.equal(item, other[name]) for name, item in one.items())


@pytest.mark.parametrize("nan", [False, True], ids=["to the end", "until an evaluation is NaN"])
def test_the_weights_of_the_best_evaluation_are_left(rows: Encoded, nan: bool) -> None:
    trainer = make(rows, Recipe(model="tiny-bert", epochs=4, batch_size=16))
    seen = judged(trainer, [0.2, 0.9, 0.4, math.nan if nan else 0.3])
    result = trainer.fit()
    assert same(weights(trainer), seen[1]) and not same(seen[1], seen[3])
    assert result.best["macro_f1"] == 0.9
    assert [row["macro_f1"] for row in result.history] == [0.2, 0.9, 0.4] + ([] if nan else [0.3])
    assert result.diverged is nan
    if nan:
        assert "macro_f1 on validation rows became nan at update 16" in result.stopped


def test_an_evaluation_that_is_nan_from_the_start_keeps_nothing(rows: Encoded) -> None:
    trainer = make(rows, Recipe(model="tiny-bert", epochs=4, batch_size=16))
    judged(trainer, [math.nan])
    with pytest.raises(TrainingDiverged, match="nothing was kept"):
        trainer.fit()


def test_a_checkpoint_of_the_update_that_stopped_does_not_go_on(
    rows: Encoded, tmp_path: Path
) -> None:
    """Killed between its last checkpoint and the end of the run, training must end where it had ended."""
    recipe = Recipe(model="tiny-bert", epochs=8, batch_size=16, patience=2)
    first = make(rows, recipe, tmp_path, every=4)
    judged(first, [0.5, 0.4, 0.3, 0.9, 0.9])
    straight = first.fit()
    again = make(rows, recipe, tmp_path, every=4)
    judged(again, [0.9, 0.9])
    resumed = again.fit()
    assert (straight.updates, resumed.updates) == (12, 12)
    assert resumed.stopped == straight.stopped != ""
    assert same(weights(first), weights(again))


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_loss_of_a_row_that_is_certain_has_a_finite_gradient(gamma: float) -> None:
    loss = make_loss(Recipe(loss="focal", focal_gamma=gamma), np.ones(N_CLASSES), "cpu")
    logits = torch.tensor([[40.0, 0, 0, 0, 0], [1.0, 0, 0, 0, 0]], requires_grad=True)
    labels = torch.tensor([0, 0])
    loss(logits, labels)[0].backward()
    p = torch.softmax(logits.detach()[1], dim=0)[0].item()
    # d/dz of −(1 − p)^γ log p at the label's logit, with dp/dz = p (1 − p)
    wanted = (gamma * (1 - p) ** (gamma - 1) * math.log(p) - (1 - p) ** gamma / p) * p * (1 - p)
    assert logits.grad[0].abs().max() < 1e-6
    assert logits.grad[1, 0].item() == pytest.approx(wanted, rel=1e-4)
