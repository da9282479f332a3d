"""What a notebook imports: blanks refuse, checks explain without giving the answer away, guesses stay."""

import sys
import types

import numpy as np
import pytest

from pycode.errors import CourseError
from pycode.labs import BLANK, LabError, check, hidden, predict, start
from pycode.labs.check import seal
from pycode.labs.start import Machine, detect, dtype_for, where


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x + 1, lambda x: 1 - x, lambda x: bool(x), lambda x: float(x), lambda x: len(x), lambda x: x[0],
        lambda x: x(), lambda x: x.shape, lambda x: [*x], lambda x: x > 2, lambda x: range(x), lambda x: f"{x}",
        lambda x: np.asarray(x), lambda x: 3 in x,
    ],
)  # fmt: skip
def test_every_use_of_a_blank_says_that_it_is_open(use):
    with pytest.raises(LabError, match="replace ___ with your own code"):
        use(BLANK)


def test_feedback_is_shown_without_a_traceback():
    assert LabError("only this")._render_traceback_() == ["only this"]


@pytest.mark.parametrize(
    ("got", "wanted", "tolerance", "words"),
    [
        (BLANK, 1, 0, "still a blank"),
        (None, 1, 0, "forget to return"),
        ("7", 7, 0, "expected a number, got a text"),
        (8, 7, 0, "8 is too high"),
        (6.5, 7, 0.1, "6.5 is too low"),
        (0.432, 43.2, 0.1, "factor of 100"),
        (float("nan"), 1.0, 0, "NaN"),
        ([1, 2], [1, 2, 3], 0, "length is 2 and should be 3"),
        ([1, 2, 4], [1, 2, 3], 0, "at position 2, 4 is too high"),
        ([1, BLANK], [1, 2], 0, "at position 1, there is still a blank"),
        ({"a": 1}, {"b": 1}, 0, "missing ['b'], not wanted ['a']"),
        ({"a": 2}, {"a": 1}, 0, "for 'a', 2 is too high"),
        ("cat", "dog", 0, "'cat' is not the right answer"),
        ("Worse. ", "worse", 0, "only in capital letters, spaces or a full stop"),
        ([True, False], 2, 0, "expected a number, got a list or array of 2 values"),
        (1, True, 0, "expected True or False, got a number"),
        (7, [7], 0, "expected a list"),
    ],
)
def test_a_failed_check_says_what_is_wrong_and_keeps_the_answer(got, wanted, tolerance, words):
    with pytest.raises(LabError) as caught:
        check("it", got, wanted, tolerance, hint="think")
    assert words in str(caught.value) and str(caught.value).endswith("Hint: think")
    if wanted in (7, "dog"):
        assert str(wanted) not in str(caught.value).replace("'7'", "")


def test_right_values_pass_in_every_shape(capsys):
    check("number", np.float32(0.5), 0.5)
    check("array", np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]])
    check("mapping", {"a": [1.0004]}, {"a": [1.0]}, tolerance=1e-3)
    check("nan", float("nan"), float("nan"))
    assert capsys.readouterr().out.count("✓") == 4


@pytest.mark.parametrize("value", [7, 4.25, "a text", [1, 2], True, {"a": None}])
def test_a_sealed_value_opens_to_itself_and_does_not_show_it(value):
    assert hidden(seal(value)) == value == hidden(value)
    assert str(value) not in seal(value)


def test_the_first_guess_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PREDICTIONS", str(tmp_path / "predictions.json"))
    assert predict("share", 30, unit="%").value == 30
    again = predict("share", 43, unit="%")
    assert again.value == 30
    assert "your first guess, 30%, is locked" in capsys.readouterr().out
    assert again.reveal(43.2, within=5) == pytest.approx(-13.2)
    assert "Too low: off by 13.2%" in capsys.readouterr().out


