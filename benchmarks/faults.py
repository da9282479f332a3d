"""Kill `course build`, `course freeze` and `course run` over and over; print where the kills fell and what broke.

    python benchmarks/faults.py [--kills 120] [--seed 0] [--quick | --thorough]

Two kinds of death: at a moment drawn evenly over the command's duration, and at each single write to the project,
found with an audit hook. After each, nothing may be half: the site, the executed pages, the run and its checkpoints
are the old or the new ones. The next, undisturbed command must give exactly what one gives that was never killed, and
leave nothing behind. Exits with 1 when any of this does not hold. `--quick` is what the tests run; `--thorough` dies at
every single write of every series.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # a forked process has no use for its parent's threads
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "faults"))

from build_sample import Build, DecoratedBuild, PlainBuild  # noqa: E402
from campaign import Campaign, Tally  # noqa: E402
from freeze_sample import OnePageFreeze, PlainFreeze, StubbedFreeze  # noqa: E402
from run_sample import Run, TrainingRun  # noqa: E402
from sample import Sample  # noqa: E402


@dataclass(frozen=True)
class Series:
    """Trials of one kind. ``share`` of the random kills, or death at every ``stride``-th write (``quick``: in tests)."""

    sample: type[Sample]
    share: float = 0.0
    stride: int = 1
    quick: int = 0
    backs: tuple[bool, ...] = (False,)


PLAN = (
    Series(DecoratedBuild, share=0.5),
    Series(Build, stride=2, quick=2, backs=(False, True)),
    Series(PlainBuild, stride=2),
    Series(OnePageFreeze, share=0.2),
    Series(StubbedFreeze, quick=1, backs=(False, True)),
    Series(PlainFreeze, quick=3),
    Series(TrainingRun, share=0.3),
    Series(TrainingRun, stride=10, quick=24),
    Series(Run, quick=1, backs=(False, True)),
)
HEAD = "command                death       kills  old  new  between  resumed  violations  seconds"


def main() -> int:
    """Run the series, print the tables, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=120, help="kills at random moments, in all")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--quick", action="store_true", help="writes only, about a minute of processor time"
    )
    which.add_argument("--thorough", action="store_true", help="every write of every series")
    args = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="course-faults-"))
    tempfile.tempdir = str(home)
    os.environ["TMPDIR"] = str(home)
    try:
        return campaign(home, args)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def campaign(home: Path, args: argparse.Namespace) -> int:
    """Run all series of the plan in ``home``."""
    print(HEAD, flush=True)
    where: dict[str, Counter[str]] = {}
    total, violations = 0, []
    for number, series in enumerate(PLAN):
        if args.quick and not series.quick:
            continue
        start = time.perf_counter()
        (home / str(number)).mkdir()
        sample = series.sample(home / str(number) / "course")
        sample.prepare()
        trials = Campaign(sample)
        if series.share:
            trials.random(round(args.kills * series.share), args.seed + number)
        elif args.quick:
            trials.sweep(series.quick, series.backs[:1])
        else:
            trials.sweep(1 if args.thorough else series.stride, series.backs)
        tally = trials.tally
        print(row(series, tally, time.perf_counter() - start), flush=True)
        where.setdefault(sample.arguments[0], Counter()).update(tally.where)
        violations += [f"{sample.name}: {text}" for text in tally.violations]
        total += tally.kills
    print_where(where)
    for text in violations:
        print(f"VIOLATION {text}")
    print(
        f"\n{total} kills, {len(violations)} violations ({os.cpu_count()} processors, Python {platform.python_version()})"
    )
    return 1 if violations else 0


def row(series: Series, tally: Tally, seconds: float) -> str:
    """Return one line of the table: what a kill left is the old result, the new one, or some of both, page by page."""
    death = "at random" if series.share else "at writes"
    left = [tally.left[name] for name in ("old", "new", "between")]
    return (
        f"{series.sample.name:<22} {death:<10} {tally.kills:6} {left[0]:4} {left[1]:4} {left[2]:8} "
        f"{tally.resumed:8} {len(tally.violations):11} {seconds:8.0f}"
    )


def print_where(where: dict[str, Counter[str]]) -> None:
    """Print for each command what it was doing when it was killed, the most frequent first."""
    for command, counts in where.items():
        print(f"\n{command}: the last that it had begun")
        for text, count in counts.most_common(12):
            print(f"  {count:5}  {text}")
        rest = sum(counts.values()) - sum(count for _, count in counts.most_common(12))
        if rest:
            print(f"  {rest:5}  other")


if __name__ == "__main__":
    raise SystemExit(main())
