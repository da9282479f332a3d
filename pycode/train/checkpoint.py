"""Checkpoints as safetensors, written whole or not at all, that resume a run bit for bit on the same CPU."""

import hashlib
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.files import read_sealed_json, write_bytes, write_sealed_json

State = dict[str, Any]


def trainable_state(model: Any) -> State:
    """Return copies of the trainable parameters by name, on the CPU."""
    return {
        name: parameter.detach().to("cpu").contiguous().clone()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


def load_trainable(model: Any, state: State) -> None:
    """Copy ``state`` into the model's trainable parameters.

    Raises:
        CourseError: names or shapes differ: the checkpoint belongs to another model or recipe.
    """
    import torch

    own = {name: item for name, item in model.named_parameters() if item.requires_grad}
    if set(own) != set(state):
        odd = sorted(set(own) ^ set(state))[0]
        raise CourseError(
            f"The checkpoint does not fit the model ({odd!r} is in one only): delete it or use its recipe."
        )
    for name, parameter in own.items():
        if parameter.shape != state[name].shape:
            raise CourseError(
                f"The checkpoint has another shape for {name!r}: it belongs to another model."
            )
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(state[name])


def save_checkpoint(
    folder: Path, model: Any, optimizer: Any, scheduler: Any, progress: State, best: State | None
) -> None:
    """Write weights, best weights, optimiser and random state to ``folder``.

    All tensors are one file; ``progress.json`` names it with its SHA-256, comes last and makes it valid.
    """
    import torch
    from safetensors.torch import save

    tensors = {f"model.{name}": item for name, item in trainable_state(model).items()}
    tensors |= {f"best.{name}": item for name, item in (best or {}).items()}
    tensors |= _optimizer_tensors(model, optimizer)
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    file = f"state-{progress['update']}.safetensors"
    content = save(tensors)
    write_bytes(folder / file, content)
    named = {"file": file, "sha256": hashlib.sha256(content).hexdigest()}
    state = {**progress, **named, "scheduler": scheduler.state_dict()}
    write_sealed_json(folder / "progress.json", state)
    for old in folder.glob("state-*.safetensors"):
        if old.name != file:
            old.unlink(missing_ok=True)


def read_checkpoint(folder: Path) -> tuple[State, State] | None:
    """Return (progress, tensors) of the checkpoint in ``folder``, or None when there is none.

    Raises:
        CourseError: the checkpoint is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = folder / "progress.json"
    if not path.is_file():
        return None
    try:
        progress: State = read_sealed_json(path)
        content = (folder / progress["file"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != progress["sha256"]:
            raise ValueError
        return progress, load(content)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError):
        raise CourseError(
            f"The checkpoint in {'/'.join(folder.parts[-4:])} is damaged: delete the folder and start again."
        ) from None


def restore(
    progress: State, tensors: State, model: Any, optimizer: Any, scheduler: Any
) -> State | None:
    """Put a read checkpoint back into its objects; return the best weights so far, if any.

    Raises:
        CourseError: it belongs to another model.
    """
    import torch

    load_trainable(model, _part(tensors, "model."))
    names = _optimizer_names(model, optimizer)
    state: dict[int, State] = {}
    for key, item in _part(tensors, "optimizer.").items():
        name, slot = key.rsplit("|", 1)
        state.setdefault(names.index(name), {})[slot] = item
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    scheduler.load_state_dict(progress["scheduler"])
    for group, rate in zip(optimizer.param_groups, progress["scheduler"]["_last_lr"], strict=True):
        group["lr"] = rate
    torch.set_rng_state(tensors["random.cpu"])
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"])
    return _part(tensors, "best.") or None


def _part(tensors: State, prefix: str) -> State:
    return {
        name.removeprefix(prefix): item for name, item in tensors.items() if name.startswith(prefix)
    }


def _optimizer_tensors(model: Any, optimizer: Any) -> State:
    import torch

    names = _optimizer_names(model, optimizer)
    return {
        f"optimizer.{names[index]}|{slot}": torch.as_tensor(tensor)
        .detach()
        .cpu()
        .contiguous()
        .clone()
        for index, slots in optimizer.state_dict()["state"].items()
        for slot, tensor in slots.items()
    }


def _optimizer_names(model: Any, optimizer: Any) -> list[str]:
    """Return the parameter names in the optimiser's own order, which numbers its state."""
    names = {id(item): name for name, item in model.named_parameters()}
    return [names[id(item)] for group in optimizer.param_groups for item in group["params"]]
