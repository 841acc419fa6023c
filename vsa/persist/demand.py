"""What names of a session stand for, made when it is first asked for where that cannot fail.

A session may have many names, and few of them are asked for. Atoms and single vectors are most of
them, and telling that one is sound takes a fraction of what making it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.persist.form import Arrays, Form

TOGETHER = 1 << 20  # bytes of vectors that are looked at at a time


class Waiting:
    """Stands for all values that `make(name)` makes, and that cannot fail."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[str], Any]) -> None:
        self.make = make


class OnDemand(MutableMapping[str, Any]):
    """A mapping in which a name may have `Waiting` for its value until it is asked for."""

    def __init__(self) -> None:
        self._held: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        value = self._held[name]
        if type(value) is Waiting:
            value = self._held[name] = value.make(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self._held[name] = value

    def __delitem__(self, name: str) -> None:
        del self._held[name]

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return repr(dict(self))


def is_atom(name: str, text: str | None) -> bool:
    """Whether an entry is the atom of its own name."""
    return text == f'{{"atom":{quoted(name)}}}' and name.isprintable()


class Vectors:
    """The entries of a section that are single vectors of a space, and sound."""

    def __init__(
        self, database: Form, section: str, space: Space, decode: Callable[[str, Arrays], Any]
    ) -> None:
        """decode: makes a value of a text and its arrays."""
        self._decode = decode
        self._texts: dict[str, str] = {}  # of those that were asked about
        row = space.algebra.row
        self._dtype = np.dtype(space.backend.host_dtype(row.dtype)).newbyteorder("<")
        self._start = f'{{"vector":{{"array":[0,"{self._dtype.str}",[{row.width}]]}},"label":'
        size = row.width * self._dtype.itemsize
        self._data: dict[str, bytes] = {}
        waiting: list[tuple[str, bytes]] = []
        for found in database.single_arrays(section, size):
            waiting.append(found)
            if len(waiting) * size > TOGETHER:
                self._take(waiting)
        self._take(waiting)

    def _take(self, waiting: list[tuple[str, bytes]]) -> None:
        """Those of some that are finite."""
        joined = np.frombuffer(b"".join([data for _, data in waiting]), self._dtype)
        finite = np.isfinite(joined.reshape(len(waiting), -1)).all(axis=1) if waiting else ()
        self._data.update(one for one, sound in zip(waiting, finite, strict=True) if sound)
        waiting.clear()

    def has(self, name: str, text: str | None) -> bool:
        """Whether an entry is one of them: a vector without a label, or with its name for one."""
        if text is None or name not in self._data or not text.startswith(self._start):
            return False
        label = text[len(self._start) : -1]
        if label != "null" and label != quoted(name):
            return False
        self._texts[name] = text
        return True

    def made(self, name: str) -> Any:
        """The vector of an entry. Its numbers are those that were read, and no copy."""
        return self._decode(self._texts[name], [np.frombuffer(self._data[name], np.uint8)])
