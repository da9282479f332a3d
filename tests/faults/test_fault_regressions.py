"""What kills brought to light, one test for each."""

import dataclasses
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from pycode.project import Project
from pycode.site.freeze import store as freeze_store
from pycode.site.render import search
from pycode.site.render.store import KEEP_SECONDS, Store


def listing(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def entry(text: str) -> list[search.Entry]:
    return [search.Entry("page.html", "Page", f"<p>{text}</p>")]


def test_half_a_search_index_is_not_taken_for_whole(tmp_path, monkeypatch):
    """A build that was killed while it removed the last index; then its author took the change back."""
    store = Store(tmp_path)
    whole = listing(search.index(store, entry("first")))
    assert any(name.startswith("fragment/") for name in whole)

    def dies(folder: Path, ignore_errors: bool = False) -> None:
        if (folder / "fragment").is_dir():
            remove(folder / "fragment")
            raise KeyboardInterrupt

    remove = shutil.rmtree
    monkeypatch.setattr(search.shutil, "rmtree", dies)
    with pytest.raises(KeyboardInterrupt):
        search.index(store, entry("second"))
    monkeypatch.undo()
    assert listing(search.index(store, entry("first"))) == whole


def test_the_pagefind_of_a_killed_build_does_not_write_into_the_next_index(tmp_path, monkeypatch):
    store = Store(tmp_path)
    whole = listing(search.index(store, entry("first")))
    run = search._pagefind

    def meanwhile(site: Path, target: Path) -> None:
        for name in ("new", ".new-1"):  # the places of killed builds, whose Pagefind still writes
            stray = tmp_path / "search" / name / "fragment/stray.pf_fragment"
            stray.parent.mkdir(parents=True)
            stray.write_bytes(b"half")
        run(site, target)

    monkeypatch.setattr(search, "_pagefind", meanwhile)
    found = search.index(store, entry("other"))
    assert len(listing(found)) == len(whole)
    assert "fragment/stray.pf_fragment" not in listing(found)
    monkeypatch.undo()
    again = search.index(store, entry("third"))
    assert sorted(path.name for path in again.parent.iterdir()) == sorted([again.name, "pages"])


def test_an_old_search_index_stays_whole(tmp_path):
    """Two weeks later its files were deleted, its folder was not: the site was built without a search."""
    store = Store(tmp_path)
    whole = listing(search.index(store, entry("first")))
    store.put("parts", "a" * 40, b"old")
    for path in tmp_path.rglob("*"):
        os.utime(path, (path.stat().st_mtime - KEEP_SECONDS - 1,) * 2)
    store.prune()
    assert store.get("parts", "a" * 40) is None
    assert listing(search.index(store, entry("first"))) == whole


def test_results_of_a_killed_freeze_go_also_when_its_number_is_taken_again(tmp_path):
    """In a container the next process often has the number of the last one."""
    project = Project(tmp_path)
    (project.freeze / f".new-{os.getpid()}-page.qmd/execute-results").mkdir(parents=True)
    freeze_store.recover(project)
    assert list(project.freeze.iterdir()) == []


def test_half_a_manifest_does_not_stay_in_the_repository(tmp_path):
    project = Project(tmp_path)
    project.freeze.mkdir()
    for name in (".manifest.json.x1y2z3", "manifest.json"):
        (project.freeze / name).write_text("{}", encoding="utf-8")
    freeze_store.recover(project)
    assert [path.name for path in project.freeze.iterdir()] == ["manifest.json"]


@pytest.fixture
def training():
    pytest.importorskip("torch")
    from pycode.experiment import training

    return training


@pytest.fixture
def finished():
    pytest.importorskip("torch")
    from pycode.experiment import finished

    return finished


def seeded(finished):
    from pycode.train.result import TrainResult

    return finished.Seeded(1, TrainResult(), {"val": np.zeros((2, 3), np.float32)}, 5, 7)


def test_a_seed_of_which_a_killed_clean_up_left_a_part_is_trained_again(finished, tmp_path):
    mark = {"recipe": 1}
    finished.store_seed(tmp_path, mark, seeded(finished))
    assert finished.read_seed(tmp_path, mark, None).trainable == 5
    (tmp_path / "logits.safetensors").unlink()
    assert finished.read_seed(tmp_path, mark, None) is None
    finished.store_seed(tmp_path, mark, seeded(finished))
    (tmp_path / "done.json").write_text(json.dumps({"mark": mark}), encoding="utf-8")
    assert finished.read_seed(tmp_path, mark, None) is None


def test_a_finished_seed_does_not_vouch_for_the_logits_of_another_recipe(
    training, finished, tmp_path, monkeypatch
):
    """Recipe A is done, B is killed after its logits were written, A is run again: it must not read B's."""
    from pycode.experiment.types import Config, DataConfig, Job
    from pycode.train.recipe import Recipe

    folder = tmp_path / ".course/training/sample/seed-1"
    finished.store_seed(folder, {"recipe": "A"}, seeded(finished))
    config = Config("sample", "d", "fine-tune", DataConfig("cfpb-8k"), Recipe(), seeds=(1,))
    job = Job(config, False, None, tmp_path / "runs/sample")

    class Data:
        fingerprint = "f"

        def train_counts(self):
            return np.ones(3, dtype=np.int64)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_train", killed)
    with pytest.raises(KeyboardInterrupt):
        training.run_seeds(job, training.Prepared(Data(), {}, 0, "right", "fp32"))
    assert finished.read_seed(folder, {"recipe": "A"}, None) is None
    with pytest.raises(KeyboardInterrupt):  # a smoke run leaves alone what a full one has finished
        finished.store_seed(folder, {"recipe": "A"}, seeded(finished))
        training.run_seeds(
            dataclasses.replace(job, smoke=True), training.Prepared(Data(), {}, 0, "right", "fp32")
        )
    assert finished.read_seed(folder, {"recipe": "A"}, None) is not None


class Model:
    """Stands for a model that is kept: one file, named by its version."""

    def __init__(self, version: int) -> None:
        self.version = version

    def save_pretrained(self, folder: Path) -> None:
        folder.mkdir()
        for name in ("config.json", "model.safetensors"):
            (folder / name).write_text(str(self.version), encoding="utf-8")


def test_kept_weights_are_whole_or_absent(training, tmp_path, monkeypatch):
    folder = tmp_path / "weights" / "sample"
    training._keep(Model(1), folder)
    remove = shutil.rmtree

    def dies(path: Path, ignore_errors: bool = False) -> None:
        if path.exists():
            (path / "config.json").unlink()
            raise KeyboardInterrupt

    monkeypatch.setattr(training.shutil, "rmtree", dies)
    with pytest.raises(KeyboardInterrupt):
        training._keep(Model(2), folder)
    monkeypatch.setattr(training.shutil, "rmtree", remove)
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict.fromkeys(
        ("config.json", "model.safetensors"), "2"
    )
    training._keep(Model(3), folder)
    assert [path.name for path in folder.parent.iterdir()] == ["sample"]
    assert (folder / "config.json").read_text() == "3"
