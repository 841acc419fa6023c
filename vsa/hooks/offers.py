"""Tables of what plugins offer, which know before a plugin is loaded that it will be there.

Whoever looks something up has the plugin loaded that promised it; whoever asks for names has not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from vsa.errors import VsaError

T = TypeVar("T")

PROMISED: Any = object()  # in the place of what is not loaded yet


def class_name(cls: type) -> str:
    """What a class is known by before it is there."""
    return f"{cls.__module__}:{cls.__qualname__}"


class Offers(Mapping[str, T]):
    """What plugins offer under names, in the order of the plugins.

    fetch: loads a plugin, which adds what it has promised.
    """

    def __init__(self, fetch: Callable[[str], None]) -> None:
        self._fetch = fetch
        self._entries: dict[str, tuple[str, Any]] = {}  # name → plugin, what it offers

    def __getitem__(self, name: str) -> T:
        plugin, value = self._entries[name]
        if value is PROMISED:
            self._fetch(plugin)
            _, value = self._entries[name]
        found: T = value
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def owner(self, name: str) -> str:
        """The plugin that offers a name."""
        return self._entries[name][0]

    def taken(self, name: str) -> bool:
        """Whether a plugin offers a name, or will."""
        return name in self._entries

    def promise(self, name: str, plugin: str) -> None:
        """Say that a plugin will offer a name, which must be free or its own."""
        self._entries[name] = plugin, PROMISED

    def add(self, name: str, value: T, plugin: str, taken: str) -> None:
        """Add what a plugin offers; VsaError with what is `taken` if another one has the name."""
        if name in self._entries and self._entries[name] != (plugin, PROMISED):
            raise VsaError(taken)
        self._entries[name] = plugin, value

    def withdraw(self, plugin: str) -> None:
        """Drop what a plugin has promised and did not offer when it was loaded."""
        kept = {name: entry for name, entry in self._entries.items() if entry != (plugin, PROMISED)}
        if len(kept) < len(self._entries):
            self._entries = kept


class Classes(Mapping[type, T]):
    """What plugins say of classes, in the order of the plugins; of a promised one its name is known.

    order: the place of a plugin among them.
    """

    def __init__(self, fetch: Callable[[str], None], order: Callable[[str], int]) -> None:
        self._fetch = fetch
        self._order = order
        self._entries: dict[type, tuple[str, T]] = {}
        self._promised: dict[str, str] = {}  # name of a class → plugin

    def __getitem__(self, cls: type) -> T:
        if self._promised and (plugin := self._promised.get(class_name(cls))) is not None:
            self._fetch(plugin)
        return self._entries[cls][1]

    def __iter__(self) -> Iterator[type]:
        for plugin in dict.fromkeys(self._promised.values()):
            self._fetch(plugin)
        return iter(sorted(self._entries, key=lambda cls: self._order(self._entries[cls][0])))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def taken(self, name: str) -> bool:
        """Whether a plugin will say something of the class that this names."""
        return name in self._promised

    def promise(self, name: str, plugin: str) -> None:
        """Say that a plugin will say something of the class that this names, whatever it has said."""
        self._promised[name] = plugin
        self._entries = {cls: said for cls, said in self._entries.items() if said[0] != plugin}

    def add(self, cls: type, value: T, plugin: str) -> None:
        """Add what a plugin says of a class that none has said anything of."""
        self._entries[cls] = plugin, value

    def withdraw(self, plugin: str) -> None:
        """Forget what a plugin has promised, which is loaded now."""
        self._promised = {name: who for name, who in self._promised.items() if who != plugin}
