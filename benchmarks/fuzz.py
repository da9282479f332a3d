"""Feed malformed files to every reader; print how many were read, how many refused, and what broke.

    python benchmarks/fuzz.py [--examples 400] [--seed 0] [READER …]

Half of the files of each reader are a sound file with damaged bytes, half are of the right format with odd values. A
file must be read, or be refused with one clear sentence that names it. Exits with 1 when anything else comes out.
"""

import argparse
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "fuzz"))

import data_readers  # noqa: E402
import site_readers  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from reading import Reader, Tally, attempt  # noqa: E402

READERS = {reader.name: reader for reader in (*site_readers.READERS, *data_readers.READERS)}


def main() -> int:
    """Fuzz the readers, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "readers", nargs="*", metavar="READER", help=f"of {', '.join(READERS)}; default: all"
    )
    parser.add_argument("--examples", type=int, default=400, help="files of each kind per reader")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    unknown = [name for name in args.readers if name not in READERS]
    if unknown:
        parser.error(f"no reader {unknown[0]!r}")
    print(f"{'reader':<18} {'files':>6} {'read':>6} {'refused':>8} {'broken':>7} {'seconds':>8}")
    total, bugs = 0, []
    for name in args.readers or READERS:
        start = time.perf_counter()
        tally = fuzz(READERS[name], args.examples, args.seed)
        took = time.perf_counter() - start
        counts = [tally.outcomes[key] for key in ("read", "refused", "broken")]
        print(
            f"{name:<18} {tally.cases:6} {counts[0]:6} {counts[1]:8} {counts[2]:7} {took:8.1f}",
            flush=True,
        )
        total += tally.cases
        bugs += [f"{name}: {text}" for text in tally.bugs]
    for text in bugs:
        print(f"BROKEN {text}")
    print(
        f"\n{total} files, {len(bugs)} ways to break ({os.cpu_count()} processors, Python {platform.python_version()})"
    )
    return 1 if bugs else 0


def fuzz(reader: Reader, examples: int, number: int) -> Tally:
    """Try ``examples`` files of each kind and go on after a broken one."""
    tally = Tally()
    for strategy in (reader.injured, reader.shaped):
        _each(reader, tally, strategy, round(examples * reader.share), number)()
    return tally


def _each(
    reader: Reader, tally: Tally, strategy: st.SearchStrategy[bytes], examples: int, number: int
) -> Callable[[], None]:
    @seed(number)
    @settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def each(content: bytes) -> None:
        try:
            tally.outcomes[attempt(reader, content)] += 1
        except Exception as error:
            tally.outcomes["broken"] += 1
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in frames if f"{os.sep}pycode{os.sep}" in frame.filename]
            place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "message"
            text = f"{place}: {type(error).__name__}: {str(error)[:200]}"
            if not any(known.startswith(text[:60]) for known in tally.bugs):
                tally.bugs.append(text)

    return each


if __name__ == "__main__":
    raise SystemExit(main())
