"""YAML mappings that remember the line on which they begin."""

from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.yamltext import KeyTwice, YamlProblem, parse_yaml


class Lines(dict[str, Any]):
    """A mapping with ``line``, counted from 1."""

    line: int = 1


def load_with_lines(path: Path, name: str) -> Lines:
    """Return the YAML mapping in ``path`` (safe loader), every mapping in it with its line.

    Raises:
        CourseError: missing, not UTF-8, not YAML, a key given twice, or not a mapping.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        """Safe YAML, with lines."""

    def mapping(loader: Loader, node: yaml.MappingNode) -> Lines:
        found = Lines({str(k): v for k, v in loader.construct_mapping(node, deep=True).items()})
        found.line = node.start_mark.line + 1
        return found

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    try:
        data = parse_yaml(path.read_text(encoding="utf-8"), Loader)
    except FileNotFoundError:
        raise CourseError(f"{name}: there is no such file.") from None
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{name}: is not UTF-8 text (byte {error.start}): save it as UTF-8."
        ) from None
    except YamlProblem as problem:
        line = f":{problem.line}" if problem.line else ""
        hint = "" if isinstance(problem, KeyTwice) else " (text with a colon needs quotes)"
        raise CourseError(f"{name}{line}: {problem.reason}{hint}.") from None
    if not isinstance(data, Lines):
        raise CourseError(f"{name}: must hold `title:` and `questions:`.")
    return data
