"""The protocol in a fresh process, memory, agreement, and what is said where a back end cannot run."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pycode.compress import export  # noqa: E402
from pycode.compress.agreement import agreement  # noqa: E402
from pycode.compress.backends import backend, open_backend  # noqa: E402
from pycode.compress.launch import measure_fresh  # noqa: E402
from pycode.compress.memory import PeakMemory  # noqa: E402
from pycode.compress.protocol import Plan, percentile  # noqa: E402
from pycode.errors import CourseError  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.models import load_classifier, load_folder, model_spec  # noqa: E402
from pycode.train.precision import Device  # noqa: E402
from pycode.train.predict import predict_logits  # noqa: E402

CPU, T4, A100 = (
    Device("cpu", "CPU"),
    Device("cuda", "Tesla T4", (7, 5)),
    Device("cuda", "A100", (8, 0)),
)
ON_CPU = ["fp32", "bf16", "int8", "nf4", "nf4-double", "dynamic-int8"]


@pytest.fixture(scope="module")
def rows() -> Encoded:
    generator = np.random.default_rng(3)
    ids = [
        [101, *generator.integers(1000, 20000, n).tolist(), 102]
        for n in generator.integers(3, 40, 24)
    ]
    return Encoded(ids, np.zeros(24, dtype=np.int64), np.array([len(item) for item in ids]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("tiny-bert")
    load_classifier(model_spec("tiny-bert"), 113, seed=0, pad_id=0).save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def reference(folder: Path, rows: Encoded) -> np.ndarray:
    return predict_logits(load_folder(folder).eval(), rows, pad_id=0)


def run_all(loaded, rows: Encoded) -> np.ndarray:
    return np.concatenate(
        [loaded.run(np.array([item]), np.ones((1, len(item)), np.int64)) for item in rows.ids]
    )


@pytest.mark.parametrize("name", ON_CPU)
def test_every_torch_back_end_is_close_to_fp32(
    name: str, folder: Path, rows: Encoded, reference
) -> None:
    loaded = open_backend(name, folder)
    got = run_all(loaded, rows)
    found = agreement(reference, got)
    assert found["mean_logit_gap"] < (1e-5 if name == "fp32" else 0.1 * reference.std())
    assert 0 < loaded.disk_bytes() < 8e6
    plain = sum(item.numel() for item in load_folder(folder).parameters())
    if name == "fp32":
        assert loaded.weights_bytes() >= 4 * plain
    if name == "bf16":
        assert loaded.weights_bytes() < 2.1 * plain


@pytest.mark.parametrize("name", ["onnx-fp32", "onnx-int8"])
def test_onnx_files_take_any_batch_and_length(
    name: str, folder: Path, rows: Encoded, reference
) -> None:
    pytest.importorskip("onnxruntime")
    export.export(folder, name)
    found = agreement(reference, run_all(open_backend(name, folder), rows))
    assert found["largest_logit_gap"] < (1e-4 if name == "onnx-fp32" else 0.2)


def test_the_whole_protocol_in_a_process_of_its_own(folder: Path, rows: Encoded, reference) -> None:
    plan = Plan(single=4, batches=2, batch_size=8, warmup=1)
    found, logits = measure_fresh("fp32", folder, rows, plan, threads=1)
    assert logits is not None
    assert np.allclose(logits, reference, atol=1e-5)
    assert len(found.single_s) == 4
    assert len(found.batch_s) == 2
    assert found.rows == 24
    size = (folder / "model.safetensors").stat().st_size
    assert found.disk == size
    assert found.weights == pytest.approx(size, rel=0.01)
    assert found.load_s > 0


def test_without_prediction_there_are_no_logits(folder: Path, rows: Encoded) -> None:
    plan = Plan(single=1, batches=1, batch_size=2, warmup=0, predict=False)
    assert measure_fresh("dynamic-int8", folder, rows, plan, threads=1)[1] is None


@pytest.mark.parametrize(
    ("name", "model_type", "device", "words"),
    [("fp16", "bert", CPU, "runs on a GPU only, this is a CPU"), ("bf16", "bert", T4, "emulates bfloat16"),
     ("dynamic-int8", "bert", A100, "runs on a CPU only"), ("onnx-int8", "bert", A100, "runs on a CPU only"),
     ("onnx-fp32", "qwen2", CPU, "BERT-type encoders"), ("int9", "bert", CPU, "Did you mean 'int8'")],
)  # fmt: skip
def test_unsupported_combinations_say_why(
    name: str, model_type: str, device: Device, words: str
) -> None:
    with pytest.raises(CourseError) as error:
        backend(name, model_type, device)
    assert words in str(error.value)


def test_a_missing_execution_provider_is_no_silent_fallback(folder: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine has the provider")
    with pytest.raises(CourseError, match="has no CUDAExecutionProvider here"):
        export.open_session(folder / "model.onnx", cuda=True)


def test_peak_memory_sees_a_block_that_is_gone_again() -> None:
    with PeakMemory(cuda=False) as first:
        block = np.ones(25_000_000)  # 200 MB
        block += 1
        del block
    with PeakMemory(cuda=False) as second:
        sum(range(1000))
    assert 150e6 < first.bytes < 400e6
    assert second.bytes < 50e6


def test_agreement_is_its_definition() -> None:
    a = np.array([[2.0, 0.0], [0.0, 1.0]])
    same = agreement(a, a)
    assert same == {"same": 1.0, "kl": 0.0, "mean_logit_gap": 0.0, "largest_logit_gap": 0.0}
    b = np.array([[2.0, 0.0], [1.0, 0.0]])
    got = agreement(a, b)
    p = 1 / (1 + np.exp(-1.0))
    assert got["same"] == 0.5
    assert got["kl"] == pytest.approx((p * np.log(p / (1 - p)) + (1 - p) * np.log((1 - p) / p)) / 2)
    with pytest.raises(CourseError, match="cannot be compared"):
        agreement(a, b[:1])


def test_percentiles_are_milliseconds() -> None:
    assert percentile([0.001, 0.002, 0.003], 0.5) == pytest.approx(2.0)


def test_a_plan_travels_whole() -> None:
    plan = Plan(pad_id=3, side="left", batch_size=4)
    assert Plan(**dataclasses.asdict(plan)) == plan
