"""What stops training, and what goes on: other checkpoints, no numbers, no memory, fp16's skipped updates."""

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_loop import N_CLASSES, make, separable_rows, weights

torch = pytest.importorskip("torch")

from safetensors import SafetensorError  # noqa: E402

from pycode.errors import CourseError  # noqa: E402
from pycode.experiment.training import _keep  # noqa: E402
from pycode.files import read_sealed_json, write_sealed_json  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.memory import out_of_memory  # noqa: E402
from pycode.train.models import load_classifier, load_folder, model_spec  # noqa: E402
from pycode.train.predict import predict_logits  # noqa: E402
from pycode.train.recipe import Recipe  # noqa: E402
from pycode.train.result import TrainingDiverged  # noqa: E402


@pytest.fixture(scope="module")
def rows() -> Encoded:
    return separable_rows()


def test_a_checkpoint_of_another_recipe_is_refused(rows: Encoded, tmp_path: Path) -> None:
    make(rows, Recipe(model="tiny-bert", max_updates=4), tmp_path, every=2).fit()
    with pytest.raises(CourseError, match="another recipe"):
        make(
            rows, Recipe(model="tiny-bert", max_updates=4, learning_rate=0.5), tmp_path, every=2
        ).fit()


@pytest.mark.parametrize("damage", ["half", "one bit", "another update"])
def test_a_damaged_checkpoint_is_one_sentence(rows: Encoded, tmp_path: Path, damage: str) -> None:
    make(rows, Recipe(model="tiny-bert", max_updates=4), tmp_path, every=2).fit()
    if damage == "another update":
        path = tmp_path / "progress.json"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"update": 4,', '"update": 1000000,', 1), encoding="utf-8")
    else:
        path = next(tmp_path.glob("state-*.safetensors"))
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(b"half" if damage == "half" else content)
    with pytest.raises(CourseError, match="damaged"):
        make(rows, Recipe(model="tiny-bert", max_updates=4), tmp_path, every=2).fit()


def test_nan_stops_and_keeps_the_best_weights(rows: Encoded) -> None:
    trainer = make(rows, Recipe(model="tiny-bert", epochs=4, batch_size=16))
    step = trainer.updater._loss

    def bad_from_five(part: np.ndarray):
        loss, size = step(part)
        return loss * (float("nan") if trainer.result.updates >= 5 else 1.0), size

    trainer.updater._loss = bad_from_five  # type: ignore[method-assign]
    result = trainer.fit()
    assert result.diverged
    assert "lower the learning rate" in result.stopped
    assert all(torch.isfinite(item).all() for item in weights(trainer).values())


def test_nan_before_any_evaluation_raises(rows: Encoded) -> None:
    trainer = make(rows, Recipe(model="tiny-bert", epochs=4, batch_size=16))
    trainer.updater._loss = lambda part: (torch.tensor(float("nan"), requires_grad=True), 0)  # type: ignore[method-assign]
    with pytest.raises(TrainingDiverged):
        trainer.fit()


def test_out_of_memory_halves_the_micro_batch_and_keeps_the_batch(rows: Encoded) -> None:
    said: list[str] = []
    trainer = make(rows, Recipe(model="tiny-bert", max_updates=3, batch_size=16), say=said.append)
    loss = trainer.updater._loss

    def small_only(part: np.ndarray):
        if len(part) > 4:
            raise torch.cuda.OutOfMemoryError("full")
        return loss(part)

    trainer.updater._loss = small_only  # type: ignore[method-assign]
    result = trainer.fit()
    assert result.micro_batch == 4
    assert any("now 4 rows per forward pass, same batch of 16" in text for text in said)


def test_a_checkpoint_of_other_data_or_targets_is_refused(rows: Encoded, tmp_path: Path) -> None:
    recipe = Recipe(model="tiny-bert", max_updates=4)
    make(rows, recipe, tmp_path, every=2, mark={"data": "a", "teacher": "t"}).fit()
    assert (
        make(rows, recipe, tmp_path, every=2, mark={"data": "a", "teacher": "t"}).fit().updates == 4
    )
    with pytest.raises(CourseError, match="other data, targets or settings"):
        make(rows, recipe, tmp_path, every=2, mark={"data": "a", "teacher": "u"}).fit()
    with pytest.raises(CourseError, match="other data, targets or settings"):
        make(rows, recipe, tmp_path, every=2).fit()


def test_a_checkpoint_without_an_entry_is_one_sentence(rows: Encoded, tmp_path: Path) -> None:
    recipe = Recipe(model="tiny-bert", max_updates=4)
    make(rows, recipe, tmp_path, every=2).fit()
    path = tmp_path / "progress.json"
    kept = read_sealed_json(path)
    del kept["losses"]
    write_sealed_json(path, kept)
    with pytest.raises(CourseError, match="lacks 'losses'"):
        make(rows, recipe, tmp_path, every=2).fit()


