"""What laws are tried on: vectors that are functions of a few numbers, and what it means to be equal.

A `Case` says what is drawn, in a form that a reader can write down: nothing else decides the vectors,
so a law that fails at a case fails there again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from vsa.algebra.base import Algebra
from vsa.algebra.laws import LawError
from vsa.algebra.registry import Chosen, find_algebra
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector

FORMS = ("atom", "composite", "product", "sum")
ROUNDINGS = 200  # relative differences of so many roundings are none
CLEAR = 1e-3  # the least relative difference that is a counter-example
LARGE = 256  # the dim of what is counted
WIDEST = 1 << 14  # components of a vector in a test
GRID: list[tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]] = [
    (("atom", "composite"), (), ()),  # forms and batches that are tried at each dim
    (("sum", "atom"), (2, 1), (3,)),
    (("product", "sum", "composite"), (3,), ()),
]


class BrokenLaw(AssertionError):  # noqa: N818 - it is what was found, not an error of the finder
    """An algebra does not keep what it declares, or what every algebra keeps."""


class Inapplicable(Exception):  # noqa: N818 - a reason to skip
    """A law cannot be tried here; the text says why."""


class Case(NamedTuple):
    """What a law is tried on."""

    dim: int
    seed: int = 0  # of the space: other atoms
    atoms: str | None = None  # their kind
    forms: tuple[str, ...] = ("atom",)  # of the values, in turn
    shape: tuple[int, ...] = ()  # of the batch of values
    keys: tuple[int, ...] = ()  # of the batch of keys


@dataclass(frozen=True)
class Equal:
    """Two vectors, or arrays of numbers, that should be equal up to rounding.

    scale: of numbers that are small by chance, such as dot products: what they are small beside.
    """

    left: Any
    right: Any
    scale: Any = None
    roundings: int = ROUNDINGS

    def gap(self, space: Space) -> float:
        """The largest difference, beside the largest number."""
        a, b = _numbers(space, self.left), _numbers(space, self.right)
        if a.shape != b.shape:
            return math.inf
        if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
            return math.inf
        scale = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
        if self.scale is not None:
            scale = np.abs(_numbers(space, self.scale)).max(initial=0)
        difference = float(np.abs(a - b).max(initial=0))
        return 0.0 if difference == 0 else difference / max(float(scale), 1e-300)

    def allowed(self, space: Space) -> float:
        """The difference that rounding makes."""
        return self.roundings * float(np.finfo(space.backend.dtype).eps)


@dataclass(frozen=True)
class Close(Equal):
    """Two that should be equal up to the rounding of what is drawn, which is in single precision."""

    def allowed(self, space: Space) -> float:
        return ROUNDINGS * float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Same(Equal):
    """Two that should be equal to the last bit."""

    def allowed(self, space: Space) -> float:
        return 0.0


@dataclass(frozen=True)
class Near:
    """A number that is subject to chance, and how far it may be from what is expected."""

    value: float
    expected: float
    by: float

    def gap(self, space: Space) -> float:
        return abs(self.value - self.expected)

    def allowed(self, space: Space) -> float:
        return self.by


Tried = Iterable[Equal | Near]


def _numbers(space: Space, value: Any) -> np.ndarray[Any, Any]:
    """Of vectors the sums, in which rows that are one row are equal."""
    array = value.total if isinstance(value, Vector) else value
    host = np.asarray(
        array if isinstance(array, (float, np.generic)) else space.backend.numpy(array)
    )
    return host.astype(np.complex128 if host.dtype.kind == "c" else np.float64)


class Sample:
    """The vectors of a case."""

    def __init__(self, space: Space, case: Case) -> None:
        self.space = space
        self.case = case
        self.laws = space.algebra.laws

    def values(self, n: int) -> list[Vector]:
        """n vectors, in the forms of the case."""
        forms = self.case.forms
        return [self.of_form(forms[i % len(forms)], f"v{i}", self.case.shape) for i in range(n)]

    def rows(self, n: int) -> list[Vector]:
        """n of them as rows: keys of any length, in algebras that have such."""
        return [finished(v) for v in self.values(n + 1)[1:]]

    def keys(self, n: int) -> list[Vector]:
        """n keys, drawn and projected in turn; to the last bit of the precision."""
        shape = self.case.keys
        return [
            (
                self.of_form("composite", f"k{i}", shape) if i % 2 else self.drawn(f"k{i}", shape)
            ).unitary()
            for i in range(n)
        ]

    def drawn(self, name: str, shape: tuple[int, ...] = ()) -> Vector:
        """Keys as they are drawn, of structures."""
        if not shape:
            return self.space.key(name)
        names = [f"{name}/{j}" for j in range(math.prod(shape))]
        return self.space._draw(names, "unitary").reshape(shape)

    def atoms(self, name: str, shape: tuple[int, ...] = ()) -> Vector:
        """Atoms of the kind of the case."""
        names = [f"{name}/{j}" for j in range(math.prod(shape))]
        return self.space.batch(names).reshape(shape)

    def of_form(self, form: str, name: str, shape: tuple[int, ...]) -> Vector:
        """Atoms, products of two, or superpositions, which are finished or not."""
        a, b, c = (self.atoms(f"{name}/{letter}", shape) for letter in "abc")
        if form == "atom":
            return a
        if form == "product":
            return a * b
        total = a + 2 * b - 0.5 * c.permute()
        return finished(total) if form == "composite" else total


def finished(vector: Vector) -> Vector:
    """The row of a sum."""
    return vector if vector.finished else Vector(vector.space, vector.data)


def offered(*operations: Callable[[], Vector]) -> list[Vector]:
    """What those operations give that the algebra has."""
    made = []
    for operation in operations:
        try:
            made.append(operation())
        except LawError:
            continue
    return made


@lru_cache(maxsize=512)
def space_of(algebra: Any, case: Case, backend: str, dtype: str) -> Space:
    """The space of a case."""
    return Space(case.dim, algebra, backend, dtype, case.seed, case.atoms)


def fitting_dims(algebra: str | type[Algebra] | Chosen) -> list[int]:
    """The smallest dim there is, an odd one, an even one, and one in which chance can be measured."""
    kind, parameters = find_algebra(algebra)

    def first(least: int, step: int = 1) -> list[int]:
        found = (d for d in range(least, least + 1024, step) if kind.fits(d, *parameters))
        return list(found)[:1]

    dims = {*first(2), *first(5, 2), *first(16, 2)}
    large = LARGE
    while large > 16:
        fits = first(large)
        if fits and _width(algebra, fits[0]) <= WIDEST:
            dims.update(fits)
            break
        large //= 2
    return sorted(dims)


def _width(algebra: Any, dim: int) -> int:
    made = Space(dim, algebra).algebra
    return max(made.row.width, made.sum.width)


def cases(algebra: str | type[Algebra] | Chosen, dims: Iterable[int] | None = None) -> list[Case]:
    """A few cases of each dim and each kind of atoms: every form, and batches that broadcast."""
    kind = find_algebra(algebra).kind
    return [
        Case(dim, seed, atoms, forms, shape, keys)
        for dim in (fitting_dims(algebra) if dims is None else dims)
        for atoms in kind.atom_kinds
        for seed, (forms, shape, keys) in enumerate(
            GRID[: None if atoms == kind.atom_kinds[0] else 1]
        )
    ]
