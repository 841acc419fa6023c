"""The undo journal: how a statement commits or leaves no trace.

Whoever changes state records, before the change, of which section and entry it is and how to take
it back. Rolling back a failed or interrupted statement and undoing a finished one are the same walk
over these records, newest first. Nothing is copied but the entries that change. The records also
tell a keeper, who writes sessions to a file, what has changed.

A journal has a lock, and a transaction holds it: what several threads do to one memory or session
happens in some order, transaction by transaction.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from vsa.errors import VsaError

_MISSING = object()


class Record(NamedTuple):
    """An entry of a section that changes, and `undo(*args)`, which takes the change back.

    `undo` restores what was, so that calling it twice does no harm.
    """

    section: str
    key: Any
    undo: Callable[..., object]
    args: tuple[Any, ...]


class Keeper(Protocol):
    """Who writes down what a transaction, a rollback or an undo has changed."""

    state: Any  # the session that the memory belongs to, if there is one

    @property
    def path(self) -> Path:
        """Where it is written."""

    @property
    def writable(self) -> bool:
        """Whether changes can be kept there."""

    def close(self) -> None:
        """Write no more."""

    def make_room(self, length: int) -> None:
        """The memory is about to have this many rows, some of which may never be kept."""

    def keep(self, records: list[Record]) -> None:
        """Make the present state of what these records are about last, or raise VsaError.

        Doing it twice does no harm.
        """


class Journal:
    """Records of the open transaction, and of the finished ones that can still be undone.

    A transaction is done when its keeper, if there is one, has kept it.
    """

    def __init__(self, depth: int = 1000) -> None:
        self.keeper: Keeper | None = None
        self.lock = threading.RLock()
        self._open: list[Record] | None = None
        self._done: deque[tuple[str, list[Record]]] = deque(maxlen=depth)

    @contextmanager
    def transaction(self, title: str) -> Iterator[None]:
        """Commit what happens inside, or roll it back if anything is raised (Ctrl-C too).

        A transaction inside another one is part of it; if it fails, it is rolled back alone, so
        that whoever catches the error may go on. One of another thread waits.
        """
        with self.lock:
            if self._open is not None:
                with self._inner(self._open):
                    yield
            else:
                with self._outer(title):
                    yield

    @contextmanager
    def _inner(self, records: list[Record]) -> Iterator[None]:
        mark = len(records)
        try:
            yield
        except BaseException:
            self._back_to(mark)
            raise

    @contextmanager
    def _outer(self, title: str) -> Iterator[None]:
        records: list[Record] = []
        entry = (title, records)
        kept: list[Record] = []
        try:
            self._open = records
            yield
            if records:
                if self.keeper is not None:
                    kept = list(records)
                    self.keeper.keep(kept)
                self._done.append(entry)
        except BaseException:
            if self._done and self._done[-1] is entry:  # interrupted right after it was done
                self._done.pop()
            self._reverse(records)
            if kept:  # perhaps written already: what was before goes there again
                with suppress(VsaError):  # the first error is the one to tell of
                    self._keep(kept)
            raise
        finally:
            self._open = None

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Inside a transaction: take back what happens here as soon as it is over."""
        if self._open is None:
            raise RuntimeError("a rehearsal outside a transaction")
        mark = len(self._open)
        try:
            yield
        finally:
            self._back_to(mark)

    @property
    def changed(self) -> bool:
        """Whether the open transaction has changed anything so far."""
        return bool(self._open)

    @property
    def changes(self) -> int:
        """How many the open transaction has made so far, those around a part of it too."""
        return len(self._open or ())

    def record(self, section: str, key: Any, undo: Callable[..., object], *args: Any) -> None:
        """Note how to take back the change of an entry that follows: by `undo(*args)`."""
        if self._open is None:
            raise RuntimeError("a change outside a transaction")
        self._open.append(Record(section, key, undo, args))

    def assign(self, section: str, mapping: MutableMapping[Any, Any], key: Any, value: Any) -> None:
        """`mapping[key] = value`, undoably; the mapping is (one of) those of a section."""
        self.record(section, key, _restore, mapping, key, mapping.get(key, _MISSING))
        mapping[key] = value

    def discard(self, section: str, mapping: MutableMapping[Any, Any], key: Any) -> None:
        """`del mapping[key]`, undoably."""
        self.record(section, key, _restore, mapping, key, mapping[key])
        del mapping[key]

    def undo(self) -> str:
        """Take back the newest finished transaction; returns its title."""
        with self.lock:
            if self._open:  # an empty one is that of the `:undo` itself
                raise RuntimeError("an undo inside a transaction that has changed something")
            if not self._done:
                raise VsaError("there is nothing to undo")
            title, records = self._done[-1]
            kept = list(records)
            self._reverse(records)
            self._done.pop()
            self._keep(kept)
            return title

    def _back_to(self, mark: int) -> None:
        """Take back what the open transaction did since it held `mark` records."""
        assert self._open is not None
        self._reverse(self._open[mark:])
        del self._open[mark:]

    def _keep(self, records: list[Record]) -> None:
        """Have the state after a reversal kept. A Ctrl-C meanwhile waits, as in `_reverse`."""
        interrupted = False
        while self.keeper is not None:
            try:
                self.keeper.keep(records)
                break
            except KeyboardInterrupt:
                interrupted = True
        if interrupted:
            raise KeyboardInterrupt

    @staticmethod
    def _reverse(records: list[Record]) -> None:
        """Take back, newest first. A Ctrl-C meanwhile waits: half a rollback would be worse."""
        interrupted = False
        while records:
            try:
                record = records[-1]
                record.undo(*record.args)
                records.pop()
            except KeyboardInterrupt:
                interrupted = True
        if interrupted:
            raise KeyboardInterrupt


def _restore(mapping: MutableMapping[Any, Any], key: Any, old: Any) -> None:
    if old is _MISSING:
        mapping.pop(key, None)
    else:
        mapping[key] = old
