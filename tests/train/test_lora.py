"""LoRA against its definition: which matrices get it, how many numbers it trains, and what it adds to them."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from pycode.train import lora  # noqa: E402
from pycode.train.models import load_classifier, model_spec  # noqa: E402
from pycode.train.recipe import Recipe  # noqa: E402

N_CLASSES, HIDDEN, RANK = 5, 32, 4
# (in, out) of every adapted matrix of one layer, from the configurations in shapes.py
LAYER = {
    "tiny-bert": [(32, 32)] * 4 + [(32, 64), (64, 32)],
    "tiny-bert-cls": [(32, 32)] * 4 + [(32, 64), (64, 32)],  # its pooler stays as it is
    "tiny-modernbert": [(32, 96), (32, 32), (32, 2 * 48), (48, 32)],
    "tiny-qwen2": [(32, 32)] * 4,  # attention only
    "tiny-qwen3": [(32, 32), (32, 16), (32, 16), (32, 32)],
}


@pytest.mark.parametrize("name", LAYER)
def test_two_small_matrices_for_each_large_one_and_the_head_are_trained(name: str) -> None:
    plain = load_classifier(model_spec(name), N_CLASSES, seed=0, pad_id=0)
    bias = N_CLASSES if "bert" in name else 0
    model = lora.attach(plain, Recipe(model=name, lora_rank=RANK))
    adapters = 2 * sum(RANK * (wide + high) for wide, high in LAYER[name])
    assert lora.parameter_counts(model)[0] == adapters + HIDDEN * N_CLASSES + bias


@pytest.mark.parametrize(("alpha", "scale"), [(0, 2.0), (2, 0.5)])
def test_what_is_added_is_alpha_over_rank_times_the_product(alpha: int, scale: float) -> None:
    """Hu et al. 2021: W + alpha / r · B A, with alpha twice the rank unless the recipe says else."""
    recipe = Recipe(model="tiny-bert", lora_rank=RANK, lora_alpha=alpha, lora_dropout=0.25)
    model = lora.attach(
        load_classifier(model_spec("tiny-bert"), N_CLASSES, seed=0, pad_id=0), recipe
    )
    layer = model.base_model.model.bert.encoder.layer[1].attention.self.query
    assert layer.lora_dropout["default"].p == 0.25
    first, second = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    assert not second.any()  # so that training begins at the pretrained model
    torch.nn.init.normal_(second)
    wanted = (layer.base_layer.weight + scale * second @ first).detach()
    merged = lora.merged(model)
    assert torch.allclose(
        merged.bert.encoder.layer[1].attention.self.query.weight, wanted, atol=1e-6
    )
    assert not any("lora_" in key for key, _ in merged.named_parameters())
