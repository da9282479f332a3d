"""What a student writes: short texts that are kept, checked for substance, and become the memo's draft."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from pycode.files import sha256, write_json, write_text
from pycode.labs.blank import Blank, LabError
from pycode.labs.store import read_store

VARIABLE = "COURSE_PREDICTIONS"  # set by a notebook's first cell; notes lie beside the predictions


def note(section: str, text: Any, words: int = 8, number: bool = False) -> None:
    """Keep ``text`` as the draft of ``section``; a later text replaces it.

    Args:
        section: where it belongs, as the rubric names it.
        text: your sentences.
        words: fewest words that can say it.
        number: a number must stand in it; without one a finding is an opinion.

    Raises:
        LabError: a blank, too short, or without the number that it needs.
    """
    if isinstance(text, Blank):
        raise LabError(f"{section}: write your own sentences in place of ___.")
    if not isinstance(text, str):
        raise LabError(f"{section}: a note is text in quotation marks, got {text!r}.")
    count = len(text.split())
    if count < words:
        written = f"{count} word{'' if count == 1 else 's'}"
        raise LabError(
            f"{section}: {written}; say it in at least {words}. What did you see, and so what?"
        )
    if number and not re.search(r"\d", text):
        raise LabError(
            f"{section}: no number in it. Name what you measured: how many, out of how many?"
        )
    path = beside_predictions("notes.json")
    if path:
        write_json(path, {**read_store(path), section: text})
    print(f"✓ {section}: {count} words kept.")


def memo(title: str, sections: dict[str, str], log: str = "", path: str | Path = "memo.md") -> str:
    """Write the memo's draft to ``path`` and return it: one heading per section, then the run log.

    A draft that was edited since is left alone, and the new one is written beside it.

    Args:
        title: heading of the memo.
        sections: name of each note, and the heading that it gets.
        log: the run log as a Markdown table.
        path: where the draft goes.

    Raises:
        LabError: a section has no note yet; all missing ones are named.
    """
    store = beside_predictions("notes.json")
    notes = read_store(store) if store else {}
    missing = [section for section in sections if section not in notes]
    if missing and store:
        raise LabError(f"No note yet for: {', '.join(missing)}. Run the cells that hold them.")
    parts = [f"# {title}"]
    for section, heading in sections.items():
        parts.append(f"## {heading}\n\n{notes.get(section, '')}".rstrip())
    if log:
        parts.append(f"## Run log\n\n{log.strip()}")
    text = "\n\n".join(parts) + "\n"
    if store:
        target, mark = store.with_name(Path(path).name), f"draft of {Path(path).name}"
        if not _unedited(target, notes.get(mark)):
            print(f"{target.name} was edited and stays as it is.")
            target = target.with_name(f"{target.stem}-new{target.suffix}")
        else:
            write_json(store, {**notes, mark: hashlib.sha256(text.encode()).hexdigest()})
        write_text(target, text)
        print(
            f"{target.name}: {len(text.split())} words. It is a draft: cut it, then check every number."
        )
    return text


def beside_predictions(name: str) -> Path | None:
    """Return where a notebook keeps the file ``name``; None where nothing is kept, as on a page."""
    store = os.environ.get(VARIABLE)
    return Path(store).with_name(name) if store else None


def _unedited(path: Path, digest: Any) -> bool:
    """Return whether ``path`` is absent or still the draft with ``digest``, so that nobody's work is lost."""
    return not path.exists() or sha256(path) == digest
