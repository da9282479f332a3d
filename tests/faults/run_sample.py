"""Projects with a run: its record is absent or whole and true, and what training keeps can be read."""

import json
import random
import re
from pathlib import Path
from typing import Any

import killing
from sample import Files, Sample, difference, files_of

from pycode.errors import CourseError

VOLATILE = re.compile(r"seconds|duration_s|created|peak_memory|per_s$|_mb$")


def constant(value: Any) -> Any:
    """Return a record without what differs between two equal runs: times and memory."""
    if isinstance(value, dict):
        return {key: constant(item) for key, item in value.items() if not VOLATILE.search(key)}
    return [constant(item) for item in value] if isinstance(value, list) else value


class Run(Sample):
    """The share of the most frequent class."""

    name = "run"
    kind, recipe, seeds = "majority", ("{}", "{}"), ("[0]", "[1]")

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.data = root.parent / "cfpb_8k.parquet"
        self.arguments = ("run", "sample", "--data", str(self.data))

    def prepare(self) -> None:
        from pycode.experiment import types

        types.RESAMPLES = 20  # the record's numbers are of no interest here
        killing.run(lambda: write_complaints(self.data), self.data.parent, killing.Death())
        super().prepare()

    def create(self) -> None:
        self.write("_quarto.yml", "project: {type: website}\n")
        self.mark = _fingerprint(self.data)

    def edit(self, version: int) -> None:
        self.write("runs/sample/config.yml", (
            f"description: version {version}\nkind: {self.kind}\nseeds: {self.seeds[version]}\n"
            f"data: {{name: cfpb-8k, fingerprint: \"{self.mark}\"}}\nrecipe: {self.recipe[version]}\n"
        ))  # fmt: skip

    def result(self) -> Files:
        found = files_of(self.project.runs / "sample")
        found.pop("config.yml")
        if "record.json" in found:
            value = constant(json.loads(found["record.json"]))
            value["artifacts"] = sorted(value["artifacts"])
            found["record.json"] = json.dumps(value, sort_keys=True).encode()
        return found

    def broken(self, old: int, new: int) -> list[str]:
        from pycode.runs.record import read_record

        problems = self._checkpoints()
        if not (self.project.runs / "sample/record.json").is_file():
            return problems
        try:
            read_record(self.project.runs, "sample", verify=True)
        except CourseError as error:
            return [*problems, str(error)]
        found = self.result()
        if found not in (self.references[old], self.references[new]):
            problems.append(
                f"the run is neither the old nor the new one: {difference(found, self.references[new])}"
            )
        return problems

    def _checkpoints(self) -> list[str]:
        """Return the checkpoints, finished seeds and kept weights that cannot be read."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        from pycode.train.checkpoint import read_checkpoint

        problems = []
        for folder in (self.project.cache / "training").glob("*/seed-*"):
            try:
                read_checkpoint(folder)
            except CourseError as error:
                problems.append(str(error))
        kept = [*self.project.cache.glob("training/*/*/logits.safetensors"),
                *self.project.cache.glob("weights/[!.]*/*.safetensors")]  # fmt: skip
        for path in kept:
            try:
                load_file(path)
            except (SafetensorError, OSError) as error:
                problems.append(f"{path.name}: {error}")
        for folder in (self.project.cache / "weights").glob("[!.]*"):
            if {path.name for path in folder.iterdir()} != {"config.json", "model.safetensors"}:
                problems.append(f"the kept weights in {folder.name} are not complete")
        return problems

    def debris(self) -> list[str]:
        places = [*self.project.cache.glob("staging/*"), *self.project.cache.glob("training/*")]
        places += self.project.cache.glob("weights/.*")
        return [f"{path.parent.name}/{path.name} is left over" for path in places]


class TrainingRun(Run):
    """A tiny encoder, two seeds, a checkpoint every other update, weights kept."""

    name = "run, training"
    kind = "fine-tune"
    takes_back = False  # a checkpoint of another recipe is an error that says what to do, not a silent loss of hours
    _TINY = "model: tiny-bert, max_updates: 6, max_length: 16, batch_size: 8, precision: fp32, keep_weights: true"
    recipe = (f"{{{_TINY}, learning_rate: 0.01}}", f"{{{_TINY}, learning_rate: 0.02}}")
    seeds = ("[1, 2]", "[1, 2]")

    def prepare(self) -> None:
        from pycode.experiment import training

        training.CHECKPOINT_UPDATES = 2
        super().prepare()


def write_complaints(path: Path) -> int:
    """Write a parquet file with the columns of cfpb-8k: three classes, 120 rows that differ."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = random.Random(0)
    words = ["report", "error", "late", "fee", "call", "debt", "letter", "bank", "loan", "card"]
    labels = [
        "Late fee",
        "Attempts to collect debt not owed",
        "Incorrect information on your report",
    ] * 40
    text = [
        " ".join(f"{draw.choice(words)}{draw.randrange(99)}" for _ in range(30)) for _ in labels
    ]
    table = pa.table({
        "complaint_id": [str(1000 + i) for i in range(120)], "date_received": ["2016-01-05"] * 120,
        "product": ["Credit card"] * 120, "issue": labels, "text": text,
    })  # fmt: skip
    pq.write_table(table, path)
    return 0


def _fingerprint(path: Path) -> str:
    """Return the fingerprint of the data, worked out in a child so that this process starts no thread."""
    found = path.with_suffix(".mark")
    if not found.exists():

        def work() -> int:
            from pycode.data import load_dataset_by_name

            found.write_text(load_dataset_by_name("cfpb-8k", path).fingerprint)
            return 0

        killing.run(work, path.parent, killing.Death())
    return found.read_text()
