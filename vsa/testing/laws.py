"""The laws of `vsa.algebra.laws.LAWS` as they are tried: what must be equal to what.

Each function is one law; its docstring is what it says. x, y stand for values, in any form; b, c for
rows that are bound with; k for keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.testing.cases import Equal, Inapplicable, Near, Sample, Tried, finished

DISTANT = 0.25  # the largest similarity on average of what two unrelated keys made of one vector
MANY = 32  # of keys, whose similarities are averaged


def commutative(s: Sample) -> Tried:
    """x * b = b * x"""
    (x,), (b,) = s.values(1), s.rows(1)
    yield Equal(finished(x) * b, b * finished(x))
    if "commutative" in s.laws:  # else the sum is finished where it stands as a key
        yield Equal(x * b, b * x)


def associative(s: Sample) -> Tried:
    """(x * b) * c = x * (b * c), of sums with keys b and c"""
    (x,), (b, c), (k, q) = s.values(1), s.rows(2), s.keys(2)
    row = finished(x)
    yield Equal((row * b) * c, row * (b * c))
    yield Equal((x * k) * q, x * (k * q))


def distributive(s: Sample) -> Tried:
    """(x + y − 2.5 z) * b = x * b + y * b − 2.5 (z * b), of sums"""
    x, y, z = s.values(3)
    for key in _bound_with(s):
        yield Equal((x + y - 2.5 * z) * key, x * key + y * key - 2.5 * (z * key))


def bilinear(s: Sample) -> Tried:
    """x * (b + c) = x * b + x * c"""
    (x,), (b, c) = s.values(1), s.rows(2)
    yield Equal(x * (b + 2 * c), x * b + 2 * (x * c))


def unbinding(s: Sample) -> Tried:
    """x * k / k = x"""
    for k in s.keys(2):
        for x in s.values(3):
            yield Equal(x * k / k, _like(x, k))


def left_unbinding(s: Sample) -> Tried:
    """left_unbind(k * x, k) = x"""
    either = "commutative" in s.laws or "closed" in s.laws  # a key that is a sum would be finished
    for k in s.keys(2):
        for x in s.values(3) if either else s.rows(2):
            yield Equal((k * x).left_unbind(k), _like(x, k))


def key_on_the_left(s: Sample) -> Tried:
    """k * x / k = x"""
    for k in s.keys(2):
        for x in s.rows(2):
            yield Equal(k * x / k, _like(x, k))


def adjoint(s: Sample) -> Tried:
    """⟨x * b, y⟩ = ⟨x, y / b⟩"""
    x, y = s.values(2)
    for k in _bound_with(s):
        scale = x.norms() * y.norms() * k.norms()
        yield Equal((x * k).dots(y), x.dots(y / k), scale)


def identity(s: Sample) -> Tried:
    """x * 1 = x"""
    one = s.space.identity()
    for x in s.values(3):
        yield Equal(x * one, x)


def involution(s: Sample) -> Tried:
    """x / b = x * ~b, and ~~b = b"""
    (x,), (b,), keys = s.values(1), s.rows(1), s.keys(2)
    for k in (b, *keys):
        yield Equal(x / k, x * ~k)
        yield Equal(~~k, k)


def inverse(s: Sample) -> Tried:
    """x * a * a⁻¹ = x and a * a⁻¹ = 1, of every atom a"""
    (x,), a = s.values(1), s.atoms("a")
    back = a.inverse()
    condition = max(1.0, a.norm() * back.norm())  # how much a rounding grows
    for left, right in ((x * a * back, x), (a * back, s.space.identity())):
        yield Equal(
            left, right, condition * np.abs(s.space.backend.numpy(right.total)).max(initial=0)
        )


def isometry(s: Sample) -> Tried:
    """⟨x * k, y * k⟩ = ⟨x, y⟩"""
    x, y = s.values(2)
    for k in s.keys(2):
        one = s.space.backend.xp.zeros_like(k.norms())  # of the batch of the keys too
        for a, b in ((x, y), (x, x)):
            yield Equal((a * k).dots(b * k), a.dots(b) + one, a.norms() * b.norms())


def componentwise(s: Sample) -> Tried:
    """x * k = x · k and x / k = x · k̄, component by component of sums"""
    backend = s.space.backend
    (x,) = s.values(1)
    for k in s.keys(2):
        sizes = backend.xp.abs(k.total)
        yield Near(float(backend.xp.max(backend.xp.abs(sizes - 1))), 0, 1e-5)
        back = backend.xp.conj(k.total) if k.total.dtype == backend.complex else k.total
        for made, factor in ((x * k, k.total), (x / k, back)):
            yield Equal(
                Vector.of_sum(s.space, made.total), Vector.of_sum(s.space, x.total * factor)
            )


def powers(s: Sample) -> Tried:
    """x * kⁿ = (… (x * k) * k …), and x * kⁿ * k⁻ⁿ = x"""
    (x,) = s.values(1)
    for k in s.keys(2):
        bound, every = _like(x, k), []
        for n in range(5):
            every.append(k**n)
            yield Equal(x * every[n], bound)
            bound = bound * k
        for n in (1, 2, 5):
            yield Equal(x * k**n * k**-n, _like(x, k))
        table = (
            k[..., None] ** np.arange(5)
            if k.shape
            else s.space.stack([k])[..., None] ** np.arange(5)
        )
        yield Equal(table, _last(s, every) if k.shape else _last(s, every)[None])


def self_inverse(s: Sample) -> Tried:
    """x * k * k = x and k * k = 1"""
    (x,) = s.values(1)
    for k in s.keys(2):
        yield Equal(x * k * k, _like(x, k))
        if "identity" in s.laws:
            yield Equal(k * k, _like(s.space.identity(), k))


def fractional(s: Sample) -> Tried:
    """x * bˢ * bᵗ = x * bˢ⁺ᵗ, of every base b"""
    (x,), base = s.values(1), s.space.base("b").unitary()
    for one, other in ((0.5, 0.5), (0.3, -1.7), (0.25, 2)):
        yield Equal(x * base**one * base**other, x * base ** (one + other))
    yield Equal((base**0.25) ** 3, base**0.75)  # no phase is carried over π


def differentiable(s: Sample) -> Tried:
    """∂/∂t of |v(t) * x + y|² and |y * v(t) + x|² as differences have it, and not zero"""
    space, step = s.space, 1e-5
    if space.backend.name != "torch" or space.backend.dtype != "float64":
        raise Inapplicable("gradients are those of torch, in float64")
    u, v, x, y = (s.atoms(f"d{i}", (8,)) for i in range(4))

    def row(t: Any) -> Vector:
        return finished(u.scale(t) + v)

    def as_value(t: Any) -> Any:
        total = row(t) * x + y
        return total.dots(total).sum()

    def as_key(t: Any) -> Any:
        total = y * row(t) + x
        return total.dots(total).sum()

    for f in (as_value, as_key):
        t = space.backend.asarray(np.float64(0.7)).requires_grad_()
        value = f(t)
        if not value.requires_grad:
            yield Near(1, 0, 0)
            continue
        value.backward()
        slope = float((f(t.detach() + step) - f(t.detach() - step)) / (2 * step))
        yield Near(float(t.grad), slope, 1e-6 * max(1.0, abs(slope)))
        yield Near(float(t.grad == 0), 0, 0)


def closed(s: Sample) -> Tried:
    """What is made of a sum is the sum"""
    for x in s.values(3):
        yield Equal(finished(x), x)


def equivariant(s: Sample) -> Tried:
    """permute(x * b) = permute(x) * permute(b)"""
    (x,), (b,) = s.values(1), s.rows(1)
    for n in (1, -3):
        yield Equal((x * b).permute(n), x.permute(n) * b.permute(n))


def exact_keys(s: Sample) -> Tried:
    """x * k and x * k', where k' is nearly k, are unrelated"""
    if s.space.noise.deviation > DISTANT:
        raise Inapplicable("chance is too large at this dim")
    x, k = s.atoms("x"), s.drawn("k", (MANY,))
    near = finished(k + s.drawn("l", (MANY,)) + s.drawn("m", (MANY,))).unitary()
    found = s.space.backend.numpy((x * k).similarities(x * near))
    yield Near(float(np.mean(found)), 0, DISTANT)


def _bound_with(s: Sample) -> list[Vector]:
    """Keys, and whatever else vectors are bound with: atoms; where sums are rows, anything."""
    return [*s.keys(2), s.rows(1)[0] if s.space.closed else s.atoms("b", s.case.shape)]


def _like(x: Vector, k: Vector) -> Vector:
    """x over the batch that x * k has."""
    shape = np.broadcast_shapes(x.shape, k.shape)
    if shape == x.shape:
        return x
    return x.of_own(x.space.backend.xp.broadcast_to(x.own, (*shape, x.own.shape[-1])))


def _last(s: Sample, vectors: list[Vector]) -> Vector:
    """Vectors as a batch along a new last axis."""
    arrays = [v.data for v in vectors]
    return Vector(s.space, s.space.backend.xp.stack(arrays, axis=-2))


Law = Callable[[Sample], Tried]
SIDES = "key-on-the-left"  # holds where it follows from others, and must fail elsewhere
TRIED: dict[str, Law] = {
    f.__name__.replace("_", "-"): f
    for f in (
        commutative, associative, distributive, bilinear, unbinding, left_unbinding, adjoint, identity,
        involution, inverse, isometry, powers, self_inverse, fractional, differentiable, closed,
        equivariant, componentwise, exact_keys, key_on_the_left,
    )
}  # fmt: skip


def declared(laws: frozenset[str]) -> set[str]:
    """The laws that must hold; all others of `TRIED` must fail somewhere."""
    return {*laws} | ({SIDES} if {"commutative", "unbinding"} <= laws else set())
