"""The other libraries, where they are installed; a row leaves out the peers that are not.

All of them run on one thread: `python -m benchmarks` sets the thread counts of the BLAS libraries
in the environment before anything is imported, and torch's and faiss's here.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from vsa import Vector


def installed(module: str) -> bool:
    """Whether a module is there, without importing it."""
    return importlib.util.find_spec(module) is not None


@lru_cache
def peer(module: str) -> Any:
    """The module of a peer, or None where it is not installed or does not load."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the peers' own imports
            return importlib.import_module(module)
    except ImportError:
        return None


def one_thread() -> None:
    """Keep torch and faiss to one thread, and torch from recording gradients."""
    if torch := peer("torch"):
        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
    if faiss := peer("faiss"):
        faiss.omp_set_num_threads(1)


def versions() -> str:
    """What is compared, with versions."""
    modules = map(peer, ("numpy", "torch", "torchhd", "nengo_spa", "faiss"))
    return ", ".join(f"{m.__name__} {m.__version__}" for m in modules if m)


def tensor(components: Any, name: str, dtype: str, levels: int | None = None) -> Any:
    """Components as one of torchhd's tensors; levels: of those that count modulo a number."""
    array = np.ascontiguousarray(components, dtype=dtype)
    made = peer("torch").from_numpy(array).as_subclass(getattr(peer("torchhd"), name))
    if levels is not None:
        made.block_size = levels
    return made


def hrr_tensor(vectors: Vector) -> Any:
    """Our vectors as torchhd's HRRTensor, float32; shape (..., dim)."""
    return tensor(vectors.numpy(), "HRRTensor", "float32")


def pointer(vector: Vector) -> Any:
    """One of our vectors as nengo-spa's SemanticPointer, which always computes in float64."""
    return peer("nengo_spa").SemanticPointer(vector.numpy())


def real(vectors: Any) -> np.ndarray[Any, Any]:
    """Anybody's vectors as real components in NumPy, to compare answers."""
    if isinstance(vectors, Vector):
        return vectors.numpy()
    if hasattr(vectors, "v"):
        return np.asarray(vectors.v)
    return np.asarray(vectors)
