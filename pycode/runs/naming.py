"""The name under which pages show a run's model: what it is, and what sets its training apart."""

from collections.abc import Mapping
from typing import Any

WEIGHTS = {"sqrt_inverse": "square-root inverse class weights", "balanced": "balanced class weights"}  # fmt: skip


def title(model: str, config: Mapping[str, Any]) -> str:
    """Return ``model`` with the parts of the recipe that runs of the same model differ in.

    A recipe with nothing of the kind (or another kind of run) leaves the name as it is.
    """
    recipe = config.get("recipe")
    if config.get("kind") not in ("fine-tune", "distill") or not isinstance(recipe, Mapping):
        return model
    parts = [model, WEIGHTS.get(str(recipe.get("class_weights")), "")]
    if recipe.get("logit_adjustment"):
        parts.append("logit adjustment")
    if recipe.get("loss") == "focal":
        parts.append("focal loss")
    if recipe.get("label_smoothing") and "smoothed" not in model:
        parts.append(f"labels smoothed by {recipe['label_smoothing']:g}")
    if recipe.get("max_updates"):
        parts.append(f"{recipe['max_updates']} updates of {recipe.get('batch_size')} rows")
    return ", ".join(part for part in parts if part)
