"""No number that nobody measured: claims resolve, results are not typed, comparisons have
intervals.

The rules, one file each in `claim_rules/`:

a. every claim, comparison and derived number resolves (`code`, also the conditions of speeds), and
   every record is whole and says what its config, artefacts and stored outputs say (`records`)
b. no result is typed by hand (`literals`); the permitted numbers are in
`runs/allowed_literals.yml`,
   and an invented number of a worked example is marked: `[0.9]{.example}` or a `::: {.example}`
   block
c. speeds are compared only under the same conditions (`speed`)
d. better and worse need an interval (`comparison`)
e. a sentence calls a result what its source calls it (`wording`)
f. both sides of a contradiction do not stand on one page as two facts (`conflicts`)
"""

from pycode.errors import CourseError
from pycode.project import Project
from pycode.runs.published import Entry, read_published
from pycode.site.checks import Problem
from pycode.site.checks.claim_rules.allow import Allowed, read_allowed
from pycode.site.checks.claim_rules.comparison import comparison_problem
from pycode.site.checks.claim_rules.conflicts import conflict_problems
from pycode.site.checks.claim_rules.hints import hint
from pycode.site.checks.claim_rules.literals import Literal, literals
from pycode.site.checks.claim_rules.passage import Passage
from pycode.site.checks.claim_rules.records import record_problems
from pycode.site.checks.claim_rules.sources import MATTER, OPTIONS, Content, read_all
from pycode.site.checks.claim_rules.speed import speed_problem
from pycode.site.checks.claim_rules.wording import label_map_problem, wording_problems

DESCRIPTION = "claims resolve, no result is typed by hand, comparisons have intervals"
NEEDS_SITE = False
NEEDS_BROWSER = False
# Text that Quarto takes as it is: an expression in it would be printed, not evaluated.
NO_CLAIMS = ("alt text", *MATTER, *OPTIONS)


def check(project: Project) -> list[Problem]:
    """Return every departure from the rules above, in the order of files and lines."""
    try:
        allowed, entries = read_allowed(project), read_published(project.runs)
    except CourseError as error:
        return [Problem("runs", str(error))]
    content = read_all(project)
    used: set[Allowed] = set()
    problems = record_problems(project) + content.problems
    problems += _typed(content, allowed, entries, used)
    problems += _sentences(content)
    problems += conflict_problems(content.passages, entries)
    problems += [
        Problem(
            "runs/allowed_literals.yml",
            f"the pattern {item.pattern.pattern!r} for {item.pages} permits nothing that is "
            "there: remove it.",
        )
        for item in allowed
        if item not in used
    ]
    return sorted(
        dict.fromkeys(problems), key=lambda item: (item.path, item.line or 0, item.message)
    )


def examples(project: Project) -> list[tuple[str, int, str]]:
    """Return the numbers marked as invented examples: (page, line, text)."""
    return read_all(project).examples


def _typed(
    content: Content, allowed: list[Allowed], entries: dict[str, Entry], used: set[Allowed]
) -> list[Problem]:
    problems = []
    for passage in content.passages:
        for literal in literals(passage):
            permits = [
                item
                for item in allowed
                if item.covers(passage.path, passage.text, literal.start, literal.end)
            ]
            used.update(permits)
            if not permits:
                problems.append(_typed_problem(passage, literal, entries))
    return problems


def _typed_problem(passage: Passage, literal: Literal, entries: dict[str, Entry]) -> Problem:
    text = " ".join(passage.text[literal.start : literal.end].split())
    line = passage.line + passage.text.count("\n", 0, literal.start)
    place = f" in the {passage.kind}" if passage.kind != "text" else ""
    where_from = hint(text, literal.look, entries)
    if passage.kind in NO_CLAIMS and "claim(" in where_from:
        where_from = ""
    advice = (
        "no claim can stand there, so say it in words"
        if passage.kind in NO_CLAIMS
        else f"ask for it with claim(…), mark an invented number [{text}]{{.example}}"
    )
    return Problem(
        passage.path,
        f"{text!r}{place} looks like {literal.look} typed by hand: {advice}, or permit it with a "
        f"reason in runs/allowed_literals.yml.{where_from}",
        line,
    )


def _sentences(content: Content) -> list[Problem]:
    blocks: dict[tuple[str, int], list[Passage]] = {}
    for passage in content.passages:
        blocks.setdefault((passage.path, passage.block), []).append(passage)
    problems = []
    for passage in content.passages:
        block = blocks[passage.path, passage.block]
        found = [(passage.line, label_map_problem(passage, block))]
        for sentence in passage.sentences():
            found.append((sentence.line, speed_problem(sentence)))
            found.append((sentence.line, comparison_problem(sentence, block)))
            found += [(sentence.line, message) for message in wording_problems(sentence)]
        problems += [Problem(passage.path, message, line) for line, message in found if message]
    return problems
