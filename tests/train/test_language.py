"""The loss of the next token is that of `transformers`, and the floor is the entropy of counted words."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pycode.errors import CourseError  # noqa: E402
from pycode.train.encode import Encoded  # noqa: E402
from pycode.train.language import blocks, held_out_nll, next_token_loss, unigram_nll  # noqa: E402
from pycode.train.shapes import shape_config  # noqa: E402


@pytest.fixture(scope="module")
def data() -> Encoded:
    ids = np.random.default_rng(0).integers(0, 500, (5, 12))
    return Encoded(ids.tolist(), np.zeros(5, dtype=np.int64), np.full(5, 12))


def test_the_loss_and_its_held_out_value_are_those_of_transformers(data: Encoded) -> None:
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(shape_config("qwen2"))
    for layer in model.model.layers:
        layer.self_attn.attention_dropout = 0.5  # which an evaluation must not see
    ids = torch.tensor(data.ids)
    with torch.no_grad():
        wanted = float(model.eval()(input_ids=ids, labels=ids).loss)
        logits = model(input_ids=ids).logits
    model.train()
    assert held_out_nll(model, data, "fp32", batch_size=2) == pytest.approx(wanted, rel=1e-5)
    assert model.training
    padded = torch.nn.functional.pad(logits, (0, 0, 0, 4))  # as the loop pads to a multiple of 8
    rows = np.array([3, 1])
    loss = next_token_loss(data)
    each = [float(loss(logits[row : row + 1], None, np.array([row]))) for row in range(5)]
    assert np.mean(each) == pytest.approx(wanted, rel=1e-5)
    assert float(loss(padded[rows], None, rows)) == pytest.approx(each[3] + each[1], rel=1e-5)


def test_word_frequencies_are_those_of_training_and_score_what_is_predicted() -> None:
    train, held = ([[0, 0, 1, 1, 1]], [[1, 0, 2]])
    made = [
        Encoded(ids, np.zeros(1, dtype=np.int64), np.array([len(ids[0])])) for ids in (train, held)
    ]
    # (2 + 1) / (5 + 4) and (0 + 1) / (5 + 4); the first token of a block is predicted by nothing
    assert unigram_nll(*made, 4) == pytest.approx(-(np.log(3 / 9) + np.log(1 / 9)) / 2)


def test_blocks_are_all_tokens_in_a_row() -> None:
    got = blocks([[1, 2, 3], [4], [5, 6, 7]], 3)
    assert (got.ids, got.lengths.tolist()) == ([[1, 2, 3], [4, 5, 6]], [3, 3])
    with pytest.raises(CourseError, match="7 tokens do not fill one block of 8"):
        blocks([[1, 2, 3], [4], [5, 6, 7]], 8)
