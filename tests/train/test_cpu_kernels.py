"""The kernels against PyTorch's own: rate of dropout, attention, and what is left to PyTorch."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from pycode.train import cpu_kernels as kernels
from pycode.train.cpu_kernels import cpu_kernels, keep_mask
from pycode.train.models import load_classifier, model_spec

CPU = torch.device("cpu")


@pytest.mark.parametrize("p", [0.05, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_mask_drops_at_its_rate_in_each_of_the_four_lanes_of_a_word(p, dtype):
    torch.manual_seed(0)
    mask = keep_mask((1_000_001,), p, dtype)
    kept = torch.tensor(1 / (1 - p), dtype=dtype)
    assert torch.all((mask == 0) | ((mask - kept).abs() <= 0.01 * kept))
    for lane in range(4):
        drawn = mask[lane::4]
        bound = 5 * np.sqrt(p * (1 - p) / len(drawn)) + 2**-17
        assert abs(float((drawn == 0).double().mean()) - p) < bound


def test_neighbours_in_a_mask_are_independent():
    torch.manual_seed(1)
    dropped = (keep_mask((1_000_000,), 0.1, torch.float32) == 0).double()
    for shift in range(1, 9):
        both = float((dropped[shift:] * dropped[:-shift]).mean())
        assert abs(both - 0.01) < 5 * np.sqrt(0.01 * 0.99 / 1e6)


def test_the_same_seed_draws_the_same_mask():
    masks = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        masks.append(keep_mask((7, 5), 0.5, torch.float32))
    assert torch.equal(masks[0], masks[1]) and not torch.equal(masks[0], masks[2])


@pytest.mark.parametrize("p", [0.0, 0.1])
@pytest.mark.parametrize("kind", ["none", "bool", "added", "causal"])
def test_attention_is_pytorchs_when_every_weight_is_kept(kind, p, monkeypatch):
    """With a dropout mask of ones: values and all three gradients, against scaled_dot_product_attention in float64."""
    monkeypatch.setattr(
        kernels, "keep_mask", lambda shape, p, dtype: torch.ones(shape, dtype=dtype)
    )
    torch.manual_seed(0)
    allowed = torch.rand(2, 1, 5, 7) > 0.4
    allowed[..., 0] = True
    added = torch.randn(2, 1, 5, 7).double()
    extra = {
        "none": {}, "bool": {"attn_mask": allowed}, "added": {"attn_mask": added}, "causal": {"is_causal": True},
    }[kind]  # fmt: skip
    query, key, value = (torch.randn(2, 3, n, 4).double() for n in (5, 7, 7))
    inputs = [x.requires_grad_() for x in (query, key, value)]
    wanted = functional.scaled_dot_product_attention(*inputs, **extra)
    with cpu_kernels(CPU):
        got = functional.scaled_dot_product_attention(*inputs, dropout_p=p, **extra)
    assert got.grad_fn.name() != wanted.grad_fn.name()
    torch.testing.assert_close(got, wanted)
    seed = torch.randn_like(wanted)
    for ours, theirs in zip(
        torch.autograd.grad(got, inputs, seed),
        torch.autograd.grad(wanted, inputs, seed),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_attention_in_mixed_precision_is_as_near_to_fp64_as_pytorchs():
    """Under autocast fp32 inputs are taken as bf16, as PyTorch does; both are as far from the exact values."""
    torch.manual_seed(0)
    inputs = [torch.randn(2, 3, 40, 16, requires_grad=True) for _ in range(3)]
    exact = functional.scaled_dot_product_attention(*(x.double() for x in inputs))
    with torch.autocast("cpu", torch.bfloat16):
        theirs = functional.scaled_dot_product_attention(*inputs)
        with cpu_kernels(CPU):
            ours = functional.scaled_dot_product_attention(*inputs)
    assert ours.dtype == theirs.dtype == torch.bfloat16
    errors = [float((x.detach() - exact.detach()).abs().mean()) for x in (ours, theirs)]
    assert errors[0] < 2 * errors[1]


def test_attention_with_dropout_has_the_mean_of_attention_without():
    torch.manual_seed(0)
    query, key, value = (torch.randn(1, 1, 6, 4) for _ in range(3))
    wanted = functional.scaled_dot_product_attention(query, key, value)
    many = [x.expand(20_000, 1, -1, -1) for x in (query, key, value)]
    with cpu_kernels(CPU):
        draws = functional.scaled_dot_product_attention(*many, dropout_p=0.1)
    error = draws.std(0) / len(draws) ** 0.5
    assert torch.all((draws.mean(0) - wanted[0]).abs() < 5 * error)
    assert float(draws.std(0).min()) > 0


def test_a_row_masked_whole_stays_finite():
    query = torch.randn(1, 1, 3, 4, dtype=torch.bfloat16)
    with cpu_kernels(CPU):
        out = functional.scaled_dot_product_attention(
            query, query, query, attn_mask=torch.zeros(1, 1, 3, 3, dtype=torch.bool), dropout_p=0.1
        )
    assert torch.isfinite(out).all()


@pytest.mark.parametrize("case", ["no gradient", "longer", "grouped"])
def test_what_is_not_ours_is_left_to_pytorch(case, monkeypatch):
    monkeypatch.setattr(kernels, "attention", lambda *a, **k: pytest.fail("taken over"))
    length, heads = (
        (kernels.LONGEST + 1 if case == "longer" else 3),
        (1 if case == "grouped" else 2),
    )
    query, key = torch.randn(1, 2, length, 4), torch.randn(1, heads, length, 4)
    with cpu_kernels(CPU), torch.set_grad_enabled(case != "no gradient"):
        functional.scaled_dot_product_attention(query, key, key, enable_gqa=case == "grouped")


def test_a_training_model_draws_quickly_and_an_evaluated_one_is_untouched():
    """In training mode every mask of BERT comes from `keep_mask`; in evaluation the logits are the same bits."""
    model = load_classifier(model_spec("tiny-bert"), 5, seed=0, pad_id=0)
    ids = torch.randint(1, 90, (3, 8))
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    model.eval()
    with torch.inference_mode():
        wanted = model(**inputs).logits
        with cpu_kernels(CPU):
            assert torch.equal(model(**inputs).logits, wanted)
    model.train()
    torch.manual_seed(5)
    with cpu_kernels(CPU):
        quickly = model(**inputs).logits
    torch.manual_seed(5)
    assert not torch.equal(model(**inputs).logits, quickly)
    torch.manual_seed(5)
    with cpu_kernels(CPU):
        assert torch.equal(model(**inputs).logits, quickly)


def test_on_a_gpu_pytorchs_own_is_used():
    with cpu_kernels(torch.device("cuda")) as mode:
        assert mode is None
