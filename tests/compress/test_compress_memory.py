"""Memory and time are measured apart: what is freed does not count, and nothing watches while a clock runs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pycode.compress import launch, memory, protocol  # noqa: E402
from pycode.compress.backends import Loaded  # noqa: E402
from pycode.compress.memory import CPU_METHOD, GIVE_BACK, NO_METHOD  # noqa: E402
from pycode.compress.protocol import Plan, measure_memory, measure_time  # noqa: E402
from pycode.errors import CourseError  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.precision import Device  # noqa: E402

PLAN = Plan(single=6, batches=3, batch_size=4, warmup=0, predict=True)
FREED = """
import resource
from pycode.compress.memory import _rss
blocks = [bytearray(b"x") * 100_000 for _ in range(2000)]
pins = [bytearray(b"x") * 1000 for _ in range(2000)]  # above the blocks: the heap cannot shrink
before = _rss()
del blocks
print(before - _rss())
"""


def rows_of(lengths: list[int]) -> Encoded:
    ids = [[101] * length for length in lengths]
    return Encoded(ids, np.zeros(len(ids), dtype=np.int64), np.array(lengths))


def hungry(bytes_per_position: int) -> Loaded:
    """A back end whose pass holds that many bytes per position for a moment, and frees them."""

    def run(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        block = np.ones(ids.size * bytes_per_position // 8)
        time.sleep(0.05)  # long enough for the sampler
        return np.full((len(ids), 3), block[0])

    return Loaded(run, lambda: 11, lambda: 22, "made up")


@pytest.fixture
def fake(monkeypatch):
    """The protocol on the hungry back end, 1 MB per position, on a CPU."""
    monkeypatch.setattr(protocol, "warm_libraries", lambda *_: None)
    monkeypatch.setattr(protocol, "open_backend", lambda *_: hungry(1_000_000))
    monkeypatch.setattr(protocol, "find_device", lambda: Device("cpu", "CPU"))


def test_the_environment_of_the_memory_process_gives_freed_blocks_back() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("the variables are glibc's")
    keeping = {**os.environ, "MALLOC_TOP_PAD_": "268435456"}  # of a shell that trains faster so
    done = subprocess.run(
        [sys.executable, "-c", FREED], env=keeping | GIVE_BACK, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) > 150e6  # of 200 MB


def test_a_peak_is_that_of_one_pass_for_one_text_and_for_a_batch(fake) -> None:
    rows = rows_of([4, 6, 8, 10, 12, 20])
    found = measure_memory("fp32", Path("nowhere"), rows, PLAN)
    order = np.random.default_rng(PLAN.seed).permutation(6)
    widest = max(
        4 * max(rows.lengths[part]) for part in np.resize(order, 12).reshape(3, 4)
    )  # positions of a batch, padding included
    assert found.inference_peak_1 == pytest.approx(20e6, rel=0.3)
    assert found.inference_peak == pytest.approx(widest * 1e6, rel=0.3)
    assert (found.weights, found.disk, found.method) == (11, 22, CPU_METHOD)


def test_each_pass_is_watched_by_itself_and_the_highest_counts(fake, monkeypatch) -> None:
    peaks = iter([7, 1, 9, 3, 4, 8, 2])  # load, three passes of one text, three of a batch

    class Watched:
        def __init__(self, cuda: bool, over: int | None = None) -> None:
            above.append(over)

        def __enter__(self) -> "Watched":
            return self

        def __exit__(self, *_: object) -> None:
            self.bytes = next(peaks)

    held, above, warmed = iter([1000, 3000]), [], []
    monkeypatch.setattr(protocol, "warm_libraries", lambda name, _: warmed.append(name))
    monkeypatch.setattr(protocol, "held_bytes", lambda _: next(held) if warmed else 0)
    monkeypatch.setattr(protocol, "PeakMemory", Watched)
    found = measure_memory("fp32", Path("nowhere"), rows_of([4, 6]), PLAN)
    assert (found.load_peak, found.inference_peak_1, found.inference_peak) == (7, 9, 8)
    assert found.resident == 2000  # of the libraries, which were warm, nothing
    assert above == [1000] + [3000] * 6


def test_the_widest_batch_is_that_of_most_positions_padding_included() -> None:
    long, full = (np.ones((2, width), np.int64) for width in (16, 8))
    mask = long.copy()
    mask[1, 1:] = mask[0, 3:] = 0
    assert protocol._widest([(full, full), (long, mask)])[0] is long


def test_a_peak_on_a_gpu_is_that_of_its_own_block_above_what_was_held(monkeypatch) -> None:
    now = {"held": 100, "highest": 5000}  # of a block before

    def take(size: int) -> None:
        now["held"] += size
        now["highest"] = max(now.values())

    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: now["held"])
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: now["highest"])
    monkeypatch.setattr(
        torch.cuda, "reset_peak_memory_stats", lambda: now.update(highest=now["held"])
    )
    for above, wanted in ((None, 700), (30, 770)):
        with memory.PeakMemory(True, above) as peak:
            take(700)
            take(-700)
        assert peak.bytes == wanted


def test_no_clock_runs_while_memory_is_watched_or_given_back(fake, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("memory was watched while a clock ran")

    for place, name in (
        (protocol, "PeakMemory"), (protocol, "held_bytes"), (memory, "resident_bytes"), (memory, "_rss"),
    ):  # fmt: skip
        monkeypatch.setattr(place, name, refuse)
    found, logits = measure_time("fp32", Path("nowhere"), rows_of([4, 6, 8]), PLAN)
    assert logits is not None
    assert logits.shape == (3, 3)
    assert (len(found.single_s), len(found.batch_s), found.rows) == (3, 3, 3)
    assert found.dtype == "made up"


def test_warm_passes_are_not_timed_and_texts_come_singly_then_in_batches(fake, monkeypatch) -> None:
    """Pass number i takes i seconds here, so that every time tells which pass it is."""
    clock, shapes = {"now": 0}, []

    def run(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        clock["now"] += len(shapes)
        shapes.append(ids.shape)
        assert (ids[mask == 0] == 9).all() and mask[:, -1].all()  # padded on the left
        assert mask.any(axis=1).all() and (ids[mask == 1] == 101).all()
        return np.zeros((len(ids), 3))

    monkeypatch.setattr(protocol, "open_backend", lambda *_: Loaded(run, lambda: 1, lambda: 1, ""))
    monkeypatch.setattr(protocol.time, "perf_counter", lambda: clock["now"])
    lengths = np.arange(8, 56, 8)
    plan = Plan(9, "left", single=4, batches=5, batch_size=2, warmup=2, predict=False, seed=1)
    found, logits = measure_time("fp32", Path("nowhere"), rows_of(lengths.tolist()), plan)
    order = lengths[np.random.default_rng(1).permutation(6)].tolist()
    singles = [(1, width) for width in order[:4]]
    drawn = [*order, *order]  # rows repeat where there are too few
    batches = [(2, max(drawn[i : i + 2])) for i in range(0, 10, 2)]
    assert shapes == [*singles[:2], *singles, *batches[:2], *batches]
    assert (found.single_s, found.batch_s) == ([2, 3, 4, 5], [8, 9, 10, 11, 12])
    assert logits is None


def test_the_load_clock_holds_the_load_and_the_wait_for_the_gpu_only(fake, monkeypatch) -> None:
    clock = {"now": 0.0}

    def takes(seconds: float, result: object = None):
        def work(*_: object) -> object:
            clock["now"] += seconds
            return result

        return work

    monkeypatch.setattr(protocol, "find_device", lambda: Device("cuda", "a GPU", (8, 0)))
    monkeypatch.setattr(protocol, "warm_libraries", takes(1000))
    monkeypatch.setattr(protocol.gc, "collect", takes(100))
    monkeypatch.setattr(protocol, "open_backend", takes(2, hungry(8)))
    monkeypatch.setattr(protocol, "_synchronise", takes(3))
    monkeypatch.setattr(protocol.time, "perf_counter", lambda: clock["now"])
    assert measure_time("fp32", Path("nowhere"), rows_of([4]), PLAN)[0].load_s == 5
    assert clock["now"] == 1105  # the libraries were warm before


def test_onnx_on_a_gpu_has_no_memory_rather_than_a_wrong_one(fake, monkeypatch) -> None:
    monkeypatch.setattr(protocol, "find_device", lambda: Device("cuda", "a GPU", (8, 0)))
    found = measure_memory("onnx-fp32", Path("nowhere"), rows_of([4]), PLAN)
    assert (found.weights, found.disk, found.method) == (11, 22, NO_METHOD)
    assert (
        found.inference_peak is found.inference_peak_1 is found.load_peak is found.resident is None
    )


def test_memory_and_time_have_a_process_each(tmp_path, monkeypatch) -> None:
    steps = {}

    def run(step: str, work: Path, name: str, environment: dict[str, str]) -> None:
        steps[step] = environment
        found = {
            "memory": protocol.Memory("m", 1, 2),
            "time": protocol.Timing("CPU", "fp32", 0.0, 1.0, [1.0], [1.0], 1.0, 1),
        }.get(step)
        if found:
            (work / f"{step}.json").write_text(launch.json.dumps(launch.dataclasses.asdict(found)))

    monkeypatch.setattr(launch, "_run", run)
    for name in GIVE_BACK:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "1")  # which PyTorch follows, whatever OpenMP's says
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    found, logits = launch.measure_fresh("onnx-fp32", tmp_path, rows_of([4]), PLAN, threads=2)
    assert list(steps) == ["prepare", "memory", "time"]
    assert {name: steps["memory"][name] for name in GIVE_BACK} == GIVE_BACK
    assert not GIVE_BACK.keys() & steps["time"].keys()
    for environment in steps.values():
        assert environment["OMP_NUM_THREADS"] == environment["MKL_NUM_THREADS"] == "2"
    assert (found.memory.weights, found.timing.load_s, logits) == (2, 1.0, None)


@pytest.mark.parametrize(
    ("code", "words"),
    [(-signal.SIGKILL, "by SIGKILL, as when memory runs out: free some, or lower recipe.batch_size."),
     (-signal.SIGSEGV, "'int8' was ended in its own process by SIGSEGV."),
     (1, "'int8' failed in its own process: x = old()"), (launch.ERROR_EXIT, "x = old()")],
)  # fmt: skip
def test_a_process_that_did_not_end_well_says_why(monkeypatch, code: int, words: str) -> None:
    """What a killed process said last is not the reason."""
    ended = subprocess.CompletedProcess([], code, "", "DeprecationWarning: old\nx = old()\n")
    monkeypatch.setattr(launch.subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(CourseError) as error:
        launch._run("time", Path("nowhere"), "int8", {})
    assert str(error.value).endswith(words)
    assert ("=" in str(error.value)) == (code > 0)
