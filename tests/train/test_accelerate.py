"""`accelerate launch` with two processes does the same updates as one process, and process 0 alone writes."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

SCRIPT = Path(__file__).with_name("two_processes.py")
# --multi_gpu starts processes by torch's own launcher, on CPUs too; --cpu would leave that to MPI.
LAUNCH = [
    sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1",
    "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0",
]  # fmt: skip


def run(command: list[str], folder: Path) -> list[dict[str, Any]]:
    """Return what each process stored, in the order of their ranks."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(SCRIPT.parents[2]),
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(folder / "no-config"),
        "CUDA_VISIBLE_DEVICES": "",
    }
    folder.mkdir()
    done = subprocess.run(
        [*command, str(SCRIPT), str(folder)], capture_output=True, text=True, env=environment, timeout=300
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [torch.load(path, weights_only=True) for path in sorted(folder.glob("*.pt"))]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[Any]]:
    """What one process ended with, and what each of two did."""
    base = tmp_path_factory.mktemp("processes")
    (alone,) = run([sys.executable], base / "one")
    return alone, run(LAUNCH, base / "two")


def test_two_cpu_processes_give_the_update_of_one(results: tuple[Any, list[Any]]) -> None:
    alone, both = results
    assert alone["processes"] == 1
    assert [item["processes"] for item in both] == [2, 2]
    assert alone["updates"] == both[0]["updates"] == 9
    assert alone["loss"] == pytest.approx(both[0]["loss"], abs=1e-5)
    for name, item in alone["weights"].items():
        assert torch.allclose(item, both[0]["weights"][name], atol=5e-5), name


def test_both_processes_end_with_the_same(results: tuple[Any, list[Any]]) -> None:
    """Though they judge differently here: the judgement of process 0 holds for both."""
    alone, (first, second) = results
    for name, item in first["weights"].items():
        assert torch.equal(item, second["weights"][name]), name
    for key in ("updates", "nll", "loss", "counts"):
        assert first[key] == second[key]
    assert first["nll"] == alone["nll"] == [-3.0, -6.0, -9.0]


def test_counts_are_those_of_all_processes_and_one_of_them_writes(
    results: tuple[Any, list[Any]],
) -> None:
    alone, (first, second) = results
    assert alone["counts"][0] == 3 * 33
    assert first["counts"] == [*alone["counts"][:2], 2]
    assert first["written"] == alone["written"] == ["checkpoint"] * 2
    assert second["written"] == []
