"""A kernel of this very interpreter, one per page, without a kernelspec on the machine."""

import ast
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.site.freeze import inside

NAME = "_course_freeze"
RC = """figure.figsize: {width}, {height}
figure.dpi: {dpi}
savefig.dpi: figure
svg.hashsalt: course
"""


class NotInstalled(CourseError):
    """Jupyter is missing, so that no page at all can be executed."""


class CellError(Exception):
    """A cell raised: the kernel's own words, ``line`` within the cell (0 when unknown)."""

    def __init__(self, name: str, value: str, traceback: list[str], line: int) -> None:
        super().__init__(f"{name}: {value}")
        self.name = name
        self.value = value
        self.traceback = traceback
        self.line = line


class Kernel:
    """A running kernel. Cells are executed in order and share one namespace."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.executed = 0

    def before_cell(self, dark: bool, show_warnings: bool) -> None:
        """Tell the kernel what the next cell is allowed."""
        self._silently(f"{_module()}.before_cell({dark!r}, {show_warnings!r})")

    def run(self, code: str, allow_errors: bool) -> list[dict[str, Any]]:
        """Execute ``code`` and return its outputs in notebook form.

        Raises:
            CellError: the cell raised and ``allow_errors`` is false.
            CourseError: the kernel died.
        """
        from nbclient.exceptions import CellExecutionError, DeadKernelError
        from nbformat import v4

        cell = v4.new_code_cell(code)
        if allow_errors:
            cell.metadata["tags"] = ["raises-exception"]
        self.client.nb.cells = [cell]
        self.executed += 1
        try:
            self.client.execute_cell(cell, 0, store_history=True)
        except DeadKernelError:
            raise CourseError("the kernel died (out of memory, or killed) in this cell.") from None
        except CellExecutionError:
            pass
        outputs = [json.loads(json.dumps(output)) for output in cell.outputs]
        error = next((item for item in outputs if item["output_type"] == "error"), None)
        if error is not None and not allow_errors:
            trace = error["traceback"]
            line = _line_in_cell(trace, self.executed)
            raise CellError(error["ename"], error["evalue"], trace, line)
        return outputs

    def evaluate(self, expressions: list[str]) -> list[dict[str, Any]]:
        """Evaluate inline expressions; each result is Jupyter's: ``data`` or an error."""
        if not expressions:
            return []
        wanted = {str(index): expression for index, expression in enumerate(expressions)}
        message = self.client.kc.execute("", user_expressions=wanted, store_history=False)
        content = self.client.wait_for_reply(message)["content"]
        if content.get("status") != "ok":
            raise CourseError("the kernel did not answer an inline expression.")
        return [content["user_expressions"][key] for key in wanted]

    def report(self) -> dict[str, Any]:
        """Return what the page used, as `inside.report` tells it."""
        (result,) = self.evaluate([f"{_module()}.report()"])
        if result.get("status") != "ok":
            raise CourseError(f"the kernel's report failed: {result.get('evalue')}.")
        return dict(json.loads(ast.literal_eval(result["data"]["text/plain"])))

    def _silently(self, code: str) -> None:
        message = self.client.kc.execute(code, silent=True, store_history=False)
        content = self.client.wait_for_reply(message)["content"]
        if content.get("status") != "ok":
            raise CourseError(f"the kernel could not be prepared: {content.get('evalue')}.")


@contextmanager
def start_kernel(folder: Path, root: Path, figures: dict[str, Any]) -> Iterator[Kernel]:
    """Start a kernel in ``folder`` with ``root`` on its path, and stop it at the end.

    Args:
        folder: the page's folder, where relative paths of its cells start.
        root: the project.
        figures: ``width`` and ``height`` in inches, ``dpi``, ``format``.

    Raises:
        NotInstalled: Jupyter is missing.
        CourseError: the kernel does not start.
    """
    try:
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient
        from nbformat import v4
    except ImportError as error:
        raise NotInstalled(
            f"Freezing needs {error.name}, which is not installed: run `make freeze`, which installs it."
        ) from None
    with tempfile.TemporaryDirectory(prefix="course-kernel-") as scratch:
        home = Path(scratch)
        (home / "matplotlibrc").write_text(RC.format(**figures), encoding="utf-8")
        manager = AsyncKernelManager(kernel_spec_manager=_spec(home), **_transport(home))
        client = NotebookClient(
            v4.new_notebook(), km=manager, record_timing=False, store_widget_state=False
        )
        with (home / "kernel.log").open("wb") as log:
            try:
                with client.setup_kernel(
                    cwd=str(folder), env=_environment(home), stdout=log, stderr=log, cleanup_kc=True
                ):
                    kernel = Kernel(client)
                    kernel._silently(_loader(root, str(figures["format"])))
                    yield kernel
            except RuntimeError as error:
                tail = (home / "kernel.log").read_text("utf-8", "replace").strip()[-300:]
                raise CourseError(f"the kernel did not start: {error} {tail}".strip()) from None


def _module() -> str:
    return f"__import__('sys').modules[{NAME!r}]"


def _loader(root: Path, figure_format: str) -> str:
    """Return code that loads `inside` by its path and leaves no name behind."""
    return (
        "import importlib.util as _u, sys as _s\n"
        f"_p = _u.spec_from_file_location({NAME!r}, {str(Path(inside.__file__))!r})\n"
        f"_s.modules[{NAME!r}] = _m = _u.module_from_spec(_p)\n"
        "_p.loader.exec_module(_m)\n"
        f"_m.start({str(root)!r}, {figure_format!r})\n"
        "del _u, _s, _p, _m"
    )


def _spec(home: Path) -> Any:
    """Return a manager that knows one kernel: this interpreter."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]

    class OnlyThis(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(
                argv=command, display_name="Python", language="python", resource_dir=str(home)
            )

    return OnlyThis()


def _transport(home: Path) -> dict[str, Any]:
    """Return Unix sockets where there are any, so that nobody else on the machine can connect."""
    files = {"connection_file": str(home / "connection.json")}
    return {**files, "transport": "ipc", "ip": str(home / "k")} if os.name == "posix" else files


def _environment(home: Path) -> dict[str, str]:
    """Return the kernel's environment: the caller's, made reproducible and quiet."""
    quiet = {
        "IPYTHONDIR": str(home / "ipython"),
        "MATPLOTLIBRC": str(home / "matplotlibrc"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TQDM_DISABLE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_OFFLINE": "1",  # a page says the same wherever it is frozen
        "TRANSFORMERS_VERBOSITY": "error",
        "PLOTLY_RENDERER": "plotly_mimetype",
    }
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONSTARTUP", "PWD")}
    return {**kept, **quiet}


def _line_in_cell(traceback: list[str], count: int) -> int:
    """Return the line of the cell that raised: the last frame of the cell in the traceback."""
    import re

    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
    found = re.findall(rf"Cell In\s?\[{count}\], line (\d+)", text)
    return int(found[-1]) if found else 0
