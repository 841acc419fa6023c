"""What a soft cleanup is given: arrays, Vectors and Memories as rows that are read block by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

import numpy as np

from vsa.algebra.backend import Array, Backend, make_backend
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_number
from vsa.errors import ArgumentTypeError, ArgumentValueError, VsaError
from vsa.memory.memory import Memory
from vsa.memory.select import Among

SHARES = 1e-3  # by which the sum of probabilities may miss 1
EMPTY = "there is nothing to recall: the memory, or what was chosen of it, is empty"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows (count, width) read block by block; `space` where they stand for its Vectors.

    Those are packed, or sums where the algebra finishes its sums.
    """

    backend: Backend
    count: int
    width: int
    block: Callable[[int, int], Array]
    space: Space | None = None

    def finish(self, mixed: Array) -> Array:
        """A block of mixtures of the rows as they are kept in the result."""
        if self.space is None or not self.space.closed:
            return mixed
        return self.space.algebra.unpack(mixed)

    def given(self, finished: Array) -> Any:
        """All finished mixtures as a Vector, or the array they are."""
        return finished if self.space is None else Vector.of_sum(self.space, finished)


def unit(backend: Backend, a: Array) -> Array:
    """Scaled to length 1 along the last axis; zero stays zero, without NaN in its gradient."""
    xp = backend.xp
    squares = xp.sum(a * a, axis=-1)[..., None]
    return a / xp.sqrt(xp.where(squares > 0, squares, 1.0))


@lru_cache(maxsize=16)
def _backend(kind: str, dtype: str) -> Backend:
    return make_backend(kind, dtype)


def backend_of(array: Any, name: str) -> Backend:
    """The backend that an array is at home in."""
    module = type(array).__module__.partition(".")[0]
    dtype = str(getattr(array, "dtype", "")).removeprefix("torch.")
    if module not in ("numpy", "torch", "cupy"):
        raise ArgumentTypeError(
            f"{name} are arrays of NumPy, CuPy or torch, or Vectors, not {type(array).__name__}"
        )
    if dtype not in ("float32", "float64"):
        raise ArgumentTypeError(f"{name} are float32 or float64, not {dtype}")
    device = "" if module != "torch" or array.device.type == "cpu" else f":{array.device}"
    return _backend(module + device, dtype)


def above_zero(theta: Any, name: str = "theta") -> Any:
    """An inverse temperature: a number as a float, a tensor as it is."""
    number = checked_number(name, theta.detach() if hasattr(theta, "detach") else theta, above=0)
    return theta if hasattr(theta, "requires_grad") else number


def finite(backend: Backend, array: Array, name: str) -> None:
    """An error that names the first row with NaN or infinity; one sum shows whether there is any."""
    xp = backend.xp
    with np.errstate(all="ignore"):
        total = backend.numpy(xp.sum(array))
    if np.isfinite(total):
        return
    bad = ~np.isfinite(backend.numpy(array)).all(-1)
    if bad.any():
        row = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(bad)))
        where = f" in row {row[0] if len(row) == 1 else row}" if bad.ndim else ""
        raise ArgumentValueError(f"the {name} hold NaN or infinity{where}")


def shares(backend: Backend, array: Array, name: str) -> None:
    """An error that names the first row that is no distribution of probability."""
    rows = backend.detach(array).reshape((-1, array.shape[-1]))
    total = backend.numpy(backend.xp.sum(rows, axis=-1))
    below = backend.numpy(backend.xp.sum(abs(rows), axis=-1)) > total * (1 + SHARES)
    for row in np.flatnonzero(below | (np.abs(total - 1) > SHARES))[:1]:
        what = "has a number below 0" if below[row] else f"sums to {total[row]:g}"
        raise ArgumentValueError(f"the {name} are probabilities, each of sum 1: row {row} {what}")


def as_rows(backend: Backend, array: Any, name: str) -> Rows:
    """An array (m, d) as rows."""
    if getattr(array, "ndim", 0) != 2:
        shape = tuple(getattr(array, "shape", ()))
        raise ArgumentValueError(f"the {name} are an array (m, d) or Vectors, not of shape {shape}")
    array = backend.asarray(array, dtype=backend.real)
    finite(backend, array, name)
    return Rows(backend, len(array), array.shape[1], lambda i, j: array[i:j])


def lifted(space: Space, rows: Array) -> Array:
    """In a form in which superposition is `+`: packed, or as a sum where sums are finished."""
    return space.algebra.pack(rows) if space.closed else space.algebra.accumulate(rows)


