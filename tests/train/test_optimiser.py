"""Parameter groups and schedules, against `transformers`' own schedules."""

import pytest

torch = pytest.importorskip("torch")

from pycode.train.models import load_classifier, model_spec  # noqa: E402
from pycode.train.optimiser import adamw, rate_factor  # noqa: E402
from pycode.train.progress import bar_line  # noqa: E402
from pycode.train.recipe import Recipe  # noqa: E402


@pytest.mark.parametrize("model", ["tiny-bert", "tiny-qwen2", "tiny-qwen3"])
def test_vectors_are_not_decayed_and_the_head_has_its_rate(model: str) -> None:
    built = load_classifier(model_spec(model), 5, seed=0, pad_id=0)
    recipe = Recipe(learning_rate=1e-3, head_rate=10.0, weight_decay=0.1)
    optimizer = adamw(built, recipe)
    groups = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    assert len(groups) == len(list(built.parameters()))
    for name, parameter in built.named_parameters():
        head = name.startswith(("classifier", "score"))
        assert groups[id(parameter)]["lr"] == pytest.approx(1e-2 if head else 1e-3), name
        assert groups[id(parameter)]["weight_decay"] == (0.1 if parameter.ndim > 1 else 0.0), name


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_after_the_warm_up_schedules_are_those_of_transformers(schedule: str) -> None:
    from transformers import get_scheduler

    total, warm = 200, 20
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = get_scheduler(schedule, optimizer, num_warmup_steps=warm, num_training_steps=total)
    recipe = Recipe(schedule=schedule, warmup=0.1)
    for update in range(total):
        wanted = theirs.get_last_lr()[0]
        if update >= warm:
            assert rate_factor(update, total, recipe) == pytest.approx(wanted, abs=1e-9)
        else:
            assert abs(rate_factor(update, total, recipe) - wanted) <= 1 / warm
        optimizer.step()
        theirs.step()
    assert rate_factor(0, total, recipe) > 0


def test_constant_stays() -> None:
    assert {rate_factor(u, 100, Recipe(schedule="constant")) for u in (10, 50, 99)} == {1.0}


def test_the_bar_says_how_much_is_left() -> None:
    assert bar_line(6, 12, 1.25, 90.0, 10) == "[#####-----] 6/12  loss 1.250  2 min left "
