"""From a recipe to the model it trains: plain, with LoRA, or with LoRA on quantised weights."""

from pathlib import Path
from typing import Any

from pycode.train import lora, quantised
from pycode.train.models import load_classifier, model_spec
from pycode.train.recipe import Recipe


def trainable_model(
    recipe: Recipe, n_classes: int, pad_id: int, runs_dir: Path | None = None
) -> Any:
    """Return the model of ``recipe``, its head drawn with ``recipe.seed``, ready for the loop.

    Raises:
        CourseError: unknown model, or its weights are not here.
    """
    options: dict[str, Any] = {}
    if recipe.quantised != "none":
        options = quantised.loading_options(recipe.quantised)
    model = load_classifier(
        model_spec(recipe.model), n_classes, seed=recipe.seed, pad_id=pad_id, runs_dir=runs_dir, **options
    )  # fmt: skip
    if recipe.quantised != "none":
        quantised.make_safe(model)
    return lora.attach(model, recipe) if recipe.lora_rank else model
