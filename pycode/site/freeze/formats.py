"""What a page is rendered to, and the defaults that hold for its cells, as Quarto merges them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pycode.errors import CourseError, nearest
from pycode.project import Project, read_yaml

EXTENSIONS = {"html": "html", "revealjs": "html", "typst": "typ"}
COMMON: dict[str, Any] = {
    "eval": True, "echo": True, "output": True, "warning": True, "error": False, "include": True,
    "enabled": None, "fig-width": 7, "fig-height": 5, "fig-dpi": 96, "fig-format": "svg",
    "fig-dark": True,
}  # fmt: skip
OWN: dict[str, dict[str, Any]] = {
    "html": {},
    "revealjs": {"echo": False, "warning": False, "fig-width": 10},
    "typst": {"fig-width": 5.5, "fig-height": 3.5},
}
FIGURE_FORMATS = ("svg", "png", "retina")


@dataclass(frozen=True)
class Output:
    """One kind of output of a page: ``to`` is Pandoc's writer, ``execute`` the cells' defaults."""

    to: str
    execute: Mapping[str, Any] = field(default_factory=dict)

    @property
    def extension(self) -> str:
        """Name of the entry without `.json`."""
        return EXTENSIONS[self.to]

    @property
    def is_html(self) -> bool:
        """Whether the output can hold HTML."""
        return self.extension == "html"


def outputs_of(front_matter: Mapping[str, Any], tree: Mapping[str, Any], name: str) -> list[Output]:
    """Return the outputs of a page, one per entry that Quarto would read.

    Args:
        front_matter: that of the page.
        tree: `_quarto.yml` merged with the `_metadata.yml` of the page's folders.
        name: the page, for messages.

    Raises:
        CourseError: an output that this course does not make, or a default of a wrong kind.
    """
    formats = _names(front_matter.get("format")) or _names(tree.get("format")) or ["html"]
    chosen: dict[str, Output] = {}
    for to in formats:
        if to not in EXTENSIONS:
            allowed = ", ".join(EXTENSIONS)
            hint = nearest(to, list(EXTENSIONS))
            raise CourseError(f"{name}: format {to!r} is not one of {allowed}.{hint}")
        # html and revealjs share an entry: as in Quarto, the first one named makes it
        chosen.setdefault(EXTENSIONS[to], Output(to, _execute(to, front_matter, tree, name)))
    return list(chosen.values())


def project_tree(project: Project, page: str) -> dict[str, Any]:
    """Return the settings above ``page``: `_quarto.yml`, then each folder's `_metadata.yml`."""
    tree = _mapping(read_yaml(project.root / "_quarto.yml"), "_quarto.yml")
    folder = project.root
    for part in page.split("/")[:-1]:
        folder = folder / part
        if (folder / "_metadata.yml").is_file():
            name = project.relative(folder / "_metadata.yml")
            tree = _merge(tree, _mapping(read_yaml(folder / "_metadata.yml"), name))
    return tree


def _names(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [str(key) for key in value]
    return [value] if isinstance(value, str) else []


def _execute(
    to: str, front_matter: Mapping[str, Any], tree: Mapping[str, Any], name: str
) -> dict[str, Any]:
    """Merge the defaults: the format's own, the project's, the page's; the more special one wins."""
    merged = {**COMMON, **OWN[to]}
    for level in (tree, front_matter):
        merged |= _known(level) | _known(_format_options(level, to))
    if merged["fig-format"] not in FIGURE_FORMATS:
        allowed = ", ".join(FIGURE_FORMATS)
        raise CourseError(
            f"{name}: fig-format must be one of {allowed}, got {merged['fig-format']!r}."
        )
    for key in ("fig-width", "fig-height", "fig-dpi"):
        value = merged[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1000:
            raise CourseError(f"{name}: {key} must be a positive number, got {value!r}.")
    return merged


def _known(level: Mapping[str, Any]) -> dict[str, Any]:
    """Return the execution settings of one level: at its top, or below `execute`."""
    inner = level.get("execute")
    top = {key: level[key] for key in COMMON if key in level and key.startswith("fig-")}
    below = (
        {key: inner[key] for key in COMMON if key in inner} if isinstance(inner, Mapping) else {}
    )
    return top | below


def _format_options(level: Mapping[str, Any], to: str) -> Mapping[str, Any]:
    formats = level.get("format")
    options = formats.get(to) if isinstance(formats, Mapping) else None
    if not isinstance(options, Mapping):
        return {}
    keys = ("echo", "eval", "output", "warning", "error", "include")
    direct = {key: options[key] for key in keys if key in options}
    inner = options.get("execute")
    return {**options, "execute": direct | (dict(inner) if isinstance(inner, Mapping) else {})}


def _merge(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merge(old, value) if both else value  # type: ignore[arg-type]
    return merged


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CourseError(
            f"{name}: a mapping of `key: value` is needed, got {type(value).__name__}."
        )
    return value
