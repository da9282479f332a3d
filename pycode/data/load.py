"""One door to the course's data: the hub, a file on this machine, or the synthetic twin."""

import importlib.util
import os
import warnings
from pathlib import Path
from typing import Any

from pycode.data.split import SEED
from pycode.data.types import CourseData
from pycode.errors import CourseError, nearest

SOURCES = ("auto", "hub", "local", "twin")
TWIN = "pycode.data.twin"


def load_course_data(
    source: str = "auto",
    path: str | Path | None = None,
    revision: str | None = None,
    *,
    hub_id: str | None = None,
    expect_published: bool = True,
    forms: tuple[str, ...] = ("2017",),
    groups: str | None = "default",
    unknown: str = "drop",
    seed: int = SEED,
    n: int | None = None,
) -> CourseData:
    """Return train, val and test over the 113 canonical labels; `.source` says from where.

    Args:
        source: `hub` (the canonical set, pinned revision), `local` (a parquet file or a folder),
            `twin` (synthetic), or `auto`: the file if ``path`` is given, else the hub if it
            answers, else the twin, with a warning that says so.
        path: file or folder for `local`; default the variable COURSE_DATA.
        revision: full commit hash on the hub; default the pinned one.
        hub_id: another data set in the same layout (a name on the hub or a folder).
        expect_published: for the hub: refuse data whose sizes are not the published ones.
        forms: form changes that the label map undoes: `("2017",)` or `("2017", "2023")`.
        groups: rule that keeps near-duplicates in one split: `prefix`, `shingles`, `both` or None.
            By default `both` for a local file and None for the hub, whose test file is fixed.
        unknown: rows with labels outside the 113: `drop` (with a note) or `error`.
        seed: of the split; of the whole twin for `twin`.
        n: for `twin` only: number of rows, default all 85,708.

    Every source gives the same label ids. A local file need not hold all classes:
    `load_dataset_by_name("cfpb-8k")` gives the same rows over the classes that occur.

    Raises:
        CourseError: see `pycode.data.hub`, `pycode.data.local`; or an unknown source.
    """
    if source not in SOURCES:
        raise CourseError(
            f"source={source!r} is not known: use {', '.join(SOURCES)}.{nearest(source, SOURCES)}"
        )
    if n is not None and source != "twin":
        raise CourseError(f"n={n} works with source='twin' only; got source={source!r}.")
    options: dict[str, Any] = {"forms": forms, "unknown": unknown, "seed": seed}
    if source == "local" or (source == "auto" and path):
        from pycode.data.local import load_local

        return load_local(path, groups="both" if groups == "default" else groups, **options)
    if source == "twin":
        return load_twin(seed=seed, n=n)
    from pycode.data.hub import HUB_ID, load_hub

    options["groups"] = None if groups == "default" else groups
    options.update(hub_id=hub_id or HUB_ID, expect_published=expect_published)
    if source == "hub":
        return load_hub(revision, **options)
    return _hub_or_twin(revision, options)


def _hub_or_twin(revision: str | None, options: dict[str, Any]) -> CourseData:
    from pycode.data.hub import HubUnreachable, checked_revision, load_hub

    checked_revision(revision)
    try:
        return load_hub(revision, **options)
    except HubUnreachable as error:
        reason = str(error)
    try:
        data = load_twin(seed=options["seed"])
    except CourseError as error:
        there = (
            " COURSE_DATA is set: source='local' uses it." if os.environ.get("COURSE_DATA") else ""
        )
        raise CourseError(f"source='auto' found nothing. {reason} {error}{there}") from None
    warnings.warn(f"Using the synthetic twin, not the real data. {reason}", stacklevel=3)
    return data.noted(f"The hub was tried first. {reason}")


def load_twin(**options: Any) -> CourseData:
    """Return the synthetic twin made by `pycode.data.twin.load_twin`.

    Raises:
        CourseError: this version has no twin.
    """
    if importlib.util.find_spec(TWIN) is None:
        raise CourseError("The synthetic twin is not part of this version; use source='local'.")
    module = importlib.import_module(TWIN)
    data: CourseData = module.load_twin(**options)
    return data
