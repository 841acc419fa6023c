"""What an algebra supplies, and the laws it declares.

An algebra works on plain arrays (..., width) of one backend; `Vector` gives them operators and a
space. Superposition may need a wider form than a vector (counts before a majority vote), so sums
are made in two steps: `accumulate` lifts a vector to the form in which superposition is `+`, and
`finish` brings a sum back. For algebras closed under `+`, such as HRR, both are the identity.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from vsa.algebra.backend import Array, Backend, in_blocks
from vsa.errors import VsaError

BASE = "base/"  # begins the labels of bases, and of what powers make of them
NO_BASE = "a fractional power needs a base whose DC and Nyquist bins are positive: make one with base(name)"


class Algebra(ABC):
    """Binding, superposition and similarity over arrays of one dimension and backend.

    `laws` names what holds exactly; the law tests check what is declared, and structures ask
    before they rely on it:
    `commutative`, `associative` binding; `unbinding` (binding with the involution of a unitary
    vector undoes binding with it); `distributive` over superposition; `self-inverse` (a ⊛ a = 1,
    so that powers of a key repeat); `fractional` powers.
    """

    name: ClassVar[str]
    laws: ClassVar[frozenset[str]]
    min_dim: ClassVar[int] = 2

    def __init__(self, dim: int, backend: Backend) -> None:
        self.dim = dim
        self.backend = backend
        self.width = dim  # length of the last axis of stored arrays
        self.dtype: Any = backend.real  # of stored arrays
        # what `a * b` calls: `bind`, or the one array function that it comes to
        self.product: Callable[[Array, Array], Array] = self.bind

    # --- vectors out of bits -------------------------------------------------------------------
    @abstractmethod
    def draw(self, keys: Sequence[bytes], kind: str) -> np.ndarray[Any, Any]:
        """Atoms (len(keys), width) as functions of their keys; `kind` is unitary or gaussian."""

    @abstractmethod
    def identity(self) -> Array:
        """The vector (width,) that binding leaves others unchanged with."""

    # --- binding -------------------------------------------------------------------------------
    @abstractmethod
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """a ⊛ b."""

    def unbind(self, a: Array, b: Array) -> Array:
        """a ⊛ b*, in blocks, so that no whole batch of involutions is made."""
        return in_blocks(self.backend, lambda x, y: self.product(x, self.involution(y)), [a, b])

    @abstractmethod
    def involution(self, a: Array) -> Array:
        """The approximate inverse, exact for unitary vectors."""

    def inverse(self, a: Array) -> Array:
        """The exact inverse; an error where there is none."""
        return self.power(a, -1)

    def power(self, a: Array, exponent: Any) -> Array:
        """a bound with itself `exponent` times, a number or an array over the batch."""
        raise VsaError(f"the algebra {self.name!r} has no powers")

    def unitary(self, a: Array) -> Array:
        """The nearest vector that preserves length under binding."""
        return a

    def protect(self, a: Array, key: Array, steps: int) -> Array:
        """Move `a` `steps` places along `key`, out of the way of what was not moved.

        Binding with a power of the key; where powers repeat, a Vector is permuted instead.
        """
        return self.bind(a, self.power(key, steps))

    @property
    def keys_move(self) -> bool:
        """Whether what is bound with powers of a key is moved apart by them.

        Where the powers repeat it is permuted instead: `Vector.protect` does the one or the other.
        """
        return "self-inverse" not in self.laws

    def base(self, a: Array) -> Array:
        """Unitary vectors as the bases of fractional powers; an error where there are none."""
        raise VsaError(f"the algebra {self.name!r} has no fractional powers")

    def shift(self, a: Array, steps: float) -> Array:
        """Components moved cyclically; an error where binding knows of no shift."""
        raise VsaError(f"the algebra {self.name!r} has no shift; use permute")

    @abstractmethod
    def permute(self, a: Array, times: int) -> Array:
        """A fixed random permutation of what is free, applied `times` times (or undone).

        Of a vector, or of a sum in accumulated form.
        """

    # --- superposition -------------------------------------------------------------------------
    accumulates: ClassVar[bool] = False  # whether `accumulate` and `finish` do anything

    def accumulate(self, a: Array) -> Array:
        """Lift vectors to the form in which superposition is a plain sum."""
        return a

    def finish(self, total: Array) -> Array:
        """Bring a sum of accumulated vectors back to a vector."""
        return total

    def count_terms(self, total: Array) -> Array:
        """How many unit vectors an accumulated sum holds: its squared length in units of one's."""
        return self.dot(total, total) / self._unit_square

    @cached_property
    def _unit_square(self) -> float:
        identity = self.identity()
        return float(self.dot(identity, identity))

    def bundle_bound(
        self,
        keys: Sequence[Array],
        values: Sequence[Array],
        start: Array | None = None,
        normalize: bool = False,
    ) -> Array:
        """`start` + Σ keyᵢ ⊛ valueᵢ, accumulated, in blocks of rows; scaled to length 1 if asked."""
        n = len(keys)

        def block(*arrays: Array) -> Array:
            parts = [self.bind(k, v) for k, v in zip(arrays[:n], arrays[n : 2 * n], strict=True)]
            total: Array = sum(map(self.accumulate, [*parts, *arrays[2 * n :]]))
            return self.normalize(total) if normalize else total

        rest = [] if start is None else [start]
        return in_blocks(self.backend, block, [*keys, *values, *rest])

    def normalize(self, a: Array) -> Array:
        """Scaled to length 1; zero stays zero."""
        xp = self.backend.xp
        squares = self.dot(a, a)
        norm = xp.sqrt(xp.where(squares > 0, squares, 1.0))
        return self.scale(a, 1 / norm)

    def scale(self, a: Array, factor: Array) -> Array:
        """Times real numbers (...), one a vector."""
        return a * factor[..., None]

    # --- geometry ------------------------------------------------------------------------------
    @abstractmethod
    def dot(self, a: Array, b: Array) -> Array:
        """Dot products (...) of the real vectors that a and b stand for."""

    @abstractmethod
    def pack(self, a: Array) -> Array:
        """Isometric real coordinates (..., dim): their plain dot product is `dot`."""

    @abstractmethod
    def unpack(self, packed: Array) -> Array:
        """The inverse of `pack`."""

    def to_real(self, a: Array) -> Array:
        """The real components (..., dim) that someone may look at."""
        return self.pack(a)

    def from_real(self, real: Array) -> Array:
        """Vectors with the given real components."""
        return self.unpack(real)
