"""`accelerate launch` with two processes does the same updates as one process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

SCRIPT = Path(__file__).with_name("two_processes.py")


def run(command: list[str], out: Path) -> dict:
    root = str(SCRIPT.parents[2])
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": root,
        "HF_HUB_OFFLINE": "1",
        "ACCELERATE_USE_CPU": "true",
    }
    done = subprocess.run(
        [*command, str(out)], capture_output=True, text=True, env=environment, timeout=400
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return torch.load(out, weights_only=True)


def test_two_cpu_processes_give_the_update_of_one(tmp_path: Path) -> None:
    alone = run([sys.executable, str(SCRIPT)], tmp_path / "one.pt")
    # what `accelerate launch` starts on two GPUs; on CPUs alone it would ask for MPI
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "0",
              "--rdzv_backend", "c10d", "--rdzv_endpoint", "localhost:0", str(SCRIPT)]  # fmt: skip
    both = run(launch, tmp_path / "two.pt")
    assert (alone["processes"], both["processes"]) == (1, 2)
    for name, item in alone["weights"].items():
        assert torch.allclose(item, both["weights"][name], atol=5e-5), name
