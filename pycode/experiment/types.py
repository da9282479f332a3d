"""What a kind of experiment gets (a Job) and what it gives back (a Result)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.runs.outputs import Outputs

SMOKE_RESAMPLES, RESAMPLES = 50, 10_000


@dataclass(frozen=True)
class DataConfig:
    """The data of a run: which set, with which exact content, loaded with which options.

    ``fingerprint`` must be declared for a full run, so that other data are noticed, not measured.
    """

    name: str
    fingerprint: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Config:
    """A declared run: `runs/<id>/config.yml` with every default filled in.

    ``needs`` names what a machine must have to execute it: ``gpu``, ``hub``. ``store`` names the splits
    whose outputs are kept beside the record, ``none`` alone keeps none; without it, all of them are.
    """

    id: str
    description: str
    kind: str
    data: DataConfig
    recipe: Any
    seeds: tuple[int, ...] = (0,)
    notes: str = ""
    needs: tuple[str, ...] = ()
    store: tuple[str, ...] = ()


def one_or_more(recipe: Any, *names: str) -> None:
    """Raise a CourseError unless each field of ``recipe`` called in ``names`` is 1 or more."""
    for name in names:
        if getattr(recipe, name) < 1:
            raise CourseError(f"recipe.{name} must be 1 or more; got {getattr(recipe, name)}.")


@dataclass(frozen=True)
class Job:
    """A run to execute. ``data_path`` is where the data lie on this machine; never recorded."""

    config: Config
    smoke: bool
    data_path: Path | None
    folder: Path

    @property
    def resamples(self) -> int:
        """Bootstrap resamples: few in a smoke run, whose numbers nobody sees."""
        return SMOKE_RESAMPLES if self.smoke else RESAMPLES


@dataclass(frozen=True)
class Result:
    """What was measured. ``data`` are the record's data facts, ``metrics`` its tree of metrics.

    ``outputs`` become `<split>.safetensors`, ``tables`` become `<name>.json`, both with their hash
    in the record; ``files`` are written as they are. ``earlier_seconds`` were spent by commands that were
    interrupted before they had a result. ``uses`` names modules that worked in another process (a worker, an
    interrupted command), so that their versions are recorded too.
    """

    model: str
    data: Mapping[str, Any]
    metrics: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]] = ()
    outputs: Mapping[str, Outputs] = field(default_factory=dict)
    tables: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    dtype: str | None = None
    batch_size: int | None = None
    sequence_policy: str | None = None
    notes: str = ""
    earlier_seconds: float = 0.0
    uses: Sequence[str] = ()
