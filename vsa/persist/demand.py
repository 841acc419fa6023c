"""What is in a session's file, read when it is first asked for.

A session may have many names and a long past, and little of either is asked for. So opening it reads
which names there are. What turns out to be unsound is told when it is asked for, and is there no more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, ItemsView, Iterable, Iterator, MutableMapping, ValuesView
from contextlib import AbstractContextManager
from typing import Any

WAITS = object()  # stands for a value that was not asked for yet


class OnDemand(MutableMapping[str, Any]):
    """A mapping in which a name may wait, until it is asked for, for its value to be read."""

    def __init__(
        self,
        lock: AbstractContextManager[Any],
        read: Callable[[list[str]], dict[str, Any]],
    ) -> None:
        """lock: of whoever reads.  read: gives the values of names, and tells which have none."""
        self._held: dict[str, Any] = {}
        self._lock, self._read = lock, read

    def wait(self, names: Iterable[str]) -> None:
        """Have names whose values are to be read."""
        self._held.update(dict.fromkeys(names, WAITS))

    def _settle(self, *names: str) -> None:
        """Let none of these wait."""
        with self._lock:
            waiting = [name for name in names if self._held.get(name) is WAITS]
            if not waiting:
                return
            found = self._read(waiting)
            for name in waiting:
                if name in found:
                    self._held[name] = found[name]
                else:
                    del self._held[name]

    def __getitem__(self, name: str) -> Any:
        value = self._held[name]
        if value is WAITS:
            self._settle(name)
            value = self._held[name]
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

    def items(self) -> ItemsView[str, Any]:
        self._settle(*self._held)  # before anybody goes through them
        return super().items()

    def values(self) -> ValuesView[Any]:
        self._settle(*self._held)
        return super().values()

    def __repr__(self) -> str:
        return repr(dict(self.items()))


class Past(MutableMapping[int, str]):
    """Numbered entries of a file, read when one of them is asked for, and those that came since."""

    def __init__(
        self, lock: AbstractContextManager[Any], last: int, read: Callable[[], dict[int, str]]
    ) -> None:
        """last: the highest number in the file.  read: gives the entries, in their order."""
        self._lock, self._last, self._read = lock, last, read
        self._whole = False
        self._held: dict[int, str] = {}  # what came since; all of them once it is whole

    def _all(self) -> dict[int, str]:
        with self._lock:
            if not self._whole:
                old = {
                    number: text for number, text in self._read().items() if number <= self._last
                }
                self._held, self._whole = old | self._held, True
        return self._held

    def _with(self, number: Any) -> dict[int, str]:
        """Those among which a number is, if it is there."""
        return self._held if number > self._last else self._all()

    def __getitem__(self, number: int) -> str:
        return self._with(number)[number]

    def __setitem__(self, number: int, text: str) -> None:
        self._with(number)[number] = text

    def __delitem__(self, number: int) -> None:
        del self._with(number)[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._all())

    def __reversed__(self) -> Iterator[int]:
        """The newest first; what is in the file is not read for its last number."""
        first = math.inf  # of those that came by now
        if not self._whole:
            yield from reversed(self._held)
            first = self._last
            if first >= 0:
                yield self._last
        yield from (number for number in reversed(self._all()) if number < first)

    def __len__(self) -> int:
        return len(self._all())
