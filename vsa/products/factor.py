"""`factor`: which members of some codebooks were bound into a vector, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import checked_choice, checked_number, checked_whole
from vsa.errors import ArgumentValueError
from vsa.memory.memory import Memory
from vsa.products.books import Book, Books
from vsa.products.factors import Factors
from vsa.products.resonator import LANES, PATIENCE, Resonator
from vsa.products.search import Search
from vsa.products.taken import Looked, Taken
from vsa.products.weighed import enough

ERROR = 1e-3
AT_ONCE = 1 << 20  # products, that are all compared unless a method is named
AT_LAST = 1 << 24  # likewise, where a resonator has found none
METHODS = ("search", "resonator")
SWEEPS = 5000


def factor(
    product: Vector,
    *codebooks: Memory | Vector | Book | Sequence[Vector],
    terms: int | None = None,
    method: str | None = None,
    sweeps: int = SWEEPS,
    error: float = ERROR,
    lanes: int = LANES,
    patience: int = PATIENCE,
) -> Factors:
    """Take a product apart: the member of each codebook that was bound into it.

    product: (...), a * b * …, noisy or not, the first factor from the first codebook, as value; or a sum of
    a few.  codebooks: at least two, each a Memory, of which all items count, or a batch (items,) of
    vectors, which are called by their numbers.  terms: of a sum, at most; they are found one after
    the other, each taken away before the next, along a last axis of what comes back.
    method: "search" compares all products; "resonator" looks for one among any number, where sums bind
    component by component (hrr, fhrr, map-i, map-b, map-c, bsc, mcr). By None up to 1,048,576 products
    are searched, and up to 16 times as many for what the resonator does not find.  sweeps: of the
    resonator, for each product, all starts together.  lanes: starts side by side.  patience: sweeps
    from one start.
    error: at most this share of vectors that are no product of these, of noise, is taken for one.

    VsaError where the algebra cannot do it, or nothing would end.

    >>> import vsa
    >>> space = vsa.Space(1024)
    >>> colours, shapes = space.batch(["red", "blue"]), space.batch(["square", "circle", "star"])
    >>> found = vsa.factor(colours[1] * shapes[2], colours, shapes)
    >>> [answer.name for answer in found.answers], bool(found.reproduces)
    (['1', '2'], True)
    """
    vector = as_vector(product, "product")
    most = 1 if terms is None else checked_whole("terms", terms, 1, 1000)
    error = checked_number("error", error, 1e-12, 0.5)
    sweeps, lanes, patience = (
        checked_whole(name, value, 1)
        for name, value in (("sweeps", sweeps), ("lanes", lanes), ("patience", patience))
    )
    space = vector.space
    books = Books(space, [book_of(space, given, i) for i, given in enumerate(codebooks, 1)])
    how = _method(books, method)
    shape, total = vector.shape, vector.reshape(-1).total if vector.shape else vector.total[None]
    least = enough(space.noise, books.size, error)
    ways = _Ways(books, how, method is None, least, sweeps, lanes, patience)
    taken = Taken(books, total, most, error)
    while taken.more():
        taken.take(ways.look)
    return taken.factors(shape, terms is not None, how)


def book_of(space: Any, given: Any, number: int) -> Book:
    """A codebook as it was given."""
    if isinstance(given, Book):
        return given
    if isinstance(given, Memory):
        return Book(given, given.select(kinds=given.item_kinds), f"factor {number}")
    if isinstance(given, Sequence) and not isinstance(given, (str, bytes)):
        given = space.stack([as_vector(v, f"a member of codebook {number}") for v in given])
    vectors = as_vector(given, f"codebook {number}")
    if len(vectors.shape) != 1:
        raise ArgumentValueError(
            f"codebook {number} is a Memory or a batch of vectors (items,), not of shape {vectors.shape}"
        )
    memory = Memory(vectors.space)
    memory.add([str(i) for i in range(len(vectors))], vectors)
    return Book(memory, memory.select(), f"factor {number}")


def _method(books: Books, method: str | None) -> str:
    algebra = books.space.algebra
    if method is not None:
        checked_choice("method", method, METHODS)
    most = AT_ONCE if books.componentwise else AT_LAST
    how = method or ("search" if books.size <= most else "resonator")
    if how == "resonator":
        algebra.need("a resonator", "componentwise", 'search, method="search"')
    else:
        algebra.need("taking a product apart", "unbinding")
    return how


class _Ways:
    """How the best product of each of some sums is found: by one way, or by one and then the other."""

    def __init__(self, books: Books, how: str, either: bool, enough: float, *effort: int) -> None:
        self.books, self.how, self.enough, self.effort = books, how, enough, effort
        self.late = either and how == "resonator" and books.size <= AT_LAST

    @cached_property
    def search(self) -> Search:
        return Search(self.books)

    @cached_property
    def resonator(self) -> Resonator:
        return Resonator(self.books.space, self.books.keys)

    def look(self, sums: Array) -> Looked:
        """Rows, evidence and sweeps, of sums (n, width)."""
        if self.how == "search":
            found = self.search(sums)
            return found.rows, found.evidence, np.zeros(len(sums), dtype=np.intp)
        sweeps, lanes, patience = self.effort
        settled = self.resonator.settle(sums, self.enough, sweeps, lanes=lanes, patience=patience)
        evidence = np.full(len(sums), np.nan)
        missed = np.flatnonzero(settled.cosines < self.enough)
        if self.late and len(missed):
            backend = self.books.space.backend
            found = self.search(backend.xp.take(sums, backend.asarray(missed), axis=0))
            settled.rows[missed], evidence[missed] = found.rows, found.evidence
        return settled.rows, evidence, settled.sweeps
