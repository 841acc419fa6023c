"""Numbers as fractional powers of a key (Plate 1994, convolution powers; Frady et al. 2021)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.blocks import in_blocks
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_choice, checked_truth
from vsa.numbers.code import Code
from vsa.numbers.kernels import KERNELS, Floats, free, frequencies

IMAGES = 8  # periods away that a periodic kernel is summed over


class Power(Code):
    """A key times exp(iωx/length): the powers of a base whose phases a kernel chooses.

    kernel: "gaussian", exp(−d²/2) at a distance of d lengths; "sinc", sin(πd)/πd; "triangular",
    1 − |d|.  length: by default a twentieth of the range.
    periodic: `high` is `low` again, as of angles.
    Moving by y is binding: encode(x) * encode(y) / encode(0) is encode(x + y).

    Needs the law "fractional"; differentiable in x on torch.

    >>> from vsa import Space
    >>> from vsa.numbers import Power
    >>> code = Power(Space(dim=1024), 0, 100)
    >>> round(float(code.encode(37.5).similarity(code.encode(42.5))), 2), round(float(code.kernel(5)), 2)
    (0.61, 0.61)
    >>> print(code.decode(code.encode(12)))
    12.000 ± 0.005  certain
    """

    def __init__(
        self,
        space: Space,
        low: float | None = None,
        high: float | None = None,
        kernel: str = "gaussian",
        length: float | None = None,
        periodic: bool = False,
        name: str = "number",
    ) -> None:
        super().__init__(space, low, high, length, name)
        space.algebra.need("a fractional power", "fractional", "use Level")
        self.kind = checked_choice("kernel", kernel, KERNELS)
        self.periodic = checked_truth("periodic", periodic)

    @property
    def settings(self) -> dict[str, Any]:
        return {**super().settings, "kernel": self.kind, "periodic": self.periodic}

    @cached_property
    def turns(self) -> Floats:
        """Radians a length of each component, before any is made to fit a period."""
        return frequencies(self.space, self.name, self.kind)

    @property
    def omega(self) -> Floats:
        """Radians a unit of each component (row.width,)."""
        omega = self.turns / self.length
        if not self.periodic:
            return omega
        whole = 2 * np.pi / (self.high - self.low)
        return np.asarray(np.round(omega / whole) * whole)

    def vectors(self, x: Array) -> Vector:
        # codes of another scale are other codes: else they would be read as other numbers, for certain
        name = f"{self.name}/{self.kind}/{self.length:.12g}"
        key, backend = self.space.key(name).data, self.space.backend
        omega, xp = backend.asarray(self.omega / (2 * np.pi)), backend.xp

        def turned(x: Array) -> Array:
            turns = x * omega  # reduced to one in double precision, and then as the space has it
            angle = xp.astype(2 * np.pi * (turns - xp.round(turns)), backend.real)
            return (xp.cos(angle) + 1j * xp.sin(angle)) * key

        return Vector(self.space, in_blocks(backend, turned, [x[..., None]]))

    def mean(self, low: float, high: float) -> Vector:
        """∫ exp(iωx) dx / (high − low) = exp(iω middle) · sin(ωw/2) / (ωw/2)."""
        backend = self.space.backend
        middle = self.vectors(backend.asarray(np.float64((low + high) / 2)))
        shrunk = np.sinc(self.omega * (high - low) / (2 * np.pi))
        return Vector(self.space, middle.data * backend.asarray(shrunk, dtype=backend.real))

    def kernel(self, distance: Any) -> Floats:
        d = np.asarray(distance, dtype=np.float64)
        shape = KERNELS[self.kind][0]
        if self.periodic:  # its images, a period apart each
            images = (self.high - self.low) * np.arange(-IMAGES, IMAGES + 1)
            alike = shape((d[..., None] + images) / self.length).sum(-1)
        else:
            alike = shape(d / self.length)
        still = self.still
        return np.asarray(still + (1 - still) * alike)

    @cached_property
    def still(self) -> float:
        """The share of components that do not turn, which are alike at any distance."""
        backend, algebra = self.space.backend, self.space.algebra
        row = backend.asarray((~free(self.space)).astype(backend.dtype), dtype=algebra.row.dtype)
        return float(algebra.dot(row, row))
