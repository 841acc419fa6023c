"""A sheet into memory: its columns looked at, names made, and every row a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vsa import Kind, Session, Vector, VsaError
from vsa.plugin import Note, note, shown, suggest, warn_past_capacity
from vsa_plugins.frame import SLOT, frame
from vsa_plugins.table.cells import as_text, is_missing
from vsa_plugins.table.columns import NAMES, Column
from vsa_plugins.table.kinds import Stated
from vsa_plugins.table.names import Names
from vsa_plugins.table.sheet import BLOCK, Sheet
from vsa_plugins.table.symbols import Symbols
from vsa_plugins.table.tally import Place, Tally
from vsa_plugins.table.values import LISTED, Records

LIMIT = 100_000  # rows of memory, unless said otherwise
IN_FILE = 1 << 30  # bytes that a session's file gets without being asked
KEYWORDS = {
    "head",
    "normalize",
    "memory",
    "session",
    "table",
    "k",
    "atom",
    "def",
    "nil",
    "true",
    "false",
}
NAMED = 3  # of the names that were made, in a note


def load(
    sheet: Sheet,
    name: str,
    said: dict[str, Stated],
    names: str,
    limit: int | None,
    session: Session,
) -> Records:
    """The rows of a sheet as items of memory, of the kind `name`."""
    slots = _slots(sheet, name)
    known = dict(zip([*slots, *sheet.titles], [*sheet.titles] * 2, strict=True))
    kinds = {_known(sheet, known, said_of): kind for said_of, kind in said.items()}
    names = names and _known(sheet, known, names)
    tallies, rows = _seen(sheet, kinds, limit, session)
    if not rows:
        raise VsaError(f"{sheet.name} has headings and no rows")
    place = _naming(sheet, tallies, names)
    columns = _columns(sheet, tallies, place, slots)
    symbols = Symbols(session, name)
    titles = list(tallies[place].texts) if place is not None and tallies[place].tells_apart else []
    row_names = symbols.rows(titles) if titles else None  # before categories of the same words
    for column, tally in zip(columns, tallies, strict=True):
        symbols.of_column(column, tally)
    _check_size(sheet, rows, symbols, limit, session)
    with session.journal.transaction(f"load {name}"):
        _remember(session, name, columns, symbols)
        done = 0
        for block in session.track(_Counted(sheet, rows), f"load {name}"):
            count = len(block[0])
            if row_names is not None:
                here = row_names[done : done + count]
            elif place is None:
                here = symbols.numbers(done + 1, count)
            else:
                cells = (None if is_missing(cell) else as_text(cell) for cell in block[place])
                here = symbols.rows([cell or "" for cell in cells], done)
            vectors = _frames(session, name, columns, block, symbols)
            session.memory.add(here, vectors, kind=Kind(name))
            done += count
        if done != rows:
            raise VsaError(f"{sheet.name} changed while it was read: load it again")
        made = [*columns.made, *symbols.names.made]
        table = Records(
            name, sheet.name, rows, tuple(columns), tuple(made[:LISTED]), session.memory
        )
        session.put("values", name, table)
    _tell(table, len(made), session)
    return table


class _Counted:
    """The blocks of a sheet, of which it is known how many there are."""

    def __init__(self, sheet: Sheet, rows: int) -> None:
        self.sheet, self.count = sheet, -(-rows // BLOCK)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[list[Sequence[Any]]]:
        return self.sheet.blocks()


class _Columns(list[Column]):
    """Columns, and the names that were made of headings."""

    made: list[tuple[str, str]]


def _seen(
    sheet: Sheet, said: dict[str, Stated], limit: int | None, session: Session
) -> tuple[list[Tally], int]:
    """Every column's cells, and how many rows there are; beyond the limit they are only counted."""
    most = _most(limit, session)
    tallies = [Tally(Place(sheet.name, title), said.get(title)) for title in sheet.titles]
    rows = 0
    for block in session.track(sheet.blocks(), f"look at {sheet.name}"):
        rows += len(block[0])
        if most is None or rows <= most:
            for tally, cells in zip(tallies, block, strict=True):
                tally.see(cells)
    if most is not None and rows > most:
        raise VsaError(
            f"{sheet.name} has {rows:,} rows, and at most {most:,} are loaded: they would take "
            f"{_bytes(rows * _row(session))}; say limit={rows}, or keep the session in a file first, :save"
        )
    return tallies, rows


def _most(limit: int | None, session: Session) -> int | None:
    return limit if limit is not None else LIMIT if session.file is None else None


