"""Recorded runs in a notebook: from the checkout where there is one, else fetched at the installed version.

A student's machine has the package but not `runs/`. pip notes where it took the package from (PEP 610), and
the same archive's files are fetched one by one and checked against the SHA-256 in the run's record.
"""

import json
import re
import urllib.request
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np

import pycode
from pycode.errors import CourseError, nearest
from pycode.files import sha256, write_bytes
from pycode.labs.blank import LabError
from pycode.project import find_project
from pycode.runs.outputs import read_outputs
from pycode.runs.published import read_published
from pycode.runs.record import Record, from_json

PACKAGE = "pycode"
CACHE = Path(".course") / "runs"
_ARCHIVE = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/archive/([\w.-]+)\.zip")


@dataclass(frozen=True)
class RecordedOutputs:
    """What a recorded run said about one split: ``logits`` (n × C), true ``labels`` (n), ``label_names`` (C)."""

    run: str
    logits: np.ndarray
    labels: np.ndarray
    label_names: tuple[str, ...]

    @property
    def predictions(self) -> np.ndarray:
        """The class with the highest logit of each row (n)."""
        return self.logits.argmax(axis=1)


def recorded_outputs(run_id: str, split: str = "val") -> RecordedOutputs:
    """Return the stored outputs of a run on real complaints: numbers and class names, no texts.

    Raises:
        LabError: the run is not here and cannot be fetched, or a file is not that of the record.
    """
    record = recorded(run_id)
    name = f"{split}.safetensors"
    path = _file(f"{run_id}/{name}")
    if sha256(path) != record.artifacts.get(name):
        raise LabError(
            f"{run_id}/{name} is not the file of the run's record: delete {path.parent.name} and run again."
        )
    outputs = read_outputs(path)
    names = tuple(str(label) for label in record.data["labels"])
    print(f"{run_id}, {split}: {len(outputs.labels):,} rows, {len(names)} classes, {record.title}.")
    return RecordedOutputs(run_id, outputs.logits, outputs.labels, names)


def recorded(run_id: str) -> Record:
    """Return the record of a run.

    Raises:
        LabError: the run is not here and cannot be fetched.
    """
    value = json.loads(_file(f"{run_id}/record.json").read_text(encoding="utf-8"))
    return from_json(value, f"runs/{run_id}/record.json")


def published_value(entry: str) -> float:
    """Return a figure of the original course, by its id in `published.yml`.

    Raises:
        LabError: there is no such entry, or it is a range.
    """
    entries = read_published(_file("published.yml").parent)
    value = entries[entry].value if entry in entries else None
    if value is None:
        raise LabError(
            f"No published figure {entry!r} with one value.{nearest(entry, list(entries))}"
        )
    return float(value)


def _file(name: str) -> Path:
    """Return the path of a file of `runs/`: in a checkout, in the cache, or fetched into the cache."""
    for folder in (*_checkouts(), CACHE):
        if (folder / name).is_file():
            return folder / name
    address = f"{_origin()}/runs/{name}"
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            content = answer.read()
    except OSError as error:
        raise LabError(
            f"The recorded file {name!r} could not be fetched ({type(error).__name__}): check the connection "
            f"and the name. Address: {address}"
        ) from None
    write_bytes(CACHE / name, content)
    return CACHE / name


def _checkouts() -> list[Path]:
    """Return the `runs` folders of the project that holds the current folder and of the package's own."""
    found = []
    for start in (Path.cwd(), Path(pycode.__file__).parent):
        try:
            found.append(find_project(start).runs)
        except CourseError:
            continue
    return found


def _origin() -> str:
    """Return the address of the repository's files at the version that pip installed.

    Raises:
        LabError: the package was not installed from the repository's archive.
    """
    try:
        text = distribution(PACKAGE).read_text("direct_url.json") or "{}"
    except PackageNotFoundError:
        text = "{}"
    match = _ARCHIVE.fullmatch(str(json.loads(text).get("url", "")))
    if match is None:
        raise LabError(
            "Recorded runs are read from a checkout of the course or fetched from where the package was "
            "installed from; there is neither. Run the notebook's first cell, or work inside a checkout."
        )
    return f"https://raw.githubusercontent.com/{match[1]}/{match[2]}"
