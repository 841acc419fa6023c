"""Learnt binding: a product of powers whose exponents are found from examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_whole
from vsa.errors import VsaError
from vsa.nn.layer import Layer, Operand
from vsa.nn.looks import Tensor
from vsa.products.rule import ORDER, Rule, formula, rule

BOUND, KEPT = 3.0, 5.0  # of a fitted exponent, tanh(3) σ(5) = .988: gradients still move it


class LearnedBinding(Layer):
    """∏ aᵢ ^ wᵢ over the items: a (..., inputs, dim) → (..., outputs, dim).

    An exponent of 1 binds, one of −1 takes away, one of 0 leaves out; each is tanh(raw) · σ(keep), as
    in a neural accumulator (Trask et al. 2018), in [0, 1] and σ(keep) alone where a key is its own
    inverse. What is learnt is the rule and not the symbols: it holds for those never seen.

    Start with `fit`: of unitary atoms, whose products with another exponent have nothing in common,
    the expected gradient is zero unless one exponent alone is wrong. Where the moduli of atoms differ
    (`atoms="gaussian"`), `modulus_loss` is convex in the exponents.

    Needs an algebra of real powers, or one whose keys undo themselves, with gradients.

    >>> import vsa, vsa.nn as vnn
    >>> space = vsa.Space(256, backend="torch")
    >>> a, b, c, d, e, f = space.atoms(*"abcdef")
    >>> layer = vnn.LearnedBinding(space, inputs=3)
    >>> found, = layer.fit(space.stack([a, b, c]), b * c / a)
    >>> layer.formula("abc"), layer.rounded().tolist()
    ('b * c / a', [[-1, 1, 1]])
    >>> bool(layer(space.stack([d, e, f]))[0].similarity(e * f / d) > 0.98)
    True
    """

    def __init__(self, space: Space, inputs: int, outputs: int = 1, check: bool = True) -> None:
        super().__init__(space, check)
        self.inputs = checked_whole("inputs", inputs, 1)
        self.outputs = checked_whole("outputs", outputs, 1)
        algebra = space.algebra
        algebra.need("what is learnt", "differentiable")
        algebra.need("a learnt binding", "commutative", ORDER)
        self.undoes = "self-inverse" in algebra.laws
        if not self.undoes:
            algebra.need("a learnt binding", "fractional")
        shape, place = (self.outputs, self.inputs), self._place
        self.keep = nn.Parameter(nn.init.xavier_uniform_(place.new_empty(shape)))
        self.raw = (
            None if self.undoes else nn.Parameter(nn.init.xavier_uniform_(place.new_empty(shape)))
        )

    @property
    def weight(self) -> Tensor:
        """The exponents (outputs, inputs) as they are now."""
        kept = torch.sigmoid(self.keep)
        return kept if self.raw is None else torch.tanh(self.raw) * kept

    def forward(self, a: Operand, weight: Tensor | None = None) -> Any:
        """weight: exponents in place of the learnt ones, such as `rounded()`."""
        x = self._items(a)
        weight = (self.weight if weight is None else weight).to(x.dtype)
        algebra = self.space.algebra
        rows = algebra.unpack(x)
        if self.undoes:
            # a key or the identity, and a mixture of both between (Madsen and Johansen 2020)
            factors = 1 + weight[..., None] * (rows[..., None, :, :] - 1)
            return self.result(algebra.pack(factors.prod(-2)), a)
        size, turn = self._polar(rows)
        # in the real bins of a spectrum packing takes the real part, exact at whole exponents
        return self.result(algebra.pack(torch.polar((weight @ size).exp(), weight @ turn)), a)

    def modulus_loss(self, a: Operand, y: Operand) -> Tensor:
        """Σ wᵢ log|aᵢ| against log|y|, the mean square: convex in the exponents.

        a (..., inputs, dim) and y (..., outputs, dim). Of unitary vectors, whose moduli are 1, it says
        nothing, and of an answer with as much noise as signal little.
        """
        self.space.algebra.need("a loss of moduli", "fractional")
        (size, _), (wanted, _) = (
            self._polar(self.space.algebra.unpack(p)) for p in (self._items(a), self._answers(y))
        )
        return (self.weight @ size - wanted).square().mean()

    def fit(self, a: Operand, y: Operand, most: int | None = None) -> list[Rule]:
        """Set the exponents to the best whole pattern for each output, from one example or more.

        a (..., inputs, dim); y (..., outputs, dim), or (..., dim) for one output.  most: how many
        items an output may use, where all patterns are over a million. What comes back says how
        sure each is; learning may go on from there.
        """
        x, wanted = self._items(a), self._answers(y)
        if x.shape[:-2] != wanted.shape[:-2]:
            shapes = f"{tuple(x.shape[:-2])} and {tuple(wanted.shape[:-2])}"
            raise VsaError(f"LearnedBinding: the batches of a and y differ: {shapes}")
        x, wanted = (t.detach().reshape(-1, *t.shape[-2:]) for t in (x, wanted))
        if not len(x):
            raise VsaError("LearnedBinding: a holds no example: one is enough")
        unpack = self.space.algebra.unpack
        items = Vector(self.space, unpack(x))
        found = [
            rule(items, Vector(self.space, unpack(wanted[:, o])), label=f"output {o}", most=most)
            for o in range(self.outputs)
        ]
        exponents = self.keep.new_tensor([one.exponents for one in found])
        with torch.no_grad():
            self.keep.copy_(KEPT * (2 * exponents.abs() - 1))
            if self.raw is not None:
                self.raw.copy_(BOUND * exponents)
        return found

    def rounded(self) -> Tensor:
        """The nearest whole exponents (outputs, inputs)."""
        return self.weight.detach().round().long()

    def formula(self, names: Sequence[str], output: int = 0) -> str:
        """An output in terms of named items, by the whole exponents: "b * c / a"."""
        if len(names) != self.inputs:
            raise VsaError(f"LearnedBinding: names must be {self.inputs}, not {len(names)}")
        output = checked_whole("output", output, 0, self.outputs - 1)
        return formula(names, self.rounded()[output].tolist())

    def _items(self, a: Operand) -> Tensor:
        x = self.packed(a, "a")
        if x.ndim < 2 or x.shape[-2] != self.inputs:
            dim = self.space.algebra.packed
            raise self._bad("a", f"has the shape {tuple(x.shape)}, not (..., {self.inputs}, {dim})")
        return x

    def _answers(self, y: Operand) -> Tensor:
        """Answers (..., outputs, dim)."""
        x = self.packed(y, "y")
        if self.outputs == 1 and (x.ndim < 2 or x.shape[-2] != 1):
            x = x[..., None, :]
        if x.ndim < 2 or x.shape[-2] != self.outputs:
            dim = self.space.algebra.packed
            raise self._bad(
                "y", f"has the shape {tuple(x.shape)}, not (..., {self.outputs}, {dim})"
            )
        return x

    def _polar(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """log modulus and phase; of a zero those of 1, of which there are all powers."""
        modulus = rows.abs()
        rows = torch.where(modulus < self.space.backend.smallest, torch.ones_like(rows), rows)
        return rows.abs().log(), torch.atan2(rows.imag, rows.real)

    def extra_repr(self) -> str:
        return f"inputs={self.inputs}, outputs={self.outputs}, {super().extra_repr()}"