def _row(session: Session) -> int:
    """Bytes of a row of memory."""
    store = session.space.metric.store
    return int(store.width * session.space.backend.host_dtype(store.dtype).itemsize)


def _bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


def _check_size(
    sheet: Sheet, rows: int, symbols: Symbols, limit: int | None, session: Session
) -> None:
    """Refuse what takes more room than was asked about."""
    names = {name for some in symbols.by_slot.values() for name in some}
    size = (rows + len(names)) * _row(session)
    most = _most(limit, session)
    said = f"{sheet.name} has {rows:,} rows and {len(names):,} symbols in its cells"
    worst = max(symbols.by_slot, key=lambda slot: len(symbols.by_slot[slot]), default="")
    leave = f', or leave a column out, kinds="{worst}: leave"' if worst else ""
    if most is not None and rows + len(names) > 2 * most:
        raise VsaError(f"{said}, {_bytes(size)}: say limit={max(rows, len(names))}{leave}")
    if limit is None and size > IN_FILE and session.file is not None:
        room = f"{_bytes(size)} of {session.file.name}"
        raise VsaError(f"{said}, {room}: say limit={rows} to have them{leave}")


def _slots(sheet: Sheet, name: str) -> list[str]:
    """The slots of the columns."""
    slots = Names(KEYWORDS.__contains__)
    return [slots.name(title, f"column_{i}", name) for i, title in enumerate(sheet.titles, 1)]


def _known(sheet: Sheet, known: dict[str, str], said: str) -> str:
    """The title of a column by its title or its slot."""
    if said not in known:
        hint = suggest(said, sheet.titles) or f"there are {', '.join(sheet.titles)}"
        raise VsaError(f"{sheet.name} has no column {shown(said)}: {hint}")
    return known[said]


def _naming(sheet: Sheet, tallies: list[Tally], names: str) -> int | None:
    """The column of the names of rows: as was said, or the first if each row has a text of its own."""
    if names:
        return sheet.titles.index(names)
    first = tallies[0]
    if len(tallies) > 1 and first.said is None and first.tells_apart and not first.is_number:
        return 0
    return None


def _columns(sheet: Sheet, tallies: list[Tally], place: int | None, slots: list[str]) -> _Columns:
    found = _Columns()
    for i, (title, slot, tally) in enumerate(zip(sheet.titles, slots, tallies, strict=True)):
        found.append(
            Column(title, slot, NAMES, 0) if i == place else tally.column(slot, sheet.separator)
        )
    if not any(column.is_slot for column in found):
        raise VsaError(
            f"{sheet.name} has no column to make rows of: name some kinds=, or give it one more"
        )
    named = zip(sheet.headings, found, strict=True)
    found.made = [(head or "(empty)", c.slot) for head, c in named if head != c.slot]
    return found


def _remember(session: Session, name: str, columns: Sequence[Column], symbols: Symbols) -> None:
    """The head, the slots, and the symbols of cells with a vocabulary of each column."""
    memory, space = session.memory, session.space
    if name not in memory:
        memory.add(name, space.atom(name))
    for column in columns:
        if not column.is_slot:
            continue
        if f"role/{column.slot}" not in memory:
            memory.add(f"role/{column.slot}", space.key(f"role/{column.slot}"), kind=SLOT)
        if column.slot in symbols.by_slot:
            known = symbols.by_slot[column.slot]
            fresh = [symbol for symbol in known if symbol not in memory]
            if fresh:
                memory.add(fresh, space.batch(fresh))
            memory.define_scope(f"{name}.{column.slot}", known)


def _frames(
    session: Session,
    name: str,
    columns: Sequence[Column],
    block: list[Sequence[Any]],
    symbols: Symbols,
) -> Vector:
    """The rows of a block."""
    fillers: dict[str, Any] = {
        column.slot: column.fillers(session.space, cells, symbols.of(column))
        for column, cells in zip(columns, block, strict=True)
        if column.is_slot
    }
    return frame(session.space.atom(name), **fillers)


def _tell(table: Records, made: int, session: Session) -> None:
    """What has another name than the file gave it, and whether rows hold more than can be read."""
    if made:
        some = ", ".join(f"{shown(text)} is {name}" for text, name in table.made[:NAMED])
        more = f" and {made - NAMED:,} more: renamed({table.name})" if made > NAMED else ""
        note(Note(f"names were made: {some}{more}"))
    parts = len(table.slots) + 1
    items = len(session.memory.select(kinds=session.memory.item_kinds))
    what = f"a row of {parts - 1} columns"
    warn_past_capacity(what, [float(parts)], session.space, items, pairs=True)
