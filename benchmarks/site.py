"""How fast the site builds: 150 pages and 6 decks from freeze, made up here; prints times and their ratios.

    python benchmarks/site.py [--pages 150] [--decks 6] [--jobs 2]

Limits (issue 2): ≤ 0.1 s per document on 2 cores, nothing changed ≤ 1 s, one page changed ≤ 1.5 s, < 1 GB.
Each build is its own process, started as a user would start it. With Quarto on the PATH its time is printed too.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROSE = """A measured number keeps its source and its interval. The rare classes decide what the macro average says,
and a tie is an answer too. We compare two runs on the same rows, resample them in pairs, and read the result."""
WORDS = PROSE.split()
CHANGES = 5


def paragraph(seed: int, words: int = 70) -> str:
    """Return prose that differs from page to page, with a link and a formula."""
    text = " ".join(WORDS[(seed * 7 + i * 3 + i // 11) % len(WORDS)] for i in range(words))
    return f"{text.capitalize()} with `code_{seed}` and **weight**, where $x_{{{seed}}}^2 \\le {seed}$.\n\n"


def frozen_cell(number: int) -> str:
    """Return a cell with its printed output, as `_freeze` holds it."""
    return (
        f"::: {{#c{number:07x} .cell execution_count={number}}}\n``` {{.python .cell-code}}\n"
        f"values = [i * {number} for i in range(10)]\nfor value in values:\n    print(value)\n```\n\n"
        "::: {.cell-output .cell-output-stdout}\n```\n"
        + "\n".join(str(i * number) for i in range(10))
        + "\n```\n:::\n:::\n\n\n"
    )


def page(number: int, sections: int = 8) -> tuple[str, str]:
    """Return source and frozen markdown of a page of about 300 lines."""
    head = f'---\ntitle: "Page {number}"\ndescription: "What page {number} says."\ndate: 2026-01-{number % 28 + 1:02d}\n---\n\n'
    source, frozen = head, head
    for i in range(sections):
        text = f"## Section {i} {{#sec-s{i}}}\n\n" + "".join(
            paragraph(number * 100 + i * 10 + j) for j in range(4)
        )
        text += f"See @sec-s{i} and @tbl-t{i}.\n\n| class | n |\n|:--|--:|\n| a | {i} |\n| b | {number} |\n\n: Counts {{#tbl-t{i}}}\n\n"
        text += '::: {.callout-note title="Note"}\nRead the interval, not the digit.\n:::\n\n'
        source += text + "```{python}\nprint(1)\n```\n\n"
        frozen += text + frozen_cell(i + 1)
    return source, frozen


def deck(number: int, slides: int = 45) -> str:
    """Return a deck of 45 slides."""
    text = f'---\ntitle: "Deck {number}"\nformat: revealjs\n---\n\n'
    for i in range(slides - 1):
        text += f"## Slide {i}\n\n- one point\n- another, $x^{i}$\n\n```python\nprint({i})\n```\n\n::: {{.notes}}\nSay it.\n:::\n\n"
    return text


def make_project(folder: Path, pages: int, decks: int) -> None:
    """Write the benchmark's project."""
    contents = "".join(f"            - p{i // 10}/page{i}.qmd\n" for i in range(pages))
    (folder / "_quarto.yml").write_text(
        "project:\n  type: website\nwebsite:\n  title: Benchmark\n  site-url: https://example.org/b\n  open-graph: true\n"
        "  page-navigation: true\n  sidebar:\n    - id: all\n      contents:\n        - section: All\n          contents:\n" + contents
        + "lang: en\nformat:\n  html:\n    toc: true\n    include-after-body: assets/theme/scripts.html\nexecute:\n  freeze: auto\n",
        encoding="utf-8",
    )  # fmt: skip
    (folder / "index.qmd").write_text("---\ntitle: Home\n---\n\nHome.\n", encoding="utf-8")
    for i in range(pages):
        name = f"p{i // 10}/page{i}"
        source, frozen = page(i)
        write(folder / f"{name}.qmd", source)
        entry = {"hash": hashlib.md5(source.encode(), usedforsecurity=False).hexdigest(), "result": {
            "engine": "jupyter", "markdown": frozen, "supporting": [], "filters": [], "includes": {}}}  # fmt: skip
        write(folder / "_freeze" / name / "execute-results" / "html.json", json.dumps(entry))
    for i in range(decks):
        write(folder / f"decks/deck{i}.qmd", deck(i))
    shutil.copytree(ROOT / "assets", folder / "assets")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def timed(command: list[str], folder: Path) -> tuple[float, float, str]:
    """Run a command and return its wall time, the processor time of all its processes, and what it printed."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if result.returncode:
        raise SystemExit(f"{command[0]} failed:\n{result.stdout}{result.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, used, result.stdout


def zipped(paths: list[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in paths)


def weight(site: Path, page_path: Path) -> tuple[float, float]:
    """Return kB (gzip) of a page with its styles and scripts, and of the fonts that it preloads."""
    text = page_path.read_text(encoding="utf-8")
    names = re.findall(r'<(?:script|link)[^>]*(?:src|href)="([^":]+\.(?:js|css))"', text)
    fonts = re.findall(r'<link rel="preload" href="([^"]+woff2)"', text)
    files = [page_path, *((page_path.parent / name).resolve() for name in names)]
    return zipped(files) / 1000, sum(
        (page_path.parent / name).stat().st_size for name in fonts
    ) / 1000


def changed_page(folder: Path, turn: int, command: list[str]) -> tuple[float, float, str]:
    """Change a heading of one page and of its frozen result, build, and return what ``timed`` says."""
    changed = folder / "p0" / "page1.qmd"
    entry = folder / "_freeze/p0/page1/execute-results/html.json"
    data = json.loads(entry.read_text(encoding="utf-8"))
    old, new = f"Section {turn + 1}", f"Part number {turn}"
    source, data["result"]["markdown"] = (
        text.replace(old, new)
        for text in (changed.read_text(encoding="utf-8"), data["result"]["markdown"])
    )
    data["hash"] = hashlib.md5(source.encode(), usedforsecurity=False).hexdigest()
    changed.write_text(source, encoding="utf-8")
    entry.write_text(json.dumps(data), encoding="utf-8")
    return timed(command, folder)


def main() -> None:
    """Run the four builds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--decks", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    documents = args.pages + args.decks + 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder, args.pages, args.decks)
        command = [
            sys.executable,
            "-m",
            "pycode.cli",
            "build",
            "--renderer",
            "embedded",
            "--jobs",
            str(args.jobs),
        ]
        full, full_cpu, phases = timed(command, folder)
        nothing, nothing_cpu, _ = timed(command, folder)
        changes = [changed_page(folder, i, command) for i in range(CHANGES)]
        one, one_cpu, one_phases = sorted(changes)[CHANGES // 2]
        slowest = max(changes)[0]
        load = f"load {os.getloadavg()[0]:.1f}: other work on the machine lengthens the wall times"
        print(f"{documents} documents, {args.jobs} jobs, {os.cpu_count()} processors, {load}\n")
        print(
            f"full build          {full:7.2f} s   {full / documents:.3f} s per document (limit 0.100), {full_cpu / documents:.3f} s of processor time each"
        )
        print(
            f"nothing changed     {nothing:7.2f} s   {nothing / full:.3f} of a full build (limit 1 s), {nothing_cpu:.2f} s of processor time"
        )
        print(
            f"one page changed    {one:7.2f} s   {one / full:.3f} of a full build (limit 1.5 s), median of {CHANGES}, slowest {slowest:.2f} s, {one_cpu:.2f} s of processor time"
        )
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        peak = used.ru_maxrss / 1024
        print(f"peak memory         {peak:7.0f} MB  of the largest process (limit 1,000 for all)")
        site = folder / "_site"
        page_kb, fonts = weight(site, site / "p0/page1.html")
        deck_kb, _ = weight(site, site / "decks/deck0.html")
        print(
            f"page, gzip          {page_kb:7.1f} kB  html, css and js (limit 120), preloaded fonts {fonts:.0f} kB"
        )
        print(f"45-slide deck, gzip {deck_kb:7.1f} kB  html, css and js (limit 250)")
        print("\nphases of the full build\n" + phases + "phases after one change\n" + one_phases)
        if shutil.which("quarto"):
            quarto, _, _ = timed(["quarto", "render", ".", "--output-dir", "_quarto_site"], folder)
            print(
                f"quarto              {quarto:7.2f} s   {quarto / documents:.3f} s per document, {quarto / full:.1f}× ours"
            )


if __name__ == "__main__":
    main()
