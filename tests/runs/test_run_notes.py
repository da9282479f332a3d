"""The notes in the run folders say what the records say: no number of their own, verdicts as computed."""

import re
from pathlib import Path

import pytest

from pycode.runs import claim, compare

ROOT = Path(__file__).resolve().parents[2]
NOTES = sorted((ROOT / "runs").glob("*/NOTES.md"))
CLAIM = re.compile(r'`claim\("([^"]+)"\)`')
COMPARE = re.compile(
    r'^- `compare\("([^"]+)", "([^"]+)", "([^"]+)"\)`: (better|worse|a tie)$', re.M
)


def verdicts(text: str) -> list[tuple[str, str, str, str]]:
    """Comparisons of a note and the word beside each; every mention of compare must be one."""
    found = COMPARE.findall(text)
    assert text.count("compare(") == len(found), "a comparison stands on a line with its verdict"
    return found


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.parent.name)
def test_a_note_holds_no_number_and_its_claims_resolve(project, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (path.parent / "record.json").is_file(), "a note answers from a record"
    assert not re.search(r"\d", re.sub(r"`[^`]*`|F1|\b(?:int|fp|bf|nf)\d+\b", "", text))
    assert text.count("claim(") == len(CLAIM.findall(text))
    for name in CLAIM.findall(text):
        claim(name, project=project)


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.parent.name)
def test_a_note_gives_each_comparison_its_verdict(project, path: Path) -> None:
    for a, b, metric, word in verdicts(path.read_text(encoding="utf-8")):
        found = compare(a, b, metric, resamples=2_000, project=project)  # enough for a verdict
        assert found.verdict == word.removeprefix("a "), metric


def test_a_comparison_without_its_verdict_is_found() -> None:
    with pytest.raises(AssertionError, match="with its verdict"):
        verdicts('We see `compare("a", "b", "test.ece")` here.')
