"""What docs/security.md says about workflows, downloads and policies is so."""

import json
import re
from pathlib import Path

import pytest
import yaml

from pycode.site.render.shell import DECK_POLICY, POLICY

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_few_rights_and_pinned_actions(path):
    text = path.read_text(encoding="utf-8")
    tree = yaml.safe_load(text)
    assert "pull_request_target" not in text
    assert "secrets." not in text
    assert tree["permissions"] == {}, "rights are given to a job, not to the whole workflow"
    used = re.findall(r"uses:\s*(\S+)", text)
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) for name in used), used


def test_code_of_a_pull_request_runs_without_rights():
    """YAML reads the key `on` as true."""
    trees = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in WORKFLOWS}
    runs_it = [name for name, tree in trees.items() if "pull_request" in tree[True]]
    assert runs_it == ["check.yml"]
    (job,) = trees["check.yml"]["jobs"].values()
    assert job["permissions"] == {"contents": "read"}
    checkout = job["steps"][0]
    assert checkout["uses"].startswith("actions/checkout@")
    assert checkout["with"]["persist-credentials"] is False
    for name in trees.keys() - {"check.yml"}:
        text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
        assert "actions/checkout" not in text, f"{name} has rights: it must not check out code"


@pytest.mark.parametrize("name", ["site", "test", "learn", "weights"])
def test_every_requirement_has_a_hash(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    assert lines
    for line in lines:
        assert re.match(r"[\w.\[\]-]+==\S+", line) and "--hash=sha256:" in line, line[:80]


def test_npm_packages_have_hashes_and_run_no_scripts():
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert all(item["integrity"].startswith("sha512-") for name, item in packages.items() if name)
    assert "ignore-scripts=true" in (ROOT / ".npmrc").read_text(encoding="utf-8").splitlines()


def test_make_installs_by_hash_only():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^PINNED := \$\(PIP\) --require-hashes --only-binary :all:$", text, re.M)
    installed = re.findall(r"^\t(\$\((?:PIP|PINNED)\) .*)$", text, re.M)
    unhashed = [line for line in installed if not line.startswith("$(PINNED)")]
    assert unhashed == ["$(PIP) --no-deps --no-build-isolation --editable .", "$(PIP) $(TORCH)"]
    assert re.search(r"^TORCH := torch==[\d.]+$", text, re.M)


def test_policies_let_nothing_in_from_elsewhere():
    for policy in (POLICY, DECK_POLICY):
        assert policy.startswith("default-src 'self'; ") and "object-src 'none'" in policy
        assert "http" not in policy and "*" not in policy and "'unsafe-eval'" not in policy
    scripts = re.search(r"script-src ([^;]*)", POLICY)[1]
    assert scripts == "'self' 'wasm-unsafe-eval'"


def test_owners_look_at_what_runs_on_other_machines():
    text = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8")
    owned = re.findall(r"^(/\S+)\s+@\w+$", text, re.M)
    assert {"/_freeze/", "/runs/", "/.github/", "/requirements/", "/assets/js/"} <= set(owned)
    for name in owned:
        assert (ROOT / name.strip("/")).exists(), f"CODEOWNERS: {name} is not there"
