"""LoRA and QLoRA through `peft`: which layers, the head trained and saved with them, merge and reload checked."""

from typing import Any

from pycode.errors import CourseError
from pycode.train.recipe import Recipe

TARGETS = {
    "bert": ["query", "key", "value", "dense"],
    "modernbert": ["Wqkv", "Wo", "Wi"],
    "qwen2": ["q_proj", "k_proj", "v_proj", "o_proj"],
    "qwen3": ["q_proj", "k_proj", "v_proj", "o_proj"],
}
HEADS = {"bert": "classifier", "modernbert": "classifier", "qwen2": "score", "qwen3": "score"}


def head_name(model_type: str) -> str:
    """Return the module name of the classification head for a `transformers` model type.

    Raises:
        CourseError: a model type that the course does not use.
    """
    if model_type not in HEADS:
        raise CourseError(
            f"Model type {model_type!r} has no known head; known: {', '.join(HEADS)}."
        )
    return HEADS[model_type]


def attach(model: Any, recipe: Recipe) -> Any:
    """Return ``model`` wrapped with LoRA of ``recipe.lora_rank`` on its linear layers; only adapters and head train.

    BERT's ``dense`` would also match the pooler and a head's own layers, so the layers are named in full.
    """
    from peft import LoraConfig, TaskType, get_peft_model

    kind = model.config.model_type
    head = head_name(kind)
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=recipe.lora_rank,
        lora_alpha=recipe.adapter_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=_targets(model, kind),
        modules_to_save=[head],
    )
    return get_peft_model(model, config)


def merged(model: Any) -> Any:
    """Return a plain model with the adapters added into its weights; a plain model comes back as it is."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model


def parameter_counts(model: Any) -> tuple[int, int]:
    """Return (trainable, total) numbers of parameters; 4-bit weights count by their unpacked size.

    The head counts once: beside the one that is trained, peft keeps a frozen copy that nothing uses.
    """
    trainable = total = 0
    for name, parameter in model.named_parameters():
        if ".original_module." in name:
            continue
        size = parameter.numel()
        if (
            type(parameter).__name__ == "Params4bit"
            and getattr(parameter, "quant_state", None) is not None
        ):
            size = parameter.quant_state.shape.numel()
        total += size
        trainable += size if parameter.requires_grad else 0
    return trainable, total


def _targets(model: Any, kind: str) -> list[str]:
    """Return full names of the linear layers inside the encoder or decoder blocks."""
    suffixes = tuple(TARGETS[kind])
    return [
        name for name, module in model.named_modules()
        if ("layer." in name or "layers." in name) and name.rsplit(".", 1)[-1] in suffixes
        and hasattr(module, "in_features")
    ]  # fmt: skip
