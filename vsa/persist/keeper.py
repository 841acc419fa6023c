"""Keeper: writes what each transaction has changed, as the undo journal tells it.

A record says how to take a change back, and so which entry it was: of that entry the present state
is written. A commit, a rollback and an undo are therefore kept in the same way, and writing one
twice does no harm.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from vsa.errors import SaveWarning
from vsa.hooks.plugins import Plugins
from vsa.lang.state import State
from vsa.memory.journal import Record
from vsa.memory.memory import Memory
from vsa.notes import note
from vsa.persist import large
from vsa.persist.form import Form, changes_of, closed, read_only, sound
from vsa.persist.load import is_narrow, row_type
from vsa.persist.mapped import Mapped
from vsa.persist.place import rows_path
from vsa.persist.values import Values

LARGE = 1 << 26  # bytes of rows; more go to a file of their own, which can be mapped
PART = 1 << 20  # bytes of a segment, about: what is read at a time when the file is opened
SMALL = 25  # of those, an item's in all columns but names and rows
APART = 64  # names that came to a scope, or left it, before its list is written anew
CHARACTER = 12  # bytes of one in a name, at the most, as JSON


@dataclass
class Changes:
    """What is to be written: the keys of each section, and how much of the table still holds."""

    keys: defaultdict[str, dict[Any, None]] = field(default_factory=lambda: defaultdict(dict))
    length: int | None = None  # of the table: what was there before, at the least

    def note(self, record: Record) -> None:
        """Take in what a record is about."""
        if record.section == "length":
            self.length = record.key if self.length is None else min(record.key, self.length)
        else:
            self.keys[record.section][record.key] = None


class Keeper:
    """Keeps a memory, and the session it belongs to, in a database."""

    def __init__(self, database: Form, memory: Memory, plugins: Plugins | None = None) -> None:
        self.database = database
        self.memory = memory
        self.state: State | None = None
        self.values = Values(database, memory, plugins) if plugins is not None else None
        # Names with an entry, which says more than the segments: those that are not as first stored.
        self._told = {name for name, _, _ in database.entries("names")}
        self._apart: dict[str, int] = {}  # of a scope's names, how many changed since its list
        self._pending = Changes()
        self._closed = False
        self._type = database.about().get("rows")  # of rows, where there are several
        found = large.mapped_of(memory.table.store)
        paths = [rows_path(database.path, narrow) for narrow in (False, True)]
        self._mapped = found if found is not None and found.path in paths else None
        stores = memory.table.sketch.stores
        self._signs = [s for s in stores if isinstance(s, Mapped) and self._mapped is not None]
        self._moving: Mapped | None = None  # a file of rows that does not count yet
        self._left: list[Mapped] = []  # signs in whose place others come with it

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    @property
    def notes(self) -> list[str]:
        """What is to be said of the file as it was found."""
        return self.database.notes

    @property
    def writable(self) -> bool:
        """Whether changes can be kept there."""
        return not self._closed and self.database.writable

    @property
    def closed(self) -> bool:
        """Whether it was let go of."""
        return self._closed

    @property
    def beside(self) -> list[Mapped]:
        """The files of rows and signs that belong to it."""
        return [store for store in (self._mapped, *self._signs) if store is not None]

    def check_writable(self) -> None:
        """Raise VsaError where a change would not be kept."""
        if self._closed:
            raise closed(self.path.name)
        if not self.database.writable:
            raise read_only(self.path.name)

    # --- what has changed ----------------------------------------------------------------------
    def keep(self, records: list[Record]) -> None:
        """Write the present state of what these records are about; durable when it returns."""
        self.check_writable()
        for record in records:
            self._pending.note(record)
        self._write(self._pending)
        self._pending = Changes()

    def make_room(self, length: int) -> None:
        """Have the rows in a file of their own now, if this many are to go there when they are kept.

        What the open transaction adds is then written there at once, behind the rows that count, and takes
        no room in memory. Of what was committed nothing changes but the place of its rows.
        """
        database, table = self.database, self.memory.table
        self._settle()
        size = length * table.rows.shape[1] * table.rows.itemsize
        unkept = self._mapped is not None or self._pending != Changes()
        if unkept or size <= LARGE or not (self.writable and database.maps):
            return
        count = sum(count for _, count, _ in database.segments())
        typed = self._typed(Changes())
        if count and typed is not None:  # all will be written anew
            return
        self._moving = moved = self._written()
        moved.kept = count
        with database.transaction():
            if typed is not None:
                database.put("about", "rows", json.dumps(typed), [])
            database.put("about", "token", json.dumps(moved.token), [])
            database.drop_rows()
        self._type = typed or self._type
        self._settle()

    def load(self, state: State) -> list[str]:
        """Fill an empty session, which is kept from now on; what is said of what cannot be read."""
        self.state = state
        assert self.values is not None
        with sound(self.database.path):
            return self.values.load(state)

    def keep_all(self, old: Keeper | None = None) -> None:
        """Write everything, to a new file; also what `old`, who has kept it so far, could not read."""
        changes = Changes(length=0)
        changes.keys["kinds"] = dict.fromkeys(self.memory.state.bits)
        changes.keys["scopes"] = dict.fromkeys(self.memory.state.scopes)
        if self.state is not None:
            for section, mapping in self.state.sections.items():
                changes.keys[section] = dict.fromkeys(
                    key for key, _ in mapping.items()
                )  # read by now
        self._write(changes, old)

    # --- writing -------------------------------------------------------------------------------
    def _write(self, changes: Changes, old: Keeper | None = None) -> None:
        table, database = self.memory.table, self.database
        self._settle()
        typed = self._typed(changes)
        moved = self._moved(changes)
        self._sync(moved or self._mapped)
        unsaved: list[str] = []
        with database.transaction():
            if typed is not None:
                database.put("about", "rows", json.dumps(typed), [])
            if moved is not None:
                database.put("about", "token", json.dumps(moved.token), [])
            if self._signs:
                database.put("about", "signs", json.dumps(len(table)), [])
            if changes.keys["kinds"]:
                database.put("about", "kinds", json.dumps(self.memory.state.bits), [])
                internal = list(self.memory.state.internal)
                database.put("about", "internal", json.dumps(internal), [])
            if changes.length is not None:
                self._write_rows(changes.length, changes, moved or self._mapped)
            self._write_names(changes)
            self._write_scopes(changes.keys)
            if self.state is not None and self.values is not None:
                if old is not None and old.values is not None:
                    for section, key in self.values.inherit(old.values):
                        changes.keys[section][key] = None
                unsaved += self.values.write_all(self.state, changes.keys)
        if self.values is not None:
            self.values.done()
        self._type = typed or self._type
        self._settle()
        for store in self.beside:
            store.kept = len(table)
        for message in unsaved:
            note(SaveWarning(message))

    def _sync(self, mapped: Mapped | None) -> None:
        """Have on the disk what has been written of mapped rows, and of their sketch."""
        table, sketch = self.memory.table, self.memory.table.sketch
        if mapped is None:
            return
        if table.metric.sketched:
            large.follow(sketch, table, mapped)
            if not self._signs:
                self._signs = large.signs(sketch, self.path, mapped.token)
        for store in (mapped, *self._signs):
            store.sync()

    def _typed(self, changes: Changes) -> str | None:
        """The type of the rows, if the file says another: then all are written anew."""
        space = self.memory.space
        now = row_type(space, self.memory.table.rows.dtype)
        if len(space.metric.forms) == 1 or now == self._type:
            return None
        changes.length = 0
        return now

    def _moved(self, changes: Changes) -> Mapped | None:
        """Many rows in a file of their own, which counts once its token is committed."""
        table, rows = self.memory.table, self.memory.table.rows
        if not self.database.maps or changes.length is None:
            return None
        if self._mapped is None:
            if math.prod(rows.shape) * rows.itemsize <= LARGE:
                return None
        elif self._mapped is large.mapped_of(table.store):
            return None
        else:  # the rows have been widened
            self._left, self._signs = self._signs, []
        changes.length = 0  # what the segments say of rows changes
        self._moving = moved = self._written()
        return moved

    def _written(self) -> Mapped:
        """A new file of all rows, which does not count yet."""
        table = self.memory.table
        return large.written(
            table, rows_path(self.path, is_narrow(self.memory.space, table.rows.dtype))
        )

    def _settle(self) -> None:
        """Compute with the moved rows if they count: a move may be interrupted when it is done."""
        moving, table = self._moving, self.memory.table
        self._moving = None
        if moving is not None and self.database.about().get("token") == moving.token:
            count = sum(count for _, count, _ in self.database.segments())
            large.taken_over(table, moving, count)
            for store in self._left:
                store.close()
            if self._mapped is not None:
                large.drop([self._mapped])
            self._mapped, self._left = moving, []
        elif moving is not None:
            moving.close()
            self._signs = []  # those of rows that do not count

    def _write_rows(self, start: int, changes: Changes, mapped: Mapped | None) -> None:
        """The rows from `start` on anew, and the names that are not as the segment has them."""
        table, state, database = self.memory.table, self.memory.state, self.database
        start = database.drop_segments(start)  # a move has made one of several
        database.drop_from("rows", start)
        named = changes.keys["names"]
        named.update(dict.fromkeys(database.numbered("names", start)))
        stop = len(table)
        rows = changes.keys["rows"] = {row: None for row in changes.keys["rows"] if row < stop}
        if stop == start:
            return
        names = table.names[start:stop].tolist()
        for row, name in enumerate(names, start):
            if name in self._told or state.rows.get(name) != row:
                named[name] = None
            if row in state.aliases:
                rows[row] = None
                named.update(dict.fromkeys(state.aliases[row]))
        size = SMALL + (table.rows.itemsize * table.rows.shape[1] if mapped is None else 0)
        sizes = np.array([CHARACTER * len(name) for name in names], dtype=np.int64) + size
        part = (np.cumsum(sizes) - sizes) // PART  # each of at most this size and one item more
        firsts = np.flatnonzero(np.diff(part, prepend=-1)).tolist()
        for first, last in pairwise((*firsts, len(names))):
            self._write_segment(start + first, names[first:last], inline=mapped is None)
        database.join_segments(start, stop, max(PART // size, 1))

    def _write_segment(self, start: int, names: list[str], inline: bool) -> None:
        table, state, stop = self.memory.table, self.memory.state, start + len(names)
        rows = self.memory.space.backend.numpy(table.rows[start:stop]) if inline else None
        columns = {
            "names": json.dumps(names),
            "kinds": _bytes(table.kinds[start:stop], "<u8"),
            "own": bytes(state.bits.get(state.kinds.get(name, ""), 0) for name in names),
            "norms": _bytes(table.norms[start:stop], "<f8"),
            "marks": _bytes(table.marks(start, stop), "<i8"),
            "rows": None if rows is None else _bytes(rows, rows.dtype.newbyteorder("<")),
        }
        self.database.put_segment(start, len(names), columns)

    def _write_names(self, changes: Changes) -> None:
        """Names and rows that are not, or no longer, as the segments have them."""
        state, table, database = self.memory.state, self.memory.table, self.database
        self._told.update(changes.keys["names"])
        for name in changes.keys["names"]:
            row = state.rows.get(name)
            about = None if row is None else [row, state.kinds[name]]
            database.put("names", name, json.dumps(about), [], number=row)
        for row in changes.keys["rows"]:
            about = [int(table.kinds[row]), table.names[row], state.aliases.get(row)]
            database.put("rows", str(row), json.dumps(about), [], number=row)

    def _write_scopes(self, keys: dict[str, dict[Any, None]]) -> None:
        """Lists of names, and one by one those that changed since: few do in a list of many."""
        scopes = self.memory.state.scopes
        whole = dict.fromkeys(keys["scopes"])
        for scope, names in keys["members"]:
            section = changes_of(scope)
            if scope not in self._apart:
                self._apart[scope] = len(self.database.numbered(section, 0))
            self._apart[scope] += len(names)
            if scope in whole or self._apart[scope] > max(APART, len(scopes[scope]) // 8):
                whole[scope] = None
                continue
            for name in names:
                self.database.put(section, name, json.dumps(name in scopes[scope]), [], number=0)
        for scope in whole:
            self.database.drop_from(changes_of(scope), 0)
            self._apart[scope] = 0
            if scope in scopes:
                self.database.put("scopes", scope, json.dumps(sorted(scopes[scope].names)), [])
            else:
                self.database.drop("scopes", scope)

    def discard(self) -> None:
        """Let go of a new file that could not be written, and remove it and what is beside it."""
        made = [file for file in (self._mapped, self._moving, *self._signs) if file is not None]
        self.close()
        large.drop(made)
        self.path.unlink()

    def close(self) -> None:
        """Let go of the files."""
        self._closed = True
        for store in self.beside:
            store.close()
        self.database.close()


def _bytes(array: Any, dtype: Any) -> bytes:
    return np.ascontiguousarray(array, dtype=dtype).tobytes()
