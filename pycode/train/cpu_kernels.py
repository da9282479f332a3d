"""Dropout and attention for training on a processor, where PyTorch's own took half of a small model's step.

PyTorch draws a CPU mask number by number, computes attention with dropout in fp32 whatever the precision, and is
slow in the backward pass of its flash attention. Inside `cpu_kernels` a forward pass that needs gradients takes the
functions below instead; weights, checkpoints, evaluation and GPUs know nothing of them.
"""

import contextlib
import math
from typing import Any

LEVELS = 2**16  # a mask's number has 16 bits, so a rate is met within 1 / 2^17
LONGEST = (
    512  # tokens; the whole matrix of weights is kept, and with more of them it outgrows the caches
)


def cpu_kernels(device: Any) -> contextlib.AbstractContextManager:
    """Return a context that replaces dropout and attention of forward passes on a processor; on a GPU, none.

    Inside, `torch.nn.functional.dropout` and `scaled_dot_product_attention` are the functions below. Random
    numbers come from PyTorch's own generator, so seeds and resumed runs stay exact.
    """
    if device.type != "cpu":
        return contextlib.nullcontext()
    from torch.nn import functional
    from torch.overrides import TorchFunctionMode

    class Kernels(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None
        ) -> Any:
            kwargs = kwargs or {}
            if function is functional.dropout:
                return dropout(*args, **kwargs)
            if function is functional.scaled_dot_product_attention and _ours(*args, **kwargs):
                return attention(*args, **kwargs)
            return function(*args, **kwargs)

    return Kernels()


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Return ``input`` with each element zeroed at rate ``p`` and the others divided by 1 - ``p``.

    Takes the arguments of `torch.nn.functional.dropout`; ``inplace`` is ignored.
    """
    if not training or p == 0:
        return input
    if p >= 1:
        return input * 0
    return input * keep_mask(input.shape, p, input.dtype)


def keep_mask(shape: tuple[int, ...], p: float, dtype: Any) -> Any:
    """Return a mask of ``shape``: 0 at rate ``p`` (rounded to a multiple of 2^-16), else 1 / (1 - p)."""
    import torch

    dropped = round(p * LEVELS)
    size = math.prod(shape)
    words = torch.empty(-(-size // 4), dtype=torch.int64).random_(-(2**63), None)
    numbers = words.view(torch.int16)[:size].view(shape)
    mask = torch.empty(shape, dtype=dtype)
    torch.ge(numbers, dropped - LEVELS // 2, out=mask)
    return mask.mul_(LEVELS / (LEVELS - dropped))


def attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """Return softmax(Q Kᵀ · scale + mask) V with dropout on the weights, in the precision of the forward pass.

    Shapes: ``query`` (B, H, T, D), ``key`` and ``value`` (B, H, S, D), ``attn_mask`` broadcastable to
    (B, H, T, S), boolean (False is masked) or added; a row masked whole attends evenly. Vaswani et al. 2017, eq. 1.
    """
    import torch

    if torch.is_autocast_enabled("cpu"):
        query, key, value = (x.to(torch.get_autocast_dtype("cpu")) for x in (query, key, value))
    with torch.autocast("cpu", enabled=False):  # else the softmax is computed in fp32
        scores = (query * (scale or query.shape[-1] ** -0.5)) @ key.transpose(-2, -1)
        if is_causal:
            attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril_()
        if attn_mask is not None:
            scores = scores + _added(attn_mask, scores.dtype)
        weights = scores.softmax(-1)
        if dropout_p:
            weights = weights * keep_mask(weights.shape, dropout_p, weights.dtype)
        return weights @ value


def _added(mask: Any, dtype: Any) -> Any:
    """Return a boolean mask as the numbers to add to scores; one of numbers as it is."""
    import torch

    if mask.dtype != torch.bool:
        return mask.to(dtype)
    return torch.zeros(mask.shape, dtype=dtype).masked_fill_(~mask, torch.finfo(dtype).min)


def _ours(query: Any, key: Any, *args: Any, enable_gqa: bool = False, **kwargs: Any) -> bool:
    """Return whether `attention` takes this call: gradients wanted, short enough, as many keys' heads as queries'."""
    import torch

    short = max(query.shape[-2], key.shape[-2]) <= LONGEST
    return torch.is_grad_enabled() and short and not enable_gqa