def test_without_a_store_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_PREDICTIONS", raising=False)
    monkeypatch.chdir(tmp_path)
    predict("share", 30)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "options", "words"),
    [(BLANK, {}, "own guess"), ("many", {}, "one number"), (float("inf"), {}, "one number"),
     ([64, 60], {}, "one number"), ("30 classes", {"unit": "classes"}, "without quotation marks"),
     (0.3, {"unit": "%"}, "Did you mean 30.* Nothing is locked yet"), (430, {"unit": "%"}, "between 0 and 100"),
     (-5, {"unit": "classes", "between": (0, 113)}, "between 0 and 113"),
     (0.4, {"unit": "classes"}, "whole numbers"), (30, {"between": (0, 1)}, "between 0 and 1, got 30")],
)  # fmt: skip
def test_a_guess_that_cannot_be_meant_is_refused_before_it_is_locked(
    tmp_path, monkeypatch, value, options, words
):
    monkeypatch.setenv("COURSE_PREDICTIONS", str(tmp_path / "predictions.json"))
    with pytest.raises(LabError, match=words):
        predict("share", value, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("written", "wanted"), [("30%", 30), ("0.5 %", 0.5), (0, 0), (100, 100)])
def test_percentages_may_be_written_with_their_sign(monkeypatch, written, wanted):
    monkeypatch.delenv("COURSE_PREDICTIONS", raising=False)
    assert predict("share", written, unit="%").value == wanted


@pytest.mark.parametrize("measured", [BLANK, "37", np.array([True, False]), {1, 2}, None, True])
def test_only_one_number_is_revealed(monkeypatch, measured):
    monkeypatch.delenv("COURSE_PREDICTIONS", raising=False)
    with pytest.raises(LabError, match="number must be measured|blank"):
        predict("classes", 5).reveal(measured, within=1)


def test_a_revealed_number_is_short(monkeypatch, capsys):
    monkeypatch.delenv("COURSE_PREDICTIONS", raising=False)
    predict("three largest", 30, unit="%").reveal(np.float64(56.7281), within=5)
    assert "measured 56.73%" in capsys.readouterr().out
    predict("change", 0.5).reveal(1.563e-05, within=1)
    assert "measured 0." in capsys.readouterr().out


def test_jupyter_shows_a_mistake_as_its_sentence(monkeypatch, capsys):
    start(minutes=1)
    assert CourseError("only this")._render_traceback_() == ["only this"]


def test_bfloat16_starts_at_capability_8():
    assert [dtype_for(c) for c in [(6, 0), (7, 5), (8, 0), (8, 9), (9, 0)]] == [
        "float16", "float16", "bfloat16", "bfloat16", "bfloat16",
    ]  # fmt: skip


def fake_torch(major, minor, memory):
    properties = types.SimpleNamespace(
        name="Tesla T4", major=major, minor=minor, total_memory=memory
    )
    cuda = types.SimpleNamespace(
        is_available=lambda: True, get_device_properties=lambda index: properties
    )
    module = types.ModuleType("torch")
    module.cuda = cuda
    module.__spec__ = types.SimpleNamespace(name="torch")
    return module


def test_a_t4_is_told_to_use_float16(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", fake_torch(7, 5, 15.8e9))
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    machine = start(minutes=80, gpu=True, vram_gb=15, download_mb=600)
    out = capsys.readouterr().out
    assert machine.dtype == "float16" and machine.platform == "Kaggle"
    assert "Device: Tesla T4, compute capability 7.5, 15.8 GB, dtype float16" in out
    assert "80 minutes and downloads about 600 MB" in out
    with pytest.raises(LabError, match="needs 24 GB of GPU memory; there are 15.8 GB"):
        start(minutes=80, gpu=True, vram_gb=24)


def test_the_cpu_path_may_be_written_in_capitals(monkeypatch, capsys):
    monkeypatch.setattr(
        sys.modules["pycode.labs.start"],
        "detect",
        lambda: Machine("Local", "cpu", None, None, "float32"),
    )
    monkeypatch.setenv("COURSE_DEVICE", "CPU ")
    assert start(minutes=5, gpu=True).device == "cpu"


def test_without_a_gpu_a_gpu_notebook_says_where_to_get_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert detect().dtype == "float32"
    with pytest.raises(LabError, match="needs a GPU and there is none"):
        start(minutes=5, gpu=True)


def test_the_platform_is_read_from_the_environment(monkeypatch):
    for name in ("KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG"):
        monkeypatch.delenv(name, raising=False)
    assert where() == "Local"
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
    assert where() == "Colab"
