"""Quick dropout against PyTorch's own: its rate, its attention, and that nothing outlives the context."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from pycode.train import dropout as quick
from pycode.train.dropout import keep_mask, quick_dropout
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


@pytest.mark.parametrize("kind", ["none", "bool", "added"])
def test_attention_is_pytorchs_when_every_weight_is_kept(kind, monkeypatch):
    """With a mask of ones: values and all three gradients, against scaled_dot_product_attention in float64."""
    monkeypatch.setattr(quick, "keep_mask", lambda shape, p, dtype: torch.ones(shape, dtype=dtype))
    torch.manual_seed(0)
    allowed = torch.rand(2, 1, 5, 5) > 0.4
    allowed[..., 0] = True
    mask = {"none": None, "bool": allowed, "added": torch.randn(2, 1, 5, 5).double()}[kind]
    inputs = [torch.randn(2, 3, 5, 4).double().requires_grad_() for _ in range(3)]
    wanted = functional.scaled_dot_product_attention(*inputs, attn_mask=mask)
    with quick_dropout(CPU):
        got = functional.scaled_dot_product_attention(*inputs, attn_mask=mask, dropout_p=0.1)
    torch.testing.assert_close(got, wanted)
    seed = torch.randn_like(wanted)
    for ours, theirs in zip(
        torch.autograd.grad(got, inputs, seed),
        torch.autograd.grad(wanted, inputs, seed),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_attention_with_dropout_has_the_mean_of_attention_without():
    torch.manual_seed(0)
    query, key, value = (torch.randn(1, 1, 6, 4) for _ in range(3))
    wanted = functional.scaled_dot_product_attention(query, key, value)
    many = [x.expand(20_000, 1, -1, -1) for x in (query, key, value)]
    with quick_dropout(CPU):
        draws = functional.scaled_dot_product_attention(*many, dropout_p=0.1)
    error = draws.std(0) / len(draws) ** 0.5
    assert torch.all((draws.mean(0) - wanted[0]).abs() < 5 * error)
    assert float(draws.std(0).min()) > 0


def test_a_row_masked_whole_stays_finite():
    query = torch.randn(1, 1, 3, 4, dtype=torch.bfloat16)
    with quick_dropout(CPU):
        out = functional.scaled_dot_product_attention(
            query, query, query, attn_mask=torch.zeros(1, 1, 3, 3, dtype=torch.bool), dropout_p=0.1
        )
    assert torch.isfinite(out).all()


def test_a_causal_call_and_one_of_mixed_precision_are_left_to_pytorch(monkeypatch):
    monkeypatch.setattr(quick, "attention", lambda *a, **k: pytest.fail("taken over"))
    query = torch.randn(1, 2, 3, 4)
    with quick_dropout(CPU):
        functional.scaled_dot_product_attention(query, query, query, dropout_p=0.1, is_causal=True)
        functional.scaled_dot_product_attention(query, query, query)


def test_a_training_model_draws_quickly_and_an_evaluated_one_is_untouched():
    """In training mode every mask of BERT comes from `keep_mask`; in evaluation the logits are the same bits."""
    model = load_classifier(model_spec("tiny-bert"), 5, seed=0, pad_id=0)
    ids = torch.randint(1, 90, (3, 8))
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    model.eval()
    wanted = model(**inputs).logits
    with quick_dropout(CPU):
        assert torch.equal(model(**inputs).logits, wanted)
    model.train()
    torch.manual_seed(5)
    with quick_dropout(CPU):
        quickly = model(**inputs).logits
    torch.manual_seed(5)
    assert not torch.equal(model(**inputs).logits, quickly)
    torch.manual_seed(5)
    with quick_dropout(CPU):
        assert torch.equal(model(**inputs).logits, quickly)


def test_on_a_gpu_pytorchs_own_is_used():
    with quick_dropout(torch.device("cuda")) as mode:
        assert mode is None
