"""The data of a lab: the hub's canonical set where it answers, and never a silent substitute."""

import os
from dataclasses import replace

import numpy as np

from pycode.data.fingerprint import fingerprint
from pycode.data.load import load_course_data
from pycode.data.types import CourseData, Split
from pycode.errors import CourseError, nearest
from pycode.labs.blank import LabError

VARIABLE = "COURSE_SOURCE"
SOURCES = ("auto", "hub", "local", "twin", "sample")


def lab_data(source: str | None = None) -> CourseData:
    """Return the lab's data and print loudly what they are.

    ``source`` (default: the variable COURSE_SOURCE, else `auto`) is `hub` (the canonical set), `local`
    (the file that COURSE_DATA names), `twin`, `sample` (a few thousand synthetic rows, made in a second), or
    `auto`: the hub, else the file of COURSE_DATA, else the sample.

    Raises:
        LabError: unknown source, or the asked one cannot be had.
    """
    wanted = source or os.environ.get(VARIABLE, "auto")
    if wanted not in SOURCES:
        raise LabError(
            f"The data source {wanted!r} is not known: use {', '.join(SOURCES)}.{nearest(wanted, SOURCES)}"
        )
    try:
        data = _auto() if wanted == "auto" else _load(wanted)
    except CourseError as error:
        raise LabError(str(error)) from None
    print(banner(data))
    return data


def banner(data: CourseData) -> str:
    """Return two lines that say where the rows come from and how many there are."""
    sizes = (
        f"{len(data.train):,} training, {len(data.val):,} validation, {len(data.test):,} test rows"
    )
    what = {
        "hub": "the canonical set from the hub: real complaints",
        "local": "the file that COURSE_DATA names, on this machine",
        "twin": "SYNTHETIC TWIN: made by code.\nIts numbers say nothing about real complaints",
        "sample": "SYNTHETIC SAMPLE: made by code.\nIts numbers say nothing about real complaints",
    }[data.source]
    return f"DATA: {what}.\n{sizes}, {data.n_classes} classes."


def is_synthetic(data: CourseData) -> bool:
    """Return whether the rows were made by code."""
    return data.source in ("twin", "sample")


def smaller(data: CourseData, train: int, val: int, seed: int = 42) -> CourseData:
    """Return ``data`` with at most ``train`` training and ``val`` validation rows, drawn at random.

    The class list stays, so a class may be left without rows; metrics over the list still count it.
    """
    if len(data.train) <= train and len(data.val) <= val:
        return data
    kept, held = _some(data.train, train, seed), _some(data.val, val, seed)
    note = f"Reduced to {len(kept):,} training and {len(held):,} validation rows, drawn with seed {seed}."
    print(f"{note}\nNot comparable with numbers from the whole set.")
    name = f"{data.name}, reduced"
    mark = fingerprint({"train": kept, "val": held, "test": data.test}, data.label_names)
    return replace(
        data, train=kept, val=held, name=name, fingerprint=mark, notes=(*data.notes, note)
    )


def _auto() -> CourseData:
    try:
        return _load("hub")
    except CourseError as error:
        print(f"The hub's data cannot be had: {error}")
    if os.environ.get("COURSE_DATA"):
        return _load("local")
    print(
        "Made data instead. On Kaggle turn Settings > Internet on and begin with the first cell. With the"
    )
    print("data as a file: %env COURSE_DATA=PATH in a cell of its own, then this cell again.")
    return _load("sample")


def _load(source: str) -> CourseData:
    if source != "sample":
        return load_course_data(source=source)
    from pycode.labs.sample import synthetic_sample

    return synthetic_sample()


def _some(split: Split, size: int, seed: int) -> Split:
    if len(split) <= size:
        return split
    rows = np.sort(np.random.default_rng(seed).choice(len(split), size, replace=False))
    return Split(
        [split.texts[row] for row in rows],
        split.labels[rows],
        [split.row_ids[row] for row in rows],
    )
