"""The values of a session in its file: none is lost, and none is written that is not read back.

A value that could not be read again is not written; it goes on living in the session, and a note
says so. A value that cannot be read, for it is damaged or its plugin is not there, stays in the
file as it lies: as long as its name is not given to another one, and again when that is undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vsa.errors import SaveWarning
from vsa.hooks.plugins import Plugins
from vsa.lang.state import State
from vsa.lang.typed import Definition
from vsa.memory.memory import Memory
from vsa.notes import note
from vsa.persist.demand import OnDemand, Past
from vsa.persist.form import DamagedError, Form
from vsa.persist.reader import Reader, UnreadableError, plain
from vsa.persist.writer import UnsavableError, Writer

CLASSES: dict[str, type] = {
    "definitions": Definition,
    "counters": int,
    "history": str,
}  # of sections with one


BY_PLUGINS = ('"plugin":', '"object":', '"definition":')  # in what may need one that is not there
MANY = 100  # values that are read together

Entry = tuple[str, int | None, str | None]  # the name, the number and the text of one
Lost = dict[tuple[str, Any], UnreadableError]  # by section and key


def _order(entry: Entry) -> int:
    return entry[1] or 0


class Values:
    """Writes the entries of a session's sections to a file, and reads them."""

    def __init__(self, database: Form, memory: Memory, plugins: Plugins) -> None:
        self.database = database
        self._plugins = plugins
        self._writer = Writer(memory, plugins, self._refer)
        self._reader = Reader(memory, plugins, self._object)
        self._objects: dict[int, tuple[Any, int]] = {}  # kept once, by identity
        self._fresh: dict[int, tuple[Any, int]] = {}  # in the transaction that is being written
        self._made: dict[int, Any] = {}  # of objects, by number; None for one that is being made
        self._stored: dict[int, str | None] = {}  # of objects, while they are read
        self._numbered = 0  # of the objects
        self._unused: list[int] = []  # of objects
        # What could not be read: None while the file has it, and what it had once it is replaced.
        self._unread: dict[tuple[str, Any], Any] = {}
        self._names_lost: dict[str, str] = {}  # what a session knows of it: in words, and why

    # --- reading -------------------------------------------------------------------------------
    def load(self, state: State) -> list[str]:
        """Fill the sections of an empty session; what is said of those that cannot be read."""
        self._names_lost = state.unread
        self._stored = {int(name): text for name, _, text in self.database.found("objects")}
        self._numbered = max(self._stored, default=0)
        stays, lost = self.database.stays, self._fill_values(state) if self.database.stays else {}
        for section, held in state.sections.items():
            if not stays or section not in ("values", "history"):
                found, cannot = self._decoded(section, self.database.found(section))
                held.update(found)
                lost |= cannot
        self._objects = {id(value): (value, number) for number, value in self._made.items()}
        if not lost:
            self._unused = [number for number in self._stored if number not in self._made]
        self._stored = {}
        return self._said(lost)

    def _fill_values(self, state: State) -> Lost:
        """The names there are, and what may need a plugin; the rest, and the history, may wait."""
        lock = self._reader.memory.journal.lock
        values = OnDemand(lock, self._asked)
        names, states = self.database.outline("values", BY_PLUGINS)
        values.wait(names)
        read = [(name, None, text) for name, text in states.items()]
        found, lost = self._decoded("values", read)
        values.update(found)
        for _, name in lost:
            del values[name]
        state.sections["values"] = values
        state.sections["history"] = Past(lock, self.database.last("history"), self._history)
        return lost

    def _asked(self, names: list[str]) -> dict[str, Any]:
        """The values of some names that waited; those that cannot be read are told."""
        if len(names) < MANY:
            texts = {name: self.database.text("values", name) for name in names}
        else:
            texts = {name: text for name, _, text in self.database.found("values")}
        found, lost = self._decoded("values", ((name, None, texts.get(name)) for name in names))
        self._tell(lost)
        return found

    def _history(self) -> dict[int, str]:
        found, lost = self._decoded("history", self.database.found("history"))
        self._tell(lost)
        return found

    def _decoded(self, section: str, entries: Iterable[Entry]) -> tuple[dict[Any, Any], Lost]:
        """What entries say by key, in their order, and why some of them cannot be read."""
        found: dict[Any, Any] = {}
        lost: Lost = {}
        for name, number, text in sorted(entries, key=_order):
            key = name if number is None else number
            try:
                found[key] = self._read(section, name, text)
            except UnreadableError as error:
                lost[section, key] = error
        return found, lost

    def _tell(self, lost: Lost) -> None:
        """Say, while the session is used, what of its file cannot be read."""
        for message in self._said(lost):
            note(SaveWarning(message), stacklevel=5)

    def _said(self, lost: Lost) -> list[str]:
        """What is said of entries that cannot be read, which stay as they lie."""
        why: dict[str, list[str]] = {}
        for (section, key), error in lost.items():
            self._unread[section, key] = None
            what = f"number {key} of the {section}" if isinstance(key, int) else repr(key)
            self._names_lost[what] = str(error)
            why.setdefault(str(error), []).append(what)
        file = self.database.path.name
        return [
            f"{', '.join(names)} cannot be read and stay{'s' * (len(names) == 1)} in {file}: {said}"
            for said, names in why.items()
        ]

    def _read(self, section: str, name: str, text: str | None, shared: bool = False) -> Any:
        wanted = CLASSES.get(section, object)
        if section == "settings" and name in self._plugins.settings:
            wanted = type(self._plugins.settings[name])
        value = None if text is None or shared else plain(text)
        if value is None:
            try:
                large = text is not None and '"array":' in text
                arrays = self.database.arrays(section, name) if large else []
            except DamagedError as error:
                raise UnreadableError(error.what) from None
            value = self._reader.decode(text, arrays, shared)
        if not isinstance(value, wanted):
            raise UnreadableError(f"it is none of the {section}")
        return value

    def _object(self, number: int) -> Any:
        if number not in self._made:
            if number not in self._stored:
                raise UnreadableError(f"object {number} is not there")
            self._made[number] = None
            try:
                text = self._stored[number]
                self._made[number] = self._read("objects", str(number), text, shared=True)
            finally:
                if self._made[number] is None:
                    del self._made[number]
        if self._made[number] is None:
            raise UnreadableError(f"object {number} is made of itself")
        return self._made[number]

    # --- writing -------------------------------------------------------------------------------
    def write_all(self, state: State, keys: Mapping[str, Iterable[Any]]) -> list[str]:
        """Inside a transaction: entries as they are now; what is said of those not written."""
        for _, number in self._fresh.values():  # of a transaction that failed
            self._made.pop(number, None)
        self._fresh = {}
        for number in self._unused:
            self.database.drop("objects", str(number))
        said = [
            self._write(section, key, mapping)
            for section, mapping in state.sections.items()
            for key in keys.get(section, ())
        ]
        return [message for message in said if message is not None]

    def done(self) -> None:
        """Once that is on the disk."""
        self._objects.update(self._fresh)
        self._fresh, self._unused = {}, []

    def _write(self, section: str, key: Any, mapping: Mapping[Any, Any]) -> str | None:
        """An entry as it is now, numbers as names being in their order; why it is not written."""
        name, number = str(key), key if isinstance(key, int) else None
        place = section, key
        if key not in mapping:
            if self._unread.get(place) is not None:
                self.database.laid(self._unread[place])
            elif place not in self._unread:
                self.database.drop(section, name)
            return None
        if place in self._unread and self._unread[place] is None:
            self._unread[place] = self.database.lifted(section, name)
        try:
            text, arrays = self._writer.encode(mapping[key])
            self._reader.decode(text, arrays)
        except (UnsavableError, UnreadableError) as error:
            self.database.drop(section, name)
            return f"{name!r} is not in {self.database.path.name}: {error}"
        self.database.put(section, name, text, arrays, number=number)
        return None

    def _refer(self, value: Any) -> int:
        """The number of an object that is kept once."""
        known = self._objects.get(id(value)) or self._fresh.get(id(value))
        if known is not None:
            return known[1]
        self._numbered += 1
        number = self._numbered
        inner = Writer(self._writer.memory, self._writer.plugins, self._refer)
        self._made[number] = value  # which cannot have a part that has it as a part
        try:
            text, arrays = inner.encode(value, shared=True)
            self._reader.decode(text, arrays, shared=True)
        except BaseException:
            del self._made[number]
            raise
        self.database.put("objects", str(number), text, arrays, number=number)
        self._fresh[id(value)] = (value, number)
        return number

    # --- another file --------------------------------------------------------------------------
    def inherit(self, other: Values) -> list[tuple[str, Any]]:
        """Take over what another file has that could not be read; the places of it.

        With it go all objects under their numbers, since it may refer to any of them.
        """
        if not other._unread:
            return []
        for name, _, _ in other.database.found("objects"):
            self.database.laid(other.database.lifted("objects", name))
        self._objects, self._made = dict(other._objects), dict(other._made)
        self._numbered = other._numbered
        for (section, key), had in other._unread.items():
            self._unread[section, key] = had or other.database.lifted(section, str(key))
        return list(self._unread)
