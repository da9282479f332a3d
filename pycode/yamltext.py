"""YAML that somebody wrote, read so that nothing but one kind of problem can come out."""

from typing import Any

DEEPEST = 100  # levels; the C parser crashes the process at some ten thousand
MOST = (
    1_000_000  # values, where `&a [*b, *b]` and the like may stand for many more than are written
)
SHORT = 2_000  # characters in which nesting cannot hurt the C parser


class YamlProblem(Exception):
    """Why a text is not YAML: ``reason`` in a few words, ``line`` from 1 or None where it is not known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


class KeyTwice(YamlProblem):
    """A key that is given twice: YAML would silently keep the last value."""


def parse_yaml(text: str, loader: Any = None) -> Any:
    """Return what ``text`` says, by the safe loader or one made from it.

    Raises:
        KeyTwice: a mapping has a key twice.
        YamlProblem: for whatever else is wrong. PyYAML itself also raises ValueError for 2026-13-45, AttributeError,
            KeyError and IndexError for odd tags, and RecursionError for deep nesting.
    """
    import yaml

    used = loader or yaml.SafeLoader
    try:
        if len(text) > SHORT:
            _reject_depth(text)
        value = _load(text, used)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "not valid YAML"
        raise YamlProblem(" ".join(str(reason).split()), mark.line + 1 if mark else None) from None
    except (ValueError, ArithmeticError, AttributeError, LookupError, TypeError) as error:
        raise YamlProblem(f"a value cannot be read ({_one_line(error)})") from None
    except RecursionError:
        raise _too_deep() from None
    _reject_endless(value)
    return value


def _load(text: str, loader: Any) -> Any:
    """Return what `yaml.load` does, with a look at the keys before they become a dictionary."""
    reader = loader(text)
    try:
        node = reader.get_single_node()
        _reject_repeats(node)
        return None if node is None else reader.construct_document(node)
    finally:
        reader.dispose()


def _reject_repeats(root: Any) -> None:
    """Raise KeyTwice for the first mapping with equal keys; equal are those of one type and one text."""
    import yaml

    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:  # an alias: looked at where it stands first
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            _reject_equal([key for key, _ in node.value if isinstance(key, yaml.ScalarNode)])
            waiting += [item for pair in reversed(node.value) for item in reversed(pair)]
        elif isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)


def _reject_equal(keys: list[Any]) -> None:
    met: set[tuple[str, str]] = set()
    for key in keys:
        if (key.tag, key.value) in met:
            reason = f"the key {key.value!r} is given twice: keep one of them"
            raise KeyTwice(reason, key.start_mark.line + 1)
        met.add((key.tag, key.value))


def _reject_depth(text: str) -> None:
    import yaml

    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(text, Loader=parser):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _too_deep()


def _reject_endless(value: Any) -> None:
    """Walk the value, aliases followed: what contains itself has no end, and no depth that is allowed."""
    waiting = [(value, 0)]
    seen = 0
    while waiting:
        item, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST:
            raise YamlProblem("it refers to itself, or is nested too deeply or too large to read")
        if isinstance(item, dict):
            waiting += [(inner, depth + 1) for inner in item.values()]
        elif isinstance(item, list | tuple | set):
            waiting += [(inner, depth + 1) for inner in item]


def _too_deep() -> YamlProblem:
    return YamlProblem(f"values are nested more than {DEEPEST} levels deep")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
