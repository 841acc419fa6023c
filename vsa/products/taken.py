"""Terms taken out of sums, one after the other, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.memory.answer import Answer
from vsa.memory.matches import Found
from vsa.products.books import Books, Integers
from vsa.products.factors import Factors
from vsa.products.weighed import Floats, beside, posterior, uphill

ALL = 1e-4  # of the power of a sum, below which nothing is left of it

Looked = tuple[Integers, Floats, Integers]  # rows, evidence and sweeps


class Taken:
    """What has been found in some sums (n, width), term by term."""

    def __init__(self, books: Books, sums: Array, terms: int, error: float) -> None:
        self.books, self.sums, self.terms, self.error = books, sums, terms, error
        shape = (len(sums), terms)
        self.rows = np.full((*shape, len(books.sizes)), -1, dtype=np.intp)
        self.evidence: Floats = np.full(shape, np.nan)
        self.sweeps: Integers = np.zeros(shape, dtype=np.intp)
        self.left = sums  # of each, when what was found is taken away
        self.open = np.arange(len(sums))  # where there may be more
        self.term = 0

    def more(self) -> bool:
        """Whether another term is to be looked for."""
        return self.term < self.terms and len(self.open) > 0

    def take(self, look: Callable[[Array], Looked]) -> None:
        """Find the next term of each sum, and take it away."""
        xp, backend = self.books.space.backend.xp, self.books.space.backend
        sums = xp.take(self.left, backend.asarray(self.open), axis=0)
        rows, evidence, sweeps = look(sums)
        rows, cosines = uphill(self.books, sums, rows)
        _, nothing, _ = posterior(self.books, rows, cosines, evidence, self.error)
        self.rows[self.open, self.term] = rows
        self.sweeps[self.open, self.term] = sweeps
        self.evidence[self.open, self.term] = evidence
        self.term += 1
        self.left = self._without(range(self.term))
        self.open = self.open[(nothing < 0.5) & ~self._all_found()[self.open]]

    def _without(self, terms: Sequence[int]) -> Array:
        """The sums without some terms, as much of each as there is beside all that were found."""
        algebra, backend, left = self.books.space.algebra, self.books.space.backend, self.sums
        shares = self._shares() if terms else None
        for term in terms:
            assert shares is not None
            share = backend.asarray(shares[:, term], dtype=backend.real)
            left = left - algebra.scale(self._product(term), share)
        return left

    def _product(self, term: int) -> Array:
        return self.books.product(np.maximum(self.rows[:, term], 0)).total

    def _shares(self) -> Floats:
        """How much of each term is in the sums (n, terms), by least squares; of none nothing."""
        algebra, backend = self.books.space.algebra, self.books.space.backend
        made = [self._product(term) for term in range(self.term)]

        def dots(a: Array, b: Array) -> Floats:
            return np.asarray(backend.numpy(algebra.dot(a, b)), dtype=np.float64)

        there = (self.rows[:, : self.term, 0] >= 0).astype(float)
        gram = np.stack([np.stack([dots(a, b) for b in made], axis=-1) for a in made], axis=-2)
        gram *= there[:, :, None] * there[:, None, :]
        right = np.stack([dots(a, self.sums) for a in made], axis=-1) * there
        return np.asarray(np.einsum("nij,nj->ni", np.linalg.pinv(gram, hermitian=True), right))

    def factors(self, batch: tuple[int, ...], several: bool, method: str) -> Factors:
        """What was found, each term weighed in what the others leave; several: with an axis of terms."""
        shape = (*batch, self.terms) if several else batch
        found = [self._weighed(term) for term in range(self.terms)]
        per_factor = zip(*(answers for answers, _ in found), strict=True)
        answers = []
        for book, terms in zip(self.books.books, per_factor, strict=True):
            joined = Found.joined(terms, lambda arrays: np.stack(arrays, axis=1)).reshape(shape)
            joined.names = book.memory.reported(joined.rows)
            answers.append(Answer.of(book.memory, joined))
        labels = tuple(book.label for book in self.books.books)
        chance = np.stack([chance for _, chance in found], axis=1).reshape(shape)
        sweeps, whole = self.sweeps.reshape(shape), self._all_found().reshape(batch)
        return Factors(tuple(answers), labels, chance, sweeps, whole, method, self.error)

    def _weighed(self, term: int) -> tuple[list[Found], Floats]:
        """A term of every sum: for each factor what was found, and the chance of something so alike."""
        count = len(self.sums)
        sums = self._without([t for t in range(self.term) if t != term])
        there = self.rows[:, term, 0] >= 0
        rows = np.maximum(self.rows[:, term], 0)
        cosines = beside(self.books, sums, rows)
        # in a sum the other terms were evidence too
        evidence = self.evidence[:, 0] if self.terms == 1 else np.full(count, np.nan)
        p, nothing, chance = posterior(self.books, rows, cosines, evidence, self.error)
        found = []
        for factor, book in enumerate(self.books.books):
            near = np.sort(cosines[factor], axis=1)[:, ::-1]
            second = near[:, 1] if near.shape[1] > 1 else np.zeros(count)
            found.append(
                Found(
                    np.where(there, book.rows[rows[:, factor]], -1)[:, None],
                    np.where(there, near[:, 0], 0.0)[:, None],
                    np.where(there, p[:, factor], 0.0)[:, None],
                    np.where(there, nothing, 1.0),
                    np.where(there, near[:, 0] - second, 0.0),
                    np.full(count, np.nan),
                    len(book),
                )
            )
        return found, np.where(there, chance, 1.0)

    def _all_found(self) -> np.ndarray[Any, Any]:
        """Whether what was found makes up all of each sum."""
        algebra, backend = self.books.space.algebra, self.books.space.backend
        left, whole = (backend.numpy(algebra.dot(v, v)) for v in (self.left, self.sums))
        return np.asarray(left <= ALL * whole) & (whole > 0)
