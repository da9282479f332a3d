"""`course runs`: every run with its key metrics; declared but not yet run ones as pending."""

import argparse
import json
from dataclasses import asdict

from pycode.project import find_project
from pycode.runs.listing import RunSummary, list_runs

HEADER = ("id", "mode", "data", "n", "key metrics", "date")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the output format."""
    parser.add_argument("--json", action="store_true", help="print JSON for other programs")


def run(args: argparse.Namespace) -> int:
    """Print the list of runs."""
    runs = list_runs(find_project())
    if args.json:
        print(json.dumps([asdict(item) for item in runs], ensure_ascii=False, indent=2))
    elif runs:
        print(table([HEADER, *map(row, runs)]))
    else:
        print("No run is declared: a run is a folder runs/<id>/ with a config.yml.")
    return 0


def row(item: RunSummary) -> tuple[str, ...]:
    """Return the cells of one run."""
    sizes = " / ".join(f"{size:,}" for size in item.n.values())
    metrics = "; ".join(f"{path} {text}" for path, text in item.metrics.items())
    return item.id, item.status, item.data, sizes, metrics, item.created


def table(rows: list[tuple[str, ...]]) -> str:
    """Return rows as aligned columns."""
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEADER))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)) for cells in rows)
    return "\n".join(line.rstrip() for line in lines)
