"""Fingerprints of what a page depends on; a changed comment or docstring changes none of them."""

import ast
import hashlib
import io
import json
import tokenize
from pathlib import Path
from typing import Any

# The blocks of `_variables.yml` that code on pages reads: the buttons that open a notebook.
EXECUTED_VARIABLES = ("website", "notebooks")


def text_digest(text: str) -> str:
    """Return the SHA-256 of ``text`` as UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def value_digest(value: Any) -> str:
    """Return the SHA-256 of ``value`` as JSON with sorted keys."""
    return text_digest(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str))


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file that a page read; YAML files count by their content.

    Of `_variables.yml` only what cells ask for counts: the text takes dates, names and weights when it
    is rendered, so an instructor who changes them executes nothing.
    """
    data = path.read_bytes()
    if path.suffix in (".yml", ".yaml"):
        import yaml

        try:
            value = yaml.safe_load(data)
            if path.name == "_variables.yml" and isinstance(value, dict):
                value = {key: value.get(key) for key in EXECUTED_VARIABLES}
            return value_digest(value)
        except (yaml.YAMLError, ValueError, RecursionError):
            pass
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def code_digest(path: Path) -> str:
    """Return the SHA-256 of a Python file without comments, docstrings and empty lines."""
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    return text_digest(normalised(text))


def normalised(source: str) -> str:
    """Return Python source without what changes nothing when it runs.

    Dropped: comments, docstrings, empty lines, spaces at line ends, except inside texts. Only
    positions of tokens are used, so that all Python versions give the same.
    """
    try:
        tree = ast.parse(source)
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError):
        return source
    dropped = _docstring_lines(tree)
    kept_whole: set[int] = set()
    comments: dict[int, int] = {}
    for token in tokens:
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = token.start[1]
        elif token.end[0] > token.start[0] and token.string.strip():
            kept_whole |= set(range(token.start[0], token.end[0] + 1))
    result = []
    for number, line in enumerate(source.split("\n"), start=1):
        if number in dropped:
            continue
        if number not in kept_whole:
            line = line[: comments.get(number, len(line))].rstrip()
        if line or number in kept_whole:
            result.append(line)
    return "\n".join(result)


def _docstring_lines(tree: ast.Module) -> set[int]:
    """Return the lines that only hold docstrings."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            others = {item.lineno for item in node.body[1:]} | {getattr(node, "lineno", 0)}
            lines = set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
            found |= lines if not lines & others else set()
    return found
