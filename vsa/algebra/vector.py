"""Vector: one hypervector or a batch of them, with the algebra's operators.

A Vector knows its space; its batch shape broadcasts as in NumPy. `data` holds it as the algebra's
row (for HRR the half spectrum); real values are made when someone looks (`numpy()`). A superposition in
an algebra that finishes its sums is an `OpenSum`: it stays a sum under all that is linear, and a row is
made of it where one is wanted, as a key or in a comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, overload

from vsa import threads
from vsa.algebra.backend import Array
from vsa.algebra.batched import Batched
from vsa.algebra.threaded import bound
from vsa.annotations import Hidden
from vsa.arguments import NUMBERS, as_number, checked_whole, real_numbers, refused
from vsa.errors import ArgumentValueError

if TYPE_CHECKING:
    from vsa.algebra.space import Space


LARGEST = 1e15  # of factors: squared lengths must stay within single precision
ROWS = 4096  # with more a result may be large
FEW = 4096  # steps along a key whose powers are kept


class Vector(Batched):
    """A hypervector, or a batch of shape `shape`; immutable by convention.

    `a + b`, `a - b`, `2 * a`, `a / 2`, `-a` superpose, subtract, scale, negate; `a * b` binds the
    value a with the key b; `a / b` takes the key b away again; `~a` is the involution; `a ** n` the
    power, x * a ** n being x bound n times with a. Nothing is normalised silently. `sum([a, b])` is
    `a + b`.

    `a == b` is an error, for batches too: equal vectors differ by rounding, and how alike two are
    is `a.similarity(b)`. Whether two names stand for one object is `a is b`; so do sets and the
    keys of dictionaries tell vectors apart.

    An array is no operand: `a.scale(weights)` scales over the batch, `space.vector(components)`
    makes a vector. What takes arrays (`np.dot`, `np.linalg.norm`, a plot) gets the real components.
    """

    __module__ = "vsa"

    __slots__ = ("data", "label", "space")
    __array_ufunc__ = None  # so that NumPy hands `array * vector` to us instead of making objects

    plain: ClassVar[bool] = True  # nothing but its numbers: what is computed on arrays is the same
    finished: ClassVar[bool] = True  # a row, not a sum

    data: Array
    label: str | None  # the name, of atoms and keys
    space: Space

    def __init__(self, space: Space, data: Array) -> None:
        self.space = space
        self.data = data
        self.label = None

    @staticmethod
    def of_sum(space: Space, total: Array) -> Vector:
        """The vector of a superposition, in the algebra's form of sums."""
        return Vector(space, total) if space.closed else OpenSum(space, total)

    @staticmethod
    def of_row(space: Space, row: Array) -> Vector:
        """The vector of a row, finished."""
        return Vector(space, row)

    @staticmethod
    def of_terms(space: Space, terms: list[Array]) -> Vector:
        """The sum of some rows of one batch shape, which is made only if it is asked for."""
        made = OpenSum(space, None)
        made._terms = terms
        return made

    @property
    def total(self) -> Array:
        """In the algebra's form of sums, in which superposition is `+`."""
        return self.data if self.space.closed else self.space.algebra.accumulate(self.data)

    @property
    def own(self) -> Array:
        """In the form that it has, `data` or `total`."""
        return self.data

    def of_own(self, array: Array) -> Vector:
        """A vector in the same form."""
        return Vector(self.space, array)

    # --- binding -------------------------------------------------------------------------------
    @overload
    def __mul__(self, other: Vector) -> Vector: ...
    @overload
    def __mul__(self, other: float) -> Vector: ...
    def __mul__(self, other: Any) -> Vector:
        if isinstance(other, Vector) and other.space is self.space:
            try:
                plain = self.finished and other.finished and threads.number == 1
                if plain and self.data.shape[0] < ROWS:
                    return Vector(self.space, self.space.bind(self.data, other.data))
                return self._bound(other)
            except (ValueError, RuntimeError):
                self._operand(other)
                raise
        number = as_number(other)
        if number is not None:
            return self.scale(number)
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return self._bound(operand)

    def _bound(self, key: Vector) -> Vector:
        """Bound with a key; a sum stays one, whichever of the two it is if their order is free."""
        space = self.space
        if self.finished and (key.finished or "commutative" not in space.algebra.laws):
            return Vector(space, bound(space.algebra, self.data, key.data))
        value, key = (key, self) if self.finished else (self, key)
        return value._with_key("bind", key.data)

    @overload
    def __rmul__(self, other: Vector) -> Vector: ...
    @overload
    def __rmul__(self, other: float) -> Vector: ...
    def __rmul__(self, other: Any) -> Vector:
        number = as_number(other)
        if number is not None:
            return self.scale(number)
        operand = self._operand(other)
        return NotImplemented if operand is None else operand * self

    @overload
    def __truediv__(self, other: Vector) -> Vector: ...
    @overload
    def __truediv__(self, other: float) -> Vector: ...
    def __truediv__(self, other: Any) -> Vector:
        number = None if isinstance(other, Vector) else as_number(other)
        if number is not None:
            if number == 0:
                raise ArgumentValueError("a vector cannot be divided by zero")
            return self.scale(1 / number)
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        if self.finished:
            return Vector(self.space, self.space.algebra.unbind(self.data, operand.data))
        return self._with_key("unbind", operand.data)

    def __rtruediv__(self, other: Vector) -> Vector:
        operand = self._operand(other)
        return NotImplemented if operand is None else operand / self

    def left_unbind(self, key: Vector) -> Vector:
        """x of self = key * x, the key taken away from the left."""
        key = self._required(key, "key")
        if self.finished:
            return Vector(self.space, self.space.algebra.left_unbind(self.data, key.data))
        return self._with_key("left_unbind", key.data)

    def __invert__(self) -> Vector:
        return Vector(self.space, self.space.algebra.involution(self.data))

    def __pow__(self, exponent: float) -> Vector:
        if real_numbers(exponent) is None:
            return NotImplemented
        result = Vector(self.space, self.space.algebra.power(self.data, exponent))
        result.label = self._label_of_power(exponent)
        return result

    def inverse(self) -> Vector:
        """The exact inverse: `self * self.inverse()` is the identity; an error at a zero bin."""
        return Vector(self.space, self.space.algebra.inverse(self.data))

    def unitary(self) -> Vector:
        """The nearest vector that is a key: binding with it keeps lengths and is undone exactly."""
        result = Vector(self.space, self.space.algebra.unitary(self.data))
        result.label = self.label if self._is_base else None
        return result

    def permute(self, times: int = 1) -> Vector:
        """The space's fixed random permutation, applied `times` times; negative undoes it."""
        times = checked_whole("times", times)
        if self.finished:
            return Vector(self.space, self.space.algebra.permute(self.data, times))
        return OpenSum(self.space, self.space.algebra.permute_sum(self.total, times))

    def shift(self, steps: float = 1) -> Vector:
        """Components moved cyclically by `steps`; the same as binding with a shifted impulse."""
        algebra = self.space.algebra
        number = None if isinstance(steps, bool) else as_number(steps)
        if number is None:
            raise refused("steps", "a number", steps)
        return Vector(self.space, algebra.shift(self.data, number))

    def protect(self, key: Vector, steps: int = 1) -> Vector:
        """Moved `steps` places along `key`, apart from what was not moved; negative moves back."""
        algebra = self.space.algebra
        if not isinstance(key, Vector):
            key = as_vector(key, "key")
        if type(steps) is not int:
            steps = checked_whole("steps", steps)
        if not algebra.keys_move:
            return self.permute(steps)
        if steps == 1:
            return self * key
        if steps == -1:
            return self / key
        key = self._required(key, "key")
        name = key.label
        if name is None or self.space.key(name) is not key or not 0 < abs(steps) <= FEW:
            if not self.finished:
                return self * Vector(self.space, algebra.power(key.data, steps))
            return Vector(self.space, algebra.protect(self.data, key.data, steps))
        power = self.space.powers(name, abs(steps))[-1]  # keys are unitary: ~ inverts them
        return self * power if steps > 0 else self / power

    # --- superposition -------------------------------------------------------------------------
    def __add__(self, other: Vector) -> Vector:
        space = self.space
        if isinstance(other, Vector) and other.space is space and space.closed:
            try:
                return Vector(space, self.data + other.data)
            except (ValueError, RuntimeError):
                self._operand(other)
                raise
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return self._with_terms(operand)

    @overload
    def __radd__(self, other: Vector) -> Vector: ...
    @overload
    def __radd__(self, other: Annotated[int, Hidden]) -> Vector: ...
    def __radd__(self, other: Any) -> Vector:
        if other.__class__ is int and other == 0:  # where `sum` begins
            return self
        operand = self._operand(other)
        return NotImplemented if operand is None else operand + self

    def __sub__(self, other: Vector) -> Vector:
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return Vector.of_sum(self.space, self.total - operand.total)

    def __rsub__(self, other: Vector) -> Vector:
        operand = self._operand(other)
        return NotImplemented if operand is None else operand - self

    def __neg__(self) -> Vector:
        return self.scale(-1.0)

    def scale(self, factor: Any) -> Vector:
        """Times a number, or an array of numbers over the batch."""
        if not isinstance(factor, NUMBERS):
            return self._weighted(factor)
        size: Any = abs(factor)
        if not (size == 0 or 1 / LARGEST <= size <= LARGEST):  # NaN too
            raise ArgumentValueError(
                f"a vector can only be scaled by 0 or a size from {1 / LARGEST:.0e} to {LARGEST:.0e}"
            )
        return Vector.of_sum(self.space, self.total * float(factor))

    def _weighted(self, factor: Any) -> Vector:
        if isinstance(factor, Vector):
            raise refused("factor", "a number, or an array of numbers over the batch", factor)
        weights = self.space.backend.real_array("factor", factor)
        try:
            return Vector.of_sum(self.space, self.total * weights[..., None])
        except (ValueError, RuntimeError):
            raise ArgumentValueError(
                f"the factor of shape {tuple(weights.shape)} does not go with a batch of shape {self.shape}"
            ) from None

    # --- operands ------------------------------------------------------------------------------
    def _required(self, other: Any, name: str) -> Vector:
        return self._fitting(as_vector(other, name))


