"""Malformed input: bytes that were damaged, and values that nobody expects in the places where others are expected."""

import copy
import json
import re
from typing import Any

from hypothesis import strategies as st

DEEP = 3_000
HUGE = "9" * 5_000
# Words of the formats in hand that are most likely to be misread, and bytes that are no text.
TOKENS: tuple[bytes, ...] = (
    b"\0", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\r\n", b"\n\n", b"\t", b"\x85",
    "\u2028".encode(), "\u202e".encode(), "\N{PILE OF POO}".encode(), b"\x1b[31m", b"\x7f",
    b"{", b"}", b"[", b"]", b"\"", b"'", b"\\", b"\\ud800", b": ", b":", b"- ", b"? ", b"#", b"|\n", b">\n", b"%YAML 9.9\n",
    b"&a ", b"*a", b"&a [*a]", b"<<: *a\n", b"<<: {a: 1}\n", b"!!python/object/apply:os.system [ls]", b"!!int x",
    b"!!timestamp x", b"!!bool x", b"!!float ''", b"!!binary x", b"!!set {a, b}", b"!!omap [a: 1]", b"!<tag:x> y",
    b"2026-13-45", b"2026-04-08", b"1:99:99", b"0x", b"0o9", b".inf", b".nan", b"-.inf", b"1e999", b"-1", b"~", b"null",
    b"NaN", b"Infinity", b"true", b"yes", b"{}", b"[]", b"''", b"...\n", b"---\n", b"\n---\n", HUGE.encode(),
    b"[" * DEEP, b"{\"a\":" * DEEP, b"- " * DEEP, b"> " * 300, b"(" * 300,
    b"```", b"```{python}\n", b"```{python, echo=false}\n", b"~~~{python}\n", b"`{python} 1`", b"`{python} `", b"#| a: b\n",
    b"#| {", b"#| label: x\n#| label: x\n", b"::: {.callout-note}\n", b":::\n", b"{{< include page.qmd >}}\n",
    b"{{< include ../../../etc/hostname >}}\n", b"{{< include >}}\n", b"{{< var a.b >}}", b"{{< meta title >}}",
    b"{{< nothing >}}", b"$x$", b"$$", b"[^1]", b"{#sec-a}", b"@fig-x", b"<script>", b"<!--", b"<<<<<<< HEAD\n",
    b"=======\n", b">>>>>>> x\n", b"{claim:x}", b"{claim:published:a.score}", b"(?P<", b"(a{9999999999})", b"[[:alpha:]]", b"(?i)",
)  # fmt: skip
NUMBER = re.compile(rb"\d+")


@st.composite
def damaged(draw: st.DrawFn, sample: bytes, longest: int = 10**9) -> bytes:
    """Return ``sample`` after one to four injuries; tokens longer than ``longest`` are not put in."""
    tokens = [token for token in TOKENS if len(token) <= longest]
    data = sample
    for _ in range(draw(st.integers(1, 4))):
        data = draw(_injured(data, tokens))
    return data


def _injured(data: bytes, tokens: list[bytes]) -> st.SearchStrategy[bytes]:
    place = st.integers(0, len(data))
    span = st.tuples(place, place).map(sorted)
    ways = [
        st.builds(lambda i, token: data[:i] + token + data[i:], place, st.sampled_from(tokens)),
        st.builds(
            lambda s, token: data[: s[0]] + token + data[s[1] :], span, st.sampled_from(tokens)
        ),
        st.builds(lambda i, bit: _flip(data, i, bit), place, st.integers(0, 7)),
        st.builds(
            lambda i, noise: data[:i] + noise + data[i + len(noise) :], place, st.binary(max_size=8)
        ),
        span.map(lambda s: data[: s[0]] + data[s[1] :]),
        span.map(lambda s: data[: s[1]] + data[s[0] :]),
        place.map(lambda i: data[:i]),
        st.builds(lambda i, j, k: _lines(data, i, j, k), place, place, st.integers(0, 2)),
        st.builds(lambda i, token: _number(data, i, token), place, st.sampled_from(tokens)),
        st.just(b""),
        st.just(data.replace(b"\n", b"\r\n")),
        st.binary(max_size=200),
    ]
    return st.one_of(ways)


def _flip(data: bytes, place: int, bit: int) -> bytes:
    if place >= len(data):
        return data
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def _lines(data: bytes, first: int, second: int, way: int) -> bytes:
    """Repeat a line elsewhere, drop it, or change its indentation."""
    lines = data.split(b"\n")
    i, j = first % len(lines), second % len(lines)
    if way == 0:
        lines.insert(j, lines[i])
    elif way == 1:
        del lines[i]
    else:
        lines[i] = b"  " + lines[i] if j % 2 else lines[i].lstrip()
    return b"\n".join(lines)


def _number(data: bytes, place: int, token: bytes) -> bytes:
    """Put something else in the place of a number."""
    found = NUMBER.search(data, min(place, len(data))) or NUMBER.search(data)
    return data[: found.start()] + token + data[found.end() :] if found else data


def values() -> st.SearchStrategy[Any]:
    """Return values of JSON and YAML of every type, some deep, some long."""
    words = st.sampled_from(
        [token.decode("utf-8", "replace") for token in TOKENS if len(token) < 40]
    )
    leaves = st.one_of(
        st.none(), st.booleans(), st.integers(), st.sampled_from([10**400, -(2**63), 2**64, 0, 1]),
        st.floats(), st.text(max_size=20), words,
    )  # fmt: skip
    trees = st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(words | st.text(max_size=6), inner, max_size=4)
        ),
        max_leaves=8,
    )
    return trees | st.integers(20, 80).map(_deep)


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@st.composite
def altered(draw: st.DrawFn, tree: Any) -> Any:
    """Return ``tree`` with one to three of its values replaced, dropped, added, renamed or moved."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(tree))
        if not places or draw(st.integers(0, 40)) == 0:
            return draw(values())
        box, key = draw(st.sampled_from(places))
        way = draw(st.sampled_from(("value", "value", "drop", "add", "rename", "move")))
        if way == "value":
            box[key] = draw(values())
        elif way == "drop":
            del box[key]
        elif way == "move":
            other, name = draw(st.sampled_from(places))
            box[key] = copy.deepcopy(other[name])
        elif isinstance(box, list):
            box.insert(key, draw(values()))
        else:
            name = draw(st.text(max_size=8) | st.sampled_from(sorted(map(str, box))))
            box[name] = box.pop(key) if way == "rename" else draw(values())
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key or index) of a tree."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        pairs = list(item.items()) if isinstance(item, dict) else []
        pairs = list(enumerate(item)) if isinstance(item, list) else pairs
        for key, value in pairs:
            found.append((item, key))
            waiting.append(value)
    return found


@st.composite
def as_text(draw: st.DrawFn, tree: Any, yaml_too: bool = True) -> bytes:
    """Return a tree as JSON or, half of the time, as YAML."""
    if yaml_too and draw(st.booleans()):
        import yaml

        try:
            return yaml.safe_dump(tree, allow_unicode=draw(st.booleans()), sort_keys=False).encode()
        except (yaml.YAMLError, ValueError):
            pass  # a lone surrogate
    return json.dumps(tree, indent=draw(st.sampled_from([None, 1]))).encode()