def superposed(space: Space, packed: Array) -> Array:
    """The same of packed coordinates."""
    return packed if space.closed else space.algebra.accumulate(space.algebra.unpack(packed))


F = TypeVar("F", bound=Callable[..., Any])


def holding(function: F) -> F:
    """The function, during which no other thread changes the memories that it is given."""

    @wraps(function)
    def held(*args: Any, **options: Any) -> Any:
        with ExitStack() as stack:
            for value in (*args, *options.values()):
                if isinstance(value, Memory):
                    stack.enter_context(value.lock)
            return function(*args, **options)

    return cast(F, held)


def vectors_as_rows(
    source: Memory | Vector, name: str, among: Among | None, kinds: str | Sequence[str] | None
) -> tuple[Rows, Rows]:
    """Items as keys, packed and of unit length, and as values, of the lengths they have."""
    space = source.space
    pack, backend = space.algebra.pack, space.backend
    if isinstance(source, Memory):
        table, chosen = source.table, source.select(among=among, kinds=kinds)
        every, count = len(chosen) == len(table), len(chosen)
        units = table.metric.sketched  # stored as they are compared here

        def stored(i: int, j: int) -> Array:
            return table.rows[i:j] if every else table.gather(chosen[i:j])

        def rows(i: int, j: int) -> Array:
            return table.metric.rows(stored(i, j), table.norms[chosen[i:j]])

        def key(i: int, j: int) -> Array:
            if units:
                return table.metric.widened(stored(i, j))
            return unit(backend, pack(rows(i, j)))

        def value(i: int, j: int) -> Array:
            if units and space.closed:
                lengths = backend.asarray(table.norms[chosen[i:j]], dtype=backend.real)
                return table.metric.widened(stored(i, j)) * lengths[:, None]
            return lifted(space, rows(i, j))
    else:
        if len(source.shape) != 1:
            raise ArgumentValueError(f"the {name} are Vectors of shape (m,), not {source.shape}")
        data, count = source.data, len(source)
        finite(backend, data, name)

        def key(i: int, j: int) -> Array:
            return unit(backend, pack(data[i:j]))

        def value(i: int, j: int) -> Array:
            return lifted(space, data[i:j])

    width = space.algebra.packed
    wide = width if space.closed else space.algebra.sum.width
    return Rows(backend, count, width, key, space), Rows(backend, count, wide, value, space)


def sides(
    queries: Any, keys: Any, values: Any, among: Any = None, kinds: Any = None
) -> tuple[Array, Callable[[Array], Array], Rows, Rows]:
    """The queries' numbers, how a block of them is made unit, the keys and the values."""
    if isinstance(keys, (Memory, Vector)):
        key, value = vectors_as_rows(keys, "keys", among, kinds)
        if not isinstance(queries, Vector):
            raise ArgumentTypeError(
                f"the queries must be Vectors as the keys are, not {_what(queries)}"
            )
        if queries.space != keys.space:
            raise ArgumentValueError(
                f"the queries are of {queries.space!r}, the keys of {keys.space!r}"
            )
        backend, data = key.backend, queries.data
        pack: Callable[[Array], Array] = keys.space.algebra.pack
    else:
        backend = backend_of(keys, "keys")
        rows = as_rows(backend, keys, "keys")
        key = Rows(backend, rows.count, rows.width, lambda i, j: unit(backend, rows.block(i, j)))
        value = rows
        if isinstance(queries, Vector) or not hasattr(queries, "ndim"):
            raise ArgumentTypeError(
                f"the queries must be an array as the keys are, not {_what(queries)}"
            )
        data, pack = backend.asarray(queries, dtype=backend.real), _as_it_is
        if data.ndim == 0 or data.shape[-1] != key.width:
            raise ArgumentValueError(
                f"queries of shape {tuple(data.shape)} do not fit keys (m, {key.width})"
            )
    if values is not None:
        if isinstance(values, (Memory, Vector)):
            value = vectors_as_rows(values, "values", None, None)[1]
        else:
            value = as_rows(backend, values, "values")
        theirs = value.backend
        if (theirs.name, theirs.dtype) != (backend.name, backend.dtype):
            raise ArgumentValueError(f"the values are of {theirs!r}, the keys of {backend!r}")
        if value.count != key.count:
            raise ArgumentValueError(f"keys and values do not pair: {key.count} and {value.count}")
    if not key.count:
        raise VsaError(EMPTY)
    finite(backend, data, "queries")
    return data, lambda block: unit(backend, pack(block)), key, value


def _as_it_is(block: Array) -> Array:
    return block


def _what(value: Any) -> str:
    return type(value).__name__
