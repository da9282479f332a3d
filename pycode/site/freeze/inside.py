"""What runs inside the kernel: reproducible figures, and a log of what the page read.

This file is loaded by its path, imports only the standard library at its top, and is never imported
by a page. It must not leave names in the page's namespace.
"""

import base64
import json
import os
import sys
import warnings
from typing import Any

PACKAGES = (
    "numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "matplotlib", "plotly", "torch",
    "transformers", "tokenizers", "datasets", "peft", "onnxruntime", "safetensors", "ipykernel",
)  # fmt: skip
MODULE_OF = {"scikit-learn": "sklearn"}
IGNORED = (".", "_freeze/", "_site/", "node_modules/")
NOISE = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)


class Log:
    """What the page read, gathered by an audit hook."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip(os.sep) + os.sep
        self.read: set[str] = set()
        self.lists_runs = False
        self.claims: set[str] = set()
        self.data: dict[str, str] = {}
        self.before: set[str] = set(sys.modules)
        self.dark = True

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note files opened for reading, claims made, runs listed and data loaded."""
        if event == "open" and isinstance(arguments[1], str) and not set(arguments[1]) & set("wax"):
            self._note(arguments[0])
        elif event == "course.runs":
            self.lists_runs = True
        elif event == "course.claim":
            self.claims.add(str(arguments[0]))
        elif event == "course.data":
            self.data[str(arguments[0])] = str(arguments[1])

    def _note(self, path: Any) -> None:
        try:
            full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - Path() would raise events
        except (TypeError, ValueError):
            return
        name = full[len(self.root) :].replace(os.sep, "/")
        if (
            full.startswith(self.root)
            and not name.startswith(IGNORED)
            and "/__pycache__/" not in name
        ):
            self.read.add(name)


STATE: dict[str, Log] = {}


def start(root: str, figure_format: str) -> None:
    """Prepare the kernel: called once, before the first cell."""
    import IPython
    from IPython.core import pylabtools

    shell = IPython.get_ipython()
    shell.config.InlineBackend.figure_formats = {figure_format}
    plain = pylabtools.print_figure

    def print_figure(fig: Any, fmt: str = "png", **kwargs: Any) -> Any:
        return _printed(plain, fig, fmt, kwargs)

    vars(pylabtools)["print_figure"] = print_figure
    log = STATE["log"] = Log(root)
    sys.path[:] = [root, "", *(item for item in sys.path if item not in ("", root))]
    sys.addaudithook(log.hook)


def before_cell(dark: bool, show_warnings: bool) -> None:
    """Set what the next cell is allowed: called before each cell."""
    STATE["log"].dark = dark
    for category in NOISE:
        warnings.filterwarnings("default" if show_warnings else "ignore", category=category)


def report() -> str:
    """Return as JSON what the page used: called once, after the last cell."""
    log = STATE["log"]
    return json.dumps(
        {
            "modules": sorted(_project_modules(log)),
            "read": sorted(log.read),
            "lists_runs": log.lists_runs,
            "claims": sorted(log.claims),
            "data": log.data,
            "packages": _versions(),
        }
    )


def _project_modules(log: Log) -> set[str]:
    """Return the files of the project's own modules that were imported by the page."""
    found: set[str] = set()
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if name in log.before or not isinstance(path, str):
            continue
        full = os.path.abspath(path)  # noqa: PTH100 - sys.path may hold ".."
        relative = full[len(log.root) :].replace(os.sep, "/")
        if full.startswith(log.root) and not relative.startswith(IGNORED):
            found.add(relative)
    return found


def _versions() -> dict[str, str]:
    from importlib import metadata

    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in PACKAGES:
        if MODULE_OF.get(name, name) in sys.modules:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
    return found


def _printed(plain: Any, fig: Any, fmt: str, kwargs: dict[str, Any]) -> Any:
    """Print a figure without date and version; a dark variant travels in the output's metadata.

    A page that uses the course's style gets its pictures from there, uncropped.
    """
    import matplotlib

    style: Any = sys.modules.get("pycode.figures.style")
    metadata = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
    kwargs = {"metadata": metadata.get("png" if fmt == "retina" else fmt), **kwargs}

    def draw(figure: Any) -> Any:
        if fmt == "svg" and hasattr(style, "svg") and (figure.axes or figure.lines):
            return style.svg(figure).decode("utf-8")
        with matplotlib.rc_context({"svg.hashsalt": "course"}):
            return plain(figure, fmt, **kwargs)

    light = draw(fig)
    if style is None or light is None or fmt not in ("svg", "png") or not STATE["log"].dark:
        return light
    dark = _dark(style, fig, draw)
    if dark is None:
        return light
    return light, {
        "course_dark": dark if isinstance(dark, str) else base64.b64encode(dark).decode()
    }


def _dark(style: Any, fig: Any, draw: Any) -> Any:
    """Print the figure's dark variant: the style's, or that of the module beside it."""
    variant: Any = getattr(style, "dark_variant", None)
    if variant is None:
        try:
            from pycode.figures.dark import dark_variant as variant
        except ImportError:
            return None
    made = variant(fig)
    if hasattr(made, "__enter__"):
        with made as inner:
            return draw(inner if hasattr(inner, "savefig") else fig)
    return draw(made) if hasattr(made, "savefig") else None
