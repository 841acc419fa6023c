"""How two structures align: a structure-mapping engine on what is read out of frames.

Frames correspond if their heads are the same and so do their fillers, slot by slot (parallel
connectivity), and nothing corresponds to two things (one to one). Each pair of frames of the same head is
tried as a beginning; what comes of it is merged greedily (Forbus and Oblinger 1990). A pair counts
for more under a pair of causes than alone: deep systems are preferred to many single facts
(systematicity, Gentner 1983).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from vsa import Memory, Vector, VsaError, bundle
from vsa_plugins.frame import HEADS, slots

TRICKLE = 0.5  # of the score of a pair that comes to those below it
DEEPEST = 8  # frames in frames


@dataclass(frozen=True, eq=False)
class Structure:
    """A frame as it was read, or a filler that is none.

    name: of its head, or of the item.  slots: what fills them; none of what is no frame.
    """

    name: str | None
    slots: dict[str, Structure] = field(default_factory=dict)

    def every(self) -> Iterator[Structure]:
        """Itself and all that is in it, outermost first."""
        yield self
        for filler in self.slots.values():
            yield from filler.every()

    @property
    def frames(self) -> int:
        """How many of it are frames."""
        return sum(bool(each.slots) for each in self.every())


def structure(vector: Vector, memory: Memory, above: tuple[str, ...] = ()) -> Structure:
    """What is read out of a frame, and of the frames that fill its slots.

    above: the names of those in which it stands; none of them is read in itself.
    """
    if vector.shape:
        raise VsaError("structures are read one at a time, not in a batch")
    head = memory.cleanup(vector, kinds=HEADS).name
    try:
        found = slots(vector, memory=memory)
    except VsaError:  # none is known, or none filled
        return Structure(head)
    fillers = {}
    for label, one in zip(found.labels or (), found, strict=True):
        name = str(one.name)
        leaf = memory.kind(name) in HEADS or name in above or len(above) == DEEPEST
        fillers[label] = Structure(name) if leaf else structure(one.vector, memory, (*above, name))
    return Structure(head, fillers)


def content(of: Structure, memory: Memory) -> Vector:
    """The bundle of all heads and fillers, each as often as it occurs."""
    names = [each.name for each in of.every() if each.name is not None]
    if not names:
        return memory.space.zero()
    return bundle(*(memory[name] for name in names)).normalize()


Pair = tuple[Structure, Structure]


@dataclass
class Match:
    """What corresponds to what: frames and fillers of one, by those of the other."""

    score: float = 0.0
    frames: dict[int, int] = field(default_factory=dict)
    fillers: dict[str | None, str | None] = field(default_factory=dict)

    def merged(self, other: Match) -> Match | None:
        """Both, if nothing then corresponds to two things."""
        frames, fillers = {**self.frames, **other.frames}, {**self.fillers, **other.fillers}
        agree = all(self.frames.get(a, b) == b for a, b in other.frames.items()) and all(
            self.fillers.get(a, b) == b for a, b in other.fillers.items()
        )
        if not agree or not (_once(frames) and _once(fillers)):
            return None
        return Match(self.score + other.score, frames, fillers)


def _once(pairs: dict[int, int] | dict[str | None, str | None]) -> bool:
    return len(set(pairs.values())) == len(pairs)


@dataclass(frozen=True)
class Aligned:
    """score: 0 to 1.  pairs: the names of what corresponds, frames by their heads."""

    score: float
    pairs: tuple[tuple[str, str], ...]


def aligned(x: Structure, y: Structure) -> Aligned:
    """The best alignment that is found of two structures."""
    best = _best(x, y)
    whole = [_below(each, each, 1.0) for each in (x, y)]
    longest = (whole[0].score * whole[1].score) ** 0.5 if all(whole) else 0.0  # type: ignore[union-attr]
    names = [(str(a), str(b)) for a, b in best.fillers.items()]
    return Aligned(best.score / longest if longest else 0.0, tuple(names))


def _best(x: Structure, y: Structure) -> Match:
    beginnings: list[Match] = []
    for a in x.every():
        for b in y.every():
            known = any(m.frames.get(id(a)) == id(b) for m in beginnings)
            found = None if known or not (a.slots and b.slots) else _below(a, b, 1.0)
            if found is not None:
                beginnings.append(found)
    beginnings.sort(key=lambda match: -match.score)
    best = Match()
    for first in beginnings:
        whole = first
        for other in beginnings:
            if not other.frames.keys() & whole.frames.keys():
                whole = whole.merged(other) or whole
        best = max(best, whole, key=lambda match: match.score)
    return best


def _below(a: Structure, b: Structure, score: float) -> Match | None:
    """What corresponds if two do, which then count for so much; None if they cannot."""
    if bool(a.slots) != bool(b.slots):
        return None
    if not a.slots:
        return Match(score, fillers={a.name: b.name})
    common = a.slots.keys() & b.slots.keys()
    if a.name != b.name or not common:
        return None
    whole: Match | None = Match(score, frames={id(a): id(b)})
    for name in sorted(common):
        below = _below(a.slots[name], b.slots[name], 1.0 + TRICKLE * score)
        whole = None if below is None or whole is None else whole.merged(below)
        if whole is None:
            return None
    return whole