class OpenSum(Vector):
    """A superposition in the form in which it was summed, or the rows that it is a sum of.

    Of algebras in which a row keeps less than the sum does, such as a majority of counts.
    """

    __slots__ = ("_data", "_terms", "_total")
    finished = False

    def __init__(self, space: Space, total: Array) -> None:
        self.space = space
        self.label = None
        self._total = total
        self._terms: list[Array] = []
        self._data: Array = None

    @property
    def _rows(self) -> list[Array]:
        return self._terms if self._total is None else []

    @property
    def total(self) -> Array:
        """The sum."""
        if self._total is None:
            accumulate = self.space.algebra.accumulate
            self._total = sum(
                [accumulate(term) for term in self._terms[1:]], accumulate(self._terms[0])
            )
        return self._total

    @property
    def data(self) -> Array:
        """The finished row."""
        if self._data is None:
            algebra = self.space.algebra
            summed = self._total is not None
            self._data = (
                algebra.finish(self._total) if summed else algebra.finish_terms(self._terms)
            )
        return self._data

    @data.setter
    def data(self, data: Array) -> None:
        self._data = data

    @property
    def own(self) -> Array:
        return self.total

    def of_own(self, array: Array) -> OpenSum:
        return OpenSum(self.space, array)

    @property
    def shape(self) -> tuple[int, ...]:
        array = self._terms[0] if self._total is None else self._total
        return tuple(array.shape[:-1])


def as_vector(value: Any, name: str) -> Vector:
    """The value itself, or the winner of an Answer; an error that names the argument for the rest."""
    vector = value if isinstance(value, Vector) else getattr(value, "vector", None)
    if not isinstance(vector, Vector):
        raise refused(name, "a Vector", value)
    return vector
