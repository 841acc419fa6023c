"""Space: the dimension, algebra, backend and seed that vectors share, and where they come from."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from vsa.algebra.backend import make_backend
from vsa.algebra.base import BASE, Algebra
from vsa.algebra.blocks import large_block
from vsa.algebra.registry import Chosen, find_algebra
from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import (
    checked_iterable,
    checked_shape,
    checked_text,
    checked_truth,
    checked_whole,
    described,
    refused,
)
from vsa.errors import ArgumentTypeError, ArgumentValueError

SCHEME = "1"  # of atoms; a change of their bits would change every stored vector
MOST = 1 << 26  # components
KEPT = 512  # derived values, of some dozen vectors each at most


class Space:
    """Everything that must agree for vectors to be combined; two equal spaces are one.

    dim: number of components, as the algebra counts them; below about 16 of them the laws hold,
    retrieval does not.
    algebra: "hrr", one that a plugin supplies, such as "bsc" or "ghrr:2", or a subclass of
    `vsa.plugin.Algebra`.
    backend: "numpy", "torch" (or "torch:cuda"), "cupy".  dtype: float32 or float64, as NumPy takes it.
    seed: chooses another set of atoms.
    atoms: how they are drawn, the algebra's own way if not said; in hrr "unitary" (unit modulus in
    every bin) or "gaussian" (Plate's N(0, 1/dim) components).

    >>> space = Space(dim=256)
    >>> a, b = space.atoms("a", "b")
    >>> round((a * b / b).similarity(a), 3)
    1.0
    """

    __module__ = "vsa"

    def __init__(
        self,
        dim: int = 1024,
        algebra: str | type[Algebra] | Chosen = "hrr",
        backend: str = "numpy",
        dtype: Any = "float32",
        seed: int = 0,
        atoms: str | None = None,
    ) -> None:
        self.dim = checked_whole("dim", dim, 2, MOST)
        self.seed = checked_whole("seed", seed)
        self.backend_name = backend
        self.backend = make_backend(backend, dtype)
        self.chosen = find_algebra(algebra)
        kind, parameters = self.chosen
        kinds = kind.atom_kinds
        if atoms is not None and not isinstance(atoms, str):
            raise refused("atoms", f"one of {', '.join(kinds)}", atoms)
        if atoms is not None and atoms not in kinds:
            raise ArgumentValueError(
                f"atoms of {self.chosen.name} are {' or '.join(kinds)}, not {described(atoms)}"
            )
        self.atom_kind = atoms or kinds[0]
        kind.check_dim(self.dim, self.chosen.name, *parameters)
        self.algebra: Algebra = kind(self.dim, self.backend, *parameters)
        self.algebra.name = self.chosen.name
        self.closed = self.algebra.closed
        self.noise = self.algebra.noise
        self.metric = self.algebra.metric
        self.bind = self.algebra.product  # looked up once: `a * b` should cost one product
        self._keys: dict[str, Vector] = {}
        self._kept: dict[Hashable, Any] = {}
        self._anonymous = itertools.count()
        self._signature = (
            self.dim, self.chosen.name, backend, self.backend.dtype, self.seed, self.atom_kind
        )  # fmt: skip

    # --- vectors by name -----------------------------------------------------------------------
    def atom(self, name: str) -> Vector:
        """The atom of that name: a function of the name and the space alone."""
        vector = Vector(self, self._draw([name], self.atom_kind).data[0])
        vector.label = name
        return vector

    def atoms(self, *names: str) -> tuple[Vector, ...]:
        """Several atoms, to be unpacked: `x, y = space.atoms("x", "y")`."""
        return tuple(self.atom(name) for name in names)

    def batch(self, names: Iterable[str]) -> Vector:
        """The atoms of many names as one batch of shape (len(names),)."""
        if isinstance(names, str):
            raise ArgumentTypeError(
                f"batch takes a list of names; the atom of one is atom({names!r})"
            )
        return self._draw(list(checked_iterable("names", names, "a list of texts")), self.atom_kind)

    def key(self, name: str) -> Vector:
        """A structural key: unitary in every space. Plugins name theirs with a `/`."""
        try:
            return self._keys[name]
        except (KeyError, TypeError):  # a list, say, is no key of a dictionary
            key = self._draw([name], "unitary")[0]
            key.label = name
            if len(self._keys) < 4096:
                self._keys[name] = key
        return key

    def powers(self, name: str, count: int) -> list[Vector]:
        """key, key², … keyⁿ of a structural key; kept, since structures ask again and again."""
        key, count = self.key(name), checked_whole("count", count, 0)
        powers: list[Vector] = self.kept(("powers", name), lambda: [key])
        if len(powers) < count:  # a new list: other threads may read the old one
            powers = list(powers)
            for n in range(len(powers) + 1, count + 1):
                powers.append(key**n)
                powers[-1].label = f"{name}^{n}"
            self._kept["powers", name] = powers
        return powers[:count]

    def kept(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for a key: a cache for what structures derive from keys."""
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            found = self._kept[key] = make()
        return found

    def keys(self, n: int, orthogonal: bool = False) -> Vector:
        """n keys (n,), unitary and random; or orthonormal, which needs n ≤ dim.

        Orthogonality does not help retrieval by convolution, where cleanup sees correlations at
        every lag (the table in docs/explanation/orthogonal_keys.md); it is offered to let that be seen.
        """
        n = checked_whole("n", n, 0)
        keys = self._draw([f"keys/{i}" for i in range(n)], "unitary")
        if not checked_truth("orthogonal", orthogonal):
            return keys
        self.algebra.need(
            "an orthogonal key", "closed"
        )  # of bits there are no others than those drawn
        most = self.algebra.packed
        if n > most:
            raise ArgumentValueError(
                f"no {n} vectors of dim {most} are orthogonal: the most is {most}"
            )
        packed = self.backend.numpy(self.algebra.pack(keys.data)).astype(np.float64)
        q, r = np.linalg.qr(packed.T)
        return self._packed((q * np.where(np.diag(r) < 0, -1.0, 1.0)).T)

    def base(self, name: str) -> Vector:
        """A key of which there are real powers, `base("x") ** 0.5`: in hrr with positive real bins."""
        self.algebra.need("a base", "fractional")
        label = BASE + checked_text("a name", name)
        base = Vector(self, self.algebra.base(self._draw([label], "unitary")[0].data))
        base.label = label
        return base

    # --- other vectors -------------------------------------------------------------------------
    def random(self, shape: int | tuple[int, ...] = ()) -> Vector:
        """Fresh atoms without names, a batch of the given shape; the space counts them."""
        shape = checked_shape("shape", shape)
        count = math.prod(shape)
        drawn = self._draw(
            [f"random/{next(self._anonymous)}" for _ in range(count)], self.atom_kind
        )
        return drawn.reshape(shape)

    def vector(self, array: Any) -> Vector:
        """Vectors from real components (..., dim); a Vector of this space is one already."""
        if isinstance(array, Vector):
            return self.own(array)
        shown, what = self.algebra.shown, "the array of components"
        if shown.dtype == self.backend.complex:
            array = self.backend.complex_array(what, array)
        else:
            array = self.backend.real_array(what, array)
        if array.ndim == 0 or array.shape[-1] != shown.width:
            shape = tuple(array.shape)
            raise ArgumentValueError(
                f"the last axis must have dim {shown.width}, not shape {shape}"
            )
        if not bool(self.backend.xp.all(self.backend.xp.isfinite(array))):
            raise ArgumentValueError("a vector must not hold NaN or infinity")
        return Vector(self, self.algebra.from_real(array))

    def zero(self, shape: int | tuple[int, ...] = ()) -> Vector:
        """The zero vector, the language's `nil`."""
        return Vector.of_sum(self, self.algebra.zero(checked_shape("shape", shape)))

    def identity(self) -> Vector:
        """The vector that changes nothing when bound with."""
        return Vector(self, self.algebra.identity())

    def stack(self, vectors: Sequence[Vector]) -> Vector:
        """Vectors of one shape as a batch along a new first axis."""
        vectors = [
            self.own(as_vector(v, "each of the vectors"))
            for v in checked_iterable("vectors", vectors, "a list of Vectors")
        ]
        for vector in vectors:
            if vector.shape != vectors[0].shape:
                raise ArgumentValueError(
                    f"vectors of shapes {vectors[0].shape} and {vector.shape} do not stack"
                )
        if not vectors:
            return self.zero((0,))
        stack = self.backend.xp.stack
        if all(v.finished for v in vectors):
            return Vector(self, stack([v.data for v in vectors], axis=0))
        return Vector.of_sum(self, stack([v.total for v in vectors], axis=0))

    def own(self, vector: Vector) -> Vector:
        """The vector, if it is of this space."""
        if vector.space is not self and vector.space != self:
            raise ArgumentValueError(f"a vector of {vector.space!r} does not belong to {self!r}")
        return vector

    # --- the same space at another size --------------------------------------------------------
    def like(self, **changes: Any) -> Space:
        """This space with some of dim, algebra, backend, dtype, seed, atoms changed.

        Another algebra draws atoms its own way unless it is said how.
        """
        if "algebra" in changes:
            changes = {"atoms": None, **changes}
        names = ("dim", "algebra", "backend", "dtype", "seed", "atoms")
        return Space(**{**dict(zip(names, self._settings(), strict=True)), **changes})

    @property
    def on_host(self) -> Space:
        """The same space on NumPy, where that computes on the memory of this one; else this one."""
        if self.backend.name == "numpy" or not self.backend.on_host:
            return self
        space: Space = self.kept("on host", lambda: self.like(backend="numpy"))
        return space

    @property
    def settings(self) -> tuple[Any, ...]:
        """What makes two spaces one: dim, algebra with parameters, backend, dtype, seed, kind of atoms."""
        return self._signature

    def _settings(self) -> tuple[Any, ...]:
        dim, _, *others = self._signature
        return (dim, self.chosen, *others)

    def __reduce__(self) -> tuple[Any, ...]:  # for copies: modules, which it holds, have none
        return Space, self._settings()

    def _draw(self, names: Sequence[str], kind: str) -> Vector:
        algebra, backend = self.algebra, self.backend
        prefix = f"{SCHEME}\x1f{algebra.name}\x1f{kind}\x1f{self.dim}\x1f{self.seed}\x1f".encode()
        width, dtype = algebra.row.width, algebra.row.dtype
        row_bytes = width * backend.host_dtype(dtype).itemsize
        if kind in algebra.in_one_pass:
            step = max(large_block(backend, row_bytes * len(names)) // row_bytes, 1)
        else:
            step = max(backend.block_bytes // row_bytes, 1)

        def keys(some: Sequence[str]) -> list[bytes]:
            return [prefix + _utf8(name) for name in some]

        if len(names) <= step:
            return Vector(self, backend.asarray(algebra.draw(keys(names), kind), dtype=dtype))
        data = backend.result((len(names), width), dtype)

        def block(start: int) -> None:
            some = slice(start, min(start + step, len(names)))
            if isinstance(data, np.ndarray):
                algebra.draw_into(data[some], keys(names[some]), kind)
            else:
                drawn = algebra.draw(keys(names[some]), kind)
                data[some, ...] = backend.asarray(drawn, dtype=dtype)

        backend.each(block, range(0, len(names), step))
        return Vector(self, data)

    def _packed(self, packed: Any) -> Vector:
        real = self.backend.asarray(packed, dtype=self.backend.real)
        return Vector(self, self.algebra.unpack(real))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and self._signature == other._signature

    def __hash__(self) -> int:
        return hash(self._signature)

    def __repr__(self) -> str:
        dim, algebra, backend, dtype, seed, atoms = self._signature
        return (
            f"Space(dim={dim}, algebra={algebra!r}, backend={backend!r}, dtype={dtype!r}, "
            f"seed={seed}, atoms={atoms!r})"
        )


def _utf8(name: str) -> bytes:
    """The bytes of a name in normal form."""
    if type(name) is str and name.isascii():
        return name.encode()
    return unicodedata.normalize("NFC", checked_text("a name", name)).encode(
        "utf-8", "surrogatepass"
    )
