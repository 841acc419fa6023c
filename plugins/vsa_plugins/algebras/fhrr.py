"""Fourier holographic reduced representations: vectors of phasors.

HRR without the way back from the frequency domain: `dim` complex components, all of them free, so
that there are 2·dim real degrees of freedom. Source: T. Plate, Holographic Reduced Representations,
IEEE Transactions on Neural Networks 6(3), 1995, section on the frequency domain.

Sums are plain sums of complex numbers. The published superposition keeps their phases alone: that is
`vsa.bundle(…).unitary()`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import Backend, Phasors, drawn_from, phase_table

Array = Any


class FHRR(Phasors):
    """Binding by the product of phasors, superposition by addition."""

    name = "fhrr"
    no_base: ClassVar[str] = (
        "a fractional power needs a base, whose phases are its own and not those of a product or a "
        "sum: make one with base(name)"
    )

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend, width=dim)
        self.packed = self.freedom = 2 * dim
        self.shown = self.row
        self._root = math.sqrt(dim)

    def draw(self, keys: Sequence[bytes], kind: str) -> np.ndarray[Any, Any]:
        """Uniform phases, 16 bits each."""
        return drawn_from(keys, self.dim, phase_table())

    def draw_into(self, out: np.ndarray[Any, Any], keys: Sequence[bytes], kind: str) -> None:
        """The same, in one pass."""
        drawn_from(keys, self.dim, phase_table(), out)

    def base(self, a: Array) -> Array:
        """Any key: every phase has real multiples."""
        return a

    def dot(self, a: Array, b: Array) -> Array:
        """Of the real and imaginary parts."""
        backend = self.backend
        x = backend.as_real(a)
        return backend.xp.vecdot(x, x if a is b else backend.as_real(b)) / self.dim

    @cached_property
    def squares(self) -> float:
        return 1 / self.dim

    def pack(self, a: Array) -> Array:
        """Real and imaginary parts in turn, 2·dim numbers."""
        return self.backend.as_real(a) * (1 / self._root)

    def unpack(self, packed: Array) -> Array:
        return self.backend.as_complex(packed * self._root)

    def to_real(self, a: Array) -> Array:
        """The phasors as they are, complex."""
        return a

    def from_real(self, components: Array) -> Array:
        return self.backend.xp.astype(components, self.row.dtype)
