"""Projects to freeze: each page's results are the old or the new ones, and the manifest fits."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sample import Files, Sample, difference, files_of

from pycode.errors import CourseError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>%s</text></svg>'
PAGE = """---
title: {title}
---

```{{python}}
from pathlib import Path
from IPython.display import SVG, display
value = Path("{file}").read_text().strip()
print(value)
display(SVG('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>%s</text></svg>' % value))
```

The value is `{{python}} value`.
"""


class Freeze(Sample):
    """A page that changes, one below it that stays, one that disappears in version 1."""

    name = "freeze"
    arguments = ("freeze",)
    vanishing = True

    def create(self) -> None:
        self.write(
            "_quarto.yml",
            "project:\n  type: website\n  render: ['**/*.qmd']\nwebsite: {title: T}\n",
        )
        self.write("one.qmd", PAGE.format(title="One", file="value.txt"))
        if self.vanishing:
            self.write("same.txt", "same\n")
            self.write("one/inner.qmd", PAGE.format(title="Inner", file="../same.txt"))

    def edit(self, version: int) -> None:
        self.write("value.txt", f"{version}\n")
        (self.root / "gone.qmd").unlink(missing_ok=True)
        if self.vanishing and not version:
            self.write("gone.qmd", PAGE.format(title="Gone", file="same.txt"))

    def result(self) -> Files:
        return files_of(self.project.freeze)

    def broken(self, old: int, new: int) -> list[str]:
        from pycode.site.freeze import pages, stale
        from pycode.site.freeze.manifest import read_manifest

        try:
            manifest = read_manifest(self.project)
        except CourseError as error:
            return [str(error)]
        known = [json.loads(files["manifest.json"])["pages"] for files in self.references]
        problems = [
            f"the manifest's entry of {page} is neither the old nor the new one"
            for page, value in manifest.pages.items()
            if all(value != pages_of.get(page) for pages_of in known)
        ]
        for source in pages.executed_pages(self.project)[0]:
            found = self._page(source.name)
            states = [self._reference(version, source.name) for version in (old, new)]
            if found and found not in states:
                problems.append(f"{source.name}: {difference(found, states[1])}")
            if found != states[1] and not stale.causes(self.project, source, manifest):
                problems.append(f"{source.name} counts as fresh, but holds the old result")
        return problems

    def _page(self, page: str) -> Files:
        from pycode.site.freeze.entry import entry_folder

        folder = entry_folder(self.project, page)
        aside = self.project.freeze / f".old-{quote(page, safe='')}"
        return self._own(files_of(folder if folder.exists() else aside))

    def _reference(self, version: int, page: str) -> Files:
        head = page.removesuffix(".qmd") + "/"
        files = self.references[version].items()
        return self._own(
            {name.removeprefix(head): data for name, data in files if name.startswith(head)}
        )

    @staticmethod
    def _own(files: Files) -> Files:
        own = ("execute-results/", "figure-")
        return {name: data for name, data in files.items() if name.startswith(own)}

    def debris(self) -> list[str]:
        hidden = self.project.freeze.glob(".*")
        return [f"{path.name} is left over in _freeze" for path in hidden]


class OnePageFreeze(Freeze):
    """One page only: a real kernel takes a second or two."""

    vanishing = False


class StubbedFreeze(Freeze):
    """The same with a kernel that answers at once: for the writes of freezing, not for those of Jupyter."""

    name = "freeze, stub"

    def command(self) -> int:
        from pycode.site.freeze import execute

        execute.start_kernel = stub
        return super().command()


class PlainFreeze(StubbedFreeze):
    """The freeze on a system that cannot exchange two folders in one step."""

    name = "freeze, two renames"

    def command(self) -> int:
        from pycode.site.freeze import store

        store._exchange = lambda *_: False
        return super().command()


class Kernel:
    """Answers what the pages of these projects ask, without Jupyter."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file, self.value = folder, "", ""

    def before_cell(self, *_: Any) -> None:
        """Nothing to prepare."""

    def run(self, code: str, _: bool) -> list[dict[str, Any]]:
        self.file = re.search(r'Path\("(.*?)"\)', code)[1]
        self.value = (self.folder / self.file).read_text().strip()
        stream = {"output_type": "stream", "name": "stdout", "text": self.value + "\n"}
        return [
            stream,
            {
                "output_type": "display_data",
                "data": {"image/svg+xml": SVG % self.value},
                "metadata": {},
            },
        ]

    def evaluate(self, expressions: list[str]) -> list[dict[str, Any]]:
        value = {"status": "ok", "data": {"text/plain": repr(self.value)}, "metadata": {}}
        return [value for _ in expressions]

    def report(self) -> dict[str, Any]:
        return {"read": [self.file.removeprefix("../")]}


@contextmanager
def stub(folder: Path, *_: Any) -> Iterator[Kernel]:
    """Stand in for `start_kernel`."""
    yield Kernel(folder)
