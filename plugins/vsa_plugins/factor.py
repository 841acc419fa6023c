"""Taking products apart in the language: which member of each codebook was bound into a vector."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import vsa
from vsa import Expression, Factors, Memory, Set, Vector, VsaError, hookimpl
from vsa.plugin import Book, Names, describe


def factor(
    product: Vector,
    *codebooks: Annotated[Expression, Names("vocabulary")],
    terms: int | None = None,
    method: str | None = None,
    memory: Memory,
) -> Factors:
    """The factors of a product, one of each codebook: a set, or the name of a vocabulary.

    Behind the dot of what is found stand the codebooks that have a name, and `product`,
    `reproduces`, `similarity`, `chance` and `sweeps`. A sum of some products is taken apart by
    terms=n, n being the most that are looked for. Up to a million products are all compared;
    among more a resonator network looks for one (Frady, Kent, Olshausen and Sommer 2020), as
    method="resonator" does among any number. From Python it is `vsa.factor`.

    > factor(mark * eat, {mark, john, fish}, {eat, cause})
    {mark, john, fish}  mark
    {eat, cause}        eat
    reproduces the input
    """
    books = [_book(given, memory) for given in codebooks]
    return vsa.factor(product, *books, terms=terms, method=method)


def _book(given: Expression, memory: Memory) -> Book:
    value, label = given.evaluate(), given.name or given.text
    if isinstance(value, str):
        return Book(memory, memory.select(among=value), value)
    if not isinstance(value, Set):
        what = describe((type(value),), value)
        raise VsaError(f"a codebook is a set or the name of a vocabulary, not {what}: {label}")
    return Book(memory, memory.select(among=value.of(memory)), label)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """factor."""
    return [factor]


@hookimpl
def vsa_types() -> Iterable[type]:
    """Factors."""
    return [Factors]
