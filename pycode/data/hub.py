"""The `hub` source: the canonical data set on the Hugging Face hub, at a pinned revision."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pycode.data.course import LABEL, TEXT, check_published, course_data
from pycode.data.local import numbered
from pycode.data.rows import Rows
from pycode.data.split import SEED
from pycode.data.types import CourseData
from pycode.errors import CourseError, nearest

HUB_ID = "determined-ai/consumer_complaints_medium"
# The head of `main`, as two sources give it: the hub's own file page (short form 4783de6, the commit
# that added the README) and a public benchmark that pins the same set (in full). `course data pin`
# asks the hub and compares.
HUB_REVISION: str | None = "4783de6e089f8ef1dccb26e9f46d491ec0273c83"
_FULL_HASH = re.compile(r"[0-9a-f]{40}")


class HubUnreachable(CourseError):
    """The hub did not deliver: no connection, no such data set or no such revision."""


def load_hub(
    revision: str | None = None,
    *,
    hub_id: str = HUB_ID,
    expect_published: bool = True,
    forms: tuple[str, ...] = ("2017",),
    groups: str | None = None,
    unknown: str = "drop",
    seed: int = SEED,
) -> CourseData:
    """Return the canonical data set. What can be claimed about its rows: see `pycode.data.course`.

    Args:
        revision: 40 hex digits; default the pinned one.
        hub_id: name on the hub, or a folder in the same layout.
        expect_published: compare sizes and dropped rows with what the original course published.
        forms: form changes that the label map undoes.
        groups: rule that keeps near-duplicates of the train file together; the original had none.
        unknown: `drop` or `error`, for labels outside the 113.
        seed: of the train/val split.

    Raises:
        CourseError: malformed revision, hub not reachable, missing columns, sizes that differ.
    """
    revision = checked_revision(revision)
    tables = _download(hub_id, revision)
    train, test = (_rows(tables, part, hub_id) for part in ("train", "test"))
    data = course_data(
        train, test, source="hub", forms=forms, groups=groups, unknown=unknown, seed=seed
    )
    if expect_published:
        check_published(data, train, test)
    else:
        data = data.noted("Sizes were not compared with the published ones.")
    return data.noted(f"Read from {hub_id} at revision {revision[:12]}.")


def checked_revision(revision: str | None) -> str:
    """Return ``revision``, or the pinned one.

    Raises:
        CourseError: it is not a full commit hash: branch names and short hashes can move.
    """
    chosen = revision or HUB_REVISION
    if chosen is None:
        raise CourseError("No revision is pinned: run `course data pin` and pass revision=<hash>.")
    if not _FULL_HASH.fullmatch(chosen):
        raise CourseError(
            f"revision={chosen!r} is not a full commit hash: give 40 hex digits "
            "(`course data pin` prints the current one)."
        )
    return chosen


def current_revision(hub_id: str = HUB_ID) -> str:
    """Ask the hub which commit ``main`` is at, and return its 40 hex digits.

    Raises:
        CourseError: the hub does not answer.
    """
    try:
        from huggingface_hub import HfApi

        return str(HfApi().dataset_info(hub_id, timeout=30).sha)
    except ImportError as error:
        raise _not_installed() from error
    except Exception as error:
        raise _not_reachable(hub_id, error, _answers()) from error


def _download(hub_id: str, revision: str) -> Mapping[str, Any]:
    """Return the tables of ``hub_id``, from the client's cache if it holds this very revision.

    The snapshot is fetched by commit hash and then read as a folder: `load_dataset` alone would
    fall back to any cached revision when the hub does not answer.
    """
    try:
        import datasets
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise _not_installed() from error
    folder, online = hub_id, True
    with _no_progress_bars():
        try:
            if not Path(hub_id).is_dir():
                online = _answers()
                folder = snapshot_download(
                    hub_id,
                    repo_type="dataset",
                    revision=revision,
                    allow_patterns=["data/*", "README.md"],
                    local_files_only=not online,
                )
            return dict(datasets.load_dataset(folder))
        except Exception as error:
            # The clients raise errors of four libraries here; to the reader all mean the same.
            raise _not_reachable(hub_id, error, online) from error


def _answers(timeout: float = 5.0) -> bool:
    """Say whether the hub answers at all; its client would retry for half a minute to find out."""
    from huggingface_hub import constants

    try:
        urllib.request.urlopen(constants.ENDPOINT, timeout=timeout).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _not_installed() -> CourseError:
    return CourseError(
        "Reading from the hub needs the package `datasets`: install requirements/test.txt."
    )


def _not_reachable(hub_id: str, error: Exception, online: bool) -> HubUnreachable:
    reason = "it does not answer, and its cache here has no copy of this revision"
    if online:
        line = (str(error).strip().splitlines() or [""])[0][:160]
        reason = f"{type(error).__name__}: {line}"
    return HubUnreachable(
        f"The hub did not give {hub_id} ({reason}). Check the connection and the revision, or use "
        "source='local'."
    )


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Silence both clients for a while: bars do not belong in executed pages."""
    import datasets.utils as reader
    import huggingface_hub.utils as hub

    were_on = [library for library in (reader, hub) if not library.are_progress_bars_disabled()]
    for library in were_on:
        library.disable_progress_bars()
    try:
        yield
    finally:
        for library in were_on:
            library.enable_progress_bars()


def _rows(tables: Mapping[str, Any], part: str, hub_id: str) -> Rows:
    if part not in tables:
        raise CourseError(f"{hub_id} has no {part!r} split: it has {', '.join(tables) or 'none'}.")
    table = tables[part]
    for name in (TEXT, LABEL):
        if name not in table.column_names:
            raise CourseError(
                f"{hub_id}, {part}: no column {name!r}; it has {', '.join(table.column_names)}; "
                f"wanted {TEXT}, {LABEL}.{nearest(name, table.column_names)}"
            )
    texts, labels = list(table[TEXT]), list(table[LABEL])
    for name, values in ((TEXT, texts), (LABEL, labels)):
        wrong = next((row for row, value in enumerate(values) if not isinstance(value, str)), None)
        if wrong is not None:
            raise CourseError(
                f"{hub_id}, {part}: column {name!r} must be text, but row {wrong} holds "
                f"{type(values[wrong]).__name__}."
            )
    return Rows(numbered(part, len(texts)), texts, labels)
