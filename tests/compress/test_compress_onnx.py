"""ONNX: files that are whole or not there, and a session that runs where it was told to."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime")

from pycode.compress import export  # noqa: E402
from pycode.compress.agreement import agreement  # noqa: E402
from pycode.compress.backends import open_backend  # noqa: E402
from pycode.compress.launch import measure_fresh  # noqa: E402
from pycode.compress.protocol import Plan  # noqa: E402
from pycode.errors import CourseError  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402

NO_PRODUCTS = "AzureExecutionProvider"  # in the default build; it takes no operator of this model


@pytest.mark.parametrize("name", ["onnx-fp32", "onnx-int8"])
def test_files_take_any_batch_and_length(
    name: str, folder: Path, rows: Encoded, reference, run_all
) -> None:
    path = export.export(folder, name)
    export.check_provider(path, cuda=False)
    loaded = open_backend(name, folder)
    found = agreement(reference, run_all(loaded, rows))
    assert found["largest_logit_gap"] < (1e-4 if name == "onnx-fp32" else 0.2)
    assert loaded.weights_bytes() == loaded.disk_bytes() == path.stat().st_size
    if name == "onnx-int8":  # a byte instead of four, and logits that are not those of fp32
        assert found["largest_logit_gap"] > 1e-3
        assert path.stat().st_size < 0.3 * export.onnx_file(folder, "onnx-fp32").stat().st_size
    assert not list(folder.glob(".*"))


def test_an_export_that_breaks_off_leaves_no_file(
    tmp_path: Path, folder: Path, monkeypatch
) -> None:
    whole = export._export_fp32

    def breaks(source: Path, path: Path) -> None:
        path.write_bytes(b"half a model")
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(export, "_export_fp32", breaks)
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(RuntimeError, match="disk is full"):
        export.export(tmp_path, "onnx-fp32")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    monkeypatch.setattr(export, "_export_fp32", whole)
    export.check_provider(export.export(tmp_path, "onnx-fp32"), cuda=False)


def test_a_missing_provider_is_no_silent_fallback(folder: Path, monkeypatch) -> None:
    monkeypatch.setitem(export.PROVIDERS, True, "NoSuchExecutionProvider")
    with pytest.raises(CourseError, match="has no NoSuchExecutionProvider here"):
        export.open_session(folder / "model.onnx", cuda=True)


def test_a_provider_that_runs_no_product_is_named_with_the_one_that_did(
    folder: Path, monkeypatch
) -> None:
    if NO_PRODUCTS not in onnxruntime.get_available_providers():
        pytest.skip("this build lacks the provider")
    monkeypatch.setitem(export.PROVIDERS, True, NO_PRODUCTS)
    path = export.export(folder, "onnx-fp32")
    export.open_session(path, cuda=True)  # its list of providers shows nothing wrong
    with pytest.raises(
        CourseError, match=f"{NO_PRODUCTS}, but .* ran on CPUExecutionProvider"
    ) as error:
        export.check_provider(path, cuda=True)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("ran", "said"),
    [(["CUDAExecutionProvider", "CPUExecutionProvider"], "CPUExecutionProvider and CUDAExecutionProvider"), ([], "none")],
)  # fmt: skip
def test_every_product_must_run_on_the_wanted_provider(
    tmp_path: Path, monkeypatch, ran: list[str], said: str
) -> None:
    nodes = [{"cat": "Node", "args": {"op_name": "FusedMatMul", "provider": name}} for name in ran]
    other = {"cat": "Node", "args": {"op_name": "Gather", "provider": "CPUExecutionProvider"}}

    class Session:
        def run(self, *_: object) -> None:
            pass

        def end_profiling(self) -> str:
            (tmp_path / "profile").write_text(json.dumps([*nodes, other, {"cat": "Session"}]))
            return str(tmp_path / "profile")

    monkeypatch.setattr(export, "_session", lambda *_: Session())
    with pytest.raises(CourseError, match=f"ran on {said}:"):
        export.check_provider(tmp_path / "model.onnx", cuda=True)


def test_a_session_that_fell_back_while_it_was_made_is_refused(monkeypatch) -> None:
    """CUDA's provider is listed where its libraries do not load, too."""

    class Session:
        disable_fallback = staticmethod(lambda: None)
        get_providers = staticmethod(lambda: ["CPUExecutionProvider"])

    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: [*export.PROVIDERS.values()]
    )
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: Session())
    with pytest.raises(CourseError, match="CPUExecutionProvider instead of CUDAExecutionProvider"):
        export.open_session(Path("model.onnx"), cuda=True)


def test_the_measured_session_has_neither_fallback_nor_profiling_and_its_threads(
    folder: Path, monkeypatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    session = export.open_session(export.export(folder, "onnx-fp32"), cuda=False)
    assert not session._enable_fallback
    options = session.get_session_options()
    assert not options.enable_profiling
    assert options.intra_op_num_threads == 3


def test_the_whole_protocol(folder: Path, rows: Encoded, reference, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = Plan(single=3, batches=2, batch_size=8, warmup=1)
    found, logits = measure_fresh("onnx-fp32", folder, rows, plan, threads=1)
    assert logits is not None
    assert np.allclose(logits, reference, atol=1e-4)
    assert found.memory.weights == (folder / "model.onnx").stat().st_size
    assert found.memory.inference_peak > 0
    assert not list(tmp_path.iterdir()), "the profile was left behind"
