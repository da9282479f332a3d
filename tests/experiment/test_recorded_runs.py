"""The records of this repository say what their stored outputs say."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from pycode.evaluate.calibration import ece, nll
from pycode.experiment import execute
from pycode.experiment.config import read_config, resolved
from pycode.project import Project
from pycode.runs.outputs import read_outputs
from pycode.runs.record import read_record

ROOT = Path(__file__).resolve().parents[2]
RECORDED = sorted(path.parent.name for path in (ROOT / "runs").glob("*/record.json"))
STORED = [
    (run, split)
    for run in RECORDED
    for split in ("val", "test")
    if (ROOT / "runs" / run / f"{split}.safetensors").is_file()
]
SCORED = [run for run, split in STORED if split == "test"]
LIMIT = 60_000_000  # bytes of all runs: a clone must stay quick


@pytest.mark.parametrize("run_id", RECORDED)
def test_record_is_whole_and_belongs_to_its_config(project, run_id):
    record = read_record(project.runs, run_id, verify=True)
    assert record.mode == "full"
    assert record.config == resolved(read_config(project.runs, run_id))
    assert record.data["fingerprint"] == record.config["data"]["fingerprint"]


def test_all_runs_together_stay_small() -> None:
    listed = subprocess.check_output(["git", "ls-files", "-z", "runs"], cwd=ROOT, text=True)
    files = [ROOT / name for name in listed.split("\0") if name]
    assert 0 < sum(path.stat().st_size for path in files if path.is_file()) < LIMIT


@pytest.mark.parametrize(("run_id", "split"), STORED)
def test_metrics_can_be_recomputed_from_the_outputs(project, run_id, split):
    record = read_record(project.runs, run_id)
    out = read_outputs(project.runs / run_id / f"{split}.safetensors")
    assert len(out.labels) == record.data["n"][split]
    c, guess = record.data["n_classes"], out.predictions
    f1 = f1_score(out.labels, guess, labels=range(c), average="macro", zero_division=0)
    expected = {"accuracy": accuracy_score(out.labels, guess), "macro_f1": f1,
                "nll": nll(out.labels, out.logits), "ece": ece(out.labels, out.logits)}  # fmt: skip
    for name, value in expected.items():
        assert record.metric(f"{split}.{name}").value == pytest.approx(value, abs=1e-9)
    per_class = f1_score(out.labels, guess, labels=range(c), average=None, zero_division=0)
    assert record.metric(f"{split}.zero_f1_classes").value == (np.asarray(per_class) == 0).sum()


@pytest.mark.parametrize("run_id", SCORED)
def test_class_table_fits_the_outputs(project, run_id):
    table = json.loads((project.runs / run_id / "classes.json").read_text())
    out = read_outputs(project.runs / run_id / "test.safetensors")
    assert [row["test"] for row in table] == np.bincount(out.labels, minlength=len(table)).tolist()


@pytest.mark.shared
@pytest.mark.parametrize("run_id", ["label-counts-cfpb", "majority-cfpb8k"])
def test_a_recorded_run_comes_out_again(project, shared, tmp_path, run_id):
    """Executed anew from the measuring data, a run gives its record's metrics and files."""
    folder = tmp_path / "runs" / run_id
    folder.mkdir(parents=True)
    (folder / "config.yml").write_bytes((project.runs / run_id / "config.yml").read_bytes())
    again = execute(Project(tmp_path), run_id, data_path=shared / "data")
    record = read_record(project.runs, run_id)
    assert again.artifacts == record.artifacts
    for path in ("test.macro_f1", "test.accuracy", "all.rows", "all.top_share_merged"):
        if path.split(".")[0] in record.metrics:
            assert again.metric(path) == record.metric(path)
