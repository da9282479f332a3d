"""Configurations of the course's architectures: tiny ones for tests, real shapes with random weights, our decoder."""

from typing import Any

VOCABULARY = 30522  # MiniLM's word pieces, which every offline model reads
CLS, SEP, PAD = 101, 102, 0

TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 512}  # fmt: skip
SHAPES = {
    "bert": ("BertConfig", {**TINY, "intermediate_size": 64}),
    "modernbert": ("ModernBertConfig", {**TINY, "intermediate_size": 48}),
    "qwen2": ("Qwen2Config", {**TINY, "num_key_value_heads": 2, "intermediate_size": 64}),
    "qwen3": ("Qwen3Config", {**TINY, "num_key_value_heads": 1, "head_dim": 16, "intermediate_size": 64}),
    # the published sizes, to measure time and memory without the published weights
    "modernbert-base": ("ModernBertConfig", {"vocab_size": 50368}),
    "qwen2.5-0.5b": ("Qwen2Config", {
        "vocab_size": 151936, "hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14,
        "num_key_value_heads": 2, "intermediate_size": 4864, "max_position_embeddings": 32768,
        "tie_word_embeddings": True,
    }),
    # 3.6 million weights, four fifths of them word vectors: small enough to keep beside its record
    "decoder-cfpb": ("Qwen2Config", {
        "hidden_size": 96, "num_hidden_layers": 6, "num_attention_heads": 3, "num_key_value_heads": 3,
        "intermediate_size": 256, "max_position_embeddings": 512, "tie_word_embeddings": True,
    }),
}  # fmt: skip


def shape_config(name: str) -> Any:
    """Return the `transformers` configuration called ``name`` (a key of ``SHAPES``)."""
    import transformers

    kind, fields = SHAPES[name]
    tokens = {"pad_token_id": PAD, "bos_token_id": CLS, "eos_token_id": SEP}
    if kind in ("Qwen2Config", "Qwen3Config"):
        # nothing is generated, and a cache would copy the keys in fp32
        tokens["use_cache"] = False
    if kind == "ModernBertConfig":
        # compiling is asked for by default there, and fails or recompiles for ever on a T4
        tokens |= {"cls_token_id": CLS, "sep_token_id": SEP, "reference_compile": False}
    return getattr(transformers, kind)(**{"vocab_size": VOCABULARY, **tokens, **fields})
