"""A run log: one row per run, with everything that another person needs to repeat and compare it."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pycode.data.class_table import class_table
from pycode.data.types import CourseData
from pycode.evaluate import accuracy, macro_f1, weighted_f1, zero_f1_classes
from pycode.files import write_text
from pycode.labs.blank import Blank, LabError
from pycode.labs.notes import beside_predictions
from pycode.runs.outputs import Outputs, write_outputs

SCORES = ("run", "changed", "accuracy", "macro_f1", "weighted_f1", "zero_f1_classes")
SHOWN = (*SCORES, "minutes")


@dataclass
class RunLog:
    """Rows by run name, kept as CSV beside the notebook; logging a name again replaces its row."""

    name: str
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what is kept.

        Raises:
            LabError: the file is no longer the log, for instance after a spreadsheet saved it.
        """
        path = self.path
        if path is None or not path.is_file():
            return
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                self.rows = {row["run"]: dict(row) for row in csv.DictReader(stream)}
        except (KeyError, ValueError, csv.Error):
            raise LabError(
                f"{path.name} is no run log any more (a spreadsheet changes the file when it saves it): rename it, "
                "then run the cells that log again."
            ) from None

    @property
    def path(self) -> Path | None:
        """Where the log is kept; None on a page, where nothing is."""
        return beside_predictions(self.name)

    def add(
        self, run: str, data: CourseData, predictions: ArrayLike, changed: str, seconds: float,
        settings: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Score ``predictions`` (n) on the validation rows, log them as ``run`` and return the row.

        ``changed`` names what differs from the run before; ``settings`` is whatever else defines the run.

        Raises:
            LabError: ``run`` or ``changed`` is a blank or empty.
            CourseError: not one prediction per validation row.
        """
        for what, text in (("the run's name", run), ("what was changed", changed)):
            if isinstance(text, Blank) or not str(text).strip():
                raise LabError(f"Run log: write {what}; a row without it cannot be compared.")
        labels, classes = data.val.labels, data.n_classes
        row = {
            "run": run,
            "changed": changed,
            "accuracy": round(accuracy(labels, predictions, classes), 4),
            "macro_f1": round(macro_f1(labels, predictions, classes), 4),
            "weighted_f1": round(weighted_f1(labels, predictions, classes), 4),
            "zero_f1_classes": zero_f1_classes(labels, predictions, classes),
            "minutes": round(seconds / 60, 2),
            "data": f"{data.name} ({data.source})",
            "fingerprint": data.fingerprint[:12],
            "val_rows": len(data.val),
            **(settings or {}),
        }
        self.rows[run] = row
        self._save()
        return row

    def keep(self, run: str, data: CourseData, logits: ArrayLike) -> None:
        """Store the logits (n × C) of the validation rows as `<run>-val.safetensors` beside the log.

        They have the format of this course's recorded runs, so that later runs can be compared row by row;
        two such files can be opened on the bench.
        """
        path = beside_predictions(f"{run}-val.safetensors")
        if path:
            about = {
                "run": run,
                "data": f"{data.name}, validation rows",
                "classes": class_table(data),
            }
            outputs = Outputs(np.asarray(logits), data.val.labels, data.val.row_ids)
            write_outputs(path, outputs, about)
            print(f"{path.name}: {len(data.val):,} rows kept.")

    def markdown(self) -> str:
        """Return the log as a Markdown table of its most telling columns."""
        lines = [f"| {' | '.join(SHOWN)} |", f"|{'|'.join('---' for _ in SHOWN)}|"]
        lines += [
            f"| {' | '.join(str(row.get(key, '')) for key in SHOWN)} |"
            for row in self.rows.values()
        ]
        return "\n".join(lines)

    def __str__(self) -> str:
        cells = [["run", "changed", "acc.", "macro-F1", "weighted", "F1 = 0"]]
        cells += [[str(row.get(key, "")) for key in SCORES] for row in self.rows.values()]
        widths = [max(len(row[place]) for row in cells) for place in range(len(SCORES))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
            for row in cells
        )

    def _save(self) -> None:
        if self.path is None:
            return
        columns = list(dict.fromkeys(key for row in self.rows.values() for key in row))
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows.values())
        write_text(self.path, stream.getvalue())
