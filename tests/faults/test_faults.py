"""Kills at every write of one build, one freeze and one run; and a careless command, to see that kills are noticed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own: forking one that has run other tests would copy their locked threads."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"},
    )


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="dies by fork, /proc and renameat2: Linux only"
)
def test_a_command_killed_at_any_write_leaves_old_or_new_and_goes_on():
    pytest.importorskip("torch")
    done = python("benchmarks/faults.py", "--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    kills = {
        line[:22].strip(): int(line[32:40])
        for line in done.stdout.splitlines()
        if "at writes" in line
    }
    assert set(kills) == {"build", "freeze, stub", "freeze, two renames", "run, training", "run"}
    assert min(kills.values()) >= 8 and sum(kills.values()) >= 200
    assert re.search(r"\d+ kills, 0 violations", done.stdout)


CARELESS = """
import tempfile
from pathlib import Path

from campaign import Campaign
from sample import Sample, files_of


class Careless(Sample):
    name = "careless"
    takes_back = {takes_back}

    def create(self):
        pass

    def edit(self, version):
        self.write("source", str(version))

    def command(self):
        text = Path("source").read_text()
        {code}
        return 0

    def result(self):
        return files_of(self.root / "out")

    def broken(self, old, new):
        found = self.result()
        return [] if found in (self.references[old], self.references[new]) else [f"half: {{found}}"]

    def debris(self):
        return [path.name for path in self.root.glob("*.tmp")]


with tempfile.TemporaryDirectory() as home:
    sample = Careless(Path(home) / "project")
    sample.prepare()
    trials = Campaign(sample)
    trials.sweep()
    for text in trials.tally.violations:
        print(text)
    print(trials.tally.kills, "kills", len(trials.tally.violations), "violations")
"""
MKDIR = 'Path("out").mkdir(exist_ok=True); '
WAYS = {
    "in place": (MKDIR + 'Path("out/a").write_text(text)', r"opened=True.*half: \{'a': b''\}"),
    "two files": (
        MKDIR + "".join(
            f'Path("{n}.tmp").write_text(text); Path("{n}.tmp").replace("out/{n}"); ' for n in "ab"
        ),
        r"half: \{'a': b'1', 'b': b'0'\}",
    ),
    "debris": (
        MKDIR + "import os; name = f'{os.getpid()}.tmp'; Path(name).write_text(text); Path(name).replace('out/a')",
        r"\d+\.tmp",
    ),
    "refuses": (
        MKDIR + 'assert not Path("b.tmp").exists(); Path("b.tmp").write_text(text); Path("b.tmp").replace("out/a")',
        r"the next command ends with 70: .*AssertionError",
    ),
    "atomic": (MKDIR + 'Path("a.tmp").write_text(text); Path("a.tmp").replace("out/a")', None),
}  # fmt: skip


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="dies by fork and /proc: Linux only"
)
@pytest.mark.parametrize("way", WAYS)
def test_a_careless_command_is_caught(way):
    code, violation = WAYS[way]
    done = python("-c", CARELESS.format(code=code, takes_back=True))
    assert done.returncode == 0, done.stderr
    kills, count = re.search(r"(\d+) kills (\d+) violations", done.stdout).groups()
    assert int(kills) >= 4
    if violation is None:
        assert int(count) == 0, done.stdout
    else:
        assert re.search(violation, done.stdout, re.S), done.stdout
