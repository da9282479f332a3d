"""`course data`: describe a data set, fetch one, or ask the hub for its revision."""

import argparse
import sys
from pathlib import Path
from typing import Any

from pycode.errors import CourseError

LONGEST_PAUSE = 3600
DEFAULT_OUTPUT = Path(".course") / "data" / "cfpb_8k.parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `info`, `fetch`, `pin` and `list`."""
    parts = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    info = parts.add_parser("info", help="sizes, classes, tiers, lengths, duplicates, fingerprint")
    info.add_argument("name", nargs="?", help="a data set by name (see `course data list`)")
    info.add_argument("--source", help="auto (default), hub, local or twin; not beside a name")
    info.add_argument("--path", help="the parquet file or folder (default: COURSE_DATA)")
    info.add_argument("--revision", help="full commit hash on the hub; not beside a name")
    info.add_argument("--json", action="store_true", help="print JSON")
    fetch = parts.add_parser("fetch", help="rebuild cfpb-8k from the CFPB's public API")
    fetch.add_argument("name", help="the data set; only cfpb-8k can be fetched")
    fetch.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="parquet file to write")
    fetch.add_argument("--from", dest="base", help="address of the API or of a copy of it")
    fetch.add_argument("--by", default="search", help="search (20 minutes) or document (a day)")
    fetch.add_argument("--pause", type=float, help="seconds between requests (default: the API's)")
    parts.add_parser("pin", help="ask the hub for the current revision of the canonical set")
    parts.add_parser("list", help="list the data sets with licence and source")


def run(args: argparse.Namespace) -> int:
    """Run the chosen action; 0 done, 1 something differs from what the course expects."""
    actions = {"info": _info, "fetch": _fetch, "pin": _pin, "list": _list}
    return actions[args.action](args)


def _info(args: argparse.Namespace) -> int:
    import json

    from pycode.data.describe import describe, format_description

    facts = describe(_load(args))
    print(
        json.dumps(facts, indent=2, ensure_ascii=False) if args.json else format_description(facts)
    )
    return 0


def _load(args: argparse.Namespace) -> Any:
    from pycode.data import load_course_data, load_dataset_by_name

    if args.name:
        if args.source or args.revision:
            raise CourseError(
                "--source and --revision say where the course's own set comes from: leave them out beside the name "
                f"{args.name!r}, or leave out the name."
            )
        return load_dataset_by_name(args.name, args.path)
    return load_course_data(args.source or "auto", args.path, args.revision)


def _fetch(args: argparse.Namespace) -> int:
    from pycode.data.cfpb_api import API, Client
    from pycode.data.cfpb_fetch import fetch_cfpb

    if args.name != "cfpb-8k":
        raise CourseError(f"{args.name!r} cannot be fetched: only cfpb-8k can.")
    if args.pause is not None and not 0 <= args.pause <= LONGEST_PAUSE:
        raise CourseError(
            f"--pause {args.pause} is not a number of seconds from 0 to {LONGEST_PAUSE}."
        )
    client = Client(args.base or API, args.pause)
    report = fetch_cfpb(args.output, client, way=args.by, progress=_progress)
    print(
        f"{report.path.name}: {report.asked - len(report.gone):,} of {report.asked:,} complaints; "
        f"{report.unchanged:,} unchanged, {len(report.changed):,} changed since the course measured "
        f"them, {len(report.gone):,} no longer available."
    )
    print(f"fingerprint of texts and issues: {report.fingerprint}")
    if report.complete:
        print("This is exactly the set that the course measured.")
        return 0
    print("This is NOT the set that the course measured: expect slightly other numbers.")
    return 1


def _progress(done: int, total: int) -> None:
    """Keep one line of a terminal up to date; elsewhere only say when it is done."""
    if done == total or sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done:,} of {total:,} complaints", end=end, file=sys.stderr, flush=True)


def _pin(args: argparse.Namespace) -> int:
    from pycode.data.hub import HUB_ID, HUB_REVISION, current_revision

    now = current_revision()
    print(f"{HUB_ID} is at {now}")
    if now == HUB_REVISION:
        print("This is the pinned revision.")
        return 0
    print(f"The pinned revision is {HUB_REVISION}. To use the other one: revision={now!r}")
    return 1


def _list(args: argparse.Namespace) -> int:
    from pycode.data.catalogue import DATASETS

    for facts in DATASETS.values():
        print(f"{facts.name}: {facts.title}. {facts.note}")
        print(f"  Licence: {facts.licence}. {facts.attribution}. {facts.url}")
    return 0
