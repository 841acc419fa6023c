"""From a session's file to a memory. What is not sound is refused, and then nothing is made."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from vsa.algebra.space import SCHEME, Space
from vsa.errors import VsaError
from vsa.memory.changes import KINDS
from vsa.memory.journal import Journal
from vsa.memory.memory import Memory
from vsa.memory.scopes import Scope
from vsa.memory.select import Names
from vsa.memory.storage import Held, Store
from vsa.memory.table import Table
from vsa.persist.form import DamagedError, FileError, Form, changes_of, sound
from vsa.persist.large import mapped_of, opened
from vsa.persist.mapped import Mapped
from vsa.persist.place import rows_path, signs_path

PIECE = 1 << 20  # bytes of rows that are looked at at a time
SPACE = ("dim", "algebra", "backend", "dtype", "seed", "atoms")


def about_space(space: Space) -> dict[str, Any]:
    """What a file says of its space."""
    return {**dict(zip(SPACE, space.settings, strict=True)), "scheme": SCHEME}


def load_space(database: Form, backend: str | None) -> Space:
    """The space that a file is of, on another backend if one is named."""
    with sound(database.path):
        about = database.about()
        said = {name: about[name] for name in SPACE}
        if about["scheme"] != SCHEME:
            raise VsaError(
                f"{database.path.name} has atoms of scheme {about['scheme']}, and this vsa "
                f"draws them by scheme {SCHEME}"
            )
        if not isinstance(said["dim"], int) or not isinstance(said["algebra"], str):
            raise ValueError("its space is not one")
        extent = database.extent()  # before anything of such a size is made
        least = said["dim"] // 8  # bytes of a row, of any algebra
        if extent is not None and extent[1] < extent[0] * least:
            raise ValueError(f"its rows are not of dim {said['dim']}")
        space = Space(**{**said, "backend": backend or said["backend"]})
        width, dtype = stored_form(space, about)
        if extent is not None and extent[1] != extent[0] * width * dtype.itemsize:
            raise ValueError(f"its rows are not of dim {said['dim']}")
        return space


def other_space(name: str, found: Space, wanted: Space) -> str:
    """In what the space of a file is another than the one wanted, in words."""
    told = [
        (what, a, b)
        for what, a, b in zip(SPACE, found.settings, wanted.settings, strict=True)
        if a != b
    ]
    has = " and ".join(f"{what} {a}" for what, a, _ in told)
    not_ = " and ".join(f"{what} {b}" for what, _, b in told)
    return f"{name} has {has}, not {not_}"


def load_memory(database: Form, space: Space, exact: bool = False) -> Memory:
    """The memory that a file holds."""
    with sound(database.path):
        about = database.about()
        bits = {str(kind): int(bit) for kind, bit in about.get("kinds", {}).items()}
        if sorted(bits.values()) != list(range(len(bits))) or len(bits) > KINDS:
            raise ValueError("its kinds are not numbered as they are")
        table = Table(space)
        names, own = _load_rows(database, about, table, bits)
        mapped = mapped_of(table.store)
        if mapped is not None and about.get("signs") == len(table):
            _open_signs(database, table, mapped)
        state = _load_names(database, table, names, own, bits)
        state.internal = {str(kind): True for kind in about.get("internal", ())}
        for scope, _, text in database.entries("scopes"):
            members = dict.fromkeys(json.loads(text))
            for name, _, text in database.entries(changes_of(scope)):
                if json.loads(text):
                    members[name] = None
                else:
                    members.pop(name, None)
            if not all(name in state.rows for name in members):
                raise ValueError(f"the vocabulary {scope!r} has members that are not there")
            state.scopes[scope] = Scope((name, state.rows[name]) for name in members)
    return Memory(space, Journal(), table, state, exact=exact)


def _load_rows(
    database: Form, about: dict[str, Any], table: Table, bits: dict[str, int]
) -> tuple[list[str], bytes]:
    """Fill the table; the names that rows were stored under, and the number of each one's kind."""
    space, token = table.space, about.get("token")
    names: list[str] = []
    parts: dict[str, list[bytes]] = {"kinds": [], "own": [], "norms": [], "marks": []}
    width, host = stored_form(space, about)
    sizes = {"kinds": 8, "own": 1, "norms": 8, "marks": 8, "rows": width * host.itemsize}
    written = _Written(space, width, host)
    if token is None:
        written.reserve(database.row_bytes() // sizes["rows"])
    for start, count, columns in database.segments():
        more = json.loads(columns["names"])
        if start != len(names) or count != len(more) or set(map(type, more)) - {str}:
            raise ValueError(f"the rows from {start} on are not as many as they should be")
        if (columns["rows"] is None) != (token is not None):
            raise ValueError(f"the rows from {start} on are missing")
        names += more
        if any(
            len(columns[c]) != count * size for c, size in sizes.items() if columns[c] is not None
        ):
            raise ValueError(f"the rows from {start} on are cut short")
        for column, found in parts.items():
            found.append(columns[column])
        written.add(columns["rows"])
    kinds, norms, marks = (
        np.frombuffer(b"".join(parts[column]), kind)
        for column, kind in (("kinds", "<u8"), ("norms", "<f8"), ("marks", "<i8"))
    )
    if not (np.isfinite(norms).all() and (norms > 0).all()):
        raise ValueError("a vector has no length")
    store = written.store() if token is None else _open_rows(database, about, len(names), space)
    table.restore(store, names, kinds, norms, marks)
    own = b"".join(parts["own"])
    if set(own) - set(bits.values()):
        raise ValueError("a name has a kind that there is not")
    return names, own


class _Written:
    """Rows as they are read, put where they are computed with, few enough at a time to stay in cache."""

    def __init__(self, space: Space, width: int, host: np.dtype[Any]) -> None:
        self._space, self._host = space, host
        self._held = Held(
            width, space.backend.asarray(np.zeros(0, host)).dtype, space.backend.empty
        )
        self._length = 0
        self._some: list[bytes] = []
        self._bytes = 0

    def reserve(self, length: int) -> None:
        self._held.reserve(length, 0)

    def add(self, rows: bytes | None) -> None:
        """Some more, if there are any."""
        if rows is not None:
            self._some.append(rows)
            self._bytes += len(rows)
            if self._bytes >= PIECE:
                self._write()

    def _write(self) -> None:
        data = np.frombuffer(b"".join(self._some), self._host.newbyteorder("<"))
        rows = data.reshape(-1, self._held.array.shape[1])
        check_rows(self._space, rows)
        self._held.write(
            self._length, self._space.backend.asarray(rows.astype(self._host, copy=False))
        )
        self._length += len(rows)
        self._some, self._bytes = [], 0

    def store(self) -> Store:
        """All of them."""
        self._write()
        return self._held


def stored_form(space: Space, about: dict[str, Any]) -> tuple[int, np.dtype[Any]]:
    """The width of the stored rows that a file has, and NumPy's dtype of them."""
    forms = {row_type(space, form.dtype): form for form in space.metric.forms}
    said = about.get("rows", row_type(space, space.metric.store.dtype))
    if said not in forms:
        raise ValueError(f"its rows are of {said!r}")
    return forms[said].width, np.dtype(said)


def row_type(space: Space, dtype: Any) -> str:
    """How a file calls the type of stored rows."""
    return space.backend.host_dtype(dtype).name


def is_narrow(space: Space, dtype: Any) -> bool:
    """Whether rows of this type may have to be widened."""
    return row_type(space, dtype) != row_type(space, space.metric.store.dtype)


def check_rows(space: Space, rows: np.ndarray[Any, Any]) -> None:
    """Raise ValueError unless all are rows as they are stored."""
    if space.metric.wrong(rows).any():
        raise ValueError(f"a row is not {space.metric.wants}")


def _open_rows(database: Form, about: dict[str, Any], length: int, space: Space) -> Store:
    width, dtype = stored_form(space, about)
    path = rows_path(database.path, is_narrow(space, dtype))
    mapped = Mapped(path, width, dtype, str(about["token"]), length, database.writable)
    try:
        # The first and the last, which an older copy lacks; of the rest, who asks finds out.
        for start in (0, max(length - 8, 0)):
            check_rows(space, mapped.array[start : min(start + 8, length)])
        return opened(mapped, length, space)
    except BaseException:
        mapped.close()
        raise


def _open_signs(database: Form, table: Table, mapped: Mapped) -> None:
    """The sketch of mapped rows; where a file of it is missing it is made again when asked for."""
    signs: list[Mapped] = []
    try:
        for i, width in enumerate(table.sketch.widths):
            path = signs_path(database.path, i)
            signs.append(Mapped(path, width, np.uint8, mapped.token, len(table), database.writable))
        last = slice(max(len(table) - 8, 0), len(table))  # which older copies lack
        for store, fresh in zip(signs, table.sketch.signs(mapped.array[last]), strict=False):
            if not np.array_equal(store.array[last], fresh):
                raise DamagedError(store.path, "its signs are those of other rows")
    except FileError:
        for store in signs:
            store.close()
        return
    table.sketch.restore(list(signs), len(table))


def _load_names(
    database: Form, table: Table, names: list[str], own: bytes, bits: dict[str, int]
) -> Names:
    """The names as they were stored, and what has become of them and their rows since."""
    changed: dict[str, tuple[int | None, str]] = {}
    for name, _, text in database.entries("names"):
        row, kind = json.loads(text) or (None, "")
        if row is not None and not (0 <= row < len(table) and kind in bits):
            raise ValueError(f"the name {name!r} belongs to no row")
        changed[name] = row, kind

    def stored() -> tuple[dict[str, int], dict[str, str]]:
        rows = dict(zip(names, range(len(names)), strict=True))
        kind_of = {bit: kind for kind, bit in bits.items()}
        if len(set(own)) == 1:
            kinds = dict.fromkeys(names, kind_of[own[0]])
        else:
            kinds = dict(zip(names, (kind_of[bit] for bit in own), strict=True))
        for name, (row, kind) in changed.items():
            rows.pop(name, None)
            kinds.pop(name, None)
            if row is not None:
                rows[name], kinds[name] = row, kind
        return rows, kinds

    def live(name: str, row: int) -> bool:  # without `stored`, which takes long
        return changed[name][0] == row if name in changed else names[row] == name

    state = Names(bits, stored)
    for _, at, text in database.entries("rows"):
        row = -1 if at is None else at
        kinds, shown, aliases = json.loads(text)
        if not 0 <= row < len(table) or not isinstance(shown, str):
            raise ValueError("a row is named that is not there")
        if not isinstance(kinds, int) or not 0 <= kinds < 1 << len(bits):
            raise ValueError(f"the row of {shown!r} has a kind that there is not")
        called = [shown] if kinds else []
        if aliases is not None:
            state.aliases[row] = tuple(map(str, aliases))
            called += state.aliases[row]
        for name in called:
            if not live(name, row):
                raise ValueError(
                    f"the row of {shown!r} has the name {name!r}, which is not its own"
                )
        table.set_kinds(row, kinds)
        table.set_name(row, shown)
    return state
