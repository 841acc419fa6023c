"""How full a structure is, and the warning past its capacity."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from vsa.algebra.predicted import needed_dim, reached
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import CapacityWarning, VsaError
from vsa.hooks.structure import host, is_empty, terms_in
from vsa.memory.answer import Answer
from vsa.memory.storage import asked
from vsa.notes import note

TARGET = 0.99  # a structure is within its capacity while it is read right this often


def terms_of(total: Vector) -> float:
    """How many unit terms the fullest plain sum of a batch holds: its squared norm."""
    return float(np.max(terms_in(total), initial=1.0))


def load_of(whole: Vector, part: Vector | Answer) -> float:
    """How many unit terms the fullest vector of a batch holds, one of which is `part`.

    One term among k has cosine 1/√k with their sum, whatever the sum was scaled to. A standard
    error of the cosine is given away, so that chance alone does not count as load; a part too faint
    to be told from noise counts as one standard error.
    """
    if isinstance(part, Answer):  # a part that was recognised in the whole
        cosines, known = np.asarray(part.similarity), ~np.asarray(part.is_nothing)
    else:
        cosines = host(whole, whole.similarities(part))
        known = ~(is_empty(whole) | is_empty(part))
    deviation = whole.space.noise.deviation
    known = np.broadcast_to(known, cosines.shape)
    faint = float(np.min(np.maximum(cosines[known], deviation), initial=math.inf))
    metric, noises = whole.space.metric, {whole.space.noise}
    if metric.varies:
        noises |= set(metric.noises(asked(whole.reshape(-1))[0])[0])
    return max(noise.terms(faint + deviation) for noise in noises)


def warn_past_capacity(
    what: str,
    loads: Sequence[float],
    space: Space,
    items: int,
    otherwise: Callable[[], float] = lambda: 0.0,
    pairs: bool = False,
) -> None:
    """Warn if reads at these loads are right less often than `TARGET` altogether.

    loads: how many terms each of them reads one of.
    otherwise: how often it is read right in another way, if not so.
    pairs: they are unbound by keys.
    """
    if items < 2:
        return
    right, steps, most = 1.0, [], 4 * space.algebra.freedom
    for load in sorted((max(load, 1.0) for load in loads), reverse=True):
        steps.append(round(min(load, most), 1))  # beyond that nothing is left to be read
        right *= reached(space.noise, steps[-1:], items, pairs=pairs)
        if right < 1e-3 or len(steps) > most:
            break
    if 0.01 < right < TARGET:  # below that no other way helps, and to ask may take long
        right += (1 - right) * otherwise()
    if right >= TARGET:
        return
    try:
        wanted = f"dim {needed_dim(space, steps, items, TARGET, pairs)} would do"
    except VsaError as error:  # there are algebras whose vectors grow too long before
        wanted = str(error)
    note(
        CapacityWarning(
            f"{what} is past its capacity: at dim {space.dim} with {items} items in memory it is read "
            f"right in {right:.0%} of cases; {wanted}"
        ),
        stacklevel=3,
    )
