"""The names of a table's rows, and the symbols of what stands in its cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vsa import Session
from vsa_plugins.table.columns import Column
from vsa_plugins.table.names import Names
from vsa_plugins.table.tally import Tally, words_of


class Symbols:
    """The names of rows, and the symbols of what stands in their cells."""

    def __init__(self, session: Session, name: str) -> None:
        self.session, self.table = session, name
        self.names = Names(self._taken)
        self.found: dict[str, str] = {}  # by the text, whatever its column
        self.by_slot: dict[str, list[str]] = {}

    def _taken(self, name: str) -> bool:
        return name == self.table or self.session.known(name)

    def numbers(self, first: int, count: int) -> list[str]:
        """Names of rows without any: `animal_1`, `animal_2` …"""
        made = len(self.names.made)
        found = self.rows([""] * count, first - 1)
        del self.names.made[made:]  # nothing stood there
        return found

    def rows(self, texts: Sequence[str], before: int = 0) -> list[str]:
        """Names of rows, made of a text each."""
        table = self.table
        numbered = enumerate(texts, before + 1)
        return [self.names.name(text, f"{table}_{i}", table) for i, text in numbered]

    def of_column(self, column: Column, tally: Tally) -> None:
        """Give every text of a column of symbols its own."""
        if column.kind not in ("category", "text"):
            return
        texts = dict.fromkeys(tally.texts)
        if column.kind == "text":
            texts = dict.fromkeys(word for text in texts for word in words_of(text))
        for text in texts:
            if text not in self.found:
                self.found[text] = self._symbol(text, column.slot)
        self.by_slot[column.slot] = list(dict.fromkeys(self.found[text] for text in texts))

    def _symbol(self, text: str, slot: str) -> str:
        """The atom that the user has of this name, or a name of its own."""
        memory = self.session.memory
        if text in memory and text in memory.names_of(self.session.space.atom(text)):
            return text
        return self.names.name(text, f"{slot}_{len(self.found) + 1}", slot)

    def of(self, column: Column) -> Callable[[str], list[str]]:
        """What gives the symbols of a text of a column."""
        if column.kind == "text":
            return lambda text: list(dict.fromkeys(self.found[word] for word in words_of(text)))
        return lambda text: [self.found[text]] if text else []
