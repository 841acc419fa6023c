"""What every algebra keeps and is tried once in each space: nothing, batches, keys, what memories see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product

import numpy as np

from vsa.algebra.backend import Backend
from vsa.algebra.batches import bundle_bound, by_rows
from vsa.algebra.vector import Vector
from vsa.testing.cases import (
    Close,
    Equal,
    Inapplicable,
    Near,
    Same,
    Sample,
    Tried,
    finished,
    offered,
)
from vsa.theory.overlap import Overlap

PERIODS = 12  # powers of a key that are looked at where they are said never to repeat
CLEAR = 0.1  # the largest deviation of chance at which unlike vectors are told from like ones

Operation = Callable[[Vector, Vector], Vector]


def drawing(s: Sample) -> Tried:
    """A row is a function of its bytes alone, in the form of rows"""
    algebra, keys = s.space.algebra, [b"a", b"b", b"", b"a" * 100]
    for kind in {*algebra.atom_kinds, "unitary"}:
        drawn = algebra.draw(keys, kind)
        yield Near(drawn.shape != (len(keys), algebra.row.width), 0, 0)
        yield Same(algebra.draw(keys, kind), drawn)
        for key, row in zip(keys, drawn, strict=True):
            yield Same(algebra.draw([key], kind)[0], row)
        yield Near(len(algebra.draw([], kind)), 0, 0)
        into = np.empty_like(drawn)
        algebra.draw_into(into, keys, kind)
        yield Same(into, drawn)


def zero(s: Sample) -> Tried:
    """Nothing has no length and no similarity, changes nothing, and stays nothing"""
    space, x, k = s.space, s.atoms("x"), s.drawn("k")
    nothing = space.zero((2, 3))
    kept = [
        space.zero(), space.zero() * k, space.zero().normalize(),
        nothing, nothing * k, nothing.permute(), 2.5 * nothing, -nothing, nothing.normalize(),
        nothing + nothing, nothing.scale(np.ones((2, 3))), nothing.reshape(-1), nothing.bundle(),
        space.stack([nothing] * 2), by_rows(lambda v: v.permute(2), nothing),
        bundle_bound([k], [nothing], nothing), nothing[0], nothing[..., None, 1:],
        *offered(
            lambda: nothing / k, lambda: nothing.left_unbind(k), lambda: nothing.protect(k),
            lambda: nothing.protect(k, 3),
        ),
    ]  # fmt: skip
    for v in kept:
        yield Same(v.total, np.zeros_like(space.backend.numpy(v.total)))
    for v in (space.zero(), nothing):
        for number in (v.norms(), v.similarities(k), v.similarities(v), v.dots(k), v.count_terms()):
            yield Same(number, np.zeros(v.shape))
    yield Equal(x + space.zero(), x)
    mixed = space.stack([x + x, space.zero()]).normalize()
    yield Same(mixed[1].norms(), np.zeros(()))
    yield Equal(mixed[0], (x + x).normalize())


def views(s: Sample) -> Tried:
    """Indexing, reshaping, stacking and blocks of rows leave a sum as it is, to the last bit"""
    a, b, k = s.atoms("a", (6,)), s.atoms("b", (6,)), s.drawn("k", (6,))
    for total in (a + b, a + 2 * b - 0.5 * b.permute(), a, finished(a + b)):
        own = total.own
        for view, wanted in (
            (total[0], own[0, ...]), (total[-1], own[-1, ...]), (total[2:5], own[2:5, ...]),
            (total.reshape(2, 3)[1, 2], own[5, ...]), (total.reshape(2, -1).reshape(6), own),
            (s.space.stack(list(total)), own), (total[None, ..., None][0, :, 0], own),
        ):  # fmt: skip
            yield Same(view.own, wanted)
            yield Near(view.finished != total.finished, 0, 0)
        for rows in (1, 4):
            with in_rows(s.space.backend, rows * _bytes(total)):
                yield Same(by_rows(lambda v: v, total).own, own)
                yield Same(by_rows(lambda v: v + v, total).total, (total + total).total)
                yield Same(by_rows(lambda v: v.permute(), total).total, total.permute().total)
    with in_rows(s.space.backend, 2 * _bytes(a)):
        yield Equal(by_rows(lambda v, key: v * key + v, a + b, k), (a + b) * k + (a + b))


def batches(s: Sample) -> Tried:
    """An operation on a batch is the same as on its members"""
    operations: list[Operation] = [
        lambda v, key: (v * key).permute(2),
        lambda v, key: finished(v * key + 2 * v).unitary(),
        lambda v, key: bundle_bound([key], [v], v),
    ]
    given: list[Operation] = [lambda v, key: v / key, lambda v, key: v.left_unbind(key)]
    rows, k = s.atoms("a", (2, 1)), s.drawn("k", (2,))
    for x in (rows, rows + s.atoms("b", (2, 1))):
        for f in (*operations, *(f for f in given if offered(_applied(f, x, k)))):
            whole = f(x, k)
            for i, j in product(range(2), repeat=2):
                yield Equal(whole[i, j], f(x[i, 0], k[j]))
        for i, j in product(range(2), repeat=2):
            yield Equal(x.dots(k)[i, j], x[i, 0].dots(k[j]), np.ones(1))
            yield Equal(x.similarities(k)[i, j], x[i, 0].similarities(k[j]), np.ones(1))


def _applied(f: Operation, x: Vector, k: Vector) -> Callable[[], Vector]:
    return lambda: f(x, k)


def protection(s: Sample) -> Tried:
    """What was moved along a key comes back, and is moved by as many steps as were taken"""
    k, exact, row = s.drawn("k"), s.drawn("l").unitary(), s.atoms("x")
    for x in (row, row + 2 * s.atoms("y")):
        for steps in (1, 2, 5):
            yield Close(x.protect(k, steps).protect(k, -steps), x)
            yield Equal(x.protect(exact, steps).protect(exact, -steps), x)
        yield Close(x.protect(k, 2).protect(k), x.protect(k, 3))
        yield Equal(x.protect(exact, 2).protect(exact), x.protect(exact, 3))
        yield Near(x.protect(k, 3).finished != x.finished, 0, 0)


def period(s: Sample) -> Tried:
    """x bound `period` times with a key is x, and not before; where there is none, never"""
    x, k, period = s.atoms("x"), s.drawn("k").unitary(), s.space.algebra.period
    if s.space.noise.deviation > CLEAR:
        raise Inapplicable("chance is too large at these dims")
    bound = x
    for n in range(1, 1 + (period or PERIODS)):
        bound = bound * k
        if n == period:
            yield Close(bound, x)
        else:
            yield Near(bound.similarity(x), 0, 0.9)


def metric(s: Sample) -> Tried:
    """What a memory stores and carries are the rows; scores are 1 of equal ones, and most are cosines"""
    space, metric, backend = s.space, s.space.metric, s.space.backend
    a = s.atoms("a", (3,))
    b = finished(a + s.atoms("b", (3,)) + s.atoms("c", (3,)))
    for rows in (a, b):
        stored, lengths = metric.stored(rows.data)
        carried = metric.carried(rows.data)
        for array, forms in ((stored, metric.forms), (carried, (metric.carry,))):
            found = (array.shape[-1], array.dtype)
            yield Near(all(found != (form.width, form.dtype) for form in forms), 0, 0)
        back = metric.rows(stored, lengths)
        yield Equal(Vector(space, back), rows)
        yield Equal(Vector(space, metric.brought(carried)), rows)
        yield Near(bool(np.any(metric.wrong(np.asarray(backend.numpy(stored))))), 0, 0)
    stored, _ = metric.stored(a.data)
    queries, _ = metric.queries(b.data)
    if not isinstance(space.noise, Overlap):  # which counts the ones of the stored rows alone
        yield Equal(metric.scores(queries, stored), b[:, None].similarities(a[None]), np.ones(1))
    scores = np.asarray(backend.numpy(metric.scores(metric.queries(a.data)[0], stored)))
    yield Equal(np.diagonal(scores), np.ones(3))
    yield Near(bool(backend.xp.all(metric.same(stored, stored))), 1, 0)
    if space.noise.deviation < CLEAR:
        yield Near(bool(metric.same(stored[0, ...], stored[1, ...])), 0, 0)
    noises, which = metric.noises(queries)
    yield Near(len(which), 3, 0)
    yield Near(max(which) < len(noises), 1, 0)


def _bytes(v: Vector) -> int:
    """Of one row."""
    item: int = np.dtype(v.space.backend.host_dtype(v.own.dtype)).itemsize
    return item * int(v.own.shape[-1])


@contextmanager
def in_rows(backend: Backend, size: int) -> Iterator[None]:
    """Blocks of so many bytes."""
    before = backend.block_bytes
    backend.block_bytes = size
    try:
        yield
    finally:
        backend.block_bytes = before


SPACES: dict[str, Callable[[Sample], Tried]] = {
    f.__name__.replace("_", "-"): f
    for f in (drawing, zero, views, batches, protection, period, metric)
}
