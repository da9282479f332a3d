"""`course notebooks`: write the student notebooks of all labs."""

import argparse

from pycode.project import find_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the labs say everything."""


def run(args: argparse.Namespace) -> int:
    """Write the notebooks that changed and say which."""
    from pycode.site.notebook.files import write_notebooks

    project = find_project()
    changed = write_notebooks(project)
    for path in changed:
        print(("wrote " if path.exists() else "removed ") + project.relative(path))
    if not changed:
        print("All notebooks are up to date.")
    return 0
