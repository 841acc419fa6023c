"""Numbers as levels between atoms, for every algebra: more and more parts of one are the next one's.

Level codes are Rachkovskij's (2001) and Kleyko's (2018), thermometers Penz's (1987); the circle is that
of Kanerva's angles. Parts are components, and where those hang together, blocks or segments of them.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.blocks import in_blocks
from vsa.algebra.laws import LawError
from vsa.algebra.orders import shuffled
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import ArgumentValueError
from vsa.numbers.code import Code
from vsa.numbers.kernels import Floats, triangular

MOST = 4096  # atoms


class Level(Code):
    """An atom at every length; between two, a share of the parts that grows with the number.

    length: by default the whole range, so that its ends are as unlike as two atoms. The kernel is a
    triangle, 1 − |d|, for as many lengths as there are. Out of the range a number is as its end.

    >>> from vsa import Space
    >>> from vsa.numbers import Level
    >>> code = Level(Space(dim=1024, algebra="bsc"), 0, 100)
    >>> round(code.encode(20).similarity(code.encode(70)), 1), float(code.kernel(50))
    (0.5, 0.5)
    """

    share = 1.0

    @property
    def grain(self) -> float:
        """A length has no more steps than a row has parts."""
        return self.length / self.space.algebra.places

    @property
    def count(self) -> int:
        """How many lengths there are."""
        return max(int(np.ceil((self.high - self.low) / self.length - 1e-9)), 1)

    @property
    def atoms(self) -> Vector:
        """At each length (count + 1,), or around a circle (count,)."""
        if self.count > MOST:
            raise ArgumentValueError(
                f"a range of {self.count:,} lengths is too long: at most {MOST:,}; give a greater length"
            )
        return self._atoms(self.count + (not self.periodic))

    def _atoms(self, count: int) -> Vector:
        space, names = self.space, [f"{self.scale}/{i}" for i in range(count)]
        made: Vector = space.kept(
            (self.scale, count), lambda: space.stack([space.key(name) for name in names])
        )
        return made

    @property
    def scale(self) -> str:
        """Begins the names of the atoms: those of another scale are others."""
        return f"{self.name}/{self.low:.12g}/{self.length:.12g}"

    @cached_property
    def thresholds(self) -> Floats:
        """At which share of a length each part is exchanged (places,)."""
        places = self.space.algebra.places
        return (np.argsort(shuffled(f"{self.name}\x1f{places}", places)) + 0.5) / places

    def vectors(self, x: Array) -> Vector:
        backend, algebra, atoms = self.space.backend, self.space.algebra, self.atoms
        at = (backend.numpy(x) - self.low) / self.length
        at = np.mod(at, self.count) if self.periodic else np.clip(at, 0, self.count)
        below = np.minimum(np.floor(at), self.count - 1).astype(np.intp)
        beyond = backend.asarray((at - below)[..., None])
        index = backend.asarray(np.stack([below, (below + 1) % len(atoms)], axis=-1))
        limits = backend.asarray(self.thresholds)

        def taken(which: Array) -> Array:
            rows = backend.xp.take(atoms.data, backend.xp.reshape(which, (-1,)), axis=0)
            return backend.xp.reshape(rows, (*which.shape, rows.shape[-1]))

        def block(which: Array, share: Array) -> Array:
            first, second = (taken(which[..., i]) for i in (0, 1))
            return algebra.exchanged(first, second, limits < share)

        return Vector(self.space, in_blocks(backend, block, [index, beyond]))

    def kernel(self, distance: Any) -> Floats:
        d = np.abs(np.asarray(distance, dtype=np.float64))
        if self.periodic:
            around = self.high - self.low
            d = np.abs(np.mod(d + around / 2, around) - around / 2)
        return triangular(d / self.length)


class Circular(Level):
    """Levels around a circle: `high` is `low` again, as of angles and hours.

    length: half of the way round by default, and at most; else what goes into the way round a whole
    number of times, so that it is made a little shorter if it must.

    >>> from vsa import Space
    >>> from vsa.numbers import Circular
    >>> hour = Circular(Space(dim=1024), 0, 24, length=6)
    >>> round(hour.encode(23).similarity(hour.encode(2)), 1), float(hour.kernel(3))
    (0.5, 0.5)
    """

    periodic = True
    share = 0.5

    @property
    def count(self) -> int:
        return max(super().count, 2)

    @property
    def length(self) -> float:
        """The scale on which numbers are alike."""
        around = self.high - self.low
        wanted = super().length
        return around / max(int(np.ceil(around / wanted - 1e-9)), 2)


class Thermometer(Level):
    """From an atom to its opposite, part by part: the ends of the range are as unlike as can be.

    There is no length but the range. The kernel falls from 1 to that of opposites, −1 where an atom
    has a negative. Algebras without opposites are refused.

    >>> from vsa import Space
    >>> from vsa.numbers import Thermometer
    >>> code = Thermometer(Space(dim=1024, algebra="bsc"), 0, 100)
    >>> round(code.encode(0).similarity(code.encode(75)), 2), float(code.kernel(75))
    (-0.5, -0.5)
    """

    def __init__(
        self,
        space: Space,
        low: float | None = None,
        high: float | None = None,
        name: str = "number",
    ) -> None:
        super().__init__(space, low, high, None, name)
        if self.opposite > -1e-6:
            raise LawError(
                f"a thermometer needs opposites, which the algebra {space.algebra.name!r} has not; "
                "use Level"
            )

    def _atoms(self, count: int) -> Vector:
        atom = self.space.key(self.name)
        other = Vector.of_sum(self.space, -atom.total)
        return self.space.stack([atom, Vector(self.space, other.data)])

    @cached_property
    def opposite(self) -> float:
        """The similarity of the two ends."""
        atoms = self._atoms(2)
        return atoms[0].similarity(atoms[1])

    def kernel(self, distance: Any) -> Floats:
        d = np.minimum(np.abs(np.asarray(distance, dtype=np.float64)) / (self.high - self.low), 1)
        return np.asarray(1 - d * (1 - self.opposite))
