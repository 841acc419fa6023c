"""What a module does to its inputs, in numbers: how it turns, stretches, forgets, and what it ignores.

    geometric_complexity(Bind with a unitary key)  = dim        an isometry keeps every direction
    geometric_complexity(Linear)                   = ‖W‖²
    effective_rank(product of many such bindings)  = dim        of Gaussian maps: it falls
    equivariance(Bind, …, shift, shift)            = 0          circular convolution

A module is anything that is called with a batch and gives one, each row by itself (a batch norm that
learns does not); where it gives a `Soft` or another tuple, its first is what is meant. Nothing of the
module changes, and its parameters get no gradients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from vsa.arguments import checked_number
from vsa.errors import VsaError
from vsa.nn.layers import Soft
from vsa.nn.looks import Tensor, look_at_numbers
from vsa.nn.memory_curve import MemoryCurve, fisher_memory, henrici

__all__ = [
    "MemoryCurve", "Spectrum", "alignment", "class_separability", "effective_rank", "equivariance",
    "fisher_memory", "fisher_trace", "geometric_complexity", "henrici", "spectrum",
]  # fmt: skip

Module = Callable[..., Any]


# --- Jacobians ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Spectrum:
    """The singular values of Jacobians.  values: (inputs, min(outputs, features)), falling.

    `zero` and `small` are shares of them over all inputs, each relative to the largest of its
    input; `zero` by the threshold of a numerical rank, max(outputs, features) · ε.
    """

    values: Tensor
    sizes: tuple[int, int]

    @property
    def zero(self) -> float:
        """The share that is zero up to rounding."""
        return self._below(max(self.sizes) * torch.finfo(self.values.dtype).eps)

    def small(self, share: float = 0.05) -> float:
        """The share that lies below so much of the largest."""
        return self._below(checked_number("share", share, 0, 1))

    @property
    def effective_rank(self) -> float:
        """The mean over inputs of `effective_rank`, between 1 and min(outputs, features)."""
        return float(_effective(self.values).mean())

    def _below(self, share: float) -> float:
        return float((self.values <= share * self.values[:, :1]).double().mean())


def spectrum(module: Module, inputs: Tensor) -> Spectrum:
    """The singular values of ∂f/∂x at each input: inputs (n, …) → values (n, min).

    What follows the first axis is one input; the Jacobian is of all of it. n · outputs · features
    numbers are held.  Degenerate directions, σ = 0, are what a net cannot learn along
    (Orhan and Pitkow 2018).

    >>> found = spectrum(torch.nn.ReLU(), torch.tensor([[1.0, 2.0, -1.0, -3.0]]))
    >>> found.zero, round(found.effective_rank, 6)
    (0.5, 2.0)
    """
    rows = torch.stack(list(_gradients("spectrum", module, inputs)), 1)
    return Spectrum(torch.linalg.svdvals(rows), (rows.shape[1], rows.shape[2]))


def geometric_complexity(module: Module, inputs: Tensor) -> float:
    """(1/n) Σᵢ ‖∂f/∂x(xᵢ)‖² of inputs (n, …): how much the function turns at its data.

    Of binding with a unitary key it is dim, exactly; of a linear map ‖W‖²; of a hard cleanup 0, for
    it is constant around each item.  Dherin, Munn, Rosca, Barrett 2022.

    >>> geometric_complexity(torch.nn.Identity(), torch.rand(5, 3))
    3.0
    """
    total = sum(row.square().sum() for row in _gradients("geometric_complexity", module, inputs))
    return float(total) / len(inputs)


def _gradients(name: str, module: Module, inputs: Tensor) -> Iterator[Tensor]:
    """∂f_j/∂x (n, features) for each output j in turn."""
    _look(name, inputs)
    with torch.enable_grad():
        x = inputs.detach().clone().requires_grad_()
        y = _first(module(x))
        if not y.requires_grad:
            raise VsaError(f"{name}: the output has no gradient with respect to the inputs")
        if len(y) != len(x):
            raise VsaError(f"{name}: {len(x)} inputs gave {len(y)} outputs: one each is wanted")
        columns = y.reshape(len(x), -1).sum(0)  # the rows are on their own: their sum serves all
    for column in columns:
        (row,) = torch.autograd.grad(column, x, retain_graph=True, materialize_grads=True)
        yield row.reshape(len(x), -1)


# --- matrices -------------------------------------------------------------------------------------
def effective_rank(matrix: Tensor) -> Tensor:
    """exp of the entropy of σᵢ / Σσ, the singular values (not their squares): (..., m, n) → (...).

    Between 1 and min(m, n), which equal singular values have; 0 of the zero matrix.
    Roy and Vetterli 2007; as a bias towards low rank Huh et al. 2021.

    >>> round(float(effective_rank(torch.diag(torch.tensor([2.0, 2.0, 2.0, 0.0])))), 6)
    3.0
    """
    _look("effective_rank", matrix, axes=2, name="the matrix")
    return _effective(torch.linalg.svdvals(matrix))


def _effective(singular: Tensor) -> Tensor:
    total = singular.sum(-1, keepdim=True)
    share = singular / total.clamp_min(torch.finfo(singular.dtype).tiny)
    return torch.special.entr(share).sum(-1).exp() * (total[..., 0] > 0)


def alignment(kernel: Tensor, labels: Tensor, center: bool = True) -> Tensor:
    """The cosine of a kernel matrix with "of one label": kernel (..., n, n), labels (n,) → (...).

    The kernel may be a Gram matrix, a tangent kernel, or the relations between items. center: take
    means of rows and columns from both, so that a kernel that knows nothing of the labels has 0 in
    expectation (Cortes, Mohri, Rostamizadeh 2012, eq. 2-4; in training Baratin et al. 2021).

    >>> labels = torch.tensor([0, 0, 1, 1, 2])
    >>> round(float(alignment((labels[:, None] == labels).double(), labels)), 6)
    1.0
    """
    _look("alignment", kernel, axes=2, name="the kernel")
    n = kernel.shape[-1]
    if kernel.shape[-2] != n:
        shape = tuple(kernel.shape)
        raise VsaError(f"alignment: the kernel has the shape {shape}, not (..., n, n)")
    _look_at_labels("alignment", labels, n)
    same = (labels[:, None] == labels).to(kernel.dtype)
    if center:
        kernel, same = _centered(kernel), _centered(same)
    norms = torch.linalg.matrix_norm(kernel) * torch.linalg.matrix_norm(same)
    if not bool((norms > 0).all()):
        raise VsaError("alignment: the kernel, or the labels, tell no two items apart")
    return (kernel * same).sum((-2, -1)) / norms


def _centered(kernel: Tensor) -> Tensor:
    kernel = kernel - kernel.mean(-1, keepdim=True)
    return kernel - kernel.mean(-2, keepdim=True)


# --- classes --------------------------------------------------------------------------------------
def class_separability(activations: Tensor, labels: Tensor) -> float:
    """The share of activations (n, …) whose nearest class bundle, by the cosine, is their own class's.

    A class bundle is the sum of the class's activations, so this is cleanup of a superposition. The
    first layer that reaches 1 − ε is a net's minimal depth (Galanti, Galanti, Ben-Shaul 2022, there
    by distances from means).

    >>> class_separability(torch.eye(4), torch.tensor([0, 0, 1, 1]))
    1.0
    """
    _look("class_separability", activations, name="the table of activations")
    _look_at_labels("class_separability", labels, len(activations))
    rows = activations.detach().reshape(len(activations), -1)
    values, own = torch.unique(labels, return_inverse=True)
    bundles = torch.nn.functional.one_hot(own, len(values)).to(rows.dtype).T @ rows
    found = (rows @ torch.nn.functional.normalize(bundles, dim=-1).T).argmax(-1)
    return float((found == own).double().mean())


def fisher_trace(
    module: Any, inputs: Tensor, exact: bool = True, generator: torch.Generator | None = None
) -> float:
    """Tr F = E_x E_{y∼p(·|x)} ‖∇_θ log p(y | x)‖² of a module that gives logits (n, classes).

    A module that gives a `Soft`, as Cleanup does, is taken at its weights.  exact: the expectation
    over y; else one y is drawn for each input (with the generator), which is unbiased and takes
    one gradient an input, not one for each class.  Of softmax regression it is ‖x‖² (1 − Σp²).
    Jastrzebski et al. 2021.
    """
    _look("fisher_trace", inputs)
    learnt = [p for p in module.parameters() if p.requires_grad]
    if not learnt:
        raise VsaError("fisher_trace: the module has no parameters that learn")
    total = 0.0
    for x in inputs.detach().split(1):
        with torch.enable_grad():
            logs = _log_probabilities(module(x))
        shares = logs.detach().exp()
        drawn = range(len(shares)) if exact else torch.multinomial(shares, 1, generator=generator)
        for y in map(int, drawn):
            slopes = torch.autograd.grad(logs[y], learnt, retain_graph=True, allow_unused=True)
            square = sum(float(slope.square().sum()) for slope in slopes if slope is not None)
            total += square * (float(shares[y]) if exact else 1.0)
    return total / len(inputs)


def _log_probabilities(found: Any) -> Tensor:
    """(classes,) of what a module gave for one input."""
    if isinstance(found, Soft):
        smallest = torch.finfo(found.weights.dtype).tiny
        return found.weights.clamp_min(smallest).log().flatten()
    return _first(found).flatten().log_softmax(-1)


# --- symmetries -----------------------------------------------------------------------------------
def equivariance(
    module: Module,
    inputs: Tensor | tuple[Tensor, ...],
    before: Callable[..., Any],
    after: Callable[[Tensor], Tensor] | None = None,
) -> float:
    """‖f(T x) − T′ f(x)‖ / ‖f(x)‖: 0 where the module has the symmetry, about 1.4 where it has none.

    before: T, done to the inputs.  after: T′, done to the output; without it nothing is, and the
    number says how *invariant* the module is.  Several inputs come as a tuple, and T then takes
    and gives as many.  An algebra's laws are its inductive biases: this holds them to numbers.

    >>> circular = torch.nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular")
    >>> shift = lambda x: x.roll(1, -1)
    >>> equivariance(circular, torch.rand(2, 1, 8), shift, shift) < 1e-6
    True
    """
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    for x in given:
        _look("equivariance", x)
    with torch.no_grad():
        moved = before(*given)
        plain = _first(module(*given))
        found = _first(module(*moved) if isinstance(moved, tuple) else module(moved))
        wanted = plain if after is None else after(plain)
        if found.shape != wanted.shape:
            shapes = f"{tuple(found.shape)} and {tuple(wanted.shape)}"
            raise VsaError(f"equivariance: outputs of shapes {shapes} cannot be compared")
        length = float(plain.norm())
        if not length > 0:
            raise VsaError("equivariance: the output is zero, so that no error is relative to it")
        return float((found - wanted).norm()) / length


# --- looks ----------------------------------------------------------------------------------------
def _first(found: Any) -> Tensor:
    return found[0] if isinstance(found, tuple) else found


def _look(function: str, x: Any, axes: int = 1, name: str = "the input") -> None:
    """An error unless it is a tensor of so many axes or more, with numbers, all finite."""
    if not isinstance(x, torch.Tensor):
        raise VsaError(f"{function}: {name} is a {type(x).__name__}, not a tensor")
    if x.ndim < axes or not math.prod(x.shape):
        wanted = "a batch of rows" if axes == 1 else "a matrix"
        raise VsaError(f"{function}: {name} has the shape {tuple(x.shape)}, not of {wanted}")
    look_at_numbers(function, x, x, name)


def _look_at_labels(function: str, labels: Any, n: int) -> None:
    if not isinstance(labels, torch.Tensor) or labels.shape != (n,):
        shape = tuple(getattr(labels, "shape", ()))
        raise VsaError(f"{function}: the labels have the shape {shape}, not ({n},)")
    if labels.is_floating_point() or labels.is_complex():
        raise VsaError(f"{function}: the labels are {labels.dtype}, not whole numbers")
