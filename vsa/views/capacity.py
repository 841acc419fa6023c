"""How often reads are right as the dimension grows: measured, beside the theory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from vsa.algebra.batches import bundle_bound
from vsa.algebra.predicted import next_dim, noise_at
from vsa.algebra.space import Space
from vsa.arguments import checked_instance, checked_iterable, checked_whole
from vsa.errors import ArgumentValueError
from vsa.memory.memory import Memory
from vsa.pictures import Curves, Series
from vsa.views.reliability import interval

FINE = 2**0.25  # from dim to dim of the theory's line
ROOM = 1 << 26  # components of all items
READS = 20  # of one set of atoms: more would say less than as many of others

Run = tuple[int, int, int]  # pairs, dim, and the read that it begins with


def capacity_curve(
    space: Space,
    terms: int | Iterable[int],
    items: int = 1000,
    low: int = 32,
    high: int = 512,
    *,
    trials: int = 200,
    track: Callable[[list[Run]], Iterable[Run]] = iter,
) -> Curves:
    """How often one of so many bound pairs is found among so many items, from dim to dim.

    Points are measured, each of `trials` reads in spaces like the given one, with 95 % intervals; lines
    are the theory of Frady, Kleyko and Sommer (2018), for the algebra's own noise.
    terms: one number of pairs, or several.  track: iterates, and may show how far it is.

    >>> from vsa import Space
    >>> from vsa.views import capacity_curve
    >>> drawn = capacity_curve(Space(dim=64), 4, items=50, low=32, high=128, trials=40)
    >>> [series.label for series in drawn.series], len(drawn.series[1].x)
    (['4 pairs, theory', '4 pairs, measured'], 3)
    """
    checked_instance("space", space, Space, "a Space")
    space.algebra.need("a read of pairs", "unbinding")
    single = np.ndim(terms) == 0  # type: ignore[arg-type]
    given = [terms] if single else checked_iterable("terms", terms, "numbers")
    loads = [checked_whole("terms", k, 1, 4096) for k in given]
    items = checked_whole("items", items, 2, 100_000)
    trials = checked_whole("trials", trials, 1, 10_000)
    low, high = checked_whole("low", low, 2), checked_whole("high", high, 2, 1 << 16)
    if not loads:
        raise ArgumentValueError("terms must be one number of pairs at least")
    if low > high:
        raise ArgumentValueError(f"dims go from a lower to an upper one, not from {low} to {high}")
    if items * high > ROOM:
        raise ArgumentValueError(
            f"{items:,} items of {high:,} dims are more than a curve is drawn of: up to {ROOM:,} components"
        )
    dims, fine = ([next_dim(space, d) for d in _steps(low, high, by)] for by in (2, FINE))
    dims, fine = sorted(set(dims)), sorted(set(fine))
    runs = [(k, dim, i) for k in loads for dim in dims for i in range(0, trials, READS)]
    found: Counter[tuple[int, int]] = Counter()
    for load, dim, start in track(runs):
        count = min(READS, trials - start)
        found[load, dim] += _right(space.like(dim=dim, seed=space.seed + start), load, items, count)
    series = []
    for group, load in enumerate(loads):
        theory = [noise_at(space, dim).pair_accuracy(load, items) for dim in fine]
        right = np.array([found[load, dim] for dim in dims])
        said = f"{load} pair{'s' * (load > 1)}"
        series += [
            Series(f"{said}, theory", np.array(fine), np.array(theory), line=True, group=group),
            Series(f"{said}, measured", np.array(dims), right / trials,
                   interval(right, np.full(len(dims), trials)), group=group),
        ]  # fmt: skip
    title = f"Pairs found among {items:,} items, in {space.chosen.name}"
    note = f"{trials:,} reads a point, 95 % intervals"
    return Curves(series, "dim", "right", bounds=(0.0, 1.0), log=True, title=title, note=note)


def _steps(low: int, high: int, by: float) -> list[int]:
    found, at = [], float(low)
    while at < high:
        found.append(round(at))
        at *= by
    return [*found, high]


def _right(space: Space, load: int, items: int, count: int) -> int:
    """How many of so many reads find what was bound with the key."""
    memory = Memory(space)
    names = [f"item/{i}" for i in range(items)]
    memory.add(names, space.batch(names))
    rows = np.random.default_rng([space.dim, load, space.seed]).integers(0, items, (load, count))
    keys = list(space.batch([f"key/{i}" for i in range(load)]))
    whole = bundle_bound(keys, [memory.vectors(row) for row in rows])
    answer = memory.cleanup(whole / keys[0], load=load, exact=True)
    return int((answer.rows[:, 0] == rows[0]).sum())
