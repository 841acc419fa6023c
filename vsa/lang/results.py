"""What a session has printed, by number: `_` is the last result, `_1` the first, `_2` …"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MOST = 100  # that are kept
NAME = re.compile(r"_(?:[1-9][0-9]*)?")


class Results:
    """The last results that were printed; they belong to who reads them, and to no file.

    Only values of expressions count: what commands and help say does not, nor what is assigned.
    """

    def __init__(self) -> None:
        self.count = 0  # of all that were printed
        self._kept: dict[int, Any] = {}

    def add(self, value: Any) -> None:
        """Keep what was printed; the oldest of more than `MOST` goes."""
        self.count += 1
        self._kept[self.count] = value
        self._kept.pop(self.count - MOST, None)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._number(name) in self._kept

    def __getitem__(self, name: str) -> Any:
        return self._kept[self._number(name)]

    def _number(self, name: str) -> int:
        if not NAME.fullmatch(name):
            return 0
        return int(name[1:]) if len(name) > 1 else self.count

    def listed(self) -> Iterator[tuple[str, Any]]:
        """Names and values, the oldest first."""
        return ((f"_{number}", value) for number, value in self._kept.items())

    def missing(self, name: str) -> str | None:
        """Why there is no such result, if the name is one of a result."""
        if not NAME.fullmatch(name):
            return None
        if not self._kept:
            return "it is a result by number, and none has been printed yet."
        return f"the results that are kept are _{min(self._kept)} to _{self.count}."
