"""What a vector looks like by itself, without a memory: the moduli of its frequencies, its components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vsa import markup
from vsa.errors import ArgumentValueError

if TYPE_CHECKING:
    from vsa.algebra.vector import Vector

Floats = np.ndarray[Any, np.dtype[np.float64]]
BY_FREQUENCIES = ("hrr", "fhrr")
BANDS = 64  # bars that are drawn at most
FEW = 12  # vectors of a batch whose cosines are shown, and values of components that are counted


def moduli(vector: Vector) -> Floats:
    """The modulus of each frequency of a vector; VsaError where its algebra binds otherwise."""
    name = vector.space.algebra.name
    if name not in BY_FREQUENCIES:
        raise ArgumentValueError(
            f"the algebra {name!r} has no spectrum: it binds otherwise than by frequencies, as hrr and "
            "fhrr do"
        )
    components = np.asarray(vector.numpy())
    found: Floats = np.abs(components if name == "fhrr" else np.fft.rfft(components))
    return found


def html(vector: Vector) -> str:
    """What a notebook shows of a vector of which nothing else is known."""
    said = _said(vector)
    if vector.shape:
        return _of_batch(vector, said)
    if not (_is_finite(vector) and vector.norm() > 0):
        return markup.preformatted(said)
    if vector.space.algebra.name in BY_FREQUENCIES:
        found = moduli(vector)
        parts = np.array_split(found, min(BANDS, len(found)))
        about = f"moduli of its frequencies, {_from_to(found)}"
        return markup.bars(said, [float(part.mean()) for part in parts], about)
    components = np.asarray(vector.numpy())
    found = np.abs(components).ravel() if np.iscomplexobj(components) else components.ravel()
    values, counts = np.unique(found, return_counts=True)
    if len(values) <= FEW:
        rows = [(f"{v:g}", f"{n:,}") for v, n in zip(values, counts, strict=True)]
        bars = {1: ("", (counts / counts.max()).tolist())}
        return markup.table(["component", "times"], rows, said, numbers={0, 1}, bars=bars)
    heights, _ = np.histogram(found, min(BANDS, 4 * FEW))
    about = f"how often its components have each size, {_from_to(found)}"
    return markup.bars(said, heights.astype(float).tolist(), about)


def _said(vector: Vector) -> str:
    space, name = vector.space, f"{vector.label}, " if vector.label else ""
    where = f"dim {space.dim:,}, {space.chosen.name}"
    if vector.shape:
        return f"a batch {vector.shape} of vectors, {where}"
    if not _is_finite(vector):
        return f"{name}a vector with NaN or infinite components, {where}"
    if not vector.norm() > 0:
        return f"nil, the zero vector, {where}"
    return f"{name}a vector of length {vector.norm():.3g}, {where}"


def _is_finite(vector: Vector) -> bool:
    backend = vector.space.backend
    return bool(np.isfinite(backend.numpy(backend.detach(vector.own))).all())


def _of_batch(vector: Vector, said: str) -> str:
    """The cosines of a few with each other; of more no number is looked at."""
    if len(vector.shape) != 1 or not 1 < vector.shape[0] <= FEW:
        return markup.preformatted(said)
    cosines = np.stack(
        [np.asarray(vector.space.backend.numpy(v.similarities(vector))) for v in vector]
    )
    heads = [str(i) for i in range(len(vector))]
    rows = [[head, *(f"{c:.2f}" for c in row)] for head, row in zip(heads, cosines, strict=True)]
    numbers = set(range(1, len(heads) + 1))
    return markup.table(["cosine", *heads], rows, said, numbers=numbers)


def _from_to(numbers: Floats) -> str:
    low, high = float(numbers.min()), float(numbers.max())
    return f"all {low:.2g}" if high - low < 1e-3 * abs(high) else f"{low:.2g} to {high:.2g}"
