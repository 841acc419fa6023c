"""What stands in a structure, and may be one of the same kind: kept apart from what it stands in.

Structures bind with keys of their own. Where a key bound twice is nothing, as under XOR, a frame in a
frame of the same head would lie open in it, role ⊛ role ⊛ filler being the filler, and either be taken for
the other. So there an item is permuted before it is bound.
"""

from __future__ import annotations

from vsa.algebra.vector import Vector

DEEP = 3  # structures in one another, in which no key may come to nothing


def inside(item: Vector, steps: int = 1) -> Vector:
    """An item as it is bound in a structure; with steps=-1 what was unbound as an item again."""
    period = item.space.algebra.period
    return item if period is None or period > DEEP else item.permute(steps)
