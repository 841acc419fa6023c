"""Numbers and places in the language: `number`, `place`, and what reads them back.

The codes are those of `vsa.numbers`: fractional powers where the algebra has them, else levels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np

from vsa import Answer, Memory, Session, Space, Vector, VsaError, hookimpl
from vsa.numbers import Estimate, Level, Place, Power, heat_map
from vsa.pictures import Drawable, HeatMap
from vsa.plugin import Within, arguments, bound_with, checked

LOW, HIGH, LENGTH = "place.low", "place.high", "place.length"  # settings: the box, and its scale


@checked
def number(
    x: float, low: float, high: float, *, length: float | None = None, memory: Memory
) -> Vector:
    """A number between low and high as a vector: near numbers are alike.

    Those a length apart have similarity .61, twice as far .14; length is by default a twentieth of
    the range. Algebras without fractional powers have levels instead, as alike as they are near, over
    the whole range by default. As a value it is bound with a key, and read by number_of.

    > similarity(number(20, 0, 100), number(25, 0, 100))
    0.61
    > number_of(number(37.5, 0, 100) * mark / mark, 0, 100)
    37.5 …
    """
    return _code(memory.space, low, high, length).encode(x)


@checked
def number_of(
    v: Vector,
    low: float,
    high: float,
    *,
    length: float | None = None,
    terms: Annotated[int, Within(1, 1000)] | None = None,
) -> Estimate:
    """The number that a vector holds, how exact it is, and how sure: ± is the standard deviation.

    Certain from P = .995 on, likely from .9, else doubtful. low, high and length: as of `number`.
    terms: up to so many numbers are superposed, all of one size; they come in order.

    > number_of(number(40, 0, 100) + mark + fish, 0, 100)
    40 …
    > number_of(number(30, 0, 100) + number(34, 0, 100), 0, 100, terms=2)
    30 …
    34 …
    > number_of(mark, 0, 100)
    nothing
    """
    return _code(v.space, low, high, length).decode(v, terms)


@checked
def place(x: float, y: float, z: float | None = None, *, session: Session) -> Vector:
    """A point of the plane, or of space, as a vector: near places are alike.

    A scene is a sum of things bound with their places, `mark * place(3, -2) + fish * place(0, 4)`. The
    box is from -5 to 5 along each axis and the length .5: `:set place.low`, `:set place.high`,
    `:set place.length`, before the first place of a scene.

    > similarity(place(3, -2), place(3.5, -2))
    0.61
    """
    point = [x, y] if z is None else [x, y, z]
    return _box(session, len(point)).encode(point)


@checked
def at(scene: Vector, place: Vector, *, memory: Memory) -> Answer:
    """What is there? The item that is bound with a place in a scene.

    > at(mark * place(3, -2) + fish * place(0, 4), place(3, -2))
    mark  …
    > at(mark * place(3, -2) + fish * place(0, 4), place(-4, -4))
    nothing …
    """
    return bound_with(memory, scene, place)


@checked
def where(
    scene: Vector,
    thing: Vector,
    *,
    axes: Annotated[int, Within(2, 3)] = 2,
    session: Session,
) -> Location:
    """Where is it? The place that a thing is bound with in a scene, over a map of how alike all are.

    It stands for the place as a vector, and behind its dot are x, y, z, deviation and probability.
    axes=3 looks in space; the map is then seen from above.

    > where(mark * place(3, -2) + fish * place(0, 4), mark)
    (2.97, -2.01) ± 0.02  certain
    …
    > where(mark * place(3, -2) + fish * place(0, 4), john)
    nothing
    """
    box = _box(session, axes)
    left = box.where(scene, thing)
    if left.shape:
        raise VsaError(
            f"where reads one scene and one thing, not a batch of shape {left.shape}: "
            "from Python vsa.numbers.Place decodes batches"
        )
    found = box.decode(left)
    seen = box.alike(left)
    seen = (seen if axes == 2 else seen.max(2)).T
    point = None if found.is_nothing else box.at(found.value)
    return Location(found, seen, session.setting(LOW), session.setting(HIGH), point)


@checked
def region(left: float, right: float, bottom: float, top: float, *, session: Session) -> Vector:
    """All places of a box at once, as a vector: their mean. What is in there is read by `at`.

    Of a box many lengths wide each place has so small a part that little can be told from noise.

    > at(mark * place(3, -2) + fish * place(0, 4), region(2, 4, -3, -1))
    mark  …
    """
    arguments.checked_number("right", right, above=left)
    arguments.checked_number("top", top, above=bottom)
    return _box(session, 2).region([left, bottom], [right, top])


@dataclass(frozen=True, eq=False)
class Location(Drawable):
    """Where something is, and how alike every place is to that."""

    estimate: Estimate
    alike: np.ndarray[Any, np.dtype[np.float64]] = field(repr=False)  # (y, x)
    low: float
    high: float
    point: Vector | None = field(repr=False)

    vsa_name = "location"

    def vsa_text(self) -> str:
        """The place, and the map unless there is none."""
        if self.point is None:
            return "nothing"
        ends = self.low, self.high
        return f"{self.estimate}\n{heat_map(np.maximum(self.alike, 0), ends, ends)}"

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`."""
        return self.estimate.vsa_json()

    def vsa_picture(self) -> HeatMap:
        """How alike every place is, the lowest row below."""
        ends = (self.low, self.high)
        return HeatMap(
            np.maximum(self.alike, 0)[::-1], low=0.0, x="x", y="y", axis="cosine", span=(ends, ends),
            title=str(self.estimate),
        )  # fmt: skip

    def vsa_vector(self) -> Vector:
        """The place."""
        if self.point is None:
            raise VsaError("it is nowhere in the scene, so that no place stands for it")
        return self.point

    def vsa_attributes(self) -> list[str]:
        """What stands behind the dot."""
        return [*"xyz"[: self.estimate.axes], "deviation", "probability"]

    def vsa_attribute(self, name: str) -> float:
        """A coordinate, or how exact and how sure they are."""
        if name not in self.vsa_attributes():
            offered = ", ".join(self.vsa_attributes())
            raise VsaError(f"a location has no {name}; it has {offered}")
        if name == "probability":
            return float(self.estimate.probability)
        self.estimate.required()
        if name == "deviation":
            return float(np.max(self.estimate.deviation))
        return float(self.estimate.value["xyz".index(name)])


def _code(space: Space, low: float, high: float, length: float | None) -> Power | Level:
    if "fractional" in space.algebra.laws:
        return Power(space, low, high, length=length)
    return Level(space, low, high, length)


def _box(session: Session, axes: int) -> Place:
    low, high, length = (session.setting(name) for name in (LOW, HIGH, LENGTH))
    if not low < high:
        raise VsaError(
            f"the box of places is from {low:g} to {high:g}: :set {HIGH} to more, or {LOW} to less"
        )
    if not length > 0:
        raise VsaError(f"the length of places is {length:g}: :set {LENGTH} to a number above 0")
    space: Space = session.space
    made: Place = space.kept(
        ("place", axes, low, high, length),
        lambda: Place(space, [low] * axes, [high] * axes, length),
    )
    return made


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """number, number_of, place, at, where, region."""
    return [number, number_of, place, at, where, region]


@hookimpl
def vsa_types() -> Iterable[type]:
    """What is read back."""
    return [Estimate, Location]


@hookimpl
def vsa_settings() -> Mapping[str, Any]:
    """The box of places, along each axis, and the length on which they are alike."""
    return {LOW: -5.0, HIGH: 5.0, LENGTH: 0.5}
