"""Time the synthetic twin (texts and posterior, one core), and fill the tables of docs/twin.md.

python benchmarks/twin.py           time only
python benchmarks/twin.py --docs    also write the tables from the runs twin-shape and tfidf-twin
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse  # noqa: E402
import resource  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

from pycode.data.twin import make_twin  # noqa: E402
from pycode.experiment.environment import hardware  # noqa: E402
from pycode.experiment.twin_shape import shape_table, truth_table  # noqa: E402
from pycode.files import write_text  # noqa: E402
from pycode.project import find_project  # noqa: E402


def timed() -> str:
    """Return the time of the full twin, made from nothing."""
    steps = [(time.perf_counter(), time.process_time())]
    twin = make_twin()
    steps.append((time.perf_counter(), time.process_time()))
    twin.posterior()
    steps.append((time.perf_counter(), time.process_time()))
    wall, cpu = ([b[i] - a[i] for a, b in zip(steps, steps[1:])] for i in (0, 1))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    device = hardware()["device"]
    return "\n".join(
        [
            f"{len(twin):,} rows, one thread, {device}",
            f"texts      {wall[0]:6.1f} s elapsed, {cpu[0]:6.1f} s of processor time",
            f"posterior  {wall[1]:6.1f} s elapsed, {cpu[1]:6.1f} s of processor time",
            f"peak memory of the process {memory:,.0f} MB",
        ]
    )


def replaced(page: str, name: str, content: str) -> str:
    """Return the page with what stands between the marks of ``name`` replaced."""
    first, last = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, rest = page.split(first, 1)
    return f"{before}{first}{content}\n{last}{rest.split(last, 1)[1]}"


def main() -> None:
    """Print the times; with --docs write them and the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--docs", action="store_true", help="write the tables of docs/twin.md")
    speed = timed()
    print(speed)
    if parser.parse_args().docs:
        project = find_project()
        path = Path(project.root) / "docs" / "twin.md"
        page = path.read_text(encoding="utf-8")
        for name, content in (
            ("shape table", shape_table(project)),
            ("truth table", truth_table(project)),
            ("speed", f"```text\n{speed}\n```"),
        ):
            page = replaced(page, name, content)
        write_text(path, page)


if __name__ == "__main__":
    main()
