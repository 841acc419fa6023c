"""Points of two and three dimensions: a number along each axis, bound together.

The cosine of two places is the product of the kernels along the axes. With powers of random bases it
is that of Komer, Stewart, Voelker and Eliasmith (2019); in threes at 120° to each other the bases
make hexagons, as grid cells have them (Dumont and Eliasmith 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.laws import LawError
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import (
    checked_choice,
    checked_instance,
    checked_iterable,
    checked_number,
    checked_text,
)
from vsa.errors import ArgumentValueError
from vsa.numbers.code import Code, Encoder
from vsa.numbers.kernels import Floats, hexagonal
from vsa.numbers.level import Circular, Level
from vsa.numbers.power import Power

AXES = "xyz"
BASES = ("random", "hexagonal", "periodic")
SIDES = 20  # lengths, by default, of the longest side
POINTS = {2: 24, 3: 9}  # along each axis, that a region is summed over where there is no formula


class Place(Encoder):
    """Points (…, 2) or (…, 3) of a box.

    lows, highs: of each axis.  length: on which places are alike, a twentieth of the longest side by
    default.  kernel: of Power.  bases: "random", those of the axes are independent; "hexagonal", of
    two axes, they make hexagons, with a Gaussian kernel; "periodic", each side of the box is its other
    side. Algebras without fractional powers have levels for them, with a triangular kernel.
    A scene is the sum of things * places, and a thing moves by binding where there are powers.

    Raises a VsaError where near places cannot be near keys, as in mbat.

    >>> from vsa import Space
    >>> from vsa.numbers import Place
    >>> space = Space(dim=1024)
    >>> place = Place(space, [-5, -5], [5, 5])
    >>> scene = space.atom("mark") * place.encode([3, -2]) + space.atom("fish") * place.encode([0, 4])
    >>> print(place.decode(scene / space.atom("fish")))
    (0.03, 4.01) ± 0.02  certain
    """

    def __init__(
        self,
        space: Space,
        lows: Sequence[float],
        highs: Sequence[float],
        length: float | None = None,
        kernel: str = "gaussian",
        bases: str = "random",
        name: str = "place",
    ) -> None:
        self.space = checked_instance("space", space, Space, "a Space")
        self.name = checked_text("name", name)
        self.bases = checked_choice("bases", bases, BASES)
        low, high = (
            [checked_number(f"each of {n}", x) for x in checked_iterable(n, given, "two or three numbers")]
            for n, given in (("lows", lows), ("highs", highs))
        )  # fmt: skip
        if len(low) not in (2, 3) or len(high) != len(low):
            raise ArgumentValueError(
                f"lows and highs must be two or three numbers each, not {len(low)} and {len(high)}"
            )
        laws = space.algebra.laws
        if "exact-keys" in laws:
            raise LawError(
                f"a place needs keys that may be near to each other, which the algebra "
                f"{space.algebra.name!r} has not; bind numbers as values"
            )
        sides = [b - a for a, b in zip(low, high, strict=True)]
        self.given = length
        if length is None:
            length = max(max(sides), 0.0) / SIDES or None
        self.powers = "fractional" in laws
        self._axes = [
            self._axis(a, b, length, kernel, i)
            for i, (a, b) in enumerate(zip(low, high, strict=True))
        ]
        if self.bases == "hexagonal":
            self._hexagonal(kernel)

    def _axis(self, low: float, high: float, length: float | None, kernel: str, i: int) -> Code:
        name, around = f"{self.name}/{AXES[i]}", self.bases == "periodic"
        if self.powers:
            return Power(self.space, low, high, kernel, length, around, name)
        return (Circular if around else Level)(self.space, low, high, length, name)

    def _hexagonal(self, kernel: str) -> None:
        self.space.algebra.need("a hexagonal base", "fractional", "use bases='random'")
        if len(self._axes) != 2 or kernel != "gaussian":
            raise ArgumentValueError("hexagonal bases are of two axes, with the kernel 'gaussian'")
        found = hexagonal(self.space, f"numbers/{self.name}")
        for axis, turns in zip(self._axes, found, strict=True):
            assert isinstance(axis, Power)
            axis.turns = turns

    @property
    def axes(self) -> Sequence[Code]:
        return self._axes

    @property
    def length(self) -> float:
        """On which places are alike."""
        return self._axes[0].length

    def fit(self, data: Any) -> Self:
        """Take the box from the least to the largest of some points (…, axes), along each axis.

        The length is a twentieth of its longest side, unless one was given. Gives the code itself.
        """
        points = self.points("data", data)
        limits = [
            axis.limits(f"{AXES[i]} in data", points[..., i]) for i, axis in enumerate(self._axes)
        ]
        sides = [high - low for low, high in limits]
        length = max(sides) / SIDES if self.given is None else self.given
        for axis, ends in zip(self._axes, limits, strict=True):
            axis.take(ends, length)
        return self

    def points(self, name: str, given: Any) -> Array:
        """Points (…, axes) that were given, finite."""
        array = self._axes[0].numbers(name, given)
        if array.ndim == 0 or array.shape[-1] != len(self._axes):
            raise ArgumentValueError(
                f"the last axis of {name} must hold {len(self._axes)} coordinates, "
                f"not shape {tuple(array.shape)}"
            )
        return array

    def encode(self, points: Any) -> Vector:
        """The vectors (…) of points (…, axes); a note where some are out of the box."""
        given = self.points("points", points)
        return self._bound(
            [axis.inside(AXES[i], given[..., i]) for i, axis in enumerate(self._axes)]
        )

    def _bound(self, along: Sequence[Array]) -> Vector:
        return _product([self._keys(axis, x) for axis, x in zip(self._axes, along, strict=True)])

    def _keys(self, axis: Code, x: Array) -> Vector:
        """The codes of an axis, as keys: levels of matrices are none by themselves."""
        found = axis.vectors(x)
        return found if self.powers else found.unitary()

    def at(self, points: Floats) -> Vector:
        return self._bound(
            [self.space.backend.asarray(points[..., i]) for i in range(len(self._axes))]
        )

    def lattice(self, axes: Sequence[Floats]) -> Vector:
        found: Vector | None = None
        for axis, x in zip(self._axes, axes, strict=True):
            keys = self._keys(axis, self.space.backend.asarray(x))
            found = keys if found is None else _all_pairs(found, keys)
        assert found is not None
        return found

    def by_axes(self, vectors: Vector, axes: Sequence[Floats]) -> Floats | None:
        """⟨v, x * y⟩ = ⟨v / y, x⟩: the keys of the other axes taken away, and then a matrix product."""
        space = self.space
        if not (space.closed and "adjoint" in space.algebra.laws):
            return None
        first, *others = (
            self._keys(axis, space.backend.asarray(x))
            for axis, x in zip(self._axes, axes, strict=True)
        )
        rows = space.algebra.pack(first.data)
        found = []
        for v in vectors:
            for keys in reversed(others):
                v = v[..., None] / keys if v.shape else v / keys
            dots = space.backend.numpy(space.algebra.pack(v.data) @ rows.T)
            found.append(dots.astype(np.float64).T.reshape(-1))
        length = space.backend.numpy(vectors.norms()).astype(np.float64)
        length = np.where(length > 0, length, 1.0)[:, None]
        return np.asarray(np.reshape(found, (len(length), -1)) / length)

    def kernel(self, distance: Any) -> Floats:
        """The expected similarity (…) of places a vector (…, axes) apart."""
        d = np.asarray(distance, dtype=np.float64)
        first, *_ = self._axes
        still = first.still if isinstance(first, Power) else 0.0  # alike at any distance
        along = [
            (axis.kernel(d[..., i]) - still) / (1 - still) for i, axis in enumerate(self._axes)
        ]
        return np.asarray(still + (1 - still) * np.prod(along, axis=0))

    def region(self, lows: Sequence[float], highs: Sequence[float]) -> Vector:
        """The mean code of a box: of powers the product of its sides' integrals, else a sum over a grid."""
        sides = []
        for i, (a, b) in enumerate(
            zip(self._ends("lows", lows), self._ends("highs", highs), strict=True)
        ):
            sides.append((a, checked_number(f"highs[{i}]", b, above=a)))
        if self.powers:
            ends = zip(self._axes, sides, strict=True)
            return _product([axis.mean(a, b) for axis, (a, b) in ends])
        count = POINTS[len(sides)]
        axes = [a + (b - a) * (np.arange(count) + 0.5) / count for a, b in sides]
        return self.lattice(axes).bundle() / float(count ** len(sides))

    def _ends(self, name: str, given: Any) -> list[float]:
        array = self.points(name, given)
        if array.ndim != 1:
            raise ArgumentValueError(
                f"{name} must be one point, not a batch of shape {tuple(array.shape)}"
            )
        return [float(x) for x in array]

    def where(self, scene: Vector, thing: Vector) -> Vector:
        """What is left of a scene, a sum of thing * place, once a thing is taken away: its place."""
        found: Vector = as_vector(scene, "scene").left_unbind(as_vector(thing, "thing"))
        return found


def _product(vectors: Sequence[Vector]) -> Vector:
    """Each bound with the next."""
    found = vectors[0]
    for other in vectors[1:]:
        found = found * other
    return found


def _all_pairs(first: Vector, second: Vector) -> Vector:
    """Each of a batch (m,) bound with each of another (n,): (m · n,)."""
    return (first[:, None] * second[None]).reshape(-1)
