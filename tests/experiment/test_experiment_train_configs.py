"""The declared runs that train: readable, fair to each other, and skipped where a machine lacks something."""

from pathlib import Path

import pytest

from pycode.commands import run as run_command
from pycode.errors import CourseError
from pycode.experiment import machine, pending
from pycode.experiment.config import read_config, resolved
from pycode.project import Project

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / "runs"
KINDS = ("fine-tune", "embed-lr", "pretrain", "compress", "teacher", "distill")
DECLARED = sorted(path.parent.name for path in RUNS.glob("*/config.yml"))
TARGET_FIELDS = {"target", "teacher", "temperature", "alpha", "label_smoothing"}


def configs(*kinds: str) -> dict:
    found = {name: read_config(RUNS, name) for name in DECLARED}
    return {name: item for name, item in found.items() if item.kind in kinds}


def test_every_declared_training_run_is_readable_and_says_how_long_it_takes() -> None:
    found = configs(*KINDS)
    assert len(found) >= 30
    for name in found:
        first = (RUNS / name / "config.yml").read_text().splitlines()[0]
        assert first.startswith("# about ") and " min on " in first, name


@pytest.mark.parametrize("where", ["cfpb8k", "twin20k"])
def test_distillation_arms_share_everything_but_the_target(where: str) -> None:
    arms = {n: c for n, c in configs("distill").items() if n.startswith(f"distill-{where}-")}
    assert {"plain", "smoothing", "kd", "kd-scaled"} <= {n.split(f"{where}-")[1] for n in arms}
    shared = []
    for config in arms.values():
        settings = resolved(config)
        recipe = {k: v for k, v in settings["recipe"].items() if k not in TARGET_FIELDS}
        shared.append((settings["data"], recipe, config.seeds))
    assert all(item == shared[0] for item in shared)


def test_rescaled_runs_are_on_the_data_and_the_seed_of_their_source() -> None:
    found = configs("rescale")
    assert {
        f"distill-{where}-{arm}-plus-t"
        for where in ("cfpb8k", "twin20k")
        for arm in ("plain", "kd")
    } <= set(found)
    for config in found.values():
        source = read_config(RUNS, config.recipe.source)
        assert (config.data, config.seeds) == (source.data, source.seeds[:1])


def test_pending_runs_come_after_those_that_they_read(tmp_path) -> None:
    for name in DECLARED:
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.yml").write_text(
            (RUNS / name / "config.yml").read_text()
        )
    (tmp_path / "runs" / "tfidf-cfpb8k" / "record.json").write_text("{}")
    (tmp_path / "runs" / "minilm-cfpb8k" / "config.yml").write_text(
        "recipe: ["
    )  # said when executed
    order = pending(Project(tmp_path))
    assert sorted(order) == [name for name in DECLARED if name != "tfidf-cfpb8k"]
    for name, config in configs("distill", "rescale").items():
        other = getattr(config.recipe, "teacher", "") or getattr(config.recipe, "source", "")
        assert not other or order.index(other) < order.index(name)
    for later, earlier in (("compress-minilm-cfpb8k", "minilm-cfpb8k"),
                           ("decoder-lora16-cfpb8k", "pretrain-decoder-cfpb")):  # fmt: skip
        assert order.index(earlier) < order.index(later)


def test_pending_ends_where_runs_name_each_other(tmp_path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.yml").write_text(f"recipe: {{source: {other}}}\n")
    assert sorted(pending(Project(tmp_path))) == ["a", "b"]


def test_the_batch_size_comparison_has_equal_updates() -> None:
    small, large = (read_config(RUNS, f"minilm-batch{n}-cfpb8k").recipe for n in (4, 32))
    assert small.max_updates == large.max_updates > 0
    assert (small.batch_size, large.batch_size) == (4, 32)
    assert small.learning_rate == large.learning_rate


def test_pending_skips_what_the_machine_lacks_and_goes_on(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "_quarto.yml").write_text("project:\n  type: website\n")
    for name in ("modernbert-base-course", "qwen2.5-0.5b-lora16-course"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        source = (RUNS / name / "config.yml").read_text()
        (tmp_path / "runs" / name / "config.yml").write_text(source)
    monkeypatch.chdir(tmp_path)
    needs = {name: (text, lambda: False) for name, (text, _) in machine.NEEDS.items()}
    monkeypatch.setattr(machine, "NEEDS", needs)
    import argparse

    args = argparse.Namespace(ids=[], pending=True, smoke=False, data=None)
    assert run_command.run(args) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 2
    assert all("needs a CUDA GPU and the Hugging Face hub" in line for line in lines)
    with pytest.raises(machine.NotHere):
        run_command.run(
            argparse.Namespace(
                ids=["modernbert-base-course"], pending=False, smoke=False, data=None
            )
        )


def test_an_unknown_need_is_named(tmp_path) -> None:
    folder = tmp_path / "runs" / "x"
    folder.mkdir(parents=True)
    (folder / "config.yml").write_text(
        "description: d\nkind: majority\ndata: {name: cfpb-8k}\nneeds: [gpus]\n"
    )
    with pytest.raises(CourseError, match="Did you mean 'gpu'"):
        read_config(tmp_path / "runs", "x")


def test_needs_are_not_part_of_a_config_that_has_none() -> None:
    config = read_config(RUNS, "tfidf-cfpb8k")
    assert "needs" not in resolved(config)
    assert resolved(read_config(RUNS, "modernbert-base-course"))["needs"] == ["gpu", "hub"]
    assert Project(ROOT).runs == RUNS
