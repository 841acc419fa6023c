"""The recurrence of an associative LSTM over all time steps, with its gradients by hand.

Of N_h real numbers, m = N_h/2 complex ones: the first half of a state are real parts, the second the
imaginary ones. With z = W_hh h + what comes from the input (Danihelka et al. 2016)

    f, i, o = σ(z)                             gates (m)
    r_i, r_o = bound(z)                        keys (m complex each); P_s of them for copy s
    c_s ← f ⊙ c_s + P_s r_i ⊛ (i ⊙ u)          ⊛ the product of complex numbers, component-wise
    h = o ⊙ bound((1/S) Σ_s P_s r_o ⊛ c_s)     bound(x) = x / max(1, |x|) of each complex number

Inside, the batch is the last axis, n: to permute components is then to copy rows, ten times as fast
as to gather numbers. Real and imaginary parts are kept apart, which complex tensors do not beat. The
gradient is written out; autograd's graph of the same steps takes longer and keeps more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from vsa import VsaError
from vsa.plugin import needed

__all__ = [
    "KEYS", "Cell", "Module", "Recurrence", "Tensor", "bound", "need_torch", "nn", "run", "torch",
]  # fmt: skip

try:
    import torch
    from torch import nn
except ImportError:  # the module can be looked at; who makes something of it is told
    torch = nn = None


Tensor = Any  # a torch.Tensor; mypy does not look into torch
Pair = tuple[Tensor, Tensor]  # real and imaginary parts
Module: Any = nn.Module if nn else object
Function: Any = torch.autograd.Function if torch else object

KEYS = ("learnt", "moduli", "none")


def need_torch() -> None:
    """An error where there is no torch."""
    needed("torch", "an associative LSTM", "torch")


@dataclass(frozen=True, slots=True)
class Cell:
    """What the steps of a layer in one direction have in common.

    size: m.  keys: "learnt"; "moduli", of which phases are left out, so that the products remain and
    nothing is addressed; or "none", all 1.  forth, back: where component j of copy s, at s·m + j,
    comes from in r, and what brings it back; None of one copy, which is in r's own order.
    steps: how many sequences each step has, the first ones.  reverse: from the last step on.
    """

    size: int
    copies: int
    keys: str
    forth: Tensor = None
    back: Tensor = None
    steps: Sequence[int] = ()
    reverse: bool = False

    @property
    def rows(self) -> int:
        """Numbers in z: three gates and, if they are made, two keys."""
        return (3 if self.keys == "none" else 7) * self.size

    def turned(self, steps: Sequence[Any]) -> Sequence[Any]:
        """Of each step something, in the order in which steps are run, or from that in time's."""
        return steps[::-1] if self.reverse else steps


class Kept(NamedTuple):
    """What the gradient of one step needs."""

    gates: Tensor  # (3m, n)
    raw: Tensor  # keys before `bound` (2 keys, 2 parts, m, n)
    scale: Tensor  # by which it bounds them (2, 1, m, n)
    keys: tuple[Tensor, ...]  # of all copies: real, imaginary part to write with, to read with
    value: Tensor  # i ⊙ u (2, m, n)
    h: Tensor  # before the step (2m, n)
    before: Pair  # cells (S, m, n)
    after: Pair
    shrink: Tensor  # by which h is bounded (m, n)
    read: Tensor  # h before its gate (2, m, n)


def bound(x: Tensor) -> Tensor:
    """x / max(1, |x|) of complex numbers (..., 2, m, n), real parts before imaginary ones."""
    return x * _scale(x)


def _scale(x: Tensor) -> Tensor:
    return x.square().sum(-3, keepdim=True).clamp_(min=1).rsqrt()


def _length(x: Tensor) -> Tensor:
    return x.square().sum(-3, keepdim=True).sqrt()  # `norm` takes ten times as long


