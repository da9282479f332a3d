"""The structure that docs/architecture.md shows is the structure of the code.

Imports are read with `ast`, those inside functions included. Left out are imports under
`if TYPE_CHECKING:`, which never run, and modules named by a string (`importlib.import_module`).
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
# Plain files beside the rooms: every room may stand on them, so table and arrows leave them out.
GROUND = {path.stem for path in (ROOT / "pycode").glob("*.py")} - {"__init__", "cli"}
MAX_LINES = 400
CODE = ("pycode/**/*.py", "pycode/**/*.lua", "tests/**/*.py", "benchmarks/**/*.py",
        "assets/filters/*.lua", "assets/js/**/*.js", "assets/theme/*.*css")  # fmt: skip
# Files that are longer, each with its reason. Better: split the file by ideas.
LONG: dict[str, str] = {}
NO_TORCH = ("evaluate", "runs", "figures", "site")


def module_name(path: Path) -> str:
    """`pycode/runs/claims.py` is `pycode.runs.claims`; a package is named by its folder."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree without what stands under `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from (other, *running(other))
            continue
        yield child
        yield from running(child)


def imported(source: str, known: Iterable[str]) -> set[str]:
    """Return the modules that a source imports; of a package's name that is a module, the module."""
    found: set[str] = set()
    for node in running(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {item.name for item in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write the whole name, as pycode.runs"
            for item in node.names:
                inner = f"{node.module}.{item.name}"
                found.add(inner if inner in known else str(node.module))
    return found


@pytest.fixture(scope="module")
def modules() -> dict[str, set[str]]:
    """What each module of the package imports."""
    files = {module_name(path): path for path in (ROOT / "pycode").glob("**/*.py")}
    return {name: imported(path.read_text(encoding="utf-8"), files) for name, path in files.items()}


def room(module: str) -> str:
    """Return the room of a module: `pycode.runs.claims` stands in `runs`."""
    return (module.split(".") + [""])[1]


def rooms(modules: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return which room imports which; `pycode` itself, three lines, is none."""
    found: dict[str, set[str]] = {room(name): set() for name in modules if room(name)}
    for name, targets in modules.items():
        ours = {room(target) for target in targets if target.startswith("pycode.")}
        if room(name):
            found[room(name)] |= ours - {room(name), ""}
    return found


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return one circle as a list that ends where it starts, or an empty list."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done or name not in graph:
            return []
        for target in sorted(graph[name]):
            if found := walk(target, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])


def test_no_circle_between_rooms(modules):
    found = circle(rooms(modules))
    assert not found, f"{' → '.join(found)}: move what both need into the lower room"


def test_no_circle_between_files(modules):
    ours = {name: (targets & modules.keys()) - {name} for name, targets in modules.items()}
    found = circle(ours)
    assert not found, f"{' → '.join(found)}: move what both need into a third file"


def test_a_circle_is_found_and_shown():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_imports_are_read_wherever_they_stand():
    source = (
        "from typing import TYPE_CHECKING\nimport os\nif TYPE_CHECKING:\n    import torch\n"
        "else:\n    import json\ndef f():\n    from pycode.runs import claims, Run\n"
    )
    known = {"pycode.runs", "pycode.runs.claims"}
    assert imported(source, known) == {"typing", "os", "json", "pycode.runs.claims", "pycode.runs"}
    with pytest.raises(AssertionError, match="line 1: write the whole name"):
        imported("from . import x", ())


@pytest.fixture(scope="module")
def floors(modules) -> dict[str, set[str]]:
    """Which room imports which, without the ground and without `cli`, which names commands by a string."""
    found = rooms(modules)
    return {name: found[name] - GROUND for name in found.keys() - GROUND - {"cli"}}


def test_the_table_of_the_page_is_what_the_code_imports(floors):
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|", PAGE.read_text(encoding="utf-8"), re.M)
    told = {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in rows}
    for name, targets in floors.items():
        assert told.get(name) == targets, (
            f"docs/architecture.md: `{name}` imports {sorted(targets)}"
        )
    assert told.keys() == floors.keys()


def test_the_arrows_of_the_picture_are_the_imports_that_no_longer_way_implies(floors):
    def reached(name: str) -> set[str]:
        return floors[name].union(*(reached(other) for other in floors[name]))

    needed = {
        (name, target)
        for name, targets in floors.items()
        for target in targets
        if not any(target in reached(other) for other in targets)
    }
    text = PICTURE.read_text(encoding="utf-8")
    drawn = {tuple(pair.split()) for pair in re.findall(r'data-imports="([^"]+)"', text)}
    assert drawn == needed
    missing = [name for name in [*floors, *GROUND] if f">{name}<" not in text]
    assert not missing, f"draw {', '.join(missing)} into docs/images/architecture.svg"


def test_ground_floor_and_wings(modules, floors):
    for name in GROUND:
        assert rooms(modules)[name] <= GROUND, f"{name} is ground: it stands on no room"
    assert floors["data"] == floors["evaluate"] == set(), "data and evaluate know nobody"
    for name in ("train", "compress", "distill", "runs", "figures", "labs", "experiment"):
        assert not floors[name] & {"site", "commands"}, f"{name} must not know the site"


def test_what_renders_the_site_never_imports_torch(modules):
    heavy = {"torch", "transformers", "peft"}
    for name, targets in modules.items():
        if room(name) in NO_TORCH:
            found = {target.split(".")[0] for target in targets} & heavy
            assert not found, f"{name} imports {', '.join(found)}"


def test_no_file_is_long_without_a_reason():
    lines = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for pattern in CODE
        for path in ROOT.glob(pattern)
    }
    assert len(lines) > 300
    long = {name: count for name, count in lines.items() if count > MAX_LINES}
    unexplained = [f"{name} ({count} lines)" for name, count in long.items() if not LONG.get(name)]
    assert not unexplained, f"{', '.join(unexplained)}: split it, or give the reason in LONG"
    assert not LONG.keys() - long.keys(), "LONG names files that are short now: take them out"
