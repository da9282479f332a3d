"""The readers of runs, cited figures and data: records, outputs, declarations, checkpoints, parquet files."""

import hashlib
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from garbage import altered, values
from hypothesis import strategies as st
from reading import Reader
from site_readers import PUBLISHED, shaped, sound

from pycode.errors import CourseError
from pycode.files import sealed
from pycode.project import Project

CONFIG = {"model": "tfidf", "seed": 42}
RECORD = {
    "schema": 1, "id": "sample", "description": "d", "kind": "baseline", "mode": "full", "model": "m", "config": CONFIG,
    "data": {"source": "local", "name": "cfpb-8k", "fingerprint": "f", "n": {"train": 6, "val": 2, "test": 2},
             "n_classes": 2, "labels": ["a", "b"]},
    "seeds": [1, 2], "duration_s": 1.5, "hardware": {"device": "CPU", "cores": 2, "memory_gb": 1.0},
    "metrics": {"test": {
        "accuracy": {"value": 0.5, "n": 2, "unit": "share",
                     "interval": {"low": 0.1, "high": 0.9, "level": 0.95, "method": "bootstrap"}},
        "macro_f1": {"value": 0.13, "per_seed": {"1": 0.1, "2": 0.2}, "note": "x"},
        "latency": {"value": 3.0, "unit": "ms", "statistic": "median", "settings": {"batch_size": 1}}}},
    "packages": {"numpy": "2.0.0"}, "code_commit": "0123abc", "created": "2026-04-08",
    "history": [{"epoch": 1, "loss": 0.5}], "peak_memory_mb": {"what": "process", "value": 1.0}, "dtype": "fp32",
    "batch_size": 4, "sequence_policy": "first 9 words", "artifacts": {}, "notes": "",
    "config_sha256": hashlib.sha256(json.dumps(CONFIG, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
}  # fmt: skip


def read_run(root: Path) -> None:
    """Read a record and print every claim that can be made of it."""
    from pycode.runs import claims, listing
    from pycode.runs.record import read_record

    record = read_record(root / "runs", "sample", verify=True)
    for metric in record.all_metrics():
        listing.metric_text(metric)
        try:
            made = claims.run_claim(record, metric)
        except CourseError:
            continue  # of this claim only: a smoke run, or a speed without its settings
        _ = made.plain, made._repr_markdown_()
    listing.key_metrics(record)


DECLARED = {
    "description": "d", "kind": "fine-tune", "seeds": [1, 2], "notes": "n", "needs": ["gpu"],
    "data": {"name": "cfpb-8k", "fingerprint": "f", "options": {"seed": 1}},
    "recipe": {"model": "minilm", "epochs": 3, "learning_rate": 0.0001, "loss": "focal", "keep_weights": True, "train_rows": 5},
}  # fmt: skip


def read_declaration(root: Path) -> None:
    """Read a declared run as `course run` does, and see whether its record could hold it."""
    from pycode.experiment.config import read_config, resolved
    from pycode.runs.schema import config_sha256

    config_sha256(resolved(read_config(root / "runs", "sample")))


CITED: dict[str, Any] = {
    "attribution": "A", "licence": "CC BY 4.0", "commit": "abc", "splits": {"test": 10},
    "settings": {"raw": {"text": "as it is", "n_classes": 5}}, "sources": {"book": "A book"},
    "entries": [
        {"id": "a.score", "value": 0.512, "unit": "score", "metric": "macro_f1", "source": "book", "split": "test",
         "setting": "raw", "interval": {"low": 0.1, "high": 0.9, "level": 0.95, "method": "b"},
         "conflicts": [{"value": 0.5, "source": "book"}, {"text": "half", "source": "x"}], "decimals": 2},
        {"id": "b.time", "value": [3, 4.5], "unit": "ms", "metric": "latency", "source": "x", "device": "T4",
         "approximate": True, "what": "w", "model": "m", "detail": "d", "n": 5, "n_classes": 2, "note": "n"},
        {"id": "c.size", "value": 149, "unit": "M params", "metric": "params", "source": "book", "bound": "above"}],
}  # fmt: skip


def read_cited(root: Path) -> None:
    """Read the cited figures and print each."""
    from pycode.runs import cited, published

    published._read.cache_clear()  # its key, time and size, can be the same for two cases
    for entry in published.read_published(root / "runs").values():
        for make in (
            cited.published_claim,
            lambda item: cited.quote(f"published:{item.id}", project=Project(root)),
        ):
            try:
                made = make(entry)
            except CourseError:
                continue  # of this claim only
            _ = made.plain, made._repr_markdown_()


ALLOWED = [
    {"pages": "*", "pattern": r"\b113 classes\b", "reason": "r"},
    {"pages": "a/*.qmd", "pattern": "(?i)x{2,3}", "reason": "s"},
]


def read_permissions(root: Path) -> None:
    """Read the permitted numbers and ask each whether it covers one."""
    from pycode.site.checks.claim_rules.allow import read_allowed

    for permission in read_allowed(Project(root)):
        permission.covers("index.qmd", "113", 0, 3)


def tensor_file(tensors: dict[str, np.ndarray]) -> bytes:
    """Return a safetensors file."""
    from safetensors.numpy import save

    return save(tensors)


OUTPUTS = {
    "logits": np.zeros((3, 2), np.float16), "labels": np.array([0, 1, 0], np.int16), "row_ids": np.arange(3),
    "groups": np.zeros(3, np.int32),
}  # fmt: skip
DTYPES = (
    np.float16,
    np.float32,
    np.float64,
    np.int8,
    np.uint8,
    np.int16,
    np.int32,
    np.int64,
    np.bool_,
)


@st.composite
def output_files(draw: st.DrawFn) -> bytes:
    """Return safetensors files with other shapes, types, names or numbers, or with a changed header."""
    tensors = {}
    names = draw(st.lists(st.sampled_from([*OUTPUTS, "else", ""]), unique=True))
    for name in dict.fromkeys([*draw(st.sampled_from([list(OUTPUTS), []])), *names]):
        shape = draw(
            st.sampled_from([(3,), (3, 2), (0,), (0, 0), (0, 2), (3, 0), (), (2, 3, 2), (3, 1)])
        )
        plain = OUTPUTS.get(name)
        if plain is not None and draw(st.booleans()):
            tensors[name] = plain
        else:
            fill = draw(st.sampled_from([0, 1, 7, -1, 65504, np.nan, np.inf, 255]))
            with np.errstate(all="ignore"):
                tensors[name] = np.full(shape, fill).astype(draw(st.sampled_from(DTYPES)))
    data = tensor_file(tensors)
    if draw(st.booleans()):
        return data
    size = struct.unpack("<Q", data[:8])[0]
    header = json.dumps(draw(altered(json.loads(data[8 : 8 + size])))).encode()
    return (
        struct.pack("<Q", draw(st.sampled_from([len(header), len(header) + 1, 2**63, 0])))
        + header
        + data[8 + size :]
    )


def read_stored(root: Path) -> None:
    """Read per-example outputs."""
    from pycode.runs.outputs import read_outputs

    read_outputs(root / "runs/sample/test.safetensors").predictions  # noqa: B018


STATE = tensor_file({"model.a": np.zeros(2, np.float32)})
PROGRESS = {"update": 1, "file": "state-1.safetensors", "sha256": hashlib.sha256(STATE).hexdigest(), "micro": 0,
            "bad": 0, "losses": [1.0], "history": [], "best": {}, "recipe": {"seed": 1}, "rows": 1, "tokens": 1, "positions": 1, "seconds": 1.0, "scheduler": {"_last_lr": [0.1]}}  # fmt: skip


def read_progress(root: Path) -> None:
    """Read a checkpoint."""
    from pycode.train.checkpoint import read_checkpoint

    read_checkpoint(root / "training")


def parquet(columns: dict[str, Any], compression: str = "snappy") -> bytes:
    """Return a parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, compression=compression)
    return sink.getvalue()


LABELS = ["Late fee", "Attempts to collect debt not owed", "Incorrect information on your report"]
ROWS = 24
COMPLAINTS = {
    "complaint_id": [str(i) for i in range(ROWS)], "issue": [LABELS[i % 3] for i in range(ROWS)],
    "text": [f"complaint number {i} about card {i * 7} and bank {i * 5}" for i in range(ROWS)],
}  # fmt: skip
BANKING = {
    "split": ["train", "train", "test"] * 8,
    "text": COMPLAINTS["text"],
    "label": COMPLAINTS["issue"],
}
REUTERS = {
    "newid": list(range(ROWS)), "split": BANKING["split"], "text": COMPLAINTS["text"],
    "topics": [[("earn", "acq", "oil")[i % 3]] for i in range(ROWS)],
}  # fmt: skip


def _column(rows: int) -> st.SearchStrategy[Any]:
    import pyarrow as pa

    def of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
        return st.lists(inner, min_size=rows, max_size=rows)

    word = st.sampled_from(
        ["", " ", "a", "\0", "Late fee", "train", "test", "\u202e", "\n", "x" * 3000]
    )
    kinds = [
        of(word), of(word | st.none()), of(st.integers(-5, 5)), of(st.floats()), of(st.booleans()), of(st.none()),
        of(st.binary(max_size=3)), of(st.dates()), of(st.lists(word, max_size=2)), of(st.lists(word | st.none(), max_size=2)),
        of(word).map(lambda items: pa.array(items).dictionary_encode()),
        of(word).map(lambda items: [{"inner": item} for item in items]),
        of(word).map(lambda items: pa.array(items, pa.large_string())),
    ]  # fmt: skip
    return st.one_of(kinds)


@st.composite
def parquet_files(draw: st.DrawFn, columns: dict[str, list[Any]]) -> bytes:
    """Return parquet files with other columns, types, sizes and gaps."""
    rows = draw(st.sampled_from([ROWS, ROWS, 0, 1, 3]))
    made: dict[str, Any] = {name: items[:rows] for name, items in columns.items()}
    for name in draw(st.lists(st.sampled_from([*columns, "extra", ""]), max_size=2, unique=True)):
        way = draw(st.sampled_from(("other", "drop", "double", "gap")))
        if way == "drop":
            made.pop(name, None)
        elif way == "double" and name in made and rows:
            made[name] = [made[name][0]] * rows
        elif way == "gap" and name in made and rows:
            made[name] = [*made[name][:-1], None]
        else:
            made[name] = draw(_column(rows))
    return parquet(made, draw(st.sampled_from(["snappy", "none", "zstd"])))


def load(name: str, file: str) -> Any:
    """Return a reader of the data set ``name``."""

    def read(root: Path) -> None:
        from pycode.data import load_dataset_by_name

        load_dataset_by_name(name, root / file)

    return read


def data_reader(name: str, file: str, columns: dict[str, list[Any]]) -> Reader:
    """Return the reader of a data file; messages may name the file or the data set."""
    return Reader(
        f"parquet {name}",
        file,
        parquet(columns),
        load(name, file),
        parquet_files(columns),
        named=(file, name),
    )


READERS = (
    Reader("run record", "runs/sample/record.json", sound(RECORD), read_run, shaped(RECORD, yaml_too=False)),
    Reader("run config", "runs/sample/config.yml", sound(DECLARED), read_declaration, shaped(DECLARED)),
    Reader("published.yml", "runs/published.yml", sound(CITED), read_cited, shaped(CITED), {"runs/x": PUBLISHED}),
    Reader("allowed literals", "runs/allowed_literals.yml", sound(ALLOWED), read_permissions, shaped(ALLOWED)),
    Reader("run outputs", "runs/sample/test.safetensors", tensor_file(OUTPUTS), read_stored, output_files()),
    Reader("checkpoint", "training/progress.json", sound(sealed(PROGRESS)), read_progress,
           (altered(PROGRESS) | values()).map(lambda value: json.dumps(sealed(value) if isinstance(value, dict) else value).encode()),
           {"training/state-1.safetensors": STATE}, ("training",)),
    data_reader("cfpb-8k", "cfpb_8k.parquet", COMPLAINTS),
    data_reader("banking77", "banking77.parquet", BANKING),
    data_reader("reuters", "reuters.parquet", REUTERS),
)  # fmt: skip
