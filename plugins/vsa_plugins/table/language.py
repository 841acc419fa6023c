"""Tables in the language: what is typed to load one, and to find rows in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from vsa import Session, Table, Vector, VsaError
from vsa.plugin import Names, Within, arguments, checked, shown, suggest
from vsa_plugins.memory import STRUCTURAL
from vsa_plugins.table.kinds import stated
from vsa_plugins.table.load import load
from vsa_plugins.table.matches import Matches, matching
from vsa_plugins.table.names import as_name
from vsa_plugins.table.sheet import open_sheet
from vsa_plugins.table.values import Records, Row

Count = Annotated[int, Within(1, 10_000)]
Value = Annotated[Vector | float | str, Names("slot")]
Asked = Row | Matches | Vector  # a row, the best of some, or what an answer found


def load_table(
    source: Annotated[object, Names("file", ".csv", ".tsv", ".parquet")],
    name: str = "",
    kinds: object = "",
    names: str = "",
    encoding: str = "",
    header: bool = True,
    limit: Annotated[int, Within(1, 1_000_000_000)] | None = None,
    *,
    session: Session,
) -> Records:
    """Load a table, each row a frame in memory: load_table("animals.csv", name="animal").

    source: text with commas, semicolons or tabs between cells, a Parquet file; from Python a data frame
    too, records or columns. name= is the table's, the head of its rows and their kind; by default that
    of the file. A column is a slot: of numbers, dates, symbols or texts, as its cells tell or as
    kinds="zip: category, price: number log, born: date d/m/y, note: leave" says. Rows are named by the
    column names=, by default the first if each row has a text of its own there. Of more rows than
    limit= (100,000, or in a file what takes 1 GB) none is loaded.

    > animals = load_table("examples/data/animals.csv", name="animal"); hen.legs
    2 …
    """
    arguments.checked_truth("header", header)
    given = isinstance(source, (str, os.PathLike))
    name = name or (as_name(Path(str(source)).stem) if given else "") or "record"
    if not name.isidentifier():
        raise VsaError(f"{shown(name)} is not a name: use letters, digits and underscores")
    sheet = open_sheet(source, encoding or None, header)
    known = session.values.get(name)
    if isinstance(known, Records):
        raise VsaError(f"the table {name} is loaded already: give another one another name=")
    taken = name in {*session.memory.state.bits, *STRUCTURAL, "value"}  # kinds of items
    if taken or known is not None or session.known(name):
        raise VsaError(f'{shown(name)} has another meaning here: choose another, as name="record"')
    session.check_free(name)
    return load(sheet, name, stated(kinds), names, limit, session)


@checked
def columns(table: Records) -> Table:
    """The columns of a table: slot, kind and encoder, and how many cells hold nothing.

    > animals = load_table("examples/data/animals.csv", name="animal"); columns(animals)
    column  …
    …
    """
    return table.listing()


@checked
def renamed(table: Records) -> Table:
    """What has another name in the language than in the table's source.

    > animals = load_table("examples/data/animals.csv", name="animal"); renamed(animals)
    in the table  name
    …
    """
    return Table(["in the table", "name"], table.made)


@checked
def row(name: Asked | str, table: Records | None = None, *, session: Session) -> Row:
    """A row by its name as it stands in the table, or the row that an answer found.

    > animals = load_table("examples/data/animals.csv", name="animal"); row("sea lion", animals).legs
    0 …
    """
    if not isinstance(name, str):
        return _row_of(name, session)
    tables = [table] if table else [v for v in session.values.values() if isinstance(v, Records)]
    if not tables:
        raise VsaError('no table is loaded: load one with load_table("file.csv")')
    for one in tables:
        made = dict(one.made)
        for found in (made.get(name), as_name(name), name):
            if found and found in session.memory and session.memory.kind(found) == one.name:
                return Row(one, found)
    rows = [n for one in tables for n in session.memory.names(one.name)]
    near = suggest(as_name(name), rows) or "names(…) of memory lists them"
    raise VsaError(f"no row is called {shown(name)}: {near}")


@checked
def similar_rows(row: Asked, k: Count = 5, *, session: Session) -> Table:
    """The rows most like a row, the most similar first.

    > animals = load_table("examples/data/animals.csv", name="animal"); similar_rows(hen, 1)
    row      similarity
    pheasant …
    """
    of = _row_of(row, session)
    memory, name = session.memory, of.table.name
    vector = of.vsa_vector()
    twins = [n for n in memory.names_of(vector) if n != of.name and memory.kind(n) == name]
    found = [(twin, 1.0) for twin in twins][:k]
    if len(found) < k:
        answer = memory.cleanup(vector, k - len(found), kinds=name, exclude=[of.name])
        found += [(match, similarity) for match, similarity, _ in answer.matches()]
    return Table(["row", "similarity"], found)


@checked
def rows_like(table: Records, k: Count = 5, *, session: Session, **values: Value) -> Matches:
    """Which rows have about these values? rows_like(animals, legs=4, weight=300).

    A value is a number, a symbol, or a text as it stands in the table: a date, a category of several
    words. match is 1 where all are as asked, .61 a length of a number apart. What comes stands for
    the first row.

    > animals = load_table("examples/data/animals.csv", name="animal"); rows_like(animals, 1, weight=300)
    row       match  weight
    sea_lion  …
    """
    return matching(table, values, k)


def _row_of(vector: Asked, session: Session) -> Row:
    """The row of a table that a vector is; VsaError where it is none."""
    if not isinstance(vector, Vector):
        return vector.rows[0] if isinstance(vector, Matches) else vector
    if vector.shape:
        raise VsaError("one row at a time is asked about, not a batch")
    for name in session.memory.names_of(vector):
        table = session.values.get(session.memory.kind(name))
        if isinstance(table, Records):
            return Row(table, name)
    raise VsaError(
        'this is no row of a table: name one, or load a table with load_table("file.csv")'
    )


FUNCTIONS: list[Callable[..., Any]] = [load_table, columns, renamed, row, similar_rows, rows_like]
