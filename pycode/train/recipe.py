"""What a training run can vary, in one frozen dataclass."""

from dataclasses import asdict, dataclass
from typing import Any

from pycode.errors import CourseError, nearest

LOSSES = ("cross_entropy", "focal")
CLASS_WEIGHTS = ("none", "sqrt_inverse", "balanced")
SCHEDULES = ("linear", "cosine", "constant")
PRECISIONS = ("auto", "fp32", "fp16", "bf16")
METRICS = ("macro_f1", "accuracy", "nll")
QUANTISED = ("none", "nf4", "nf4-double", "int8")


@dataclass(frozen=True)
class Recipe:
    """One training recipe. ``batch_size`` counts rows per update over all processes."""

    model: str = "minilm"
    max_length: int = 128
    epochs: float = 3.0
    learning_rate: float = 1e-4
    head_rate: float = 1.0  # learning rate of the new head, as a multiple of the others'
    batch_size: int = 32
    micro_batch: int = 0  # rows per forward pass; 0: as many as the batch
    token_budget: int = 0  # tokens per forward pass, padding included; 0: no limit
    max_updates: int = 0  # 0: as many as the epochs give
    weight_decay: float = 0.01
    warmup: float = 0.1  # share of all updates
    schedule: str = "linear"
    clip: float = 1.0
    loss: str = "cross_entropy"
    focal_gamma: float = 2.0
    label_smoothing: float = 0.0
    class_weights: str = "none"
    logit_adjustment: float = 0.0  # tau of Menon et al. 2021; 0: off
    lora_rank: int = 0  # 0: full fine-tuning
    lora_alpha: int = 0  # 0: twice the rank
    lora_dropout: float = 0.05
    quantised: str = "none"  # base weights under LoRA: QLoRA with nf4
    precision: str = "auto"
    select_by: str = "macro_f1"
    patience: int = 0  # evaluations without a better value; 0: train to the end
    evaluations_per_epoch: int = 1
    seed: int = 42

    def __post_init__(self) -> None:
        _one_of("loss", self.loss, LOSSES)
        _one_of("class_weights", self.class_weights, CLASS_WEIGHTS)
        _one_of("schedule", self.schedule, SCHEDULES)
        _one_of("precision", self.precision, PRECISIONS)
        _one_of("select_by", self.select_by, METRICS)
        _one_of("quantised", self.quantised, QUANTISED)
        for name in ("max_length", "batch_size", "evaluations_per_epoch"):
            _need(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("epochs", "learning_rate", "head_rate", "clip"):
            _need(getattr(self, name) > 0, name, getattr(self, name), "greater than 0")
        for name in ("micro_batch", "token_budget", "max_updates", "weight_decay", "lora_rank", "lora_alpha",
                     "focal_gamma", "logit_adjustment", "patience"):  # fmt: skip
            _need(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        for name in ("warmup", "label_smoothing", "lora_dropout"):
            _need(0 <= getattr(self, name) < 1, name, getattr(self, name), "in [0, 1)")
        if self.quantised != "none" and not self.lora_rank:
            raise CourseError(
                f"quantised={self.quantised!r} needs lora_rank > 0: quantised weights cannot be trained."
            )

    @property
    def adapter_alpha(self) -> int:
        """LoRA's alpha; twice the rank unless given."""
        return self.lora_alpha or 2 * self.lora_rank

    def to_json(self) -> dict[str, Any]:
        """Return all fields, defaults included, as plain JSON types."""
        return asdict(self)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise CourseError(
            f"Recipe field {name!r} is {value!r}; allowed are {', '.join(allowed)}.{nearest(value, allowed)}"
        )


def _need(condition: bool, name: str, value: float, allowed: str) -> None:
    if not condition:
        raise CourseError(f"Recipe field {name!r} is {value}; it must be {allowed}.")
