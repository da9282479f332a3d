"""A recorded run's outputs after one temperature fitted on val, as a run of its own.

Nothing is trained. Its stored outputs let `compare` set "plain training and a temperature" against a distilled
student row by row, which two numbers of two records could not.
"""

from dataclasses import dataclass

from pycode.data.class_table import class_table
from pycode.errors import CourseError
from pycode.evaluate.temperature import apply_temperature, fit_temperature
from pycode.experiment.data import facts, load
from pycode.experiment.measure import metric, outputs_of, split_metrics
from pycode.experiment.recorded import recorded_logits
from pycode.experiment.truth import known_truth, truth_metrics
from pycode.experiment.types import Job, Result
from pycode.runs.record import read_record

RECORD_KIND = "evaluate"


@dataclass(frozen=True)
class Recipe:
    """``source`` is the run whose outputs are divided by a temperature."""

    source: str

    def __post_init__(self) -> None:
        if not self.source:
            raise CourseError("recipe.source must name the run whose outputs are to be rescaled.")


def run(job: Job) -> Result:
    """Fit the temperature on the source's val outputs, divide those of val and test by it, and score them."""
    recipe: Recipe = job.config.recipe
    data = load(job)
    raw = {name: recorded_logits(job, recipe.source, data, name) for name in ("val", "test")}
    fit = fit_temperature(data.val.labels, raw["val"])
    outputs = {
        name: outputs_of(data, name, apply_temperature(logits, fit.temperature))
        for name, logits in raw.items()
    }
    metrics = {name: split_metrics(data, out, job.resamples) for name, out in outputs.items()}
    metrics |= truth_metrics(known_truth(job, data), outputs["test"], job.resamples)
    found = metric(fit.temperature, "temperature", len(data.val), note="fitted on val")
    return Result(
        model=f"{_name(job, recipe.source)}, temperature-scaled",
        data=facts(data),
        metrics={**metrics, "temperature": found},
        outputs=outputs,
        tables={"classes": class_table(data)},
        notes=f"The fit stopped at its {fit.at_bound} bound." if fit.at_bound else "",
    )


def _name(job: Job, source: str) -> str:
    return source if job.smoke else read_record(job.folder.parent, source).model
