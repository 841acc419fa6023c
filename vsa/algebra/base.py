"""What an algebra supplies, and the laws it declares.

An algebra works on plain arrays (..., width) of one backend; `Vector` gives them operators and a
space. There are two forms. A **row** is what is stored and compared. A **sum** is a superposition as
it was added up: there `+` is plain addition, and zero is zero. `accumulate` lifts a row to a sum, and
`finish` makes a row of a sum. Where the two are one (law `closed`), as in HRR, both do nothing.

Keys stand on the right: `bind(value, key)`, and `unbind(c, key)` takes it away from there, the adjoint
of x ↦ bind(x, key). Where the order of binding is free, nobody notices.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from vsa.algebra import fused, orders
from vsa.algebra.backend import Array, Backend
from vsa.algebra.blocks import in_blocks
from vsa.algebra.laws import LawError, lacking
from vsa.algebra.metric import Cosine, Form, Metric
from vsa.errors import ArgumentValueError
from vsa.theory.noise import PLAIN, Gaussian, Noise, Shares

BASE = "base/"  # begins the labels of bases, and of what powers make of them
NEXT = 1 << 16  # dims that are tried for one that fits
KEPT = 64  # orders of components


class Algebra(ABC):
    """Binding, superposition and similarity over arrays of one dimension and backend.

    Class attributes: `name`; `laws`, what holds exactly (`vsa.algebra.laws.LAWS`): the law tests
    check what is declared, and that what is not fails; `atom_kinds`, how atoms may be drawn, the
    default first; `wants`, which dims there are, in words.
    Attributes: `row` and `sum`, the two forms; `freedom`, the real degrees of freedom, n of the
    theory; `period`, how often a key is bound until its powers repeat, None for never; `shares`, what
    share of a finished sum each of its terms has; `packed`, the number of isometric coordinates;
    `shown`, the form of the components that someone may look at.
    """

    name: str
    laws: frozenset[str] = frozenset()
    atom_kinds: ClassVar[tuple[str, ...]] = ("unitary",)
    in_one_pass: ClassVar[tuple[str, ...]] = ()  # kinds that are: larger blocks of them are drawn
    wants: ClassVar[str] = "2 or more"
    parameters: ClassVar[tuple[str, ...]] = ()  # defaults of what the name has, as in "ghrr:2"
    no_base: ClassVar[str] = "a fractional power needs a base: make one with base(name)"
    period: int | None = None
    contracts: ClassVar[bool] = False  # unbinding with a foreign key leaves little, not noise
    shares: Shares = PLAIN

    def __init__(self, dim: int, backend: Backend) -> None:
        """For parameters a subclass takes as many more texts."""
        self.dim = dim
        self.backend = backend
        self.row = self.sum = Form(dim, backend.real)
        self.packed = self.freedom = dim
        self.shown = Form(dim, backend.real)
        self._orders: dict[Any, Array] = {}  # on the backend
        self.product: Callable[[Array, Array], Array] = self.bind  # or the one function it comes to

    # --- what there is -------------------------------------------------------------------------
    @classmethod
    def fits(cls, dim: int, *parameters: str) -> bool:
        """Whether there are vectors of this dim; an error for parameters that make no sense."""
        return dim >= 2

    @classmethod
    def check_dim(cls, dim: int, name: str, *parameters: str) -> None:
        """Raise an error that names the dims beside one that does not fit."""
        if cls.fits(dim, *parameters):
            return
        below = next((d for d in range(dim - 1, 1, -1) if cls.fits(d, *parameters)), None)
        above = next((d for d in range(dim + 1, dim + NEXT) if cls.fits(d, *parameters)), None)
        near = ", ".join(str(d) for d in (below, above) if d is not None)
        raise ArgumentValueError(f"{name} needs {cls.wants} for its dim, not {dim}: {near}")

    @classmethod
    def whole(cls, text: str, what: str, least: int, most: int = 1 << 16) -> int:
        """A parameter that is a whole number; an error that says which one is not."""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        if not least <= number <= most:
            raise ArgumentValueError(
                f"{what} in {cls.name}:{what} is a whole number from {least} to {most}, not {text!r}"
            )
        return number

    @property
    def closed(self) -> bool:
        """Whether sums are rows: nothing is ever finished."""
        return "closed" in self.laws

    @cached_property
    def rows_in_sum(self) -> int:
        """How many rows take the room of one sum."""
        size = [f.width * self.backend.host_dtype(f.dtype).itemsize for f in (self.sum, self.row)]
        return size[0] // size[1]

    @property
    def half(self) -> float:
        """The cosine of a key made of a sum of two, unitary(a + b), with either: projected, 2/π."""
        return 2 / math.pi if self.closed else self.shares(2)

    @cached_property
    def noise(self) -> Noise:
        """How similar unrelated rows are by chance, and what share a term has of a finished sum."""
        return Gaussian(self.shares, self.freedom)

    @cached_property
    def metric(self) -> Metric:
        """How rows are stored in a memory and compared there."""
        return Cosine(self)

    def lacks(self, what: str, law: str, instead: str = "") -> LawError:
        """The error that `what` needs a law that this algebra has not."""
        return lacking(self.name, what, law, instead)

    def need(self, what: str, law: str, instead: str = "") -> None:
        """Raise it unless the law is declared."""
        if law not in self.laws:
            raise self.lacks(what, law, instead)

    # --- vectors out of bits -------------------------------------------------------------------
    @abstractmethod
    def draw(self, keys: Sequence[bytes], kind: str) -> np.ndarray[Any, Any]:
        """Rows (len(keys), row.width) as functions of their keys.

        kind: one of `atom_kinds`, or "unitary": keys of structures, which unbind exactly.
        """

    def draw_into(self, out: np.ndarray[Any, Any], keys: Sequence[bytes], kind: str) -> None:
        """The same, written into an array, perhaps of more digits: another `draw` needs another."""
        out[...] = self.draw(keys, kind)

    def identity(self) -> Array:
        """The row (width,) that binding leaves others unchanged with."""
        raise self.lacks("this", "identity")

    def zero(self, shape: tuple[int, ...]) -> Array:
        """Sums of nothing."""
        xp, device = self.backend.xp, self.backend.device
        return xp.zeros((*shape, self.sum.width), dtype=self.sum.dtype, device=device)

    # --- binding, of rows ----------------------------------------------------------------------
    @abstractmethod
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """a * b, the value a by the key b."""

    def unbind(self, a: Array, b: Array) -> Array:
        """a / b, the key b taken away from the right; in blocks, without a batch of involutions."""
        return in_blocks(self.backend, lambda x, y: self.product(x, self.involution(y)), [a, b])

    def left_unbind(self, c: Array, a: Array) -> Array:
        """x of c = a * x: the adjoint of x ↦ bind(a, x)."""
        if "commutative" not in self.laws:
            raise self.lacks("left_unbind", "left-unbinding", "search among the keys instead")
        return self.unbind(c, a)

    def involution(self, a: Array) -> Array:
        """~a with a / b = a * ~b; an error where there is none."""
        raise self.lacks("~", "involution", "write c / key for c * ~key")

    def inverse(self, a: Array) -> Array:
        """The exact inverse; an error where there is none."""
        self.need("an exact inverse", "inverse", "write c / key")
        return self.power(a, -1)

    def power(self, a: Array, exponent: Any) -> Array:
        """x * power(a, n) is x bound n times with a; n a number, or an array over the batch."""
        raise self.lacks("a power", "powers", "bind as often, or use permute")

    def unitary(self, a: Array) -> Array:
        """The nearest row that is a key: binding with it keeps lengths and is undone exactly."""
        return a

    def protect(self, a: Array, key: Array, steps: int) -> Array:
        """Rows moved along a key, bound with its power; where powers repeat, a Vector is permuted."""
        return self.bind(a, self.power(key, steps))

    @property
    def keys_move(self) -> bool:
        """Whether what is bound with powers of a key is moved apart by them, however many."""
        return "powers" in self.laws and self.period is None

    def base(self, a: Array) -> Array:
        """Keys as the bases of fractional powers; an error where there are none."""
        raise self.lacks("a base", "fractional")

    def shift(self, a: Array, steps: float) -> Array:
        """Components moved cyclically; an error where binding knows of no shift."""
        raise LawError(f"the algebra {self.name!r} has no shift; use permute")

    # --- the same, of sums ---------------------------------------------------------------------
    def bind_sum(self, total: Array, b: Array) -> Array:
        """A sum of values, each bound with the key b, a row."""
        if not self.closed:
            raise NotImplementedError("of an algebra that finishes its sums")
        return self.bind(total, b)

    def unbind_sum(self, total: Array, b: Array) -> Array:
        """A sum, the key b taken away from each term."""
        if not self.closed:
            raise NotImplementedError("of an algebra that finishes its sums")
        return self.unbind(total, b)

    def left_unbind_sum(self, total: Array, a: Array) -> Array:
        """A sum, a taken away from each term from the left."""
        if self.closed:
            return self.left_unbind(total, a)
        if "commutative" not in self.laws:
            raise self.lacks("left_unbind", "left-unbinding", "search among the keys instead")
        return self.unbind_sum(total, a)

    # --- permutation ---------------------------------------------------------------------------
    def permute(self, a: Array, times: int) -> Array:
        """Rows, by a fixed random permutation applied `times` times (or undone)."""
        return self.reordered(a, times)

    def permute_sum(self, total: Array, times: int) -> Array:
        """Sums, by the same permutation: that of a sum is the sum of those of its terms."""
        return self.permute(total, times)

    def reordered(self, a: Array, times: int, size: int = 1) -> Array:
        """Groups of `size` components along the last axis, by one cycle through all of them."""
        groups = a.shape[-1] // size

        def order() -> np.ndarray[Any, Any]:
            order = orders.turns(groups, times)
            return order if size == 1 else (order[:, None] * size + np.arange(size)).reshape(-1)

        return self.taken(a, (groups, times, size), order)

    def taken(self, a: Array, key: Any, order: Callable[[], np.ndarray[Any, Any]]) -> Array:
        """The components of rows in an order, kept on the backend by its key if it is short."""
        index = self._orders.get(key)
        if index is None:
            index = self.backend.lasting(order())
            if len(self._orders) >= KEPT:
                self._orders.clear()
            if index.shape[0] <= orders.SHORT:
                self._orders[key] = index
        return self.backend.take(a, index)

    @property
    def places(self) -> int:
        """How many parts a row has that may be exchanged for those of another, one by one."""
        return self.row.width

    def exchanged(self, a: Array, b: Array, there: Array) -> Array:
        """Rows: the parts of b where it is true `there` (…, places), those of a elsewhere."""
        return self.backend.xp.where(there, b, a)

    # --- superposition -------------------------------------------------------------------------
    def accumulate(self, a: Array) -> Array:
        """Lift rows to the form in which superposition is a plain sum."""
        return a

    def finish(self, total: Array) -> Array:
        """Make rows of sums. How a tie falls must follow from the content, not be the same always."""
        return total

    def finish_terms(self, terms: Sequence[Array]) -> Array:
        """What `finish` makes of the sum of some rows: for who is faster without making the sum."""

        def block(*rows: Array) -> Array:
            return self.finish(sum(map(self.accumulate, rows[1:]), self.accumulate(rows[0])))

        return in_blocks(self.backend, block, terms)

    def count_terms(self, total: Array) -> Array:
        """How many rows a sum holds: its squared length, that of a row being 1."""
        return self.dot(total, total)

    def bundle_bound(
        self,
        values: Sequence[Array],
        keys: Sequence[Array],
        start: Array | None = None,
        normalize: bool = False,
    ) -> Array:
        """`start` + Σ valueᵢ * keyᵢ, a sum, in blocks of rows; scaled to length 1 if asked.

        values, start: in the form of sums.  keys: rows.
        """
        n = len(keys)

        def block(*arrays: Array) -> Array:
            bound = map(self.bind_sum, arrays[:n], arrays[n : 2 * n])
            total: Array = sum([*bound, *arrays[2 * n :]])
            return self.normalize(total) if normalize else total

        arrays = [*values, *keys] if start is None else [*values, *keys, start]
        return in_blocks(self.backend, block, arrays)

    def normalize(self, total: Array) -> Array:
        """Sums scaled to length 1; zero stays zero."""
        xp, one = self.backend.xp, self.backend.one
        squares = self.dot(total, total)
        norm = xp.sqrt(xp.where(squares > 0, squares, one))
        return self.scale(total, one / norm)

    def scale(self, total: Array, factor: Array) -> Array:
        """Sums times real numbers (...), one a sum."""
        return total * factor[..., None]

    # --- geometry ------------------------------------------------------------------------------
    @abstractmethod
    def dot(self, a: Array, b: Array) -> Array:
        """Dot products (...) of sums, in which rows have length 1 and unrelated ones 0 on average."""

    @cached_property
    def squares(self) -> np.ndarray[Any, Any] | float | None:
        """How the square of each real number of a row counts in `dot`, a float for all; None: otherwise."""
        return None

    def similarity(self, a: Array, b: Array) -> Array:
        """The cosines (...) of rows, 0 where one has no length."""
        xp = self.backend.xp
        a, b = self.accumulate(a), self.accumulate(b)
        squares = self.dot(a, a) * self.dot(b, b)
        return self.dot(a, b) / xp.sqrt(xp.where(squares > 0, squares, xp.ones_like(squares)))

    def cosine(self, a: Array, b: Array) -> float:
        """That of two single rows, without the calls for batches; without a gradient."""
        if self.squares is not None:  # a call costs a tenth of one in torch
            return fused.cosine(self.backend.numpy(a), self.backend.numpy(b), self.squares)
        squares = float(self.dot(a, a)) * float(self.dot(b, b))
        return float(self.dot(a, b)) / math.sqrt(squares) if squares > 0 else 0.0

    @abstractmethod
    def pack(self, a: Array) -> Array:
        """Isometric real coordinates (..., packed) of rows: their plain dot product is `dot`."""

    @abstractmethod
    def unpack(self, packed: Array) -> Array:
        """The inverse of `pack`; of other coordinates the nearest row."""

    def to_real(self, a: Array) -> Array:
        """The components of rows that someone may look at, in the form `shown`."""
        return self.pack(a)

    def from_real(self, components: Array) -> Array:
        """Rows with the given components, in the form `shown`; an error for those of no row."""
        return self.unpack(components)
