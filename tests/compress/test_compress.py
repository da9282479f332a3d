"""The protocol in fresh processes, agreement, and what is said where a back end cannot run."""

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.special import rel_entr, softmax

torch = pytest.importorskip("torch")

from pycode.compress import backends, launch  # noqa: E402
from pycode.compress.agreement import agreement  # noqa: E402
from pycode.compress.backends import backend, open_backend  # noqa: E402
from pycode.compress.launch import measure_fresh  # noqa: E402
from pycode.compress.memory import PeakMemory  # noqa: E402
from pycode.compress.protocol import Plan, percentile  # noqa: E402
from pycode.errors import CourseError  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.models import load_classifier, load_folder, model_spec  # noqa: E402
from pycode.train.precision import Device  # noqa: E402
from pycode.train.quantised import loading_options  # noqa: E402

CPU, T4, A100 = (
    Device("cpu", "CPU"),
    Device("cuda", "Tesla T4", (7, 5)),
    Device("cuda", "A100", (8, 0)),
)
ON_CPU = ["fp32", "bf16", "int8", "nf4", "nf4-double", "dynamic-int8"]


@pytest.mark.parametrize("name", ON_CPU)
def test_every_torch_back_end_is_close_to_fp32(
    name: str, folder: Path, rows: Encoded, reference, run_all
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


@pytest.mark.parametrize("name", ["fp32", "bf16", "int8", "nf4", "nf4-double"])
def test_weights_in_memory_are_those_counted_by_hand(name: str, folder: Path, monkeypatch) -> None:
    """Linear layers but for the head are quantised, in blocks of 64 (NF4); their scales count, and so do buffers."""
    monkeypatch.setattr(backends, "has_cpu_bf16", lambda: True)
    plain = load_folder(folder)
    kinds = {id(item.weight): item for item in plain.modules() if isinstance(item, torch.nn.Linear)}
    del kinds[id(plain.classifier.weight)]
    wanted = sum(item.numel() * item.element_size() for item in plain.buffers())
    for item in plain.parameters():
        n, blocks = item.numel(), item.numel() // 64
        if id(item) not in kinds or name in ("fp32", "bf16"):
            wanted += n * (4 if name == "fp32" else 2)
        elif name == "int8":
            wanted += n + 4 * item.shape[0]  # one scale per row
        else:
            wanted += n // 2 + 4 * 16  # and the sixteen values
            # scales of 4 bytes, or of one byte and a scale of their own for up to 256 of them
            wanted += 4 * blocks if name == "nf4" else blocks + 4 * -(-blocks // 256)
    assert open_backend(name, folder).weights_bytes() == wanted


def test_dynamic_int8_is_torchs_own_on_every_linear_layer(
    folder: Path, rows: Encoded, reference, run_all
) -> None:
    plain = load_folder(folder).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = torch.ao.quantization.quantize_dynamic(plain, {torch.nn.Linear})
    kinds = {type(item) for item in whole.modules()}
    assert torch.nn.Linear not in kinds and torch.ao.nn.quantized.dynamic.Linear in kinds
    ids = torch.tensor([rows.ids[0]])
    wanted = whole(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.detach().numpy()
    got = run_all(open_backend("dynamic-int8", folder), rows)
    assert np.array_equal(got[:1], wanted)
    assert agreement(reference, got)["mean_logit_gap"] > 0


def test_the_whole_protocol_in_a_process_of_its_own(folder: Path, rows: Encoded, reference) -> None:
    plan = Plan(single=4, batches=2, batch_size=8, warmup=1)
    found, logits = measure_fresh("fp32", folder, rows, plan, threads=1)
    assert logits is not None
    assert np.allclose(logits, reference, atol=1e-5)
    assert len(found.timing.single_s) == 4
    assert len(found.timing.batch_s) == 2
    assert found.timing.rows == 24
    assert found.timing.load_s > 0
    assert found.timing.dtype == "fp32"
    size = (folder / "model.safetensors").stat().st_size
    memory = found.memory
    assert memory.disk == size
    assert memory.weights == pytest.approx(size, rel=0.01)
    assert 0.5 * size < memory.resident <= memory.load_peak
    assert 0 < memory.inference_peak_1 < memory.inference_peak < 50e6


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


def test_scales_count_after_the_first_pass_too(folder: Path, rows: Encoded, run_all) -> None:
    for name in ("int8", "nf4"):
        loaded = open_backend(name, folder)
        before = loaded.weights_bytes()
        run_all(loaded, rows)
        assert loaded.weights_bytes() == before


@pytest.mark.parametrize(("has_bf16", "rest"), [(True, "bf16"), (False, "fp32")])
def test_what_is_not_quantised_is_named_by_its_type(
    folder: Path, monkeypatch, has_bf16: bool, rest: str
) -> None:
    monkeypatch.setattr(backends, "find_device", lambda: CPU)
    monkeypatch.setattr(backends, "has_cpu_bf16", lambda: has_bf16)
    assert open_backend("nf4", folder).dtype == f"NF4, rest {rest}"
    assert open_backend("dynamic-int8", folder).dtype == "torch dynamic int8, rest fp32"
    for device, wanted in ((T4, torch.float16), (A100, torch.bfloat16)):
        monkeypatch.setattr(backends, "find_device", lambda device=device: device)
        assert backends.sixteen_bit() is wanted


@pytest.mark.parametrize("kept", [True, False])
def test_weights_that_are_quantised_already_are_refused(
    tmp_path: Path, rows: Encoded, kept: bool
) -> None:
    options = loading_options("nf4")
    load_classifier(model_spec("tiny-bert"), 113, seed=0, pad_id=0, **options).save_pretrained(
        tmp_path
    )
    if not kept:  # the config may have lost it; the tensors tell
        config = json.loads((tmp_path / "config.json").read_text())
        del config["quantization_config"]
        (tmp_path / "config.json").write_text(json.dumps(config))
    for refuse in (open_backend, lambda *job: measure_fresh(*job, rows, Plan())):
        with pytest.raises(CourseError, match="are quantised already") as error:
            refuse("fp32", tmp_path)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [("config.json", b"{"), ("config.json", b"[]"), ("config.json", b"{}"), ("model.safetensors", b"half"),
     ("config.json", None)],
)  # fmt: skip
def test_damaged_weights_are_one_sentence(
    tmp_path: Path, folder: Path, rows: Encoded, name: str, content: bytes | None
) -> None:
    shutil.copytree(folder, tmp_path / "kept")
    (tmp_path / "kept" / name).unlink()
    if content is not None:
        (tmp_path / "kept" / name).write_bytes(content)
    with pytest.raises(CourseError, match="weights in 'kept' cannot be read") as error:
        measure_fresh("fp32", tmp_path / "kept", rows, Plan())
    assert "\n" not in str(error.value)


def test_peak_memory_sees_a_block_that_is_gone_again() -> None:
    with PeakMemory(cuda=False) as first:
        block = np.ones(25_000_000)  # 200 MB
        block += 1
        del block
    with PeakMemory(cuda=False) as second:
        sum(range(1000))
    with PeakMemory(cuda=False, above=0) as whole:
        pass
    assert 150e6 < first.bytes < 400e6
    assert whole.bytes > 50e6
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


def test_agreement_has_a_direction_and_gaps_have_no_sign() -> None:
    reference, other = np.array([[3.0, 0.0, 1.0]]), np.array([[5.0, 1.0, 1.0]])
    p, q = softmax(reference, axis=1), softmax(other, axis=1)
    for first, second, wanted in (
        (reference, other, rel_entr(p, q)),
        (other, reference, rel_entr(q, p)),
    ):
        got = agreement(first, second)
        assert got["kl"] == pytest.approx(wanted.sum())
        assert (got["mean_logit_gap"], got["largest_logit_gap"]) == (1.0, 2.0)
    assert rel_entr(p, q).sum() != pytest.approx(rel_entr(q, p).sum(), rel=0.01)


def test_percentiles_are_milliseconds() -> None:
    seconds = [0.004, 0.001, 0.002, 0.010]
    assert percentile(seconds, 0.5) == pytest.approx(3.0)
    assert percentile(seconds, 0.95) == pytest.approx(4.0 + 0.85 * 6.0)


def test_rows_and_plan_travel_whole(tmp_path: Path, rows: Encoded) -> None:
    plan = Plan(pad_id=3, side="left", batch_size=4)
    launch._write_job(tmp_path, "nf4", tmp_path / "model", rows, plan)
    name, folder, got, read = launch.read_job(tmp_path)
    assert (name, folder, got.ids, read) == ("nf4", tmp_path / "model", rows.ids, plan)
    assert np.array_equal(got.lengths, rows.lengths)
