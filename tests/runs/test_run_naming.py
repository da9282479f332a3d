"""What pages call the model of a run: recipes that differ have names that differ."""

from pathlib import Path

import pytest

from pycode.experiment.config import read_config
from pycode.runs import claim, compare
from pycode.runs.naming import title

RUNS = Path(__file__).resolve().parents[2] / "runs"
MODEL = "MiniLM-L6, full fine-tuning"


@pytest.mark.parametrize(
    ("recipe", "shown"),
    [
        ({}, MODEL),
        ({"class_weights": "none", "label_smoothing": 0.0, "loss": "cross_entropy", "max_updates": 0}, MODEL),
        ({"class_weights": "balanced"}, f"{MODEL}, balanced class weights"),
        ({"loss": "focal", "logit_adjustment": 1.0}, f"{MODEL}, logit adjustment, focal loss"),
        ({"label_smoothing": 0.1}, f"{MODEL}, labels smoothed by 0.1"),
        ({"max_updates": 686, "batch_size": 4}, f"{MODEL}, 686 updates of 4 rows"),
    ],
)  # fmt: skip
def test_the_title_says_what_sets_the_training_apart(recipe: dict, shown: str) -> None:
    assert title(MODEL, {"kind": "fine-tune", "recipe": recipe}) == shown
    assert title(MODEL, {"kind": "tfidf-lr", "recipe": recipe}) == MODEL
    assert title(MODEL, {"kind": "fine-tune", "recipe": None}) == MODEL


def test_a_smoothed_student_is_not_called_so_twice() -> None:
    config = {"kind": "distill", "recipe": {"label_smoothing": 0.1}}
    assert title("learning from hard labels, smoothed by 0.1", config).count("smoothed") == 1


@pytest.mark.parametrize("data", ["cfpb8k", "reuters"])
def test_arms_of_the_course_have_different_names(data: str) -> None:
    arms = [name for name in ("minilm", "minilm-weights", "minilm-adjusted", "minilm-focal", "minilm-smoothing",
                              "minilm-batch4", "minilm-batch32") if (RUNS / f"{name}-{data}").is_dir()]  # fmt: skip
    configs = [read_config(RUNS, f"{name}-{data}") for name in arms]
    names = {title(MODEL, {"kind": c.kind, "recipe": c.recipe.to_json()}) for c in configs}
    assert len(names) == len(arms) > 2


def test_provenance_and_comparison_use_the_title(project) -> None:
    weights = "square-root inverse class weights"
    assert weights in claim("minilm-weights-reuters:test.accuracy", project=project).provenance
    found = compare("minilm-weights-reuters", "minilm-reuters", "test.accuracy", resamples=200, project=project)  # fmt: skip
    assert f"{weights} (run minilm-weights-reuters) minus {MODEL} (run" in found.provenance
