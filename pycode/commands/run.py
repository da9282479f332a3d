"""`course run ID …`: execute declared experiments and record what they measure.

On two GPUs, or on two processes of a CPU, the same updates, shared out, and one record:

    accelerate launch --multi_gpu --num_processes 2 -m pycode.cli run ID --data PATH

``--multi_gpu`` is Accelerate's name for torch's own launcher; its ``--cpu`` starts more than one process only
through MPI (``--mpirun_hostfile``).
"""

import argparse
import sys
from pathlib import Path

from pycode.data.local import existing
from pycode.errors import CourseError
from pycode.experiment import execute, pending
from pycode.experiment.environment import launch_warning, rank
from pycode.experiment.lock import only_one
from pycode.experiment.machine import NotHere
from pycode.project import find_project
from pycode.runs.listing import key_metrics, metric_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run ids, --pending, --smoke and --data."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="folders of runs/ with a config.yml")
    parser.add_argument("--pending", action="store_true", help="all declared runs without a record")
    parser.add_argument(
        "--smoke", action="store_true", help="few rows, kept in .course/smoke: shows that it works"
    )
    parser.add_argument(
        "--data", type=Path, metavar="PATH", help="data file, or a folder that holds it"
    )


def run(args: argparse.Namespace) -> int:
    """Execute the runs one after another; with --pending a failing one does not stop the others."""
    project = find_project()
    if bool(args.ids) == args.pending:
        raise CourseError("Name one or more runs, or give --pending for all that have no record.")
    if warning := launch_warning():
        print(warning, file=sys.stderr)
    data = args.data
    if data is not None:  # a mistyped one is refused also for a run that would not look at it
        data = existing(
            data,
            f"--data names {str(data)!r}, which is not there: give the data file, or a folder that holds it.",
        )
    wanted = pending(project) if args.pending else args.ids
    if not wanted:
        print("No run is pending: every declared run has a record.")
    failed = 0
    for number, run_id in enumerate(wanted):
        try:
            with only_one(project, run_id, smoke=args.smoke):
                record = execute(
                    project, run_id, smoke=args.smoke, data_path=data, alone=number == 0
                )
        except NotHere as error:
            if not args.pending:
                raise
            print(f"skipped: {error}")
            continue
        except CourseError as error:
            if not args.pending:
                raise
            print(f"{run_id}: {error}", file=sys.stderr)
            failed += 1
            continue
        if rank():
            continue
        shown = ", ".join(f"{item.path} {metric_text(item)}" for item in key_metrics(record))
        print(f"{run_id} ({record.mode}, {record.duration_s or 0:.0f} s): {shown}")
    return 2 if failed else 0
