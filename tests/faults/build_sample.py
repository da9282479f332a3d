"""Projects to build: the site is the complete old one or the complete new one."""

import json
import shutil

from sample import ROOT, Files, Sample, difference, files_of

QUARTO = """project: {type: website}
website:
  title: Small course
  site-url: https://example.org/small
  sidebar: {id: all, contents: [index.qmd, weeks/one.qmd, weeks/two.qmd]}
format: {html: {toc: true}}
"""


class Build(Sample):
    """Three pages, one of them executed, with a figure."""

    name = "build"
    arguments = ("build", "--renderer", "embedded", "--jobs", "2")
    decorated = False

    def create(self) -> None:
        self.write("_quarto.yml", QUARTO)
        self.write("weeks/two.qmd", "---\ntitle: Two\n---\n\n## B\n\nMore.\n")
        self.write("assets/theme/site.css", "body { color: black; }\n")
        self.write("assets/theme/deck.css", "body { color: black; }\n")
        if self.decorated:
            self.write(
                "weeks/deck.qmd", "---\ntitle: D\nformat: revealjs\n---\n\n## S\n\n- $a^2$\n"
            )
            shutil.rmtree(self.root / "assets")
            shutil.copytree(ROOT / "assets/theme", self.root / "assets/theme")
            shutil.copytree(ROOT / "assets/fonts", self.root / "assets/fonts")
            (self.root / "node_modules").symlink_to(ROOT / "node_modules")

    def edit(self, version: int) -> None:
        text = f"---\ntitle: Home {version}\n---\n\nWelcome to [one](weeks/one.qmd), the {version}th time.\n"
        self.write("index.qmd", text)
        if self.decorated:
            self.write(
                "weeks/maths.qmd", f"---\ntitle: M\n---\n\n$x^{version}$ and $y_{{{version}}}$\n"
            )
        source = f"---\ntitle: One\n---\n\n```{{python}}\nprint({version})\n```\n"
        figure = f"![](one_files/figure-html/f-{version}.svg){{fig-alt='{version}'}}"
        self.write("weeks/one.qmd", source)
        from pycode.site.freeze.entry import FrozenPage, source_hash

        entry = FrozenPage(
            source_hash(source), f"---\ntitle: One\n---\n\n{figure}\n", ("one_files",)
        )
        shutil.rmtree(self.root / "_freeze", ignore_errors=True)
        self.write("_freeze/weeks/one/execute-results/html.json", entry.to_json())
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{version + 1}" height="9"/>'
        self.write(f"_freeze/weeks/one/figure-html/f-{version}.svg", svg)

    def forget(self) -> None:
        shutil.rmtree(self.root / ".course", ignore_errors=True)

    def result(self) -> Files:
        return files_of(self.root / "_site")

    def broken(self, old: int, new: int) -> list[str]:
        site, allowed = self.root / "_site", (self.references[old], self.references[new])
        if not site.exists() and (self.root / "._site.old").is_dir():
            site = (
                self.root / "._site.old"
            )  # without an exchange of folders: the next build puts it back
        found = files_of(site)
        if found in allowed:
            return self._cache()
        return [f"the site is neither the old nor the new one: {difference(found, allowed[1])}"]

    def _cache(self) -> list[str]:
        """Return the kept parts that are not whole: JSON that cannot be read, under a name that will be looked up."""
        found = []
        for path in (self.root / ".course/render/parts").rglob("*"):
            if path.is_file() and not path.name.startswith("."):
                try:
                    json.loads(path.read_bytes())
                except ValueError:
                    found.append(f"{path.name} in the cache is half a file")
        return found

    def debris(self) -> list[str]:
        return [f"{path.name} is left over" for path in self.root.glob("._site*")]


class DecoratedBuild(Build):
    """The build with the course's own theme and fonts, a deck and formulas."""

    decorated = True


class PlainBuild(Build):
    """The build on a system that cannot exchange two folders in one step."""

    name = "build, two renames"

    def command(self) -> int:
        from pycode.site.render import swap

        swap._exchange = lambda *_: False
        return super().command()
