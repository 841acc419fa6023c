"""What every memory can be asked, wherever its vectors are: names, kinds, a vector by its name.

The subclasses (vsa.memory.memory, vsa.cluster.memory) add how vectors are stored and cleaned up.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.memory.moment import Rememberer
from vsa.memory.select import Names, checked_text, several


class Readable(ABC):
    """Named vectors of one space."""

    space: Space
    state: Names
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
        vector = self.vectors(np.asarray(self.row(name)))
        vector.label = name
        return vector

    def row(self, name: str) -> int:
        """The row of a name: what stays the same while names change."""
        return self.state.row(name)

    def kind(self, name: str) -> str:
        """The kind of a name."""
        self.row(name)
        return self.state.kinds[name]

    @property
    def kinds(self) -> list[str]:
        """The kinds in use."""
        return sorted(set(self.state.kinds.values()))

    @property
    def item_kinds(self) -> tuple[str, ...]:
        """The kinds in use of items: of what a place in a structure may hold."""
        return tuple(kind for kind in self.kinds if kind not in self.state.internal)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.names(k))} {k}" for k in self.kinds)
        return f"<{type(self).__name__} dim {self.space.dim}: {counts or 'empty'}>"

    # --- what is given -------------------------------------------------------------------------
    def _check(self, vectors: Vector) -> None:
        if not isinstance(vectors, Vector):
            raise VsaError(f"a Vector is wanted here, not {type(vectors).__name__}")
        if vectors.space != self.space:
            raise VsaError(f"this memory holds vectors of {self.space!r}, not {vectors.space!r}")

    def _check_query(self, query: Vector, k: int, prior_nothing: float) -> None:
        if type(k) is not int and (not isinstance(k, Integral) or isinstance(k, bool)):
            raise VsaError(f"k must be a whole number of at least 1, not {k!r}")
        if k < 1:
            raise VsaError(f"k must be at least 1, not {k}")
        if not isinstance(prior_nothing, (float, int, Real)):  # in the order of their cost
            raise VsaError(f"prior_nothing must be a number in [0, 1), not {prior_nothing!r}")
        if not 0 <= prior_nothing < 1:
            raise VsaError(f"prior_nothing must be in [0, 1), not {prior_nothing}")
        self._check(query)

    def _fresh(self, names: Any, kind: Any) -> list[str]:
        """New names, given as one or several, for items of a kind; VsaError for what cannot be."""
        checked_text("a kind", kind)
        if isinstance(names, Vector):  # which may be iterated over, if it is a batch
            raise VsaError("names are texts, not a Vector: give the names before the vectors")
        found = several("names", names)
        seen: set[str] = set()
        for name in found:
            if not isinstance(name, str):
                checked_text("a name", name)
            if name in self.state.rows or name in seen:
                raise VsaError(f"{name!r} is in memory already: {self.freed}")
            seen.add(name)
        return found

    def _batch(self, vectors: Vector | Sequence[Vector], count: int) -> Vector:
        """Vectors (count,) for as many names, given as one, as a batch or as a list."""
        if not isinstance(vectors, Vector):
            if not hasattr(type(vectors), "__iter__"):
                raise VsaError(f"a Vector is wanted here, not {type(vectors).__name__}")
            vectors = self.space.stack(list(vectors))
        if not vectors.shape:
            vectors = vectors.reshape(1)
        self._check(vectors)
        if vectors.shape != (count,):
            raise VsaError(f"{count} names do not fit a batch of shape {vectors.shape}")
        return vectors
