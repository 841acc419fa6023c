"""What a Vector does as a batch: superposed along an axis, finished, reshaped, indexed, beside another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.measured import Measured, standing_in
from vsa.arguments import checked_whole, described
from vsa.errors import ArgumentIndexError, ArgumentTypeError, ArgumentValueError

TERMS = 256  # of a superposition that are kept as they are, or lifted at a time


M = TypeVar("M", bound=Measured)


class Batched(Measured):
    """The part of a Vector that knows its batch; vectors are made by the functions that Vector has."""

    __slots__ = ()

    if TYPE_CHECKING:  # Vector has them

        @classmethod
        def of_row(cls, space: Any, row: Array) -> Self: ...

        @classmethod
        def of_sum(cls, space: Any, total: Array) -> Self: ...

        @classmethod
        def of_terms(cls, space: Any, terms: list[Array]) -> Self: ...

        def of_own(self, array: Array) -> Self: ...

    # --- sums by their rows --------------------------------------------------------------------
    @property
    def _rows(self) -> list[Array]:
        """The rows of which it is the sum; none where only the sum is known."""
        return [self.data]

    def _with_terms(self, other: Any) -> Self:
        """The sum with another, by rows while these are few, or take no more room than it."""
        space, mine, others = self.space, self._rows, other._rows
        known = not space.closed and self.plain and other.plain and mine and others
        if known:
            most = TERMS if mine[0].ndim == 1 else space.algebra.rows_in_sum
            known = mine[0].shape == others[0].shape and len(mine) + len(others) <= most
        return (
            self.of_terms(space, [*mine, *others])
            if known
            else self.of_sum(space, self.total + other.total)
        )

    def _with_key(self, product: str, key: Array) -> Self:
        """A sum, each of its terms with a key: "bind", "unbind", "left_unbind"."""
        space, algebra = self.space, self.space.algebra
        of_row, of_sum = getattr(algebra, product), getattr(algebra, f"{product}_sum")
        return (
            self.of_terms(space, [of_row(row, key) for row in self._rows])
            if self._by_rows and "distributive" in algebra.laws
            else self.of_sum(space, of_sum(self.total, key))
        )

    def _arranged(self, change: Callable[[Array], Array]) -> Self:
        """The vectors of a batch in other places."""
        return (
            self.of_terms(self.space, [change(row) for row in self._rows])
            if self._by_rows
            else self.of_own(change(self.own))
        )

    @property
    def _by_rows(self) -> bool:
        """Whether it is a sum of known rows that take no more room than it."""
        return not self.finished and 0 < len(self._rows) <= self.space.algebra.rows_in_sum

    # --- superpositions ------------------------------------------------------------------------
    def bundle(self, axis: int = 0) -> Self:
        """The superposition of a batch along one of its axes."""
        axis, axes = checked_whole("axis", axis), len(self.shape)
        if not -axes <= axis < axes:
            raise ArgumentIndexError(
                f"a batch of shape {self.shape} has no axis {axis} to bundle along"
            )
        axis, xp = axis % axes, self.space.backend.xp
        count = self.shape[axis]
        if self.space.closed or not self.finished:
            return self.of_sum(self.space, xp.sum(self.total, axis=axis))
        before = (slice(None),) * axis
        if 0 < count <= TERMS:
            return self.of_terms(self.space, [self.data[(*before, i, ...)] for i in range(count)])
        accumulate = self.space.algebra.accumulate  # part by part: sums are wider than rows
        parts = range(0, max(count, 1), TERMS)
        return self.of_sum(
            self.space,
            sum(
                xp.sum(
                    accumulate(self.data[(*before, slice(i, min(i + TERMS, count)), ...)]),
                    axis=axis,
                )
                for i in parts
            ),
        )

    def normalize(self) -> Self:
        """Scaled to length 1; the zero vector stays zero.

        Where sums are finished this finishes the sum: it forgets its counts.
        """
        if self.space.closed:
            return self.of_row(self.space, self.space.algebra.normalize(self.data))
        return self if self.finished else self._finished()

    def _finished(self) -> Self:
        """As a row; where some of a batch are zero, which no row may be, as sums of one term or none."""
        algebra, xp = self.space.algebra, self.space.backend.xp
        there = self._there
        if bool(xp.all(there)):
            return self.of_row(self.space, self.data)
        total = algebra.accumulate(self.data)
        return self.of_sum(
            self.space, algebra.scale(total, xp.astype(there, self.space.backend.real))
        )

    # --- batches -------------------------------------------------------------------------------
    def reshape(self, *shape: Any) -> Self:
        """The same vectors in another batch shape; one size may be -1, what is left."""
        given = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        sizes = tuple(checked_whole("shape", n, -1) for n in given)
        try:
            return self._arranged(
                lambda array: self.space.backend.xp.reshape(array, (*sizes, array.shape[-1]))
            )
        except (ValueError, RuntimeError):
            raise ArgumentValueError(
                f"a batch of shape {self.shape} cannot take the shape {sizes}"
            ) from None

    def __getitem__(self, index: Any) -> Self:
        if not self.shape:
            raise ArgumentTypeError(
                "a single vector cannot be indexed; .numpy() gives its components"
            )
        index = index if isinstance(index, tuple) else (index,)
        rest = () if any(i is Ellipsis for i in index) else (...,)
        try:
            return self._arranged(lambda array: array[(*index, *rest, slice(None))])
        except (IndexError, TypeError):
            listed = ", ".join(map(described, index))
            raise ArgumentIndexError(
                f"a batch of shape {self.shape} has nothing at the index {listed}"
            ) from None

    # --- operands ------------------------------------------------------------------------------
    def _operand(self, other: Any) -> Any:
        """The other operand as a Vector of this space; None where it is none of ours."""
        if not isinstance(other, Measured):
            other = standing_in(other)
            if other is None:
                return None
        return self._fitting(other)

    def _fitting(self, other: M) -> M:
        """The other operand; an error where it is of another space or batch shape."""
        if other.space is not self.space and other.space != self.space:
            raise ArgumentValueError(
                f"vectors of different spaces do not mix: {self.space!r} and {other.space!r}"
            )
        if self.shape != other.shape and self.shape and other.shape:
            try:
                np.broadcast_shapes(self.shape, other.shape)
            except ValueError:
                raise ArgumentValueError(
                    f"batches of shapes {self.shape} and {other.shape} do not go together"
                ) from None
        return other
