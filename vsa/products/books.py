"""The codebooks of factors, and the products of one member of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import ArgumentValueError
from vsa.memory.memory import Memory

UNIT = 1e-3  # by which the size of a component of a key may differ from 1

Integers = np.ndarray[Any, np.dtype[np.intp]]


@dataclass(slots=True)
class Book:
    """Some rows (n,) of a memory, and what they are called together."""

    memory: Memory
    rows: Integers
    label: str

    def __len__(self) -> int:
        return len(self.rows)


class Books:
    """Codebooks of one space. A product has the first factor as its value, the others as keys, in turn."""

    def __init__(self, space: Space, books: Sequence[Book]) -> None:
        self.space, self.books = space, list(books)
        if len(self.books) < 2:
            raise ArgumentValueError("a product has at least two factors: name a codebook for each")
        for i, book in enumerate(self.books):
            if not len(book):
                raise ArgumentValueError(f"codebook {i + 1}, {book.label!r}, has no members")
            if book.memory.space != space:
                raise ArgumentValueError(
                    f"codebook {i + 1}, {book.label!r}, is of another space: {book.memory.space!r}"
                )

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many members each has."""
        return tuple(map(len, self.books))

    @property
    def size(self) -> int:
        """How many products there are."""
        return math.prod(self.sizes)

    @property
    def componentwise(self) -> bool:
        """Whether sums are multiplied component by component."""
        return "componentwise" in self.space.algebra.laws

    @cached_property
    def vectors(self) -> list[Vector]:
        """The members, batches (items,)."""
        return [book.memory.vectors(book.rows) for book in self.books]

    @cached_property
    def keys(self) -> list[Array]:
        """The same as sums whose components have size 1."""
        return [v.unitary().total for v in self.vectors]

    @cached_property
    def plain(self) -> bool:
        """Whether all members are keys, as atoms are, so that products have length 1."""
        xp = self.space.backend.xp
        return self.componentwise and all(
            bool(xp.all(abs(xp.abs(v.total) - 1) < UNIT)) for v in self.vectors
        )

    def product(self, rows: Integers) -> Vector:
        """The products of some members (..., factors), a batch (...)."""
        found = None
        for vectors, column in zip(self.vectors, np.moveaxis(rows, -1, 0), strict=True):
            factor = vectors[column]
            found = factor if found is None else found * factor
        assert found is not None
        return found

    def coordinates(self, total: Array) -> Array:
        """Sums (..., ·) as real numbers whose plain dot product is that of the algebra."""
        algebra, backend = self.space.algebra, self.space.backend
        if algebra.closed:
            return algebra.pack(total)
        real = backend.as_real(total) if total.dtype == backend.complex else total
        return real * (1 / math.sqrt(algebra.dim))

    def lengths(self, total: Array) -> Array:
        """Of sums; 1 where that is 0."""
        xp = self.space.backend.xp
        squares = self.space.algebra.dot(total, total)
        return xp.sqrt(xp.where(squares > 0, squares, xp.ones_like(squares)))