def test_an_infinite_gradient_of_a_finite_loss_changes_no_weight(
    rows: Encoded, tmp_path: Path
) -> None:
    recipe = Recipe(model="tiny-bert", epochs=4, batch_size=16)
    trainer = make(rows, recipe, tmp_path, every=1)
    gradients = trainer.updater._gradients

    def bad_from_five(batch: np.ndarray) -> float:
        mean = gradients(batch)
        if trainer.result.updates >= 5:
            next(trainer.model.parameters()).grad[0] = float("inf")
        return mean

    trainer.updater._gradients = bad_from_five  # type: ignore[method-assign]
    result = trainer.fit()
    assert result.diverged and "gradient's norm became inf at update 6" in result.stopped
    assert all(torch.isfinite(item).all() for item in weights(trainer).values())
    assert json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))["update"] == 5


def test_nothing_is_said_to_be_kept_where_nothing_was(rows: Encoded) -> None:
    trainer = make(rows, Recipe(model="tiny-bert", epochs=4, batch_size=16))
    trainer.updater._loss = lambda part: (torch.tensor(float("nan"), requires_grad=True), 0)  # type: ignore[method-assign]
    with pytest.raises(TrainingDiverged, match="nothing was kept"):
        trainer.fit()


def test_out_of_memory_in_one_of_several_processes_says_what_to_set(rows: Encoded) -> None:
    trainer = make(rows, Recipe(model="tiny-bert", max_updates=3, batch_size=16))

    def full(part: np.ndarray):
        trainer.accelerator.state._shared_state["num_processes"] = 2
        raise torch.cuda.OutOfMemoryError("full")

    trainer.updater._loss = full  # type: ignore[method-assign]
    try:
        with pytest.raises(
            CourseError, match="one of 2 processes: set recipe.micro_batch below 16"
        ):
            trainer.fit()
    finally:
        trainer.accelerator.state._shared_state["num_processes"] = 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CUDA error: out of memory", True),
        ("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate", True),
        ("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes", True),
        ("mat1 and mat2 shapes cannot be multiplied", False),
    ],
)
def test_the_ways_to_say_that_memory_ran_out(text: str, expected: bool) -> None:
    assert out_of_memory(RuntimeError(text)) is expected


def test_prediction_reads_smaller_batches_where_memory_runs_out(rows: Encoded, monkeypatch) -> None:
    model = load_classifier(model_spec("tiny-bert"), N_CLASSES, seed=0, pad_id=0)
    whole = predict_logits(model, rows, pad_id=0)
    forward, sizes = model.forward, []

    def small_only(limit: int):
        def call(input_ids, **rest):
            sizes.append(len(input_ids))
            if len(input_ids) > limit:
                raise torch.cuda.OutOfMemoryError("full")
            return forward(input_ids=input_ids, **rest)

        return call

    monkeypatch.setattr(model, "forward", small_only(10))
    assert np.allclose(predict_logits(model, rows, pad_id=0), whole, atol=1e-5)
    assert max(sizes) == 64 and sum(size for size in sizes if size <= 10) == len(rows)
    monkeypatch.setattr(model, "forward", small_only(0))
    with pytest.raises(CourseError, match="Out of memory with one row"):
        predict_logits(model, rows, pad_id=0)


def test_updates_that_fp16_leaves_out_do_not_move_the_schedule(rows: Encoded) -> None:
    trainer = make(rows, Recipe(model="tiny-bert", max_updates=6, batch_size=16, warmup=0.0))
    step, scaler = trainer.updater._step, Overflowing()

    def with_scaler() -> None:
        trainer.accelerator.scaler = scaler
        step()
        trainer.accelerator.scaler = None

    trainer.updater._step = with_scaler  # type: ignore[method-assign]
    result = trainer.fit()
    assert result.skipped == 2
    assert trainer.updater.schedule.last_epoch == 4


@pytest.mark.parametrize("damage", ["weights", "config", "architectures", "no weights"])
def test_damaged_weights_are_one_sentence(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "kept"
    load_classifier(model_spec("tiny-bert"), N_CLASSES, seed=0, pad_id=0).save_pretrained(folder)
    assert load_folder(folder).num_labels == N_CLASSES
    if damage == "weights":
        path = folder / "model.safetensors"
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "no weights":
        (folder / "model.safetensors").unlink()
    else:
        (folder / "config.json").write_text("{" if damage == "config" else "{}", encoding="utf-8")
    with pytest.raises(CourseError, match="weights in 'kept' cannot be read"):
        load_folder(folder)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SafetensorError("full")])
def test_weights_that_cannot_be_kept_leave_the_old_ones(
    tmp_path: Path, error: Exception, monkeypatch
) -> None:
    model = load_classifier(model_spec("tiny-bert"), N_CLASSES, seed=0, pad_id=0)
    _keep(model, tmp_path / "run-seed-1")

    def full(place: Path) -> None:
        place.mkdir()
        (place / "half").write_bytes(b"half")
        raise error

    monkeypatch.setattr(model, "save_pretrained", full)
    with pytest.raises(CourseError, match="could not be kept .*(No space|full).*make room"):
        _keep(model, tmp_path / "run-seed-1")
    assert [path.name for path in tmp_path.iterdir()] == ["run-seed-1"]
    assert load_folder(tmp_path / "run-seed-1").num_labels == N_CLASSES


class Overflowing:
    """A stand-in for the loss scaler whose first two updates overflow: it halves its scale after them."""

    def __init__(self) -> None:
        self.asked = 0

    def get_scale(self) -> float:
        updates, after = divmod(self.asked, 2)
        self.asked += 1
        return 2.0 ** -min(updates + after, 2)