def run(
    cell: Cell, x: Tensor, u: Tensor, weight: Tensor, h: Tensor, c: Tensor,
    kept: list[Kept] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """All steps: x (rows, total), u (2, m, total) bounded, weight (rows, 2m), h (2m, B), c (2, S, m, B).

    Columns of a step lie together, step after step, as in a packed sequence. Gives h of all of them
    (2m, total), and the last h and c of each of the B sequences.
    """
    out = []
    state = Columns([h, *c])
    sizes = list(cell.steps)
    parts = zip(cell.turned(x.split(sizes, -1)), cell.turned(u.split(sizes, -1)), strict=True)
    for from_input, value in parts:
        h, cx, cy = state.first(from_input.shape[-1])
        z = torch.addmm(from_input, weight, h)
        h, after, about = _step(cell, z, value, h, (cx, cy), kept is not None)
        out.append(h)
        state.now = [h, *after]
        if kept is not None:
            kept.append(about)
    last, cx, cy = state.all()
    return torch.cat(cell.turned(out), -1), last, torch.stack([cx, cy])


def _step(
    cell: Cell, z: Tensor, u: Tensor, h: Tensor, before: Pair, keep: bool
) -> tuple[Tensor, Pair, Any]:
    m, n = cell.size, z.shape[-1]
    gates = z[: 3 * m].sigmoid()
    forget, write, give = gates.view(3, m, n).unbind()
    raw = z[3 * m :].view(len(z) // (2 * m) - 1, 2, m, n)  # no keys, or two
    scale, keys = _keys(cell, raw)
    ax, ay, bx, by = keys
    value = u * write
    vx, vy = value.unbind()
    cx = (before[0] * forget).addcmul_(ax, vx).addcmul_(ay, vy, value=-1)
    cy = (before[1] * forget).addcmul_(ax, vy).addcmul_(ay, vx)
    qx = (bx * cx).addcmul_(by, cy, value=-1).sum(0)
    qy = (bx * cy).addcmul_(by, cx).sum(0)
    mean = torch.stack((qx, qy)).div_(cell.copies)
    shrink = _scale(mean)
    read = mean * shrink
    kept = Kept(gates, raw, scale, keys, value, h, before, (cx, cy), shrink, read) if keep else None
    return (read * give).view(2 * m, n), (cx, cy), kept


def _keys(cell: Cell, raw: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    """What bounds the keys, and the bounded keys of all copies, four times (S, m, n)."""
    m, n = raw.shape[-2:]
    if cell.keys == "none":
        one = raw.new_ones(1, 1, 1)
        return raw, (one, torch.zeros_like(one), one, torch.zeros_like(one))
    scale = _scale(raw)
    key = raw * scale
    if cell.keys == "moduli":
        key = torch.cat([_length(key), torch.zeros_like(scale)], 1)
    key = key.view(4, m, n)
    if cell.forth is not None:
        key = key.index_select(1, cell.forth)
    return scale, key.view(4, cell.copies, m, n).unbind()


class Recurrence(Function):  # type: ignore[misc]  # torch is not there for mypy to see
    """`run` with gradients, which cannot be differentiated again: who asks for that is told so."""

    @staticmethod
    def forward(
        ctx: Any, cell: Cell, x: Tensor, u: Tensor, weight: Tensor, h: Tensor, c: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        ctx.cell, ctx.kept = cell, []
        ctx.save_for_backward(u, weight)
        return run(cell, x, u, weight, h, c, ctx.kept)

    @staticmethod
    def backward(ctx: Any, d_out: Tensor, d_last: Tensor, d_c: Tensor) -> tuple[Any, ...]:
        if torch.is_grad_enabled():  # torch's own `once_differentiable` lets a constant d_out pass
            raise VsaError(
                "an associative LSTM has no second derivatives: leave create_graph=True out"
            )
        cell, sizes = ctx.cell, list(ctx.cell.steps)
        u, weight = ctx.saved_tensors
        d_x: list[Tensor] = []
        d_u: list[Tensor] = []
        state = Columns([d_last, *d_c])
        steps = zip(
            ctx.kept,
            cell.turned(u.split(sizes, -1)),
            cell.turned(d_out.split(sizes, -1)),
            strict=True,
        )
        for kept, value, d_h in reversed(list(steps)):
            later, *d_cells = state.first(value.shape[-1])
            d_z, d_value, before = _step_back(cell, kept, value, later + d_h, d_cells)
            state.now = [weight.t() @ d_z, *before]
            d_x.append(d_z)
            d_u.append(d_value)
        d_h, d_cx, d_cy = state.all()
        all_x = torch.cat(cell.turned(d_x[::-1]), -1)
        all_h = torch.cat(cell.turned([kept.h for kept in ctx.kept]), -1)
        all_u = torch.cat(cell.turned(d_u[::-1]), -1)
        return None, all_x, all_u, all_x @ all_h.t(), d_h, torch.stack([d_cx, d_cy])


def _step_back(
    cell: Cell, kept: Kept, u: Tensor, d_h: Tensor, d_c: Sequence[Tensor]
) -> tuple[Tensor, Tensor, Pair]:
    """From the gradients of h and of the cells after a step, those of z, of u and of the cells before."""
    m, n = cell.size, u.shape[-1]
    forget, write, give = kept.gates.view(3, m, n).unbind()
    ax, ay, bx, by = kept.keys
    (px, py), (cx, cy) = kept.before, kept.after
    d_h = d_h.view(2, m, n)
    d_give = (d_h * kept.read).sum(0)
    qx, qy = _bound_back(d_h * give, kept.read, kept.shrink).div_(cell.copies).unbind()
    d_cx = d_c[0].addcmul(bx, qx).addcmul_(by, qy)
    d_cy = d_c[1].addcmul(bx, qy).addcmul_(by, qx, value=-1)
    d_forget = (d_cx * px).addcmul_(d_cy, py).sum(0)
    d_vx = (ax * d_cx).addcmul_(ay, d_cy).sum(0)
    d_vy = (ax * d_cy).addcmul_(ay, d_cx, value=-1).sum(0)
    d_value = torch.stack((d_vx, d_vy))
    d_gates = torch.cat((d_forget, (d_value * u).sum(0), d_give))
    d_z = torch.ops.aten.sigmoid_backward(d_gates, kept.gates)
    if cell.keys != "none":
        vx, vy = kept.value.unbind()
        d_keys = torch.stack(
            (
                (d_cx * vx).addcmul_(d_cy, vy),
                (d_cy * vx).addcmul_(d_cx, vy, value=-1),
                (cx * qx).addcmul_(cy, qy),
                (cx * qy).addcmul_(cy, qx, value=-1),
            )
        )
        d_z = torch.cat((d_z, _keys_back(cell, kept, d_keys).view(4 * m, n)))
    return d_z, d_value * write, (d_cx.mul_(forget), d_cy.mul_(forget))


def _keys_back(cell: Cell, kept: Kept, d: Tensor) -> Tensor:
    """The gradient of the raw keys (2, 2, m, n) from that of all copies' keys (4, S, m, n)."""
    m, n = d.shape[-2:]
    if cell.back is not None:
        d = d.flatten(1, 2).index_select(1, cell.back).view(d.shape)
    d = d.sum(1).view(2, 2, m, n)
    if cell.keys == "learnt":
        return _bound_back(d, kept.raw * kept.scale, kept.scale)
    length = _length(kept.raw)
    inside = (length > 0) & (length < 1)
    return kept.raw * torch.where(inside, d[:, :1] / length, 0.0)


def _bound_back(d: Tensor, bounded: Tensor, scale: Tensor) -> Tensor:
    """The gradient of x from that of bound(x): of what was cut to length 1 only across it."""
    along = (d * bounded).sum(-3, keepdim=True).mul_(scale < 1)
    return (d - bounded * along).mul_(scale)


class Columns:
    """Tensors of B columns each, of which a step has the first n: more or fewer than that before.

    In a packed sequence short ones end before others; read backwards they begin later.
    """

    def __init__(self, start: list[Tensor]) -> None:
        self.start = start
        self.now: list[Tensor] = []  # whoever steps puts here what came of it
        self.ended: list[list[Tensor]] = []

    def first(self, n: int) -> list[Tensor]:
        """The first n columns; those that no step has had are as at the start."""
        if not self.now:
            self.now = [x[..., :0] for x in self.start]
        had = self.now[0].shape[-1]
        if n < had:
            self.ended.append([x[..., n:] for x in self.now])
            self.now = [x[..., :n] for x in self.now]
        elif n > had:
            fresh = [x[..., had:n] for x in self.start]
            self.now = _beside([self.now, fresh]) if had else fresh
        return self.now

    def all(self) -> list[Tensor]:
        """Every column as it was last."""
        return _beside([self.now, *reversed(self.ended)])


def _beside(parts: list[list[Tensor]]) -> list[Tensor]:
    if len(parts) == 1:
        return parts[0]
    return [torch.cat(tensors, -1) for tensors in zip(*parts, strict=True)]
