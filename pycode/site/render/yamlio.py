"""YAML as the renderer reads it: fast, with dates kept as the text the author wrote."""

from typing import Any

import yaml

from pycode.errors import CourseError
from pycode.yamltext import YamlProblem, parse_yaml

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    """The safe loader, without the resolver that turns `2026-01-10` into a date object."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def load(text: str, name: str, first_line: int = 1) -> Any:
    """Return the parsed YAML of ``text``, which starts at line ``first_line`` of the file ``name``.

    Raises:
        CourseError: not valid YAML; the message names file and line.
    """
    try:
        return parse_yaml(text, _Loader)
    except YamlProblem as problem:
        line = (problem.line or 1) - 1 + first_line
        raise CourseError(f"{name}:{line}: the YAML cannot be read: {problem.reason}.") from None


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` laid on top: dictionaries merge, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = (
            merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return result


def lookup(tree: Any, dotted: str) -> Any:
    """Return the value at the dotted path, or None when some step is missing."""
    for step in dotted.split("."):
        if isinstance(tree, list) and step.isdigit() and int(step) < len(tree):
            tree = tree[int(step)]
        elif isinstance(tree, dict) and step in tree:
            tree = tree[step]
        else:
            return None
    return tree
