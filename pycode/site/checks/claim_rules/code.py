"""Calls of claim(), compare() and their kin in Python code, resolved without running the page."""

import ast
import re
from dataclasses import dataclass, field
from typing import Any

from pycode import runs
from pycode.errors import CourseError, nearest
from pycode.project import Project
from pycode.runs.claims import claim_ids
from pycode.runs.record import read_record
from pycode.site.checks.claim_rules.passage import Use

FUNCTIONS = ("claim", "quote", "ratio", "difference", "percent_change", "compare")
SHOWN = (
    "Markdown", "HTML", "title", "set_title", "suptitle", "annotate", "text", "set_xlabel",
    "set_ylabel", "xlabel", "ylabel", "figtext", "caption",
)  # fmt: skip
MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


@dataclass
class Found:
    """What one piece of code asks for, what is wrong with it, and the text that it shows."""

    uses: list[Use] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    shown: list[tuple[int, str]] = field(default_factory=list)


class Unknown(Exception):
    """An argument that is only known when the page runs."""


def read_code(code: str, project: Project, *, expression: bool = False) -> Found:
    """Return the results that ``code`` asks for; calls whose arguments are not literal are left
    out.

    Line numbers start at 1. Code that is no Python is the freeze's problem, not this check's.
    """
    found = Found()
    try:
        tree = ast.parse(MAGIC.sub("", code), mode="eval" if expression else "exec")
    except (SyntaxError, ValueError, RecursionError):
        return found
    inner: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if name in FUNCTIONS and id(node) not in inner:
            inner.update(id(child) for child in ast.walk(node))
            _resolve(node, project, found)
        elif name in SHOWN:
            found.shown += shown_text(node)
    _loose_ids(tree, project, found, inner)
    return found


def called(node: ast.Call) -> str:
    """Return the last part of the called name: ``claim`` for ``runs.claim(…)``."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def shown_text(node: ast.Call) -> list[tuple[int, str]]:
    """Return literal text that a call puts on the page, with expressions of f-strings blanked."""
    out = []
    for argument in [*node.args, *(item.value for item in node.keywords)]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            out.append((argument.lineno, argument.value))
        if isinstance(argument, ast.JoinedStr):
            parts = (
                str(item.value) if isinstance(item, ast.Constant) else "…"
                for item in argument.values
            )
            out.append((argument.lineno, "".join(parts)))
    return [(line, text) for line, text in out if " " in text.strip()]


def _resolve(node: ast.Call, project: Project, found: Found) -> None:
    try:
        use = _evaluate(node, project)
    except Unknown:
        return
    except CourseError as error:
        found.errors.append((node.lineno, str(error)))
        # A comparison of runs that are still to come is a comparison all the same.
        use = Use("compare", (), interval=True) if called(node) == "compare" else None
    if isinstance(use, Use):
        found.uses.append(use)


def _evaluate(node: ast.AST, project: Project) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if not isinstance(node, ast.Call) or called(node) not in FUNCTIONS:
        raise Unknown
    arguments = [_evaluate(item, project) for item in node.args]
    options = {item.arg: _evaluate(item.value, project) for item in node.keywords if item.arg}
    if len(options) < len(node.keywords) or "project" in options:
        raise Unknown
    return _call(called(node), arguments, options, project)


def _call(name: str, arguments: list[Any], options: dict[str, Any], project: Project) -> Use:
    if name == "compare":
        return _compare(arguments, options, project)
    inner = [item for item in arguments if isinstance(item, Use)]
    plain = [item.claims[0] if isinstance(item, Use) else item for item in arguments]
    try:
        made = getattr(runs, name)(*plain, **options, project=project)
    except (TypeError, AttributeError) as error:
        raise CourseError(f"{name}(…) is not called as documented ({error}).") from None
    ids = tuple(str(item) for item in arguments if isinstance(item, str))
    parts = tuple(claim for use in inner for claim in use.claims)
    if name in ("ratio", "difference", "percent_change"):
        parts += tuple(runs.claim(item, project=project) for item in ids[:2])
    return Use(
        function=name,
        ids=ids + tuple(item for use in inner for item in use.ids),
        claims=(made, *parts),
        interval=options.get("style") == "interval" or "interval" in arguments,
        both=bool(options.get("both")),
    )


def _compare(arguments: list[Any], options: dict[str, Any], project: Project) -> Use:
    """Check that a comparison can be made, without the seconds that its bootstrap takes."""
    names = ("run_a", "run_b", "metric")
    values = dict(zip(names, arguments)) | {key: options[key] for key in names if key in options}
    if len(values) < 3 or not all(isinstance(item, str) for item in values.values()):
        raise CourseError(
            "compare() takes two run ids and a metric: compare('a', 'b', 'test.macro_f1')."
        )
    for run_id in (values["run_a"], values["run_b"]):
        record = read_record(project.runs, run_id)
        record.metric(values["metric"])
        if record.mode != "full":
            raise CourseError(f"Run {run_id!r} is a {record.mode} run: it cannot be compared.")
    return Use("compare", tuple(values[name] for name in names), interval=True)


def _loose_ids(tree: ast.AST, project: Project, found: Found, inner: set[int]) -> None:
    """Check ids of published figures that stand in lists and dicts and are claimed in a loop."""
    known: list[str] = []
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) else None
        if (
            not isinstance(value, str)
            or id(node) in inner
            or not re.fullmatch(r"published:[\w.+-]*\w", value)
        ):
            continue
        known = known or claim_ids(project)
        if not any(item == value or item.startswith(f"{value}.") for item in known):
            message = f"runs/published.yml has no entry {value!r}.{nearest(value, known)}"
            found.errors.append((getattr(node, "lineno", 1), message))
