"""The fresh process: ``python -m pycode.compress.worker prepare|measure FOLDER``, started by `launch`."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np

from pycode.compress.launch import ERROR_EXIT, read_job
from pycode.errors import CourseError


def main(step: str, work: Path) -> None:
    """Do one step of the job in ``work``; results are written beside it."""
    name, folder, rows, plan = read_job(work)
    if step == "prepare":
        from pycode.compress.export import export

        export(folder, name)
        return
    from pycode.compress.protocol import measure

    found, logits = measure(name, folder, rows, plan)
    if logits is not None:
        np.save(work / "logits.npy", logits)
    text = json.dumps(dataclasses.asdict(found))
    (work / "measurement.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except CourseError as error:
        print(error, file=sys.stderr)
        sys.exit(ERROR_EXIT)
