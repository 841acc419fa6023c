"""The rows of a memory in its database: in segments, each of those that were written together."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsa.persist.form import COLUMNS, DamagedError
from vsa.persist.schema import checksum, mapped

FEW = 64  # items of a segment that is made of smaller ones, if they are no more than it has


class Segments:
    """The part of a Database that keeps rows."""

    path: Path
    _connection: sqlite3.Connection

    if TYPE_CHECKING:  # Database has them

        def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]: ...

        def _each(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]: ...

    # --- writing -------------------------------------------------------------------------------
    def put_segment(self, start: int, count: int, columns: dict[str, Any]) -> None:
        """Write rows of a memory: `COLUMNS`, of which rows may be None."""
        values = [columns[name] for name in COLUMNS]
        crc = checksum(start, count, *values)
        self._connection.execute(
            "INSERT INTO segment VALUES (?,?,?,?,?,?,?,?,?)", (start, count, *values, crc)
        )

    def drop_segments(self, start: int) -> int:
        """Remove the segments that have rows from `start` on; where the first of them began."""
        reaching = self._connection.execute(
            "SELECT start, count FROM segment WHERE start < ? ORDER BY start DESC LIMIT 1", (start,)
        ).fetchone()  # the one segment that can reach beyond `start`, since they follow each other
        if reaching is not None and sum(reaching) > start:
            start = reaching[0]
        self._connection.execute("DELETE FROM segment WHERE start >= ?", (start,))
        return int(start)

    def join_segments(self, start: int, stop: int, whole: int) -> None:
        """Make one of several that are small, where one from `start` to `stop` was written behind them.

        Every statement that adds items writes one. At each round number of items those behind the last
        one are joined, and again where they are a `whole` one: so there are few to read, and an item is
        written three times at the most.
        """
        for many in (whole // FEW * FEW, min(whole, FEW)):
            if many and stop - start <= FEW and start // many != stop // many:
                self._join(start // many * many)
                return

    def _join(self, start: int) -> None:
        """One of those that reach beyond `start`, of their columns as they lie.

        If one has changed they stay as they are, and whoever opens the file next is told.
        """
        ((first,),) = self._read("SELECT max(start) FROM segment WHERE start <= ?", start)
        try:
            found = list(self.segments(first))
        except DamagedError:
            return
        held = [columns for _, _, columns in found]
        joined: dict[str, Any] = {
            name: None if held[0][name] is None else b"".join(columns[name] for columns in held)
            for name in COLUMNS[1:]
        }
        joined["names"] = json.dumps([n for columns in held for n in json.loads(columns["names"])])
        self.drop_segments(first)
        self.put_segment(first, sum(count for _, count, _ in found), joined)

    def drop_rows(self) -> None:
        """Leave the rows out of all segments, for a mapped file has them."""
        for start, count, columns in list(self.segments()):
            self._connection.execute("DELETE FROM segment WHERE start=?", (start,))
            self.put_segment(start, count, {**columns, "rows": None})

    # --- reading -------------------------------------------------------------------------------
    def segments(self, first: int = 0) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """(start, count, columns) of the segments, in order; from that one on which starts at `first`."""
        columns, which = ", ".join(COLUMNS), "start >= ? ORDER BY start"
        query = f"SELECT start, count, {columns}, crc FROM segment WHERE {which}"
        with mapped(self._connection):
            for start, count, *values, crc in self._each(query, first):
                if checksum(start, count, *values) != crc:
                    raise DamagedError(self.path, f"the rows from {start} on have changed")
                yield start, count, dict(zip(COLUMNS, values, strict=True))

    def row_bytes(self) -> int:
        """How many bytes the rows of all segments take, which is no claim."""
        return int(self._read("SELECT total(length(rows)) FROM segment")[0][0])

    def extent(self) -> tuple[int, int] | None:
        """(count, bytes of their rows) of a segment that has rows."""
        query = "SELECT count, length(rows) FROM segment WHERE rows IS NOT NULL LIMIT 1"
        found = self._read(query)
        return (found[0][0], found[0][1]) if found else None
