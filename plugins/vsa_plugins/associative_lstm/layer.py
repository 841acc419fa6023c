"""The associative LSTM as a module with the interface of `torch.nn.LSTM`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vsa import VsaError
from vsa.plugin import checked_whole
from vsa_plugins.associative_lstm.cell import (
    KEYS,
    Cell,
    Module,
    Recurrence,
    Tensor,
    bound,
    need_torch,
    nn,
    run,
    torch,
)
from vsa_plugins.associative_lstm.looks import Sequences, look_at, raised


class AssociativeLSTM(Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """An LSTM whose cell is a sum of key–value bindings, kept in redundant copies.

    hidden_size: N_h, even: so many real numbers, the real parts of N_h/2 complex ones before their
    imaginary parts.  copies: S.  keys: "learnt"; "moduli", without phases, so that all products stay
    and nothing is addressed; "none", all 1.  seed: of the permutations, which are buffers.
    forget_bias: where that bias starts.  check: look at what comes in.

    Other arguments, (batch, step) order, packed sequences and sequences without a batch are those of
    `torch.nn.LSTM`. The state is (h, c): h (layers · directions, batch, N_h), c (layers · directions,
    batch, S, N_h). Danihelka et al. 2016, arXiv 1602.03032.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        copies: int = 1,
        keys: str = "learnt",
        seed: int = 0,
        forget_bias: float = 1.0,
        check: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        need_torch()
        super().__init__()
        input_size = checked_whole("input_size", input_size, 1)
        hidden_size = checked_whole("hidden_size", hidden_size, 1)
        num_layers, copies = (
            checked_whole("num_layers", num_layers, 1),
            checked_whole("copies", copies, 1),
        )
        if hidden_size % 2:
            near = f"{hidden_size - 1} or {hidden_size + 1}" if hidden_size > 1 else "2"
            raise VsaError(
                "hidden_size must be even, for it holds real and imaginary parts: "
                f"give {near}, not {hidden_size}"
            )
        if keys not in KEYS:
            raise VsaError(f"keys is one of {', '.join(KEYS)}, not {keys!r}")
        if keys == "none" and copies > 1:
            raise VsaError("copies without keys are all the same: leave copies= out")
        if not 0 <= dropout <= 1:
            raise VsaError(f"dropout must be a share between 0 and 1, not {dropout!r}")
        seed = checked_whole("seed", seed)
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bidirectional
        self.dropout, self.copies, self.keys, self.check = float(dropout), copies, keys, check
        self.forget_bias = forget_bias
        wide = hidden_size * (2 if bidirectional else 1)
        for number, name in enumerate(self._names()):
            given = input_size if number < len(self._directions) else wide
            self._make(name, given, {"device": device, "dtype": dtype})
            self._permute(name, number, seed, device)
        self.reset_parameters()

    @property
    def _directions(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    def _names(self) -> list[str]:
        """`l0`, `l0_reverse`, `l1` …, in the order of the states."""
        return [f"l{k}{way}" for k in range(self.num_layers) for way in self._directions]

    def _make(self, name: str, given: int, place: dict[str, Any]) -> None:
        """Rows of weights: gates f, i, o; keys r_i, r_o (real, imaginary parts each); the value u."""
        m = self.hidden_size // 2
        state = Cell(m, self.copies, self.keys).rows
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (state + 2 * m, given),
            "weight_hh": (state, 2 * m),
        }
        if self.bias:
            shapes["bias"] = (state + 2 * m,)
        for kind, shape in shapes.items():
            self.register_parameter(f"{kind}_{name}", nn.Parameter(torch.empty(shape, **place)))

    def _permute(self, name: str, number: int, seed: int, device: Any) -> None:
        """The first copy keeps the order of the keys, which it may as well: orders are relative."""
        m = self.hidden_size // 2
        rng = np.random.default_rng([seed % 2**64, number])
        orders = [np.arange(m), *(rng.permutation(m) for _ in range(self.copies - 1))]
        table = torch.from_numpy(np.stack(orders)).to(device)
        self.register_buffer(f"permutations_{name}", table)

    def reset_parameters(self) -> None:
        """Uniform between ±1/√N_h as in `torch.nn.LSTM`, and the forget gate's bias as given."""
        limit = self.hidden_size**-0.5
        for name, parameter in self.named_parameters():
            nn.init.uniform_(parameter, -limit, limit)
            if name.startswith("bias_"):
                with torch.no_grad():
                    parameter[: self.hidden_size // 2] = self.forget_bias

    def flatten_parameters(self) -> None:
        """Nothing: here so that what holds a `torch.nn.LSTM` may hold this."""

    def forward(self, input: Any, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Any, Any]:
        """Outputs like the input, (…, directions · N_h), and the last (h, c)."""
        where = self.weight_hh_l0.device.type
        if where in ("cpu", "cuda") and torch.is_autocast_enabled(where):
            with torch.autocast(where, enabled=False):  # a long sum does not bear half precision
                return self.forward(raised(input, self.weight_hh_l0.dtype), hx)
        given = Sequences.of(self, input)
        if self.check:
            look_at(self, given, hx)
        h0, c0 = self._start(given, hx)
        data = given.data
        ends: list[list[Tensor]] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                data = nn.functional.dropout(data, self.dropout, self.training)
            outs = []
            for way in self._directions:
                k = len(ends)
                out, *end = self._run(f"l{layer}{way}", data, h0[k], c0[k], given.steps)
                outs.append(out)
                ends.append(end)
            data = torch.cat(outs, -1) if len(outs) > 1 else outs[0]
        h, c = (torch.stack(column) for column in zip(*ends, strict=True))
        return given.like(data), (given.unsort(h), given.unsort(c))

    def _start(self, given: Sequences, hx: Any) -> tuple[Tensor, Tensor]:
        if hx is not None:
            return given.sort(hx[0]), given.sort(hx[1])
        h = given.data.new_zeros(1, given.rows, self.hidden_size)
        layers = self.num_layers * len(self._directions)
        return h.expand(layers, -1, -1), h.unsqueeze(2).expand(layers, -1, self.copies, -1)

    def _run(
        self, name: str, data: Tensor, h: Tensor, c: Tensor, steps: Sequence[int]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One layer in one direction; what the input gives is one product for all steps."""
        weight, recurrent = getattr(self, f"weight_ih_{name}"), getattr(self, f"weight_hh_{name}")
        m, copies = self.hidden_size // 2, self.copies
        reverse = name.endswith("_reverse")
        cell = Cell(m, copies, self.keys, *self._orders(name), steps, reverse)
        made = weight @ data.t()
        if self.bias:
            made = made + getattr(self, f"bias_{name}")[:, None]
        x, u = made[: cell.rows], bound(made[cell.rows :].unflatten(0, (2, m)))
        h, c = h.t(), c.unflatten(-1, (2, m)).permute(2, 1, 3, 0)
        if torch.is_grad_enabled() and any(t.requires_grad for t in (made, recurrent, h, c)):
            out, h, c = Recurrence.apply(cell, x, u, recurrent, h, c)
        else:
            out, h, c = run(cell, x, u, recurrent, h, c)
        return out.t(), h.t(), c.permute(3, 1, 0, 2).flatten(2)

    def _orders(self, name: str) -> tuple[Tensor, Tensor]:
        """The permutations as one index, and the index that undoes them."""
        if self.copies == 1:
            return None, None
        table = getattr(self, f"permutations_{name}")
        m = self.hidden_size // 2
        first = m * torch.arange(self.copies, device=table.device)[:, None]
        return table.reshape(-1), (table.argsort(-1) + first).reshape(-1)

    def extra_repr(self) -> str:
        said = {
            "num_layers": (self.num_layers, 1), "bias": (self.bias, True),
            "batch_first": (self.batch_first, False), "dropout": (self.dropout, 0.0),
            "bidirectional": (self.bidirectional, False), "copies": (self.copies, 1),
            "keys": (self.keys, "learnt"),
        }  # fmt: skip
        more = [f"{name}={value!r}" for name, (value, usual) in said.items() if value != usual]
        return ", ".join([str(self.input_size), str(self.hidden_size), *more])
