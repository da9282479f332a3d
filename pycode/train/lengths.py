"""How many tokens of a text a model can read, known before anything is loaded."""

from pycode.errors import CourseError
from pycode.train.models import ModelSpec, model_spec
from pycode.train.shapes import SHAPES

SHORTEST = 8  # special tokens take up to two; a tokenizer asked for fewer than they take does not cut at all
PACKAGED = 512  # MiniLM's `max_position_embeddings`
USUAL = {"ModernBertConfig": 8192}  # of architectures whose shape leaves it at the default


def positions(spec: ModelSpec) -> int:
    """Return the most tokens that ``spec`` reads: a text that is longer fails deep inside the model."""
    if spec.source == "package":
        return PACKAGED
    kind, fields = SHAPES[spec.location if spec.source == "random" else spec.name]
    return int(fields.get("max_position_embeddings") or USUAL[kind])


def check_length(model: str, max_length: int) -> None:
    """Raise a CourseError unless the model called ``model`` is known and reads ``max_length`` tokens."""
    most = positions(model_spec(model))
    if not SHORTEST <= max_length <= most:
        raise CourseError(
            f"Recipe field max_length must be {SHORTEST} to {most} for {model}, which reads no more; got {max_length}."
        )
