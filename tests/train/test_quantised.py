"""bitsandbytes on the CPU: 113 outputs, training and merging after an evaluation, both head names."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
bitsandbytes = pytest.importorskip("bitsandbytes")

from pycode.train import lora, quantised  # noqa: E402
from pycode.train.build import trainable_model  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.loop import Trainer  # noqa: E402
from pycode.train.models import load_classifier, model_spec  # noqa: E402
from pycode.train.precision import Device  # noqa: E402
from pycode.train.predict import predict_logits  # noqa: E402
from pycode.train.quantised import loading_options, make_safe  # noqa: E402
from pycode.train.recipe import Recipe  # noqa: E402

N_CLASSES = 113
NF4 = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
       -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
       0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]  # fmt: skip
LINEAR = (bitsandbytes.nn.Linear4bit, bitsandbytes.nn.Linear8bitLt)


@pytest.fixture(scope="module")
def rows() -> Encoded:
    generator = np.random.default_rng(1)
    labels = generator.integers(0, N_CLASSES, 48)
    ids = [
        [101, 1000 + int(label), *generator.integers(2000, 2020, 5).tolist(), 102]
        for label in labels
    ]
    return Encoded(ids, labels, np.array([len(item) for item in ids]))


def side_of(model: str) -> str:
    return "left" if model_spec(model).family == "decoder" else "right"


def evaluate_with(rows: Encoded, model_name: str):
    def evaluate(model) -> dict[str, float]:
        logits = predict_logits(model, rows, pad_id=0, side=side_of(model_name))
        assert np.isfinite(logits).all()
        return {"accuracy": float((logits.argmax(1) == rows.labels).mean())}

    return evaluate


@pytest.mark.parametrize("model", ["tiny-bert", "tiny-qwen2", "tiny-qwen3", "tiny-modernbert"])
@pytest.mark.parametrize("kind", ["int8", "nf4", "nf4-double"])
def test_qlora_trains_on_after_evaluations_and_merges_right(
    rows: Encoded, model: str, kind: str
) -> None:
    recipe = Recipe(model=model, quantised=kind, lora_rank=4, max_updates=12, batch_size=16, learning_rate=1e-2,
                    lora_dropout=0.0, select_by="accuracy", evaluations_per_epoch=1)  # fmt: skip
    built = trainable_model(recipe, N_CLASSES, 0)
    heads = {
        name for name, module in built.named_modules() if name.endswith(("classifier", "score"))
    }
    assert heads
    quantised = [name for name, module in built.named_modules() if isinstance(module, LINEAR)]
    assert quantised
    assert not any("classifier" in name or "score" in name for name in quantised)
    trainer = Trainer(recipe, built, rows, np.bincount(rows.labels, minlength=N_CLASSES), 0,
                      evaluate_with(rows, model), side=side_of(model), say=lambda text: None)  # fmt: skip
    result = trainer.fit()
    assert len(result.history) == 4  # the loop went on after each evaluation
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"]
    before = predict_logits(built, rows, pad_id=0, side=side_of(model))
    after = predict_logits(lora.merged(built), rows, pad_id=0, side=side_of(model))
    spread = before.std()
    assert np.abs(after - before).mean() < 0.1 * spread  # merging quantises the sum again


@pytest.mark.parametrize("safe", [True, False])
def test_the_first_evaluation_repacks_4_bit_weights_unless_made_safe(safe: bool) -> None:
    from pycode.train.precision import has_cpu_bf16

    torch.manual_seed(0)
    layer = bitsandbytes.nn.Linear4bit(
        128, 64, bias=False, quant_type="nf4", compute_dtype=torch.bfloat16
    )
    model = torch.nn.Sequential(layer).to("cpu")
    if safe:
        make_safe(model)
    before = layer.weight.detach().clone()
    with torch.no_grad():
        model.eval()(torch.randn(2, 128))
    after = layer.weight.detach()
    same = after.shape == before.shape and torch.equal(after, before)
    assert same or not safe
    if not safe and has_cpu_bf16():
        assert not same, "bitsandbytes no longer repacks: make_safe can go"


def test_unpacked_size_of_4_bit_weights_is_counted() -> None:
    plain = load_classifier(model_spec("tiny-bert"), N_CLASSES, seed=0, pad_id=0)
    packed = make_safe(
        load_classifier(
            model_spec("tiny-bert"), N_CLASSES, seed=0, pad_id=0, **loading_options("nf4")
        )
    )
    assert lora.parameter_counts(packed)[1] == lora.parameter_counts(plain)[1]


def test_four_bits_are_the_normal_floats_of_qlora() -> None:
    """The sixteen values of Dettmers et al. 2023, appendix E; FP4's are others of the same size."""
    model = load_classifier(
        model_spec("tiny-bert"), N_CLASSES, seed=0, pad_id=0, **loading_options("nf4")
    )
    (values,) = {
        tuple(item.weight.quant_state.code.tolist())
        for item in model.modules()
        if isinstance(item, LINEAR)
    }
    assert np.allclose(values, NF4, atol=1e-6)


@pytest.mark.parametrize(("capability", "wanted"), [((7, 5), "float16"), ((8, 0), "bfloat16")])
def test_products_are_in_the_16_bits_that_the_gpu_has(monkeypatch, capability, wanted: str) -> None:
    monkeypatch.setattr(quantised, "find_device", lambda: Device("cuda", "a GPU", capability))
    assert quantised.quantisation_config("nf4").bnb_4bit_compute_dtype is getattr(torch, wanted)
