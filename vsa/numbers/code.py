"""What the codes of numbers have in common: a range, its fit to data, numbers looked at, decoding."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import checked_instance, checked_number, checked_text, checked_whole
from vsa.errors import ArgumentValueError, Note, VsaError
from vsa.notes import note
from vsa.numbers.decode import Compared, decoded, over_grid
from vsa.numbers.estimate import Estimate
from vsa.numbers.grid import along
from vsa.theory.load import UNKNOWN, Load
from vsa.theory.prior import PRIOR_NOTHING

POINTS = 256  # of a grid over which a region is summed where there is no formula
STEPS = 4  # of the grid that a decoder looks through, each length
FEWER = 2  # of a grid of several axes

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Encoder(ABC):
    """What can be decoded: a code of numbers, or of points along several axes, each with its code."""

    space: Space

    @property
    @abstractmethod
    def axes(self) -> Sequence[Code]:
        """The codes along each axis."""

    @abstractmethod
    def at(self, points: Floats) -> Vector:
        """The vectors (…) of points (…, axes) that were looked at."""

    @abstractmethod
    def lattice(self, axes: Sequence[Floats]) -> Vector:
        """The vectors (points,) of all points with these numbers along the axes, the last the fastest."""

    def grid(self) -> list[Floats]:
        """The numbers along each axis that a decoder looks through first."""
        steps = STEPS if len(self.axes) == 1 else FEWER
        return [along(axis.range, axis.length, steps, axis.periodic) for axis in self.axes]

    def by_axes(self, vectors: Vector, axes: Sequence[Floats]) -> Floats | None:
        """Similarities (queries, points) with the points of `lattice`; None if that is no faster."""
        return None

    def alike(self, v: Vector) -> Floats:
        """How similar each vector of a batch (…) is to the points of the grid: (…, *points of an axis)."""
        v = self.space.own(as_vector(v, "v"))
        flat = v.reshape(-1)
        scores = over_grid(self, Compared(flat, UNKNOWN.over(flat.shape)))
        return scores.reshape(*v.shape, *map(len, self.grid()))

    def decode(
        self,
        v: Vector,
        terms: int | None = None,
        *,
        prior_nothing: float = PRIOR_NOTHING,
        load: float | Load | None = None,
    ) -> Estimate:
        """Which number each vector of a batch (…) holds, how exactly, and whether it holds one.

        terms: up to so many are superposed in each, all of one size; the estimate is (…, terms), in
        order, and what is too many is nothing.
        load: how many terms are superposed, where that is known, as in `cleanup`.
        """
        if terms is not None and load is not None:
            raise ArgumentValueError(
                "give terms or load: where terms are taken apart the load is known"
            )
        known = UNKNOWN if load is None else load if isinstance(load, Load) else Load.terms(load)
        count = None if terms is None else checked_whole("terms", terms, 1, 1000)
        return decoded(self, v, count, prior_nothing, known)


class Code(Encoder):
    """A code of the numbers from `low` to `high`, in which near ones are alike.

    space: whose vectors it gives.  low, high: the range, or none of them until `fit`.
    length: the scale on which numbers are alike; what it is for each code, and by default, stands
    there.  name: of the keys: codes of different names are unlike each other.
    """

    periodic = False
    share = 1 / 20  # of the range that the length is by default

    def __init__(
        self,
        space: Space,
        low: float | None = None,
        high: float | None = None,
        length: float | None = None,
        name: str = "number",
    ) -> None:
        self.space: Space = checked_instance("space", space, Space, "a Space")
        self.name = f"numbers/{checked_text('name', name)}"
        self.given = None if length is None else checked_number("length", length, above=0)
        self._range: tuple[float, float] | None = None
        if low is not None or high is not None:
            low = checked_number("low", low)
            self._range = low, checked_number("high", high, above=low)

    # --- the range -----------------------------------------------------------------------------
    def fit(self, data: Any) -> Self:
        """Take the range from the least to the largest of some numbers (…); gives the code itself.

        Raises a VsaError where there are none, or all are equal.
        """
        self._range = self.limits("data", data)
        return self

    def limits(self, name: str, data: Any) -> tuple[float, float]:
        """The least and the largest of some numbers, two different ones at least."""
        numbers = self.space.backend.numpy(self.numbers(name, data)).astype(np.float64)
        if not numbers.size:
            raise ArgumentValueError(f"{name} must hold numbers, two different ones at least")
        low, high = float(numbers.min()), float(numbers.max())
        if low == high:
            raise ArgumentValueError(
                f"all numbers of {name} are {low:g}: give a range of some width as low and high"
            )
        return low, high

    @property
    def settings(self) -> dict[str, Any]:
        """What its vectors follow from, beside the space."""
        return {"name": self.name, "low": self.low, "high": self.high, "length": self.length}

    def take(self, limits: tuple[float, float], length: float | None) -> None:
        """Another range, and a length or the default one of the range."""
        self._range, self.given = limits, length

    @property
    def range(self) -> tuple[float, float]:
        """(low, high)."""
        if self._range is None:
            raise VsaError("the range is not known yet: give low and high, or fit(data)")
        return self._range

    @property
    def low(self) -> float:
        """The least number of the range."""
        return self.range[0]

    @property
    def high(self) -> float:
        """The largest."""
        return self.range[1]

    @property
    def length(self) -> float:
        """The scale on which numbers are alike."""
        return self.share * (self.high - self.low) if self.given is None else self.given

    @property
    def grain(self) -> float:
        """What is less apart is not told apart: a cosine near 1 has no more digits in single precision."""
        return 1e-3 * self.length

    # --- numbers -------------------------------------------------------------------------------
    def numbers(self, name: str, given: Any) -> Array:
        """Finite numbers that were given, at double precision; a learnt tensor keeps its gradient."""
        backend = self.space.backend
        array = backend.real_array(name, given)
        if not getattr(given, "requires_grad", False):
            array = np.asarray(backend.numpy(given) if hasattr(given, "cpu") else given, np.float64)
        array = backend.asarray(array, dtype=backend.xp.float64)
        if not bool(backend.xp.all(backend.xp.isfinite(array))):
            raise ArgumentValueError(f"{name} must be finite: it holds NaN or infinity")
        return array

    def inside(self, name: str, given: Any) -> Array:
        """The same, with a note where some are out of the range."""
        array = self.numbers(name, given)
        if not self.periodic:
            host = self.space.backend.numpy(array)
            slack = 1e-9 * (self.high - self.low)
            out = host[(host < self.low - slack) | (host > self.high + slack)]
            if out.size:
                some = f"{out.size} of {host.size} numbers, such as {out[0]:g}, are"
                what = f"{out[0]:g} is" if host.size == 1 else some
                note(Note(f"{what} out of the range {self.low:g} to {self.high:g}"), stacklevel=3)
        return array

    # --- encoding ------------------------------------------------------------------------------
    def encode(self, x: Any) -> Vector:
        """The vectors (…) of numbers (…); a note where some are out of the range."""
        return self.vectors(self.inside("x", x))

    @abstractmethod
    def vectors(self, x: Array) -> Vector:
        """The vectors (…) of numbers (…) that were looked at."""

    @abstractmethod
    def kernel(self, distance: Any) -> Floats:
        """The expected similarity (…) of numbers a distance (…) apart."""

    def region(self, low: float, high: float) -> Vector:
        """The mean code of the numbers from low to high, which all of them resemble."""
        low = checked_number("low", low)
        high = checked_number("high", high, above=low)
        return self.mean(low, high)

    def mean(self, low: float, high: float) -> Vector:
        """The same of numbers that were looked at: a sum over a grid where there is no formula."""
        step = (high - low) / POINTS
        points = low + step * (np.arange(POINTS) + 0.5)
        return self.vectors(self.space.backend.asarray(points)).bundle() / POINTS

    # --- for the decoder -----------------------------------------------------------------------
    @property
    def axes(self) -> Sequence[Code]:
        """Itself."""
        return (self,)

    def at(self, points: Floats) -> Vector:
        return self.vectors(self.space.backend.asarray(points[..., 0]))

    def lattice(self, axes: Sequence[Floats]) -> Vector:
        return self.vectors(self.space.backend.asarray(axes[0]))
