"""Vector: one hypervector or a batch of them, with the algebra's operators.

A Vector knows its space; its batch shape broadcasts as in NumPy. `data` holds the algebra's own
form (for HRR the half spectrum); real values are made when someone looks (`numpy()`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from vsa.algebra.backend import Array
from vsa.errors import VsaError

if TYPE_CHECKING:
    from vsa.algebra.space import Space


LARGEST = 1e15  # of factors: squared lengths must stay within single precision
FEW = 4096  # steps along a key whose powers are kept


class Vector:
    """A hypervector, or a batch of shape `shape`; immutable by convention.

    `a + b`, `a - b`, `2 * a`, `a / 2`, `-a` superpose, subtract, scale, negate; `a * b` binds;
    `a / b` unbinds (binds with the involution of b); `~a` is the involution; `a ** n` the
    convolutive power. Nothing is normalised silently.
    """

    # `data` and `sum` are filled on demand from each other, `label` is set for atoms and keys
    __slots__ = ("data", "label", "space", "sum")
    __array_ufunc__ = None  # so that NumPy hands `array * vector` to us instead of making objects

    data: Array
    sum: Array
    label: str | None
    space: Space

    def __init__(self, space: Space, data: Array) -> None:
        self.space = space
        self.data = data

    @classmethod
    def of_sum(cls, space: Space, total: Array) -> Vector:
        """The vector of a superposition given in the algebra's accumulated form."""
        if not space.accumulates:
            return cls(space, total)
        vector = cls.__new__(cls)
        vector.space = space
        vector.sum = total
        return vector

    def __getattr__(self, name: str) -> Any:
        # reached only while a slot is empty, so the common path pays nothing for it
        if name == "data":
            self.data = self.space.algebra.finish(self.sum)
            return self.data
        if name == "sum":
            self.sum = self.space.algebra.accumulate(self.data)
            return self.sum
        if name == "label":
            return None
        raise AttributeError(f"a Vector has no attribute {name!r}")

    # --- binding -------------------------------------------------------------------------------
    @overload
    def __mul__(self, other: Vector) -> Vector: ...
    @overload
    def __mul__(self, other: float) -> Vector: ...
    def __mul__(self, other: Any) -> Vector:
        if other.__class__ is Vector and other.space is self.space:
            try:
                return Vector(self.space, self.space.bind(self.data, other.data))
            except (ValueError, RuntimeError):
                self._operand(other)
                raise
        if isinstance(other, (int, float, np.number)):
            return self.scale(other)
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return Vector(self.space, self.space.bind(self.data, operand.data))

    @overload
    def __rmul__(self, other: Vector) -> Vector: ...
    @overload
    def __rmul__(self, other: float) -> Vector: ...
    def __rmul__(self, other: Any) -> Vector:
        if isinstance(other, (int, float, np.number)):
            return self.scale(other)
        operand = self._operand(other)
        return NotImplemented if operand is None else operand * self

    @overload
    def __truediv__(self, other: Vector) -> Vector: ...
    @overload
    def __truediv__(self, other: float) -> Vector: ...
    def __truediv__(self, other: Any) -> Vector:
        if isinstance(other, (int, float, np.number)):
            if other == 0:
                raise VsaError("a vector cannot be divided by zero")
            return self.scale(1 / other)
        operand = self._operand(other)
        return NotImplemented if operand is None else self._unbind(operand)

    def _unbind(self, other: Vector) -> Vector:
        algebra = self.space.algebra
        return Vector(self.space, algebra.unbind(self.data, other.data))

    def __rtruediv__(self, other: Vector) -> Vector:
        operand = self._operand(other)
        return NotImplemented if operand is None else operand * ~self

    def __invert__(self) -> Vector:
        return Vector(self.space, self.space.algebra.involution(self.data))

    def __pow__(self, exponent: float) -> Vector:
        return Vector(self.space, self.space.algebra.power(self.data, exponent))

    def inverse(self) -> Vector:
        """The exact inverse: `self * self.inverse()` is the identity; an error at a zero bin."""
        return Vector(self.space, self.space.algebra.inverse(self.data))

    def unitary(self) -> Vector:
        """Projected to unit modulus in every bin: the nearest vector whose binding keeps length."""
        return Vector(self.space, self.space.algebra.unitary(self.data))

    def permute(self, times: int = 1) -> Vector:
        """The space's fixed random permutation, applied `times` times; negative undoes it."""
        return Vector.of_sum(self.space, self.space.algebra.permute(self.sum, int(times)))

    def shift(self, steps: float = 1) -> Vector:
        """Components moved cyclically by `steps`; the same as binding with a shifted impulse."""
        algebra = self.space.algebra
        if not hasattr(algebra, "shift"):
            raise VsaError(f"the algebra {algebra.name!r} has no shift; use permute")
        return Vector(self.space, algebra.shift(self.data, steps))

    def protect(self, key: Vector, steps: int = 1) -> Vector:
        """Moved `steps` places along `key`, apart from what was not moved; negative moves back."""
        algebra = self.space.algebra
        if "self-inverse" in algebra.laws:  # powers of the key repeat; sums stay unfinished
            return self.permute(steps)
        if steps == 1:
            return self * key
        if steps == -1:
            return self / key
        key = self._required(key)
        name = key.label
        if name is None or self.space.key(name) is not key or not 0 < abs(steps) <= FEW:
            return Vector(self.space, algebra.protect(self.data, key.data, steps))
        power = self.space.powers(name, abs(steps))[-1]  # keys are unitary: ~ inverts them
        return self * power if steps > 0 else self / power

    # --- superposition -------------------------------------------------------------------------
    def __add__(self, other: Vector) -> Vector:
        space = self.space
        if other.__class__ is Vector and other.space is space and not space.accumulates:
            try:
                return Vector(space, self.data + other.data)
            except (ValueError, RuntimeError):
                self._operand(other)
                raise
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        if self.space.accumulates:
            return Vector.of_sum(self.space, self.sum + operand.sum)
        return Vector(self.space, self.data + operand.data)

    def __radd__(self, other: Vector) -> Vector:
        operand = self._operand(other)
        return NotImplemented if operand is None else operand + self

    def __sub__(self, other: Vector) -> Vector:
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return Vector.of_sum(self.space, self.sum - operand.sum)

    def __rsub__(self, other: Vector) -> Vector:
        operand = self._operand(other)
        return NotImplemented if operand is None else operand - self

    def __neg__(self) -> Vector:
        return self.scale(-1.0)

    def scale(self, factor: Any) -> Vector:
        """Times a number, or an array of numbers over the batch."""
        if isinstance(factor, (int, float, np.number)):
            size: Any = abs(factor)
            if not (size == 0 or 1 / LARGEST <= size <= LARGEST):  # NaN too
                raise VsaError(
                    f"a vector can only be scaled by 0 or a size from {1 / LARGEST:.0e} to {LARGEST:.0e}"
                )
            return Vector.of_sum(self.space, self.sum * float(factor))
        weights = self.space.backend.asarray(factor, dtype=self.space.backend.real)
        return Vector.of_sum(self.space, self.sum * weights[..., None])

    def bundle(self, axis: int = 0) -> Vector:
        """The superposition of a batch along one of its axes."""
        axes = len(self.shape)
        if not -axes <= axis < axes:
            raise VsaError(f"a batch of shape {self.shape} has no axis {axis} to bundle along")
        axis = axis if axis >= 0 else axis + axes
        return Vector.of_sum(self.space, self.space.backend.xp.sum(self.sum, axis=axis))

    # --- geometry ------------------------------------------------------------------------------
    def dot(self, other: Vector) -> Any:
        """Dot products of the real vectors: a float, or an array over the batch."""
        operand = self._required(other)
        return self.space.backend.item(self.space.algebra.dot(self.data, operand.data))

    def norm(self) -> Any:
        """Euclidean lengths: a float, or an array over the batch."""
        return self.space.backend.item(self._norm())

    def similarity(self, other: Vector) -> Any:
        """Cosines: a float, or an array over the batch; 0 where either vector is zero."""
        operand = self._required(other)
        xp = self.space.backend.xp
        lengths = self._norm() * operand._norm()
        safe = xp.where(lengths > 0, lengths, xp.ones_like(lengths))
        return self.space.backend.item(self.space.algebra.dot(self.data, operand.data) / safe)

    def normalize(self) -> Vector:
        """Scaled to length 1; the zero vector stays zero.

        Where finished sums have one length anyway, this finishes the sum: it forgets its counts.
        """
        if self.space.accumulates:
            return Vector(self.space, self.data)
        return Vector(self.space, self.space.algebra.normalize(self.data))

    def count_terms(self) -> Any:
        """How many unit vectors a plain sum holds, about: its squared length in units of one's."""
        return self.space.backend.item(self.space.algebra.count_terms(self.sum))

    def _norm(self) -> Array:
        squares = self.space.algebra.dot(self.data, self.data)
        return self.space.backend.xp.sqrt(self.space.backend.xp.where(squares > 0, squares, 0.0))

    # --- batches -------------------------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...]:
        """The batch shape: () for a single vector."""
        return tuple(self.data.shape[:-1])

    @property
    def dim(self) -> int:
        """Number of real components."""
        return self.space.dim

    def reshape(self, *shape: Any) -> Vector:
        """The same vectors in another batch shape."""
        sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        return Vector(self.space, self.data.reshape((*sizes, self.data.shape[-1])))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a single Vector has no length; its dimension is .dim")
        return self.shape[0]

    def __getitem__(self, index: Any) -> Vector:
        if not self.shape:
            raise VsaError("a single vector cannot be indexed; .numpy() gives its components")
        index = index if isinstance(index, tuple) else (index,)
        rest = () if any(i is Ellipsis for i in index) else (...,)
        return Vector(self.space, self.data[(*index, *rest, slice(None))])

    def __iter__(self) -> Iterator[Vector]:
        if not self.shape:
            raise TypeError("a single Vector cannot be iterated; .numpy() gives its components")
        return (self[i] for i in range(self.shape[0]))

    def numpy(self) -> np.ndarray[Any, Any]:
        """The real components (..., dim) as a NumPy array."""
        return self.space.backend.numpy(self.space.algebra.to_real(self.data))

    def __repr__(self) -> str:
        batch = f", batch {self.shape}" if self.shape else ""
        name = f" {self.label!r}" if self.label else ""
        return f"<Vector{name} dim {self.dim}{batch}>"

    # --- operands ------------------------------------------------------------------------------
    def _operand(self, other: Any) -> Vector | None:
        """The other operand as a Vector of this space; None where it is none of ours."""
        if not isinstance(other, Vector):
            other = getattr(other, "vector", None)  # an Answer stands for its winner
            if not isinstance(other, Vector):
                return None
        if other.space is not self.space and other.space != self.space:
            raise VsaError(
                f"vectors of different spaces do not mix: {self.space!r} and {other.space!r}"
            )
        if self.shape != other.shape and self.shape and other.shape:
            try:
                np.broadcast_shapes(self.shape, other.shape)
            except ValueError:
                raise VsaError(
                    f"batches of shapes {self.shape} and {other.shape} do not go together"
                ) from None
        return other

    def _required(self, other: Any) -> Vector:
        operand = self._operand(other)
        return as_vector(other) if operand is None else operand


def as_vector(value: Any) -> Vector:
    """The value itself, or the winner of an Answer; an error for anything else."""
    vector = value if isinstance(value, Vector) else getattr(value, "vector", None)
    if not isinstance(vector, Vector):
        raise VsaError(f"a Vector is wanted here, not {type(value).__name__}")
    return vector
