"""Batches, losses, recipes and precision, against closed forms, torch and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycode.errors import CourseError
from pycode.experiment.config import build
from pycode.train.batches import epoch_batches, micro_batches, pad, padding_waste
from pycode.train.losses import class_weights, log_priors, make_loss
from pycode.train.precision import Device, choose_precision
from pycode.train.recipe import Recipe

torch = pytest.importorskip("torch")

T4 = Device("cuda", "Tesla T4", (7, 5))
A100 = Device("cuda", "A100", (8, 0))
CPU = Device("cpu", "CPU")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 200), min_size=1, max_size=400), st.integers(1, 33), st.integers(0, 5)
)
def test_every_row_is_in_exactly_one_batch(lengths: list[int], size: int, epoch: int) -> None:
    batches = epoch_batches(np.array(lengths), size, seed=3, epoch=epoch)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert all(len(batch) <= size for batch in batches)
    again = epoch_batches(np.array(lengths), size, seed=3, epoch=epoch)
    assert all((a == b).all() for a, b in zip(batches, again, strict=True))


def test_epochs_differ() -> None:
    lengths = np.arange(1, 300)
    first, second = (np.concatenate(epoch_batches(lengths, 8, 1, epoch)) for epoch in (0, 1))
    assert (first != second).any()
    means = [lengths[batch].mean() for batch in epoch_batches(lengths[:240], 8, 1, 0)]
    assert means != sorted(means)  # a pool of sorted rows is not learned from short to long


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 128), min_size=1, max_size=64), st.integers(0, 16), st.integers(0, 512)
)
def test_micro_batches_keep_every_row_and_the_limits(
    lengths: list[int], size: int, budget: int
) -> None:
    array = np.array(lengths)
    parts = micro_batches(np.arange(len(array)), array, size, budget)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(array)))
    for part in parts:
        assert not size or len(part) <= size
        assert not budget or len(part) == 1 or array[part].max() * len(part) <= budget


def test_bucketed_batches_waste_less_than_random_ones() -> None:
    lengths = np.random.default_rng(0).lognormal(4, 0.6, 4000).astype(int).clip(3, 512)
    bucketed = padding_waste(lengths, epoch_batches(lengths, 32, 0, 0))
    random = padding_waste(lengths, np.split(np.random.default_rng(1).permutation(4000), 125))
    assert bucketed < random / 3


def test_padding_sides_and_multiples() -> None:
    ids, mask = pad([[5, 6], [7]], 0, side="left", multiple=4)
    assert ids.tolist() == [[0, 0, 5, 6], [0, 0, 0, 7]]
    assert mask.tolist() == [[0, 0, 1, 1], [0, 0, 0, 1]]
    ids, mask = pad([[5], [5, 6, 7]], 9, multiple=2)
    assert ids.tolist() == [[5, 9, 9, 9], [5, 6, 7, 9]]
    assert mask.tolist() == [[1, 0, 0, 0], [1, 1, 1, 0]]


def test_waste_is_the_share_of_positions_that_hold_no_token() -> None:
    lengths, batches = np.array([3, 5, 9]), [np.array([0, 1]), np.array([2])]
    assert padding_waste(lengths, batches) == pytest.approx(1 - 17 / (2 * 8 + 16))
    assert padding_waste(lengths, batches, multiple=1) == pytest.approx(1 - 17 / (2 * 5 + 9))


def test_balanced_weights_are_scikit_learns_up_to_scale() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.repeat([0, 1, 2], [50, 5, 2])
    wanted = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    got = class_weights(np.bincount(labels), "balanced")
    assert np.allclose(got, wanted / wanted.mean())


def test_sqrt_inverse_reproduces_the_published_spread() -> None:
    weights = class_weights(np.array([13333, 4]), "sqrt_inverse")
    assert np.isclose(weights[1] / weights[0], np.sqrt(13333 / 4))


def _loss(recipe: Recipe, logits: np.ndarray, labels: np.ndarray, counts: np.ndarray) -> float:
    total, weight = make_loss(recipe, counts, "cpu")(torch.tensor(logits), torch.tensor(labels))
    return float(total / weight)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("scheme", ["none", "balanced"])
def test_cross_entropy_is_torchs(smoothing: float, scheme: str) -> None:
    generator = np.random.default_rng(0)
    logits, labels = generator.normal(size=(40, 7)).astype(np.float32), generator.integers(0, 7, 40)
    counts = np.arange(1, 8)
    recipe = Recipe(label_smoothing=smoothing, class_weights=scheme)
    got = _loss(recipe, logits, labels, counts)
    weight = torch.tensor(class_weights(counts, scheme), dtype=torch.float32)
    plain = torch.nn.functional.cross_entropy(
        torch.tensor(logits), torch.tensor(labels), reduction="none"
    )
    mean = -torch.log_softmax(torch.tensor(logits), -1).mean(-1)
    rows = weight[torch.tensor(labels)]
    wanted = (rows * ((1 - smoothing) * plain + smoothing * mean)).sum() / rows.sum()
    assert np.isclose(got, float(wanted), atol=1e-5)
    if scheme == "none":
        torchs = torch.nn.functional.cross_entropy(
            torch.tensor(logits), torch.tensor(labels), label_smoothing=smoothing
        )
        assert np.isclose(got, float(torchs), atol=1e-5)


def test_focal_with_gamma_zero_is_cross_entropy_and_downweights_the_easy_row() -> None:
    logits, labels = np.array([[4.0, 0.0], [0.0, 0.2]], dtype=np.float32), np.array([0, 0])
    counts = np.array([5, 5])
    assert np.isclose(_loss(Recipe(loss="focal", focal_gamma=0.0), logits, labels, counts),
                      _loss(Recipe(), logits, labels, counts))  # fmt: skip
    p = np.exp(4.0) / (np.exp(4.0) + 1)
    one = _loss(Recipe(loss="focal", focal_gamma=2.0), logits[:1], labels[:1], counts)
    assert np.isclose(one, (1 - p) ** 2 * -np.log(p), rtol=1e-4)


def test_logit_adjustment_with_equal_logits_costs_minus_log_prior() -> None:
    counts = np.array([90, 10])
    loss = _loss(
        Recipe(logit_adjustment=1.0), np.zeros((1, 2), dtype=np.float32), np.array([1]), counts
    )
    assert np.isclose(loss, -log_priors(counts)[1], rtol=1e-5)


@pytest.mark.parametrize(
    ("wanted", "device", "bf16", "result"),
    [("auto", T4, None, "fp16"), ("auto", A100, None, "bf16"), ("auto", CPU, True, "bf16"),
     ("auto", CPU, False, "fp32"), ("fp32", T4, None, "fp32"), ("bf16", A100, None, "bf16")],
)  # fmt: skip
def test_precision_follows_the_compute_capability(
    wanted: str, device: Device, bf16: bool | None, result: str
) -> None:
    assert choose_precision(wanted, device, cpu_bf16=bf16) == result


def test_bf16_on_a_t4_is_refused_with_the_reason() -> None:
    with pytest.raises(CourseError, match="emulates bfloat16"):
        choose_precision("bf16", T4)
    with pytest.raises(CourseError, match="needs a GPU"):
        choose_precision("fp16", CPU)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [({"learing_rate": 1.0}, "Did you mean 'learning_rate'"), ({"learning_rate": "1e-4"}, "YAML reads"),
     ({"loss": "focl"}, "Did you mean 'focal'"), ({"batch_size": 0}, "at least 1"),
     ({"quantised": "nf4"}, "needs lora_rank"), ({"label_smoothing": 1.0}, "[0, 1)")],
)  # fmt: skip
def test_a_wrong_recipe_says_what_is_wrong(settings_: dict, words: str) -> None:
    with pytest.raises(CourseError) as error:
        build(Recipe, settings_, "recipe")
    assert words in str(error.value)
