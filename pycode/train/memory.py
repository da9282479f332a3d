"""How the several libraries say that memory ran out."""

SAID = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")


def out_of_memory(error: RuntimeError) -> bool:
    """Return whether ``error`` says that memory ran out: of the GPU, of cuBLAS or of the machine."""
    import torch

    text = str(error)
    return isinstance(error, torch.OutOfMemoryError) or any(said in text for said in SAID)
