"""What every memory can be asked, wherever its vectors are: names, kinds, a vector by its name.

The subclasses (vsa.memory.memory, vsa.cluster.memory) add how vectors are stored and cleaned up.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import (
    checked_iterable,
    checked_number,
    checked_prior,
    checked_text,
    checked_whole,
    is_array,
    several,
)
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.memory.moment import Rememberer
from vsa.memory.select import Names
from vsa.table import Table, Tabular
from vsa.theory.load import UNKNOWN, Load

M = TypeVar("M", bound=Callable[..., Any])


def locked(method: M) -> M:
    """A method of a memory during which no other thread reads or changes it."""

    @wraps(method)
    def held(self: Readable, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return method(self, *args, **kwargs)

    return held  # type: ignore[return-value]


class Readable(Tabular, ABC):
    """Named vectors of one space."""

    space: Space
    state: Names
    lock: AbstractContextManager[object]  # held by whoever reads or changes it
    freed: ClassVar[str] = "remove or rename it first"  # what to do about a name in use

    @abstractmethod
    def names(self, kind: str | None = None) -> list[str]:
        """Every name, or those of one kind, the oldest first."""

    @abstractmethod
    def vectors(self, rows: np.ndarray[Any, Any]) -> Vector:
        """The vectors of some rows, of any shape; a row of -1 gives the zero vector."""

    def moment(self) -> Rememberer:
        """Who knows the vectors of today's rows later on, whatever is undone till then."""
        return self

    def undone(self, rows: np.ndarray[Any, Any]) -> bool:
        """Whether one of these rows is one no more: not where no row number is used again."""
        return False

    @abstractmethod
    def close(self) -> None:
        """Let go of what holds the vectors."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    # --- what is there -------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.state.rows)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self.state.rows

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __getitem__(self, name: str) -> Vector:
        """The vector of that name, with the length that it, or the first equal one, had."""
        with self.lock:
            vector = self.vectors(np.asarray(self.row(name)))
        vector.label = name
        return vector

    def row(self, name: str) -> int:
        """The row of a name: what stays the same while names change."""
        return self.state.row(name)

    def kind(self, name: str) -> str:
        """The kind of a name."""
        with self.lock:
            self.row(name)
            return self.state.kinds[name]

    @property
    def kinds(self) -> list[str]:
        """The kinds in use."""
        with self.lock:
            return sorted(set(self.state.kinds.values()))

    @property
    def item_kinds(self) -> tuple[str, ...]:
        """The kinds in use of items: of what a place in a structure may hold."""
        return tuple(kind for kind in self.kinds if kind not in self.state.internal)

    def __repr__(self) -> str:
        with self.lock:
            counts = ", ".join(f"{len(self.names(k))} {k}" for k in self.kinds)
        return f"<{type(self).__name__} dim {self.space.dim}: {counts or 'empty'}>"

    def vsa_table(self) -> Table:
        """How many items of each kind there are; what only one structure looks for is dimmed."""
        with self.lock:
            rows = sorted(Counter(self.state.kinds.values()).items())
            items = self.item_kinds
        dimmed = [i for i, (kind, _) in enumerate(rows) if kind not in items]
        title = f"a memory of {len(self):,} items, dim {self.space.dim}"
        return Table(["kind", "items"], rows, title, bars={"items": ""}, dimmed=dimmed)

    # --- what is given -------------------------------------------------------------------------
    def _own(self, name: str, given: Any) -> Vector:
        """The Vector that was given, or an Answer's; of this memory's space."""
        vector = given if isinstance(given, Vector) else as_vector(given, name)
        if vector.space is not self.space and vector.space != self.space:
            raise ArgumentValueError(
                f"this memory holds vectors of {self.space!r}, not {vector.space!r}"
            )
        return vector

    def _question(
        self, query: Any, k: Any, prior_nothing: Any, load: Any
    ) -> tuple[Vector, int, float, Load]:
        """What every cleanup is given, looked at."""
        if type(k) is not int or k < 1:
            k = checked_whole("k", k, 1)
        if type(prior_nothing) is not float or not 0 <= prior_nothing < 1:
            prior_nothing = checked_prior("prior_nothing", prior_nothing)
        query = self._own("query", query)
        return query, k, prior_nothing, UNKNOWN if load is None else _load(load, query.shape)

    def _coverage(self, coverage: Any, k: int) -> float:
        """What sets are to cover, looked at."""
        covered: float = checked_number("coverage", coverage, above=0, below=1)
        if k != 1:
            raise ArgumentValueError(
                "give k or coverage, not both: a set is as large as its coverage takes"
            )
        return covered

    def _fresh(self, names: Any, kind: Any) -> list[str]:
        """New names, given as one or several, for items of a kind; VsaError for what cannot be."""
        checked_text("a kind", kind)
        if isinstance(names, Vector):  # which may be iterated over, if it is a batch
            raise ArgumentTypeError(
                "names are texts, not a Vector: give the names before the vectors"
            )
        found = several("names", names)
        seen: set[str] = set()
        for name in found:
            if not isinstance(name, str):
                checked_text("a name", name)
            if name in self.state.rows or name in seen:
                raise ArgumentValueError(f"{name!r} is in memory already: {self.freed}")
            seen.add(name)
        return found

    def _batch(self, vectors: Vector | Sequence[Vector], count: int) -> Vector:
        """Vectors (count,) for as many names, given as one, as a batch or as a list."""
        if not isinstance(vectors, Vector) and hasattr(type(vectors), "vector"):
            vectors = as_vector(vectors, "vectors")  # an Answer
        if not isinstance(vectors, Vector):
            given = checked_iterable("vectors", vectors, "a Vector, or several")
            vectors = self.space.stack(list(given))
        if not vectors.shape:
            vectors = vectors.reshape(1)
        vectors = self._own("vectors", vectors)
        if vectors.shape != (count,):
            raise ArgumentValueError(f"{count} names do not fit a batch of shape {vectors.shape}")
        return vectors


def _load(given: Any, shape: tuple[int, ...]) -> Load:
    """The load that a cleanup is given, for queries of a shape."""
    load: Load = given if isinstance(given, Load) else Load.terms(_terms(given))
    try:
        return load if load.value.shape == shape else load.over(shape)
    except ValueError:
        raise ArgumentValueError(
            f"loads of shape {load.value.shape} do not fit queries of shape {shape}"
        ) from None


def _terms(given: Any) -> np.ndarray[Any, Any]:
    """Numbers of superposed terms: one, or an array or list of them."""
    several = np.asarray(given) if isinstance(given, (list, tuple)) or is_array(given) else None
    if several is None or several.dtype.kind not in "iuf":
        return np.asarray(checked_number("load", given, 1))
    for wrong in several[~((several >= 1) & np.isfinite(several))].tolist():
        checked_number("load", wrong, 1)
    return several
