"""The associative LSTM beside its equations written by hand in torch, and beside `torch.nn.LSTM`.

Rows are a batch × units, over 20 steps. Ours: the module as it is called, with its look at the input.
hand: one loop over the steps with inputs projected before it, S copies gathered by one index, nothing
looked at; in real numbers and in complex ones, of which the faster counts. "forward" is without
gradients; "learn" squares and sums the outputs and differentiates by all weights. LSTM: torch's own
C++ of as many parameters, for orientation: it does less, S times less in its cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.harness import OURS, Candidate, Row, Run

PEERS = ("hand", "LSTM")
GOAL = 1 / 3  # ours within three times the hand-written expression
SIZES = ((16, 64, 1), (16, 64, 4), (32, 128, 1), (32, 128, 8))  # batch, N_h, copies
STEPS, INPUT = 20, 10


def rows(quick: bool = False) -> Iterator[Row]:
    try:
        import torch
    except ImportError:
        return
    from vsa_plugins.associative_lstm import AssociativeLSTM

    for batch, hidden, copies in SIZES[1:2] if quick else SIZES:
        torch.manual_seed(0)
        net = AssociativeLSTM(INPUT, hidden, copies=copies)
        wide = equal(sum(p.numel() for p in net.parameters()), INPUT)
        lstm = torch.nn.LSTM(INPUT, wide)
        x = torch.randn(3 if quick else STEPS, batch, INPUT)
        ways = {"complex": Complex(net), "real": Real(net)}
        label = f"{batch} × {hidden}, {copies} cop{'ies' if copies > 1 else 'y'}"
        for what, how in (("forward", still), ("learn", learn)):
            candidates = [Candidate(OURS, how(net, net, x), sums)]
            candidates += [
                Candidate("hand", how(way, net, x), sums, way=name) for name, way in ways.items()
            ]
            candidates.append(Candidate("LSTM", how(lstm, lstm, x)))
            yield Row(f"{what}, {label}", candidates, goals={"hand": GOAL})


def equal(parameters: int, given: int) -> int:
    """Units of a `torch.nn.LSTM` of about as many parameters: 4n (given + n + 2)."""
    return round((((given + 2) ** 2 + parameters) ** 0.5 - (given + 2)) / 2)


def still(call: Callable[[Any], Any], net: Any, x: Any) -> Run:
    import torch

    return torch.no_grad()(lambda: call(x)[0])  # type: ignore[no-any-return]


def learn(call: Callable[[Any], Any], net: Any, x: Any) -> Run:
    import torch

    def run() -> Any:
        net.zero_grad()
        call(x)[0].square().sum().backward()
        return net

    return torch.enable_grad()(run)  # type: ignore[no-any-return]


def sums(found: Any) -> Any:
    """What is compared: outputs, or the sum of each parameter's gradient."""
    if hasattr(found, "parameters"):
        return np.array([float(p.grad.sum()) for p in found.parameters()])
    return np.asarray(found)


class Real:
    """The equations in real numbers, real and imaginary parts apart."""

    def __init__(self, net: Any) -> None:
        self.net, self.size, self.copies = net, net.hidden_size // 2, net.copies
        self.orders = net.permutations_l0.reshape(-1)

    def __call__(self, x: Any) -> tuple[Any, None]:
        import torch

        net, m, copies = self.net, self.size, self.copies
        steps, n, _ = x.shape
        made = torch.nn.functional.linear(x, net.weight_ih_l0, net.bias_l0)
        u = made[..., 7 * m :].reshape(steps, n, 2, m)
        u = u / u.square().sum(2, keepdim=True).clamp(min=1).sqrt()
        by = net.weight_hh_l0.t()
        h = x.new_zeros(n, 2 * m)
        cx = cy = x.new_zeros(n, copies, m)
        out = []
        for t in range(steps):
            z = torch.addmm(made[t, :, : 7 * m], h, by)
            f, i, o = z[:, : 3 * m].sigmoid().chunk(3, 1)
            key = z[:, 3 * m :].view(n, 2, 2, m)
            key = key / key.square().sum(2, keepdim=True).clamp(min=1).sqrt()
            if copies > 1:
                key = key[..., self.orders]
            key = key.view(n, 2, 2, copies, m)
            vx, vy = (i * u[t, :, 0])[:, None], (i * u[t, :, 1])[:, None]
            ax, ay, bx, by_ = key[:, 0, 0], key[:, 0, 1], key[:, 1, 0], key[:, 1, 1]
            f = f[:, None]
            cx, cy = f * cx + ax * vx - ay * vy, f * cy + ax * vy + ay * vx
            qx, qy = (bx * cx - by_ * cy).mean(1), (bx * cy + by_ * cx).mean(1)
            shrink = o / (qx * qx + qy * qy).clamp(min=1).sqrt()
            h = torch.cat([shrink * qx, shrink * qy], 1)
            out.append(h)
        return torch.stack(out), None


class Complex(Real):
    """The equations in complex tensors."""

    def __call__(self, x: Any) -> tuple[Any, None]:
        import torch

        net, m, copies = self.net, self.size, self.copies
        steps, n, _ = x.shape
        made = torch.nn.functional.linear(x, net.weight_ih_l0, net.bias_l0)
        u = bounded(torch.complex(made[..., 7 * m : 8 * m], made[..., 8 * m :]))
        by = net.weight_hh_l0.t()
        h = x.new_zeros(n, 2 * m)
        c = torch.zeros(n, copies, m, dtype=torch.complex64)
        out = []
        for t in range(steps):
            z = torch.addmm(made[t, :, : 7 * m], h, by)
            f, i, o = z[:, : 3 * m].sigmoid().chunk(3, 1)
            parts = z[:, 3 * m :].view(n, 2, 2, m)
            key = bounded(torch.complex(parts[:, :, 0], parts[:, :, 1]))
            if copies > 1:
                key = key[..., self.orders]
            key = key.view(n, 2, copies, m)
            c = f[:, None] * c + key[:, 0] * (i * u[t])[:, None]
            q = o * bounded((key[:, 1] * c).mean(1))
            h = torch.cat([q.real, q.imag], 1)
            out.append(h)
        return torch.stack(out), None


def bounded(x: Any) -> Any:
    return x / x.abs().clamp(min=1)
