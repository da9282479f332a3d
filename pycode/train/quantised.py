"""bitsandbytes in one place: loading in 8 or 4 bits, and the traps of its CPU kernels.

* The head is never quantised: 113 outputs are no multiple of the CPU kernel's block of 32, and LoRA cannot
  train an int8 head.
* On CPUs with AVX512-BF16 the first evaluation repacks the 4-bit weights in place. Training then raises, and
  merging adapters then gives wrong weights without an error. Switching the repacking off keeps both right.
* LLM.int8 says at every layer of every call that it casts its inputs; once is enough.
"""

import logging
import os
import warnings
from typing import Any

from pycode.train.lora import HEADS
from pycode.train.precision import find_device

KINDS = ("int8", "nf4", "nf4-double")


def quantisation_config(kind: str) -> Any:
    """Return the `BitsAndBytesConfig` for one of ``KINDS`` that leaves every head in full precision.

    ``nf4-double`` also quantises the scales of the blocks (Dettmers et al. 2023).
    """
    import torch
    from transformers import BitsAndBytesConfig

    heads = sorted(set(HEADS.values()))
    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=heads)
    device = find_device()
    old_gpu = device.kind == "cuda" and (device.capability or (0, 0)) < (8, 0)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=kind == "nf4-double",
        bnb_4bit_compute_dtype=torch.float16 if old_gpu else torch.bfloat16,
        llm_int8_skip_modules=heads,
    )


def loading_options(kind: str) -> dict[str, Any]:
    """Return what `from_pretrained` needs to quantise while it loads; call ``make_safe`` on its result."""
    import torch

    silence()
    options: dict[str, Any] = {"quantization_config": quantisation_config(kind)}
    if torch.cuda.is_available():
        # of several processes each has its own GPU, which nothing has chosen yet when weights are loaded
        options["device_map"] = {"": int(os.environ.get("LOCAL_RANK", torch.cuda.current_device()))}
    return options


def make_safe(model: Any) -> Any:
    """Return ``model`` with 4-bit layers that do not repack themselves; call it before any forward pass."""
    import bitsandbytes

    for module in model.modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            module.support_avx512bf16_for_cpu = False
    return model


def silence() -> None:
    """Stop bitsandbytes from repeating at every layer call that inputs are cast."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="MatMul8bitLt: inputs will be cast")
