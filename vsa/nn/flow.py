"""Gradient flow of class vectors: the bundle of a class is its first instant."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.autograd.function import once_differentiable

from vsa.algebra.vector import Vector
from vsa.arguments import checked_choice, checked_number, checked_whole
from vsa.errors import VsaError
from vsa.nn.looks import Tensor, bad, look_at, look_at_numbers

METHODS = ("autograd", "forward")
SMOOTH = 1.0  # h · λmax / 2n of a step: errors of 1e-5; Runge and Kutta's is stable below 2.78
FEWEST = 16
NAME = "gradient_flow"


class Flow(NamedTuple):
    """Class vectors after some time of learning.

    weight: (..., classes, dim), or a Vector (..., classes).  shares: (..., items, classes), what each
    item carries of each class vector: weight = start + sharesᵀ items.
    """

    weight: Any
    shares: Tensor


def gradient_flow(
    items: Any,
    labels: Tensor,
    time: Any,
    start: Any = None,
    classes: int | None = None,
    steps: int | None = None,
    method: str = "autograd",
) -> Flow:
    """Class vectors W(time) that follow dW/dt = −∇L, L the mean cross-entropy of softmax(items Wᵀ).

    items: (..., n, dim), packed, or a Vector (..., n).  labels: whole numbers (..., n).  time: a
    number of at least 0, or a tensor of one, which may learn.  start: W(0) (..., classes, dim),
    zero unless given.  classes: one more than the largest label unless given.  steps: of Runge and
    Kutta; unless given as many as h · λmax(G) / (2n) ≤ 1 takes, G the items' Gram matrix: with a
    fixed number of them a long flow breaks.

    As time → 0 from zero, a class vector is time/n times the sum of its items less the share of
    all: the bundle of the class, centred. As time → ∞ it goes to the largest margin. All that is
    integrated are the n · classes shares. method: how gradients come, by "autograd" through the
    steps, or "forward", along with the flow, which keeps n² classes² + n³ classes numbers however
    many steps there are.  Deleu et al. 2022 (COMLN).

    >>> items, labels = torch.eye(4), torch.tensor([0, 0, 1, 1])
    >>> flow = gradient_flow(items, labels, 0.001)
    >>> (flow.weight / 0.001 * 8).round()
    tensor([[ 1.,  1., -1., -1.],
            [-1., -1.,  1.,  1.]])
    """
    method = checked_choice("method", method, METHODS)
    space = items.space if isinstance(items, Vector) else None
    x, w = _packed(items, space), None if start is None else _packed(start, space)
    n, labels, classes = _look(x, labels, classes)
    if w is not None:
        _look_at_start(w, x, classes)
    time = _time(time, x)
    y = torch.nn.functional.one_hot(labels, classes).to(x.dtype)
    gram = x @ x.mT
    if steps is None:
        turn = float(torch.linalg.matrix_norm(x.detach(), 2).max()) ** 2 / (2 * n)
        steps = max(FEWEST, math.ceil(float(time.detach()) * turn / SMOOTH))
    else:
        steps = checked_whole("steps", steps, 1)
    scores = torch.zeros_like(gram[..., :1]) * y if w is None else x @ w.mT
    if method == "forward":
        gram = gram.expand(*scores.shape[:-2], n, n)
        shares = _Forward.apply(scores, gram, time, y, steps)
    else:
        nothing = torch.zeros_like(scores)
        shares = -_integrated(lambda s: _slope(scores - gram @ s, y), nothing, time, steps)
    weight = shares.mT @ x
    if w is not None:
        weight = w + weight
    if space is not None:
        weight = Vector(space, space.algebra.unpack(weight))
    return Flow(weight, shares)


# --- the equations --------------------------------------------------------------------------------
def _slope(scores: Tensor, y: Tensor) -> Tensor:
    """ds/dt, of W = W(0) − sᵀ items."""
    return (scores.softmax(-1) - y) / y.shape[-2]


def _integrated(
    slope: Callable[[Tensor], Tensor], state: Tensor, time: Tensor, steps: int
) -> Tensor:
    h = time / steps
    for _ in range(steps):
        a = slope(state)
        b = slope(state + h / 2 * a)
        c = slope(state + h / 2 * b)
        d = slope(state + h * c)
        state = state + h / 6 * (a + 2 * b + 2 * c + d)
    return state


class _Forward(torch.autograd.Function):  # type: ignore[misc]  # torch is not there for mypy to see
    """s(time) of scores (..., n, classes) and gram (..., n, n), its derivatives by both along with it.

    The state (..., n, classes, 1 + n · classes + n · n) holds s and then ∂s by each score and by
    each number of gram: d(∂s)/dt = A (∂scores − ∂gram s − gram ∂s), A = (diag p − p pᵀ) / n.
    """

    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, gram: Tensor, time: Tensor, y: Tensor, steps: int
    ) -> Tensor:
        n, classes = y.shape[-2:]
        one = torch.eye(n * classes, dtype=y.dtype, device=y.device).reshape(n, classes, -1)
        row = torch.eye(n, dtype=y.dtype, device=y.device)

        def slope(state: Tensor) -> Tensor:
            s, turned = state[..., 0], state[..., 1:]
            logits = scores - gram @ s
            p = logits.softmax(-1)[..., None]
            # ∂(gram s)_{i,c} by gram_{m,j} is s_{j,c} where i = m
            by_gram = row[:, None, :, None] * s.mT[..., None, :, None, :]
            pushed = torch.cat([one.expand(*s.shape, -1), -by_gram.flatten(-2)], -1)
            pushed = pushed - torch.einsum("...im,...mcq->...icq", gram, turned)
            bent = p * (pushed - (p * pushed).sum(-2, keepdim=True)) / n
            return torch.cat([_slope(logits, y)[..., None], bent], -1)

        state = scores.new_zeros((*scores.shape, 1 + n * classes + n * n))
        state = _integrated(slope, state, time, steps)
        s, turned = state[..., 0], state[..., 1:]
        ctx.save_for_backward(turned, _slope(scores - gram @ s, y))
        ctx.sizes = n, classes
        return -s

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, given: Tensor) -> tuple[Any, ...]:
        turned, last = ctx.saved_tensors
        n, classes = ctx.sizes
        total = -(given[..., None] * turned).sum((-3, -2))
        by_scores = total[..., : n * classes].unflatten(-1, (n, classes))
        by_gram = total[..., n * classes :].unflatten(-1, (n, n))
        return by_scores, by_gram, -(given * last).sum(), None, None


# --- looks ----------------------------------------------------------------------------------------
def _packed(given: Any, space: Any) -> Any:
    if not isinstance(given, Vector):
        return given
    if given.space != space:
        raise bad(NAME, "the start", f"is of {given.space!r}, the items are not")
    return given.space.algebra.pack(given.data)


def _look(x: Any, labels: Any, classes: int | None) -> tuple[int, Tensor, int]:
    """How many items there are, their labels and how many classes, all looked at."""
    if not isinstance(x, torch.Tensor) or x.ndim < 2 or not x.shape[-2]:
        shape = tuple(getattr(x, "shape", ()))
        raise bad(NAME, "items", f"have the shape {shape}, not (..., n, dim), n ≥ 1")
    look_at_numbers(NAME, x, x, "the table of items")
    whole = isinstance(labels, torch.Tensor) and labels.dtype in (torch.int64, torch.int32)
    if not whole:
        kind = getattr(labels, "dtype", type(labels).__name__)
        raise bad(NAME, "labels", f"are whole numbers in a tensor, not {kind}")
    if labels.shape != x.shape[:-1]:
        shapes = f"{tuple(labels.shape)}, not {tuple(x.shape[:-1])}"
        raise bad(NAME, "labels", f"have the shape {shapes}")
    least, most = int(labels.min()), int(labels.max())
    classes = most + 1 if classes is None else checked_whole("classes", classes, 1)
    if least < 0 or most >= classes:
        wrong = least if least < 0 else most
        raise bad(NAME, "labels", f"hold {wrong}: the classes are 0 to {classes - 1}")
    return x.shape[-2], labels.long(), classes


def _look_at_start(w: Any, x: Tensor, classes: int) -> None:
    look_at(NAME, w, x.shape[-1], x, "the start")
    if w.ndim < 2 or w.shape[-2] != classes:
        wanted = f"(..., {classes}, {x.shape[-1]})"
        raise bad(NAME, "the start", f"has the shape {tuple(w.shape)}, not {wanted}")


def _time(time: Any, x: Tensor) -> Tensor:
    """As a tensor that keeps its gradient."""
    known = isinstance(time, torch.Tensor)
    number = checked_number("time", time.detach() if known else time, 0)
    if not known:
        return torch.tensor(number, dtype=x.dtype, device=x.device)
    if time.numel() != 1:
        raise VsaError("time must be one number")
    return time.reshape(()).to(x)
