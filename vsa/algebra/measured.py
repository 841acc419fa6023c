"""What a vector, or a batch of them, measures, and how it looks to Python and NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.base import BASE
from vsa.arguments import are_whole, is_array
from vsa.errors import ArgumentTypeError, ArgumentValueError


class Measured:
    """The part of a Vector that gives numbers."""

    __slots__ = ()

    data: Array
    own: Array
    finished: ClassVar[bool]
    plain: ClassVar[bool]
    space: Any  # a Space
    label: str | None
    total: Array

    if TYPE_CHECKING:  # Vector has it

        @property
        def _rows(self) -> list[Array]: ...

        def _required(self, other: Any, name: str) -> Measured: ...

        def __getitem__(self, index: Any) -> Self: ...

        def of_own(self, array: Array) -> Self: ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The batch shape: () for a single vector."""
        return tuple(self.own.shape[:-1])

    @property
    def dim(self) -> int:
        """The dimension of the space, as its algebra counts it."""
        dim: int = self.space.dim
        return dim

    @property
    def on_host(self) -> Self:
        """The same on NumPy, where that computes on the memory of this one, without its gradient."""
        space = self.space.on_host
        if space is self.space:
            return self
        here = self.of_own(self.space.backend.numpy(self.own))
        here.space = space
        return here

    @property
    def _alone(self) -> Self:
        """A single vector to be made a number of, on NumPy if it may be: a call costs torch more."""
        return self if self.shape or _learnt(self.own) else self.on_host

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a single Vector has no length; its dimension is .dim")
        return self.shape[0]

    @property
    def _is_base(self) -> bool:
        return self.label is not None and self.label.startswith(BASE)

    def _label_of_power(self, exponent: Any) -> str | None:
        """A power of a base is one; a fraction of anything else that is not learnt is refused.

        Were it not, real powers of an atom would depend on the luck of its name.
        """
        if self._is_base:
            one = not self.shape and np.ndim(exponent) == 0
            return f"{self.label}^{float(exponent):g}" if one else None
        if not (self.shape or _learnt(self.data) or are_whole(exponent)):
            raise ArgumentValueError(self.space.algebra.no_base)
        return None

    def __iter__(self) -> Iterator[Self]:
        if not self.shape:
            raise TypeError("a single Vector cannot be iterated; .numpy() gives its components")
        return (self[i] for i in range(self.shape[0]))

    # `similarity`, `dot` and `norm` say float: a checker takes `x: float = a.similarity(b)`, and
    # all functions of the language state what one vector gives. Over a batch an array comes in its
    # place, for which a checker takes `similarities`, `dots` and `norms`.
    def similarity(self, other: Measured) -> float:
        """The cosine, 0 where either vector is zero; over a batch an array, as `similarities`."""
        space = self.space
        if (
            isinstance(other, Measured)
            and other.space is space
            and (
                space.closed
                or (self.finished and other.finished and space.algebra.squares is not None)
            )
        ):
            a, b = self.own, other.own
            if a.ndim == b.ndim == 1 and not (_learnt(a) or _learnt(b)):
                alone: float = space.algebra.cosine(a, b)
                return alone
        found: float = space.backend.item(self.similarities(other))
        return found

    def similarities(self, other: Measured) -> Array:
        """The cosines as an array over the batch, of no axes for single vectors.

        Sums are compared as the rows that are made of them, as in a memory.
        """
        operand, algebra, xp = (
            self._required(other, "other"),
            self.space.algebra,
            self.space.backend.xp,
        )
        if self.space.closed:
            lengths = self.norms() * operand.norms()
            safe = xp.where(lengths > 0, lengths, xp.ones_like(lengths))
            return algebra.dot(self.data, operand.data) / safe
        found = algebra.similarity(self.data, operand.data)
        for vector in (self, operand):
            if not vector.finished:
                found = xp.where(vector._there, found, xp.zeros_like(found))
        return found

    @property
    def _there(self) -> Array:
        """Which sums are not zero, over the batch; without making them where their rows tell it."""
        space, algebra, xp = self.space, self.space.algebra, self.space.backend.xp
        if self._rows:
            nothing = space.kept("nothing", lambda: algebra.finish(algebra.zero(())))
            there = xp.any(self.data != nothing, axis=-1)
            if bool(xp.all(there)):
                return there
        return algebra.count_terms(self.total) > 0

    def dot(self, other: Measured) -> float:
        """The dot product of the real vectors; over a batch an array, as `dots`."""
        found: float = self.space.backend.item(self.dots(other))
        return found

    def dots(self, other: Measured) -> Array:
        """The dot products as an array over the batch."""
        return self.space.algebra.dot(self.total, self._required(other, "other").total)

    def norm(self) -> float:
        """The Euclidean length; over a batch an array, as `norms`."""
        vector = self._alone
        found: float = vector.space.backend.item(vector.norms())
        return found

    def norms(self) -> Array:
        """The Euclidean lengths as an array over the batch."""
        total, backend = self.total, self.space.backend
        squares = self.space.algebra.dot(total, total)
        return backend.xp.sqrt(backend.xp.where(squares > 0, squares, backend.zero))

    def count_terms(self) -> Any:
        """How many unit vectors a plain sum holds, about: its squared length."""
        return self.space.backend.item(self.space.algebra.count_terms(self.total))

    def numpy(self) -> np.ndarray[Any, Any]:
        """The components that the algebra shows, in hrr real ones (..., dim), as a NumPy array."""
        real: np.ndarray[Any, Any] = self.space.backend.numpy(self.space.algebra.to_real(self.data))
        if self.finished:
            return real
        there = self.space.backend.numpy(self._there)
        return np.where(there[..., None], real, np.zeros((), real.dtype))  # of zero no row is made

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if self.space.backend.name != "numpy":  # it would move, and lose its gradient, unseen
            raise TypeError(f"a Vector of {self.space.backend!r} is no array; use .numpy()")
        real = self.numpy()
        return real if dtype is None else real.astype(dtype)

    # --- comparison ----------------------------------------------------------------------------
    def __eq__(self, other: object) -> bool:
        if isinstance(other, Measured) or hasattr(type(other), "vector") or is_array(other):
            raise ArgumentTypeError(
                "vectors are not compared by ==, since equal ones differ by rounding: "
                "use a.similarity(b), or a is b"
            )
        return NotImplemented

    __hash__ = object.__hash__

    def _repr_html_(self) -> str:
        """What a notebook shows, of a vector of which no memory tells what it is like."""
        return str(import_module("vsa.algebra.looks").html(self))  # which knows all of a Vector

    def __repr__(self) -> str:
        batch = f", batch {self.shape}" if self.shape else ""
        name = f" {self.label!r}" if self.label else ""
        return f"<Vector{name} dim {self.dim}{batch}>"


def _learnt(array: Array) -> bool:
    """Whether a gradient flows through an array."""
    return getattr(array, "requires_grad", False)


def standing_in(other: Any) -> Any:
    """The winner of an Answer; None for what is no operand, an error for an array."""
    vector = getattr(other, "vector", None)
    if isinstance(vector, Measured):
        return vector
    if is_array(other):
        raise ArgumentTypeError(
            "an array is no operand of a Vector: .scale(array) scales over the batch, "
            "space.vector(array) makes vectors of components"
        )
    return None
