"""Hinton's loss against its closed form, torch's kl_div, and its limits; targets by row id; ensembles."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pycode.data.types import Split  # noqa: E402
from pycode.distill.loss import distillation_loss, hinton_rows  # noqa: E402
from pycode.distill.targets import aligned, ensemble, log_probabilities  # noqa: E402
from pycode.errors import CourseError  # noqa: E402
from pycode.runs.outputs import Outputs  # noqa: E402


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.fixture
def batch() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(42)
    return (
        generator.normal(0, 2, (8, 113)),
        generator.normal(0, 3, (8, 113)),
        generator.integers(0, 113, 8),
    )


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0, 16.0])
@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0])
def test_gradient_is_the_closed_form(batch, temperature: float, alpha: float) -> None:
    """d/ds = α·T·(softmax(s/T) − softmax(t/T)) + (1 − α)·(softmax(s) − one-hot)."""
    student, teacher, labels = batch
    s = torch.tensor(student, dtype=torch.float64, requires_grad=True)
    t = torch.tensor(teacher, dtype=torch.float64, requires_grad=True)
    hinton_rows(s, t, torch.tensor(labels), temperature, alpha).sum().backward()
    soft = temperature * (softmax(student / temperature) - softmax(teacher / temperature))
    wanted = alpha * soft + (1 - alpha) * (softmax(student) - np.eye(113)[labels])
    assert np.allclose(s.grad.numpy(), wanted, atol=1e-5)
    assert t.grad is None  # the teacher does not learn


def test_value_is_torchs_kl_div_and_cross_entropy(batch) -> None:
    student, teacher, labels = (torch.tensor(item) for item in batch)
    functional = torch.nn.functional
    soft = functional.kl_div(
        functional.log_softmax(student / 4, -1),
        functional.softmax(teacher / 4, -1),
        reduction="sum",
    )
    hard = functional.cross_entropy(student, labels, reduction="sum")
    got = hinton_rows(student, teacher, labels, 4.0, 0.7).sum()
    assert torch.allclose(got.double(), 0.7 * 16 * soft + 0.3 * hard, rtol=1e-5)


def test_the_loop_loss_is_the_sum_of_torchs_in_fp32_with_its_smoothing(batch) -> None:
    """Under fp16 both sides come as halves, whose T² and logarithms would lose what is added up."""
    student, teacher, labels = (torch.tensor(item) for item in batch)
    student = student.half()
    functional = torch.nn.functional
    soft = functional.kl_div(
        functional.log_softmax(student.float() / 3, -1),
        functional.log_softmax(teacher.half().float() / 3, -1),
        reduction="sum", log_target=True,
    )  # fmt: skip
    hard = functional.cross_entropy(student.float(), labels, reduction="sum", label_smoothing=0.2)
    loss = distillation_loss(teacher.half().numpy(), 3.0, 0.6, 0.2)
    wanted = 0.6 * 9 * soft + 0.4 * hard
    assert torch.allclose(loss(student, labels, np.arange(8)), wanted, rtol=1e-5)
    rows = hinton_rows(student, teacher.half(), labels, 3.0, 0.6, 0.2)
    assert torch.allclose(rows.sum(), wanted, rtol=1e-5)


def test_high_temperature_tends_to_matching_centred_logits(batch) -> None:
    student, teacher, labels = batch
    s = torch.tensor(student, requires_grad=True)
    hinton_rows(s, torch.tensor(teacher), torch.tensor(labels), 1000.0, 1.0).sum().backward()
    centred = [item - item.mean(axis=1, keepdims=True) for item in (student, teacher)]
    assert np.allclose(s.grad.numpy(), (centred[0] - centred[1]) / 113, atol=2e-3)


def test_the_loop_loss_takes_the_rows_of_the_batch(batch) -> None:
    student, teacher, labels = batch
    loss = distillation_loss(teacher, 2.0, 1.0)
    rows = np.array([5, 1])
    got = loss(torch.tensor(teacher[rows]), torch.tensor(labels[rows]), rows)
    assert float(got) == pytest.approx(
        0.0, abs=1e-5
    )  # student equals teacher on exactly these rows
    swapped = loss(torch.tensor(teacher[rows]), torch.tensor(labels[rows]), rows[::-1])
    assert float(swapped) > 1.0


@pytest.mark.parametrize(
    ("temperature", "alpha"), [(0.0, 0.5), (-1.0, 0.5), (2.0, 1.1), (2.0, -0.1)]
)
def test_settings_out_of_range_are_one_sentence(temperature: float, alpha: float) -> None:
    with pytest.raises(CourseError, match="must be above 0|from 0 to 1"):
        distillation_loss(np.zeros((2, 3)), temperature, alpha)


def test_targets_follow_the_row_ids() -> None:
    logits = np.arange(12, dtype=np.float32).reshape(4, 3)
    stored = Outputs(logits, np.array([0, 1, 2, 0]), ["a", "b", "c", "d"])
    rows = Split(["", "", ""], np.array([2, 0, 1]), ["c", "d", "b"])
    assert np.array_equal(aligned(stored, rows, 3, "t"), logits[[2, 3, 1]])


@pytest.mark.parametrize(
    ("labels", "ids", "n_classes", "words"),
    [([2], ["z"], 3, "no logits for 1 of 1 rows"), ([1], ["c"], 3, "another label for 1 rows"),
     ([2], ["c"], 4, "3 classes, the data have 4")],
)  # fmt: skip
def test_a_teacher_of_other_rows_is_refused(labels, ids, n_classes: int, words: str) -> None:
    stored = Outputs(np.zeros((3, 3), np.float32), np.array([0, 1, 2]), ["a", "b", "c"])
    with pytest.raises(CourseError, match=words):
        aligned(stored, Split([""], np.array(labels), ids), n_classes, "teacher-x")


def test_ensemble_is_the_log_of_the_mean_probability() -> None:
    generator = np.random.default_rng(0)
    members = [generator.normal(0, 3, (6, 5)) for _ in range(3)]
    got = ensemble(members)
    wanted = np.log(np.mean([softmax(item) for item in members], axis=0))
    assert np.allclose(got, wanted)
    with pytest.raises(CourseError, match="different shapes"):
        ensemble([members[0], members[1][:3]])


def test_zero_probabilities_stay_finite() -> None:
    small = np.exp([-15.5, -16.5])
    assert np.allclose(log_probabilities(np.array([[1.0, 0.0, *small]])), [[0, -16, -15.5, -16]])
