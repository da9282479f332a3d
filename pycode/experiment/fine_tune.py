"""Fine-tune an encoder or decoder classifier: fully, with LoRA, or with LoRA on quantised weights."""

from dataclasses import dataclass

from pycode.data.class_table import class_table
from pycode.errors import CourseError
from pycode.experiment.data import facts
from pycode.experiment.seeded import (
    fit_metrics,
    history_of,
    seeded_metrics,
    stop_notes,
    stored_note,
)
from pycode.experiment.training import MakeLoss, Prepared, prepare, run_seeds, train_recipe
from pycode.experiment.truth import known_truth
from pycode.experiment.types import Job, Result
from pycode.train import recipe as training
from pycode.train.lengths import check_length

RECORD_KIND = "train"
NAMES = {
    "minilm": "MiniLM-L6", "minilm-3": "MiniLM, 3 layers", "decoder-cfpb": "our small decoder",
    "modernbert-base": "ModernBERT-base", "qwen2.5-0.5b": "Qwen2.5-0.5B",
}  # fmt: skip


@dataclass(frozen=True)
class Recipe(training.Recipe):
    """A training recipe; ``train_rows`` > 0 trains on a fixed sample of that size.

    ``keep_weights`` keeps every seed's weights on this machine, for a compression run or a teacher.
    """

    train_rows: int = 0
    keep_weights: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_length(self.model, self.max_length)
        if self.train_rows < 0:
            raise CourseError(
                f"recipe.train_rows must be 0 (all rows) or more; got {self.train_rows}."
            )


def run(job: Job) -> Result:
    """Train every seed; return outputs of the first and metrics of all."""
    recipe: Recipe = job.config.recipe
    return train_and_score(job, prepare(job, recipe, recipe.train_rows), describe(recipe))


def train_and_score(
    job: Job, prepared: Prepared, model: str, make_loss: MakeLoss | None = None
) -> Result:
    """Train every seed, with another loss where one is given, and score them; ``model`` is the record's name."""
    recipe: Recipe = job.config.recipe
    seeds = run_seeds(job, prepared, make_loss=make_loss, keep_weights=recipe.keep_weights)
    names = [item.seed for item in seeds]
    truth = known_truth(job, prepared.data)
    metrics, outputs = seeded_metrics(
        prepared.data, [item.logits for item in seeds], names, job.resamples, truth
    )
    metrics["fit"] = fit_metrics(recipe, prepared, seeds)
    used = train_recipe(recipe, job, names[0])
    return Result(
        model=model,
        data=facts(prepared.data),
        metrics=metrics,
        history=history_of(seeds),
        outputs=outputs,
        tables={"classes": class_table(prepared.data)},
        dtype=prepared.precision,
        batch_size=used.batch_size,
        sequence_policy=sequence_policy(used.max_length),
        notes=" ".join(filter(None, [stored_note(names), stop_notes(seeds)])),
        earlier_seconds=sum(item.fit.earlier_seconds for item in seeds),
        uses=modules_of(recipe),
    )


def modules_of(recipe: training.Recipe) -> list[str]:
    """Return the modules beyond torch and transformers that training by this recipe takes."""
    lora = ["peft"] if recipe.lora_rank else []
    return lora if recipe.quantised == "none" else [*lora, "bitsandbytes"]


def describe(recipe: training.Recipe) -> str:
    """Return the model and how it is trained, as claims name it."""
    name = NAMES.get(recipe.model, recipe.model)
    if not recipe.lora_rank:
        return f"{name}, full fine-tuning"
    method = "LoRA" if recipe.quantised == "none" else f"LoRA on {recipe.quantised} weights"
    return f"{name}, {method} of rank {recipe.lora_rank}"


def sequence_policy(max_length: int) -> str:
    """Return how texts are cut and padded."""
    return f"first {max_length} tokens, batches of similar length padded to their longest"
