"""Starts for the matrices of a recurrence h ← W h + V x, in the manner of torch.nn.init: in place.

Each takes a parameter or a slice of one, such as one gate of an LSTM's weight_hh_l0. What to expect
of them when the net is trained is said where they are documented: a cyclic shift, which is a binding,
does as well as a chain until it wraps.
"""

from __future__ import annotations

from typing import Any

import torch

from vsa import Vector, VsaError
from vsa.plugin import arguments

Tensor = Any  # a torch.Tensor; mypy does not look into torch


def chain_(
    weight: Tensor, gain: float = 1.02, feedback: float = 0.0, diagonal: float = 0.0
) -> Tensor:
    """A chain of units, each fed by the one before: `gain` below the diagonal of a square (n, n).

    feedback: above the diagonal, and diagonal: on it, 0 in a plain chain (Orhan and Pitkow 2020:
    1.02 alone, or .99 with .04 back). It is the *lower* diagonal, since torch computes W h: unit 0,
    where `source_` puts the input, hands on to unit 1. Their code has it transposed, for h W.
    """
    numbers = [
        arguments.checked_number(name, value)
        for name, value in (("gain", gain), ("feedback", feedback), ("diagonal", diagonal))
    ]
    n = len(_looked_at(weight, "chain_", square=True))
    with torch.no_grad():
        weight.zero_()
        for at, value in zip((-1, 1, 0), numbers, strict=True):
            if abs(at) < n:
                weight.diagonal(at).fill_(value)
    return weight


def source_(weight: Tensor, gain: float = 0.9) -> Tensor:
    """Input i into unit i alone: gain · eye(n, m), of weights (n, m) (Orhan and Pitkow 2020)."""
    gain = arguments.checked_number("gain", gain)
    with torch.no_grad():
        _looked_at(weight, "source_").zero_().diagonal().fill_(gain)
    return weight


def bind_(weight: Tensor, key: Tensor | Vector) -> Tensor:
    """The matrix of h ↦ h ⊛ key: a circulant (n, n) of a key's n real components.

    key: a tensor (n,), for circular convolution (the second unit vector is the cyclic shift), or a
    Vector of dim n of any algebra that superposes by sums, for its own binding.
    """
    n = len(_looked_at(weight, "bind_", square=True))
    if isinstance(key, Vector):
        key.space.algebra.need("bind_", "closed")
        components = key.numpy()
        if components.shape != (n,) or components.dtype.kind != "f":
            raise VsaError(f"bind_: the key is no one vector of {n} real components")
        matrix = torch.as_tensor((key.space.vector(torch.eye(n).numpy()) * key).numpy()).mT
    else:
        if not isinstance(key, torch.Tensor) or key.shape != (n,):
            shape = tuple(getattr(key, "shape", ()))
            raise VsaError(f"bind_: the key has the shape {shape}, not ({n},)")
        place = torch.arange(n)
        matrix = key.detach()[(place[:, None] - place) % n]
    with torch.no_grad():
        return weight.copy_(matrix)


def _looked_at(weight: Any, who: str, square: bool = False) -> Tensor:
    shape = tuple(getattr(weight, "shape", ()))
    if len(shape) != 2 or (square and shape[0] != shape[1]):
        wanted = "(n, n)" if square else "(n, m)"
        raise VsaError(f"{who}: the weight has the shape {shape}, not {wanted}")
    return weight
