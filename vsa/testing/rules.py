"""What every algebra keeps, whatever laws it declares: forms, superposition, geometry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vsa.algebra.batches import bundle, bundle_bound
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

LIBRARIES = (
    2000  # roundings by which two libraries differ, where finishing divides by what is small
)
MANY = 300  # more rows than the core lifts at a time


def forms(s: Sample) -> Tried:
    """Rows are in the form of rows and sums in that of sums, whatever they were made by"""
    (x, y), k, space = s.values(2), s.keys(1)[0], s.space
    total, row, algebra = x + y, finished(x), space.algebra
    made = [x, y, k, x * k, x.permute(), x.normalize(), total, x - y, 2.5 * x, -x, space.zero((2,))]
    made += [total * k, total.permute(), finished(total), row.unitary(), space.stack([total, x])]
    made += offered(lambda: x / k, lambda: total / k, lambda: ~k, space.identity, lambda: k**2)
    for v in made:
        form = algebra.row if v.finished else algebra.sum
        for array, wanted in ((v.own, form), (v.data, algebra.row), (v.total, algebra.sum)):
            yield Near((array.shape[-1], array.dtype) != (wanted.width, wanted.dtype), 0, 0)
    yield Near(total.finished != space.closed, 0, 0)


def superposition(s: Sample) -> Tried:
    """+ is addition, in any order and by any way; finishing forgets order, and scale if rows have none"""
    x, y, z, w = s.values(4)
    total = x + y + z + w
    for other in (w + z + y + x, (x + y) + (z + w), bundle(z, x, w, y), sum([y, x, w, z])):
        yield Equal(other, total)
    yield Equal(total - y, x + z + w)
    yield Equal((x - x).norms(), np.zeros(x.shape), x.norms())
    a, b, c, d = (s.atoms(f"s{i}", s.case.shape) for i in range(4))
    row = finished(a + b + c + d)
    for other in (b + d + c + a, bundle(c, a, d, b), s.space.stack([d, b, a, c]).bundle()):
        yield Equal(finished(other), row)
    one_length = np.allclose(s.space.backend.numpy(row.norms()), 1, atol=1e-5)
    if s.space.metric.exact or one_length:  # where rows have lengths, scale is told
        for scale in (4, 0.3):
            yield Equal(finished(scale * (a + b + c + d)), row)
            yield Equal(finished(scale * (x + y)), finished(x + y))
    yield Close(finished(a + s.space.zero()), a)


def sums_of_terms(s: Sample) -> Tried:
    """finish_terms is finish of the sum; a sum of one row is the row"""
    algebra = s.space.algebra
    for k in (1, 2, 3, 4, 5, 8, 9):
        rows = [s.atoms(f"t{i}", s.case.shape).data for i in range(k)]
        total = algebra.accumulate(rows[0])
        for row in rows[1:]:
            total = total + algebra.accumulate(row)
        one = Vector(s.space, algebra.finish(total))
        yield Equal(Vector(s.space, algebra.finish_terms(rows)), one)
        if k == 1:
            yield Close(one, Vector(s.space, rows[0]))


def bundles(s: Sample) -> Tried:
    """bundle and bundle_bound are the operators"""
    (x, y, z), keys = s.values(3), s.keys(2)
    batch = s.space.stack([x, y, z])
    yield Equal(batch.bundle(), x + y + z)
    yield Equal(bundle(batch), batch.bundle(0))
    if x.shape:
        yield Equal(batch.bundle(-1), s.space.stack([x.bundle(-1), y.bundle(-1), z.bundle(-1)]))
    pairs = x * keys[0] + y * keys[1]
    yield Equal(bundle_bound(keys, [x, y]), pairs)
    yield Equal(bundle_bound(keys, [x, y], z), z + pairs)
    yield Equal(bundle_bound(keys, [x, y], s.space.zero()), pairs)
    yield Equal(bundle_bound(keys, [x, y], normalize=True), pairs.normalize())
    many = s.atoms("many", (MANY,))
    total = s.space.backend.xp.sum(s.space.algebra.accumulate(many.data), axis=0)
    yield Equal(many.bundle().total, total, np.full(1, MANY))


def permutation(s: Sample) -> Tried:
    """Permutations are a group that keeps dot products and goes through sums, of rows as of sums"""
    (x, y), algebra = s.values(2), s.space.algebra
    for one, other in (
        (x.permute(0), x), (x.permute(2).permute(3), x.permute(5)), (x.permute(7).permute(-7), x),
        (x.permute(10**12).permute(1 - 10**12), x.permute()),
    ):  # fmt: skip
        yield Same(one.own, other.own)
    row = finished(x).data
    moved = algebra.permute_sum(algebra.accumulate(row), 3)
    yield Same(algebra.accumulate(algebra.permute(row, 3)), moved)
    yield Equal((x + 2 * y).permute(-2), x.permute(-2) + 2 * y.permute(-2))
    yield Equal(x.permute().dots(y.permute()), x.dots(y), x.norms() * y.norms())


def geometry(s: Sample) -> Tried:
    """dot is symmetric and goes through sums; similarity is the cosine of rows, 1 of equal ones"""
    x, y, z = s.values(3)
    scale = (x.norms() + y.norms()) * z.norms()
    yield Equal((x - 2.5 * y).dots(z), x.dots(z) - 2.5 * y.dots(z), scale)
    yield Equal(x.dots(z), z.dots(x), x.norms() * z.norms())
    yield Equal(x.norms() ** 2, x.dots(x))
    a, b = finished(x), finished(y)
    lengths = a.norms() * b.norms()
    yield Equal(a.similarities(b) * lengths, a.dots(b), lengths)
    yield Equal(a.similarities(a), a.norms() > 0)
    yield Equal(y.similarities(x), b.similarities(a), np.ones(1))
    if s.space.closed:
        yield Equal((-2 * x).similarities(x), -np.ones(x.shape))
        yield Equal(x.normalize().norms(), np.ones(x.shape))


def packing(s: Sample) -> Tried:
    """pack is an isometry that unpack undoes; what is shown comes back"""
    algebra, backend = s.space.algebra, s.space.backend
    rows = s.space.stack([finished(v) for v in (*s.values(4), s.values(1)[0].permute())])
    packed = algebra.pack(rows.data)
    yield Near((packed.shape[-1], packed.dtype) != (algebra.packed, backend.real), 0, 0)
    host = np.asarray(backend.numpy(packed), dtype=np.float64)
    yield Equal((host * host[-1]).sum(-1), rows.dots(rows[-1]), rows.norms() * rows[-1].norms())
    yield Equal(
        algebra.pack(algebra.unpack(packed)), packed
    )  # what was full of ones is like nothing
    atoms = s.atoms("a", s.case.shape)
    yield Equal(Vector(s.space, algebra.unpack(algebra.pack(atoms.data))), atoms)
    components = rows.numpy()
    shown, dtype = algebra.shown, backend.host_dtype(algebra.shown.dtype)
    yield Near((components.shape[-1], components.dtype) != (shown.width, dtype), 0, 0)
    yield Equal(s.space.vector(components), rows)


def projection(s: Sample) -> Tried:
    """unitary gives a key, which is its own projection, whatever the scale"""
    x, y = (finished(v) for v in s.values(2))
    key = x.unitary()
    yield Equal(key.unitary(), key)
    if "unbinding" in s.laws:
        yield Equal(y * key / key, y)
    if s.space.closed:
        yield Equal(key.norms(), np.ones(key.shape))
        for scale in (1e-6, 1e6):
            yield Equal(x.scale(scale).unitary(), key)


def like_numpy(s: Sample) -> Tried:
    """All backends compute the same"""
    backend = s.space.backend
    if s.space.backend_name == "numpy":
        raise Inapplicable("numpy is what others are compared with")
    there = Sample(s.space.like(backend="numpy"), s.case)
    for here, other in zip(_examples(s), _examples(there), strict=True):
        yield Equal(backend.numpy(here), np.asarray(other), roundings=LIBRARIES)


def _examples(s: Sample) -> list[Any]:
    """Arrays of what operations give."""
    (x, y, z, w), (b,), (k, q) = s.values(4), s.rows(1), s.keys(2)
    made = [x, k, x * b, x * k + y, finished(x + y), finished(x + y + z + w), finished(z).unitary()]
    made += [finished(bundle(*(s.atoms(f"t{i}") for i in range(n)))) for n in (2, 3, 4, 8)]
    made += [x.permute(3), bundle_bound([k, q], [x, y], z)]
    made += offered(
        lambda: x / b, lambda: x / k, lambda: ~b, lambda: k**3, lambda: x.left_unbind(k)
    )
    row = finished(x + y)
    return [
        *(v.total for v in made),
        s.space.algebra.pack(row.data),
        s.space.algebra.to_real(row.data),
    ]


RULES: dict[str, Callable[[Sample], Tried]] = {
    f.__name__.replace("_", "-"): f
    for f in (
        forms, superposition, sums_of_terms, bundles, permutation, geometry, packing, projection,
        like_numpy,
    )
}  # fmt: skip
