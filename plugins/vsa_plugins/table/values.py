"""What is typed about a loaded table: the table itself, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vsa import Answer, Memory, Table, Vector, VsaError
from vsa.plugin import Load, Tabular, shown, suggest
from vsa_plugins.table.cells import as_text
from vsa_plugins.table.columns import NAMES, Answered, Cell, Column
from vsa_plugins.table.names import as_name
from vsa_plugins.table.tally import words_of

NO_SLOT = {"missing": "every cell is empty", "leave": "it was left out", NAMES: "it names the rows"}
LISTED = 10_000  # names that were made, of which more are not kept


@dataclass(frozen=True, eq=False)
class Records(Tabular):
    """A table whose rows are frames in memory; it stands for their head.

    name: of the table, of its head and of the kind of its rows.  made: (what stood there, its name).
    """

    name: str
    source: str
    rows: int
    columns: tuple[Column, ...]
    made: tuple[tuple[str, str], ...]
    memory: Memory = field(repr=False)

    vsa_name = "loaded table"

    # --- what it is made of --------------------------------------------------------------------
    @property
    def slots(self) -> dict[str, Column]:
        """The columns that rows have, by their slots."""
        return {column.slot: column for column in self.columns if column.is_slot}

    @property
    def load(self) -> Load | None:
        """How many terms a row is the sum of, where no cell is missing."""
        slots = self.slots.values()
        return None if any(c.missing for c in slots) else Load.terms(len(slots) + 1)

    def scope(self, column: Column) -> str:
        """The vocabulary of a column's symbols."""
        return f"{self.name}.{column.slot}"

    def symbols(self, text: str, column: Column) -> list[str]:
        """The symbols of a text in a column; VsaError where it has none."""
        known = self.memory.scopes.get(self.scope(column), frozenset())
        names = dict(self.made)
        parts = words_of(text) if column.kind == "text" else [as_text(text) or ""]
        found = []
        for part in parts:
            name = next((n for n in (names.get(part), as_name(part)) if n in known), None)
            if name is None:
                hint = (
                    suggest(as_name(part), known)
                    or f'cleanup(x, among="{self.scope(column)}") knows them'
                )
                raise VsaError(f"no row has {shown(part)} in {column.slot}: {hint}")
            found.append(name)
        return found

    def column(self, slot: str) -> Column:
        """The column of a slot; VsaError where rows have none."""
        found = self.slots.get(slot) or next((c for c in self.columns if c.title == slot), None)
        if found is None:
            hint = suggest(slot, self.slots) or f"there are {', '.join(self.slots)}"
            raise VsaError(f"the table {self.name} has no column {shown(slot)}: {hint}")
        if not found.is_slot:
            why = NO_SLOT[found.kind]
            raise VsaError(f"rows of {self.name} have no {slot}: {why}")
        return found

    # --- what the language asks ----------------------------------------------------------------
    def vsa_item(self, name: str) -> Row:
        """What the name of one of its rows stands for."""
        return Row(self, name)

    def vsa_vector(self) -> Vector:
        """The head of its rows."""
        return self.memory.space.atom(self.name)

    def vsa_text(self) -> str:
        """Its columns."""
        named = len(self.made)
        were = "name was" if named == 1 else "names were"
        more = f"\n{named:,} {were} made: renamed({self.name}) lists them" if named else ""
        return f"{self.vsa_table()}{more}"

    def vsa_table(self) -> Table:
        """Its columns, under what it is."""
        count = f"{self.rows:,} row{'s' * (self.rows != 1)}"
        listing = self.listing()
        return Table(listing.columns, listing.rows, f"{self.name}: {count} of {self.source}")

    def listing(self) -> Table:
        """Column by column: its slot, kind and encoder, and how many cells hold nothing."""
        rows = [
            (c.title, c.slot if c.is_slot else "", c.kind, c.encoder, c.missing)
            for c in self.columns
        ]
        return Table(["column", "slot", "kind", "encoder", "missing"], rows)

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`."""
        return {"name": self.name, "rows": self.rows, "columns": self.listing().vsa_json()}


@dataclass(frozen=True, eq=False)
class Row(Tabular):
    """A row of a table: a frame, whose cells are read of its vector."""

    table: Records
    name: str

    vsa_name = "row"

    def vsa_vector(self) -> Vector:
        """The frame."""
        return self.table.memory[self.name]

    def vsa_attributes(self) -> list[str]:
        """The slots."""
        return list(self.table.slots)

    def vsa_attribute(self, name: str) -> Answer | Cell:
        """What stands in a column."""
        table = self.table
        column = table.column(name)
        found: Answered = column.read(
            self.vsa_vector(), table.vsa_vector(), table.memory, table.scope(column), table.load
        )
        return found

    def cells(self) -> Mapping[str, Answer | Cell]:
        """All that stands in it, by slots."""
        return {slot: self.vsa_attribute(slot) for slot in self.table.slots}

    def vsa_table(self) -> Table:
        """Slot by slot, as read, and how sure that is."""
        rows = [(slot, *_read(found)) for slot, found in self.cells().items()]
        dimmed = [i for i, (_, value, _) in enumerate(rows) if value == "nothing"]
        title = f"{self.name}, a row of {self.table.name}"
        return Table(["slot", "value", "P"], rows, title, bars={"P": ""}, dimmed=dimmed)

    def vsa_text(self) -> str:
        """Slot by slot, as read."""
        rows = [(slot, str(found)) for slot, found in self.cells().items()]
        width = max((len(slot) for slot, _ in rows), default=0)
        return "\n".join([f"{self.name}, a row of {self.table.name}"] + [
            f"  {slot:{width}}  {text}" for slot, text in rows
        ])  # fmt: skip

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`."""
        return {slot: found.vsa_json() for slot, found in self.cells().items()}


def _read(found: Answer | Cell) -> tuple[str, float | None]:
    """What was read as a text, and how likely it is that; of nothing how likely that is."""
    if not np.size(found.is_nothing):  # of several words none was likelier than not
        return "nothing", None
    if np.all(found.is_nothing):
        return "nothing", float(np.max(found.nothing))
    text = str(found)  # of several words, each with its own P where it is doubtful
    if isinstance(found, Cell):
        text = text.rpartition("  ")[0]
    elif not found.shape:
        text = str(found.name)
    return text, float(np.min(found.probability))
