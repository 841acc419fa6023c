"""Reading all that a file holds, to see whether it is as it was written.

Entries and rows in the database have checksums. What mapped rows must be follows from what is kept
of them: they are of length 1, their projections are in the cells that were noted when they were
added, and their signs are written down. A change that shows in none of the three moves cosines by
less than a thousandth or so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vsa.errors import VsaError
from vsa.memory.memory import Memory
from vsa.memory.table import Table
from vsa.persist.database import Database
from vsa.persist.form import DamagedError
from vsa.persist.keeper import Keeper

LENGTH = 2e-5  # squared, of rounding
NAMED = 3  # of the items that are damaged
FOREIGN = 0.5  # of the projections differ: they are another library's, and tell nothing

Rows = np.ndarray[Any, Any]


def check(memory: Memory) -> int:
    """How many rows a kept memory has, after everything in its file has been read and compared.

    DamagedError names the items that are not as they were written. To forget a name is a mend for
    this check, too: rows without names are not looked at.
    """
    keeper = memory.journal.keeper
    if not isinstance(keeper, Keeper) or not isinstance(keeper.database, Database):
        raise VsaError("nothing is kept in a file: :save FILE or Memory.open(FILE) keeps it")
    database = keeper.database
    for section in database.look_over():
        for name, _, _ in database.entries(section):
            database.arrays(section, name)
    table, damaged = memory.table, [np.zeros(0, dtype=np.intp)]
    moved, mapped = [damaged[0]], 0
    for start, count, columns in database.segments():
        if columns["rows"] is None:
            marks = np.frombuffer(columns["marks"], "<i8")
            for wrong, elsewhere in _changed(table, start, min(start + count, len(table)), marks):
                damaged.append(wrong)
                moved.append(elsewhere)
            mapped += count
    if sum(map(len, moved)) < FOREIGN * mapped:
        damaged += moved
    rows = np.unique(np.concatenate(damaged))
    rows = rows[table.kinds[rows] != 0]
    if len(rows):
        names = ", ".join(repr(str(name)) for name in table.names[rows[:NAMED]])
        more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
        is_ = "is" if len(rows) == 1 else "are"
        raise DamagedError(keeper.path, f"{names}{more} {is_} not as written")
    return len(table)


def _changed(table: Table, first: int, last: int, marks: Rows) -> Iterator[tuple[Rows, Rows]]:
    """The rows that are not of length 1 or have other signs, and those with other projections."""
    sketch, backend = table.sketch, table.space.backend
    for start in range(first, last, table.step):
        stop = min(start + table.step, last)
        block = table.rows[start:stop]
        rows = backend.numpy(block)
        with np.errstate(invalid="ignore", over="ignore"):
            wrong = table.metric.wrong(rows)
            moved = _moved(table, block, marks[start - first : stop - first])
        if stop <= len(sketch):
            planes = sketch.planes(len(sketch.prefixes))
            for plane, fresh in zip(planes, sketch.signs(rows), strict=True):
                wrong |= (plane[start:stop] != fresh).any(axis=1)
        yield np.flatnonzero(wrong) + start, np.flatnonzero(moved) + start


def _moved(table: Table, block: Any, marks: Rows) -> Rows:
    """Which rows have other signatures than they had, even allowing for rounding."""
    keys, others = table.signatures(block)
    moved: Rows = np.array(keys, dtype=np.int64) != marks
    for i in np.flatnonzero(moved).tolist():
        moved[i] = int(marks[i]) not in others.get(i, ())
    return moved
