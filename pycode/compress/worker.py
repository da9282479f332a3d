"""The fresh process: ``python -m pycode.compress.worker prepare|memory|time FOLDER``, started by `launch`."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np

from pycode.compress.export import check_provider, export
from pycode.compress.launch import ERROR_EXIT, read_job
from pycode.compress.protocol import Memory, Timing, measure_memory, measure_time
from pycode.errors import CourseError
from pycode.train.precision import find_device


def main(step: str, work: Path) -> None:
    """Do one step of the job in ``work``; results are written beside it."""
    name, folder, rows, plan = read_job(work)
    if step == "prepare":
        check_provider(export(folder, name), cuda=find_device().kind == "cuda")
        return
    found: Memory | Timing
    if step == "memory":
        found = measure_memory(name, folder, rows, plan)
    else:
        found, logits = measure_time(name, folder, rows, plan)
        if logits is not None:
            np.save(work / "logits.npy", logits)
    (work / f"{step}.json").write_text(json.dumps(dataclasses.asdict(found)), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except CourseError as error:
        print(error, file=sys.stderr)
        sys.exit(ERROR_EXIT)
