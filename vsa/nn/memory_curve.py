"""What a linear recurrence holds of its input in noise, and how far its matrix is from normal.

h_t = W h_{t−1} + v s_t + z_t with z_t ~ N(0, I) has the stationary noise C = Σ_k W^k W^kᵀ, and J(k) =
vᵀ W^kᵀ C⁻¹ W^k v is the Fisher information in h_t about s_{t−k} (Ganguli, Huh and Sompolinsky 2008).
Binding with a key is a circulant, hence normal: whatever the key, a stack or a sequence by binding
has the total of every stable normal matrix, 1.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from vsa.arguments import checked_whole
from vsa.errors import VsaError
from vsa.nn.looks import Tensor

DOUBLINGS = 50  # of which a spectral radius of 1 − 1e-14 needs less
CONDITION = 1e13  # of a factor with rows of length 1: digits beyond are those of rounding
BEYOND = (
    "fisher_memory: the matrix amplifies too much for float64: the noise it keeps has no Cholesky "
    "factor to invert"
)


class MemoryCurve(NamedTuple):
    """curve: J(k) at the lags 0, 1, … (k,), in float64.  total: J_tot, the sum over all lags."""

    curve: Tensor
    total: float


def fisher_memory(matrix: Tensor, source: Tensor, steps: int | None = None) -> MemoryCurve:
    """The Fisher memory curve J(k) of a recurrence W (n, n) with the source v (n,), and its total.

    steps: how many lags the curve has, n if it is not given; the total is of all lags. Computed in
    float64, without gradients. An error where the recurrence is not stable, and where W amplifies so
    much on its way to decaying that float64 does not hold the answer.

    J_tot = 1 for every stable normal W and v of length 1, and ≤ n in general (Ganguli et al. 2008).
    A chain, α below the diagonal and v = e₁, has J(k) = 1/Σ_{m≤k} α^{−2m}:

    >>> import torch
    >>> chain = torch.diag(torch.ones(63), -1)
    >>> memory = fisher_memory(chain, torch.eye(64)[0], steps=3)
    >>> [round(float(j), 3) for j in memory.curve], round(memory.total, 2)
    ([1.0, 0.5, 0.333], 4.74)
    """
    with torch.no_grad():
        w = _square(matrix, "fisher_memory")
        n = len(w)
        v = _numbers(source, "fisher_memory", "the source").to(w)
        if v.shape != (n,):
            shape = tuple(v.shape)
            raise VsaError(f"fisher_memory: the source has the shape {shape}, not ({n},)")
        lags = n if steps is None else checked_whole("steps", steps, 1)
        noise = _summed(w, torch.eye(n).to(w))
        lengths = noise.norm(dim=1, keepdim=True)
        if not float(torch.linalg.cond(noise / lengths)) < CONDITION:
            raise VsaError(BEYOND)
        signals = [v]
        for _ in range(lags - 1):
            signals.append(w @ signals[-1])
        curve = _whitened(noise, torch.stack(signals, 1)).square().sum(0)
        return MemoryCurve(curve, float(_whitened(noise, _summed(w, v[:, None])).square().sum()))


def henrici(matrix: Tensor) -> Tensor:
    """Henrici's measure of non-normality √(‖W‖²_F − Σ|λ|²): (..., n, n) → (...), in float64.

    0 of a normal matrix, where rounding leaves up to 1e-7 ‖W‖. It is no measure of a trained chain:
    perturbed by 1e-6 a chain of 64 falls from 8.1 to about 5, since its eigenvalues are that sensitive.

    >>> import torch
    >>> round(float(henrici(torch.diag(torch.ones(63), -1))), 4)  # √63
    7.9373
    """
    with torch.no_grad():
        w = _square(matrix, "henrici", batch=True)
        within = torch.linalg.eigvals(w).abs().square().sum(-1)
        return (w.square().sum((-2, -1)) - within).clamp(min=0).sqrt()


def _summed(w: Tensor, start: Tensor) -> Tensor:
    """F with F Fᵀ = Σ_k W^k B Bᵀ W^kᵀ for B = start, by doubling: F ← [F, A F], A ← A².

    A QR decomposition keeps F narrow and lower triangular: it is the Cholesky factor of a sum that
    is never formed, which would square its condition.
    """
    total, power = start, w
    for _ in range(DOUBLINGS):
        more = power @ total
        if not bool(more.isfinite().all()):
            break
        added, before = more.square().sum(1), total.square().sum(1)
        total = torch.linalg.qr(torch.cat([total, more], 1).mT, mode="r").R.mT
        if bool((added <= 1e-32 * before).all()):
            return total
        power = power @ power
    radius = float(torch.linalg.eigvals(w).abs().max())
    if radius < 1 - 1e-9:  # it overflows on its way to decaying
        raise VsaError(BEYOND)
    raise VsaError(
        f"fisher_memory: the matrix has the spectral radius {radius:.4g}: noise adds up without end "
        "unless it is below 1"
    )


def _whitened(noise: Tensor, signals: Tensor) -> Tensor:
    """Signals (n, k) in coordinates in which the noise F Fᵀ is the identity."""
    return torch.linalg.solve_triangular(noise, signals, upper=False)


def _square(matrix: Tensor, who: str, batch: bool = False) -> Tensor:
    """A matrix, or a batch of them, in float64."""
    numbers = _numbers(matrix, who, "the matrix").to(torch.float64)
    shape = tuple(numbers.shape)
    fits = len(shape) >= 2 if batch else len(shape) == 2
    if not fits or shape[-1] != shape[-2] or not shape[-1]:
        wanted = "(..., n, n)" if batch else "(n, n)"
        raise VsaError(f"{who}: the matrix has the shape {shape}, not {wanted}")
    return numbers


def _numbers(given: Tensor, who: str, name: str) -> Tensor:
    if not isinstance(given, torch.Tensor) or given.is_complex():
        kind = getattr(given, "dtype", type(given).__name__)
        raise VsaError(f"{who}: {name} is {kind}, not a tensor of real numbers")
    if not bool(given.isfinite().all()):
        raise VsaError(f"{who}: {name} holds NaN or infinity")
    return given
