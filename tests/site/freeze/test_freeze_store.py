"""Results are whole at every moment: killed writers leave the old or the new, never a mixture."""

import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pycode.project import Project
from pycode.site.freeze import store
from pycode.site.freeze.entry import FrozenPage, parse_entry, read_entry

FIGURES = 40


def results(generation: int):
    """An entry with many figures, all of which carry the generation."""
    names = [f"g{generation}-{number}.svg" for number in range(FIGURES)]
    markdown = "".join(f"![](page_files/figure-html/{name})\n" for name in names)
    entry = FrozenPage(f"{generation:032x}", markdown, ("page_files",))
    data = str(generation).encode() * 2000
    return {"html": entry}, {"figure-html": dict.fromkeys(names, data)}


def generation_of(project: Project) -> int:
    """Check that what is stored is whole and of one generation, and return which."""
    entry = read_entry(project, "a/page.qmd")
    assert entry is not None
    generation = int(entry.hash, 16)
    names = re.findall(r"figure-html/([^)]+)\)", entry.markdown)
    folder = project.freeze / "a/page/figure-html"
    assert sorted(names) == sorted(path.name for path in folder.iterdir())
    for name in names:
        assert name.startswith(f"g{generation}-")
        assert (folder / name).read_bytes() == str(generation).encode() * 2000
    return generation


@pytest.mark.parametrize("exchange", [True, False])
def test_new_results_replace_the_old_and_nothing_is_left_behind(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(store, "_exchange", lambda *_: False)
    project = Project(tmp_path)
    other = project.freeze / "a/page/inner/execute-results/html.json"
    other.parent.mkdir(parents=True)
    other.write_text("belongs to a/page/inner.qmd", encoding="utf-8")
    for generation in (1, 2):
        store.store(project, "a/page.qmd", *results(generation))
        assert generation_of(project) == generation
    assert other.read_text(encoding="utf-8") == "belongs to a/page/inner.qmd"
    assert [path.name for path in project.freeze.iterdir()] == ["a"]
    store.remove(project, "a/page.qmd")
    assert other.is_file() and not (project.freeze / "a/page/execute-results").exists()


def test_interrupted_renames_are_undone(tmp_path):
    project = Project(tmp_path)
    store.store(project, "a/page.qmd", *results(1))
    (project.freeze / "a/page").rename(project.freeze / ".old-a%2Fpage.qmd")
    (project.freeze / ".new-999999999-a%2Fpage.qmd/figure-html").mkdir(parents=True)
    store.recover(project)
    assert generation_of(project) == 1
    assert [path.name for path in project.freeze.iterdir()] == ["a"]


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_freeze_store import results
from pycode.project import Project
from pycode.site.freeze import store
project = Project(Path(sys.argv[1]))
print("ready", flush=True)
for generation in range(2, 100_000):
    store.store(project, "a/page.qmd", *results(generation))
"""


def test_killed_writer_leaves_old_or_new(tmp_path):
    project = Project(tmp_path)
    store.store(project, "a/page.qmd", *results(1))
    moments = random.Random(0)
    seen = set()
    for _ in range(10):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(Path(__file__).parent)],
            stdout=subprocess.PIPE,
        )
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(moments.uniform(0.0, 0.2))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        store.recover(project)
        seen.add(generation_of(project))
        assert [path.name for path in project.freeze.iterdir()] == ["a"]
    assert len(seen) > 1


def test_killed_freeze_leaves_whole_results(make_project):
    page = "```{python}\n#| label: f\nimport matplotlib.pyplot as plt; plt.plot([%d]); plt.show()\n```\n"
    project = make_project({"page.qmd": page % 0})
    command = [sys.executable, "-m", "pycode.cli", "freeze"]
    subprocess.run(command, cwd=project.root, check=True, capture_output=True)
    moments = random.Random(1)
    for number in range(1, 4):
        (project.root / "page.qmd").write_text(page % number, encoding="utf-8")
        freezer = subprocess.Popen(command, cwd=project.root, stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.2, 2.0))
        freezer.kill()
        freezer.wait()
        path = project.freeze / "page/execute-results/html.json"
        entry = parse_entry(path.read_text(encoding="utf-8"), "html.json", "page.qmd")
        value = re.search(r"plt\.plot\(\[(\d)\]\)", entry.markdown)[1]
        assert entry.is_fresh(page % int(value))
        (figure,) = re.findall(r"page_files/(figure-html/[^)]+)\)", entry.markdown)
        assert (project.freeze / "page" / figure).read_bytes().rstrip().endswith(b"</svg>")
    subprocess.run(command, cwd=project.root, check=True, capture_output=True)
    assert sorted(path.name for path in project.freeze.iterdir()) == ["manifest.json", "page"]
