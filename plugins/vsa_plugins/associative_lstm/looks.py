"""What a recurrent layer is given: sequences in one form, and a look at them before computing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vsa import VsaError
from vsa_plugins.associative_lstm.cell import Tensor, nn, torch


def bad(layer: Any, what: str) -> VsaError:
    return VsaError(f"{type(layer).__name__}: {what}")


def raised(given: Any, dtype: Any) -> Any:
    """An input in a layer's precision, where autocast has lowered it."""
    known = isinstance(given, torch.Tensor | nn.utils.rnn.PackedSequence)
    return given.to(dtype) if known else given


@dataclass(frozen=True, slots=True)
class Sequences:
    """Rows of numbers, step after step, however they were given.

    data: (total, input_size).  steps: how many rows each has.  rows: how many sequences.
    order, back: how a packed sequence sorted them, and the way back.  given: the original.
    """

    data: Tensor
    steps: Sequence[int]
    rows: int
    given: Any
    batch_first: bool
    order: Tensor = None
    back: Tensor = None

    @classmethod
    def of(cls, layer: Any, given: Any) -> Sequences:
        """An input of a layer, of which the sizes are looked at."""
        if isinstance(given, nn.utils.rnn.PackedSequence):
            _wide(layer, given.data)
            steps = given.batch_sizes.tolist()
            return cls(
                given.data, steps, steps[0], given, False, given.sorted_indices,
                given.unsorted_indices,
            )  # fmt: skip
        if not isinstance(given, torch.Tensor):
            raise bad(
                layer, f"input is a {type(given).__name__}: give a tensor or a packed sequence"
            )
        if given.ndim not in (2, 3):
            raise bad(
                layer,
                f"input has the shape {tuple(given.shape)}: give {_wanted(layer)}, or "
                f"(steps, {layer.input_size}) without a batch",
            )
        _wide(layer, given)
        data = given.unsqueeze(1) if given.ndim == 2 else given
        first = layer.batch_first and given.ndim == 3
        if first:
            data = data.transpose(0, 1)
        steps, rows = data.shape[:2]
        if not steps:
            raise bad(layer, "input has no steps: leave empty sequences out")
        return cls(data.flatten(0, 1), [rows] * steps, rows, given, first)

    def sort(self, state: Tensor) -> Tensor:
        """A state (layers, batch, …) in the order of the rows."""
        if self._single:
            return state.unsqueeze(1)
        return state if self.order is None else state.index_select(1, self.order)

    def unsort(self, state: Tensor) -> Tensor:
        """A state in the order in which the sequences were given."""
        if self._single:
            return state.squeeze(1)
        return state if self.back is None else state.index_select(1, self.back)

    def like(self, data: Tensor) -> Any:
        """Outputs in the form of the input."""
        if not isinstance(self.given, torch.Tensor):
            return self.given._replace(data=data)
        if self._single:
            return data
        data = data.view(len(self.steps), self.rows, data.shape[-1])
        return data.transpose(0, 1) if self.batch_first else data

    @property
    def _single(self) -> bool:
        """Whether there was one sequence, without a batch."""
        return isinstance(self.given, torch.Tensor) and self.given.ndim == 2

    def place(self, row: int) -> str:
        """Which sequence and which step a row of data is, as the user counts."""
        step = 0
        while row >= self.steps[step]:
            row -= self.steps[step]
            step += 1
        if self._single:
            return f"step {step}"
        sequence = row if self.order is None else int(self.order[row])
        return f"row {sequence}, step {step}"


def look_at(layer: Any, given: Sequences, hx: Any) -> None:
    """An error where an input or a state does not suit the layer."""
    like = layer.weight_hh_l0
    _numbers(layer, given.data, "input", like)
    if not math.isfinite(given.data.detach().sum()):
        wrong = ~given.data.detach().isfinite().all(-1)
        if bool(wrong.any()):
            place = given.place(int(wrong.nonzero()[0, 0]))
            raise bad(layer, f"input holds NaN or infinity in {place}: leave that row out")
    if hx is None:
        return
    if not isinstance(hx, tuple | list) or len(hx) != 2:
        raise bad(layer, "the state is a pair (h, c): give both or neither")
    batch = () if given._single else (given.rows,)
    layers = layer.num_layers * (2 if layer.bidirectional else 1)
    h = (layers, *batch, layer.hidden_size)
    c = (layers, *batch, layer.copies, layer.hidden_size)
    for name, state, shape in (("h", hx[0], h), ("c", hx[1], c)):
        if not isinstance(state, torch.Tensor):
            raise bad(layer, f"{name} of the state is a {type(state).__name__}: give a tensor")
        if tuple(state.shape) != shape:
            raise bad(
                layer, f"{name} of the state has the shape {tuple(state.shape)}: give {shape}"
            )
        _numbers(layer, state, f"{name} of the state", like)
        if not math.isfinite(state.detach().sum()):
            wrong = ~state.detach().isfinite()
            if bool(wrong.any()):
                place = wrong.nonzero()[0].tolist()
                row = f", row {place[1]}" if batch else ""
                raise bad(
                    layer,
                    f"{name} of the state holds NaN or infinity in layer {place[0]}{row}: "
                    "begin without a state",
                )


def _numbers(layer: Any, numbers: Tensor, name: str, like: Tensor) -> None:
    if numbers.dtype != like.dtype:
        kind = str(like.dtype).removeprefix("torch.")
        raise bad(
            layer, f"{name} is {numbers.dtype}, the layer {like.dtype}: use .to(torch.{kind})"
        )
    if numbers.device != like.device:
        raise bad(layer, f"{name} is on {numbers.device}, the layer on {like.device}: use .to()")


def _wide(layer: Any, data: Tensor) -> None:
    if data.shape[-1] != layer.input_size:
        raise bad(
            layer,
            f"input has {data.shape[-1]} numbers a step: give {layer.input_size}, the input_size",
        )


def _wanted(layer: Any) -> str:
    axes = ("batch", "steps") if layer.batch_first else ("steps", "batch")
    return f"({axes[0]}, {axes[1]}, {layer.input_size})"
