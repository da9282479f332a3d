"""`course claim ID`: what a claim prints, and where it comes from."""

import argparse
import json

from pycode.errors import CourseError
from pycode.project import Project, find_project
from pycode.runs.cited import quote
from pycode.runs.claims import Claim, claim, claim_ids


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the claim's id, the list, and the output format."""
    parser.add_argument(
        "id", nargs="?", help="<run>:<metric path> or published:<entry>; with --list a prefix"
    )
    parser.add_argument(
        "--list", action="store_true", help="list the ids, of those with the prefix"
    )
    parser.add_argument(
        "--examples", action="store_true", help="list the invented numbers that pages mark"
    )
    parser.add_argument("--style", help="bare, noun or interval")
    parser.add_argument("--json", action="store_true", help="print JSON for other programs")


def run(args: argparse.Namespace) -> int:
    """Print one claim, or the list of ids."""
    project = find_project()
    if args.examples:
        return list_examples(project)
    if args.list:
        return list_ids(project, args.id or "")
    if not args.id:
        raise CourseError("Name a claim, or list them with `course claim --list [PREFIX]`.")
    found = claim(args.id, args.style, project=project)
    print(as_json(found) if args.json else as_text(found))
    return 0


def list_ids(project: Project, prefix: str) -> int:
    """Print id and text of each claim whose id starts with ``prefix`` or ``published:prefix``."""
    ids = [item for item in claim_ids(project) if item.startswith((prefix, f"published:{prefix}"))]
    if not ids:
        raise CourseError(f"No claim starts with {prefix!r}: `course claim --list` shows all.")
    width = max(map(len, ids))
    for item in ids:
        print(f"{item:<{width}}  {shown(item, project)}")
    return 0


def list_examples(project: Project) -> int:
    """Print the numbers that pages mark as invented, with their places."""
    from pycode.site.checks.claims import examples

    found = examples(project)
    for path, line, text in found:
        print(f"{path}:{line}: {text}")
    print(f"{len(found)} marked examples.")
    return 0


def shown(claim_id: str, project: Project) -> str:
    """Return what a claim prints, or that it can only be quoted."""
    try:
        return claim(claim_id, project=project).text
    except CourseError:
        if not claim_id.startswith("published:"):
            return "no claim: its conditions are not recorded"
        return f"{quote(claim_id, project=project).text} (only quote())"


def as_text(found: Claim) -> str:
    """Return value, text and provenance, one per line."""
    value = "a range" if found.value is None else repr(found.value)
    return f"value       {value}\ntext        {found.text}\nprovenance  {found.provenance}"


def as_json(found: Claim) -> str:
    """Return the claim as JSON."""
    facts = {
        "id": found.id,
        "value": found.value,
        "text": found.text,
        "unit": found.unit,
        "provenance": found.provenance,
    }
    return json.dumps(facts, ensure_ascii=False, indent=2)
