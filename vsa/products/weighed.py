"""How sure a product is: its likelihood against that of all others, and of none of them.

Under chance alone the likelihood ratio L of a cosine is 1 on average (vsa/theory/likelihood.py). So that
N products have a sum of L over x in a share of at most N / x of what is no product: what is taken for
one where N / L(best) is below a stated error is wrong no more often than that (Markov's inequality),
whatever the codebooks.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.vector import Vector
from vsa.products.books import Books, Integers
from vsa.theory.likelihood import log_likelihood
from vsa.theory.noise import Noise

STEPS = 32  # uphill, from one product to one that differs in a factor
GRID = 1 << 12
LARGE = 700.0  # whose exponential is a number

Floats = np.ndarray[Any, np.dtype[np.float64]]


def enough(noise: Noise, products: int, error: float) -> float:
    """The least cosine that a product of so many has by chance in a share `error` of cases at most."""
    cosines = np.linspace(0, 1 - 1e-6, GRID)
    reached = np.flatnonzero(log_likelihood(cosines, noise) >= math.log(products / error))
    return float(cosines[reached[0]]) if len(reached) else float(cosines[-1])


def beside(books: Books, sums: Array, rows: Integers) -> list[Floats]:
    """For every factor the cosines (n, items) of each sum with the products that differ in it alone."""
    if not books.plain:
        return _made(books, sums, rows)
    xp, backend = books.space.backend.xp, books.space.backend
    lengths = books.lengths(sums)[:, None]
    words = [
        xp.take(keys, backend.asarray(column), axis=0)
        for keys, column in zip(books.keys, rows.T, strict=True)
    ]
    found = []
    for factor, keys in enumerate(books.keys):
        left = sums
        for other, word in enumerate(words):
            if other != factor:
                left = left * (xp.conj(word) if word.dtype == backend.complex else word)
        cosines = books.coordinates(left) @ books.coordinates(keys).T / lengths
        found.append(np.asarray(backend.numpy(cosines), dtype=np.float64))
    return found


def _made(books: Books, sums: Array, rows: Integers) -> list[Floats]:
    """The same where products have to be made to be compared."""
    space, backend = books.space, books.space.backend
    found = [np.zeros((len(rows), size)) for size in books.sizes]
    for i, row in enumerate(rows):
        vector = Vector.of_sum(space, sums[i])
        for factor, size in enumerate(books.sizes):
            places = np.repeat(row[None], size, axis=0)
            places[:, factor] = np.arange(size)
            cosines = vector.similarities(books.product(places))
            found[factor][i] = backend.numpy(cosines)
    return found


def uphill(books: Books, sums: Array, rows: Integers) -> tuple[Integers, list[Floats]]:
    """From products (n, factors) to those of which no neighbour is better, and their `beside`."""
    rows, cosines = rows.copy(), beside(books, sums, rows)
    for _ in range(STEPS):
        tops = np.stack([c.max(axis=1) for c in cosines], axis=1)
        factor = tops.argmax(axis=1)
        now = cosines[0][np.arange(len(rows)), rows[:, 0]]
        move = np.flatnonzero(tops.max(axis=1) > now + 1e-6)
        if not len(move):
            break
        for i in move:
            rows[i, factor[i]] = cosines[factor[i]][i].argmax()
        some = books.space.backend.asarray(move)
        moved = beside(books, books.space.backend.xp.take(sums, some, axis=0), rows[move])
        for all_, new in zip(cosines, moved, strict=True):
            all_[move] = new
    return rows, cosines


def posterior(
    books: Books, rows: Integers, cosines: list[Floats], evidence: Floats, error: float
) -> tuple[Floats, Floats, Floats]:
    """P(each factor) (n, factors), P(no product) (n,), and the chance that nothing is so alike (n,).

    evidence: log Σ L over all products (n,), where they were compared; where it is NaN those not looked
    at count as chance does. Beforehand no product is as much likelier than any as the error is small.
    """
    noise, n = books.space.noise, np.arange(len(rows))
    logs = [log_likelihood(c, noise) for c in cosines]
    best = logs[0][n, rows[:, 0]]
    top = np.maximum(best, 0.0)  # what all are divided by
    of_best = np.exp(best - top)
    for factor, log in enumerate(logs):
        log[n, rows[:, factor]] = -math.inf
    # of the products that differ in this factor
    alike = np.stack([np.exp(log - top[:, None]).sum(axis=1) for log in logs], axis=1)
    near = of_best + alike.sum(axis=1)
    unseen = books.size - sum(books.sizes) + len(books.sizes) - 1
    rest = np.where(
        np.isnan(evidence), unseen * np.exp(-top), np.maximum(np.exp(evidence - top) - near, 0.0)
    )
    log_odds = np.log((near + rest) * error / books.size) + top  # of any product
    nothing = 1 / (1 + np.exp(np.minimum(log_odds, LARGE)))
    having = near[:, None] - alike  # with the winner of each factor
    p = (1 - nothing)[:, None] * having / (near + rest)[:, None]
    return p, nothing, np.exp(np.minimum(math.log(books.size) - best, 0.0))
