"""Run the protocol in fresh processes, so that no back end inherits another's memory, and bring its results back."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from pycode.compress.backends import backend, check_plain
from pycode.compress.memory import GIVE_BACK
from pycode.compress.protocol import Measurement, Memory, Plan, Timing
from pycode.errors import CourseError
from pycode.train.encode import Encoded

ERROR_EXIT = 3


def measure_fresh(
    name: str, folder: Path, rows: Encoded, plan: Plan, *, threads: int | None = None
) -> tuple[Measurement, np.ndarray | None]:
    """Return what `protocol` finds, memory and time each in a process of its own, and the logits (n × C).

    Raises:
        CourseError: the back end does not work on this machine, the weights are quantised already or damaged, or a
            process died.
    """
    backend(name, check_plain(folder))
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        _write_job(work, name, folder, rows, plan)
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        if threads:  # where MKL's is set, PyTorch follows it and not OpenMP's
            environment |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        if name.startswith("onnx"):  # the export must not count as the session's memory
            _run("prepare", work, name, environment)
        _run("memory", work, name, environment | GIVE_BACK)
        _run("time", work, name, environment)
        memory, timing = (
            json.loads((work / f"{step}.json").read_text(encoding="utf-8"))
            for step in ("memory", "time")
        )
        found = Measurement(Memory(**memory), Timing(**timing))
        logits = work / "logits.npy"
        return found, np.load(logits) if logits.is_file() else None


def read_job(work: Path) -> tuple[str, Path, Encoded, Plan]:
    """Return (back end, model folder, rows, plan) of the job in ``work``."""
    job = json.loads((work / "job.json").read_text(encoding="utf-8"))
    with np.load(work / "rows.npz") as stored:
        flat, lengths = stored["ids"], stored["lengths"]
    ids = [part.tolist() for part in np.split(flat, np.cumsum(lengths)[:-1])]
    rows = Encoded(ids, np.zeros(len(lengths), dtype=np.int64), lengths)
    return job["name"], Path(job["folder"]), rows, Plan(**job["plan"])


def _write_job(work: Path, name: str, folder: Path, rows: Encoded, plan: Plan) -> None:
    job = {"name": name, "folder": str(folder), "plan": dataclasses.asdict(plan)}
    (work / "job.json").write_text(json.dumps(job), encoding="utf-8")
    flat = np.concatenate([np.asarray(item, dtype=np.int64) for item in rows.ids])
    np.savez(work / "rows.npz", ids=flat, lengths=rows.lengths)


def _run(step: str, work: Path, name: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pycode.compress.worker", step, str(work)],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    if done.returncode < 0:
        why = signal.Signals(-done.returncode).name
        hint = (
            ", as when memory runs out: free some, or lower recipe.batch_size"
            if why == "SIGKILL"
            else ""
        )
        raise CourseError(f"Back end {name!r} was ended in its own process by {why}{hint}.")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        if done.returncode == ERROR_EXIT:
            raise CourseError(last)
        raise CourseError(f"Back end {name!r} failed in its own process: {last}")
