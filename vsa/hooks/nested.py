"""What stands in a structure: kept apart from what it stands in, and from what stands in other places.

Structures bind with keys of their own. Where a key bound twice is nothing, as under XOR, a frame in a
frame of the same head would lie open in it, role ⊛ role ⊛ filler being the filler, and either be taken for
the other. So there an item is permuted before it is bound.
"""

from __future__ import annotations

from vsa.algebra.vector import Vector

APART = 10_007  # steps of a permutation, which no sequence and no stack comes to
DEEP = 3  # structures in one another, in which no key may come to nothing


def inside(item: Vector, steps: int = 1) -> Vector:
    """An item as it is bound in a structure; with steps=-1 what was unbound as an item again."""
    period = item.space.algebra.period
    return item if period is None or period > DEEP else item.permute(steps)


def key_at(place: int, vector: Vector) -> Vector:
    """The key of a place, 1, 2 …, of a term: what stands there, as no value and no other place has it.

    Where binding commutes the places of a term would else be one, and an item bound with itself nothing
    under XOR. The permutation goes further than those of sequences and frames do: a majority of three
    terms holds their product, so that one of these would hold a term of the others.
    """
    return vector.permute(place * APART).unitary()
