"""How an answer is printed: the winner and how sure it is; `show` and the terminal print this.

Answer and Answers are these, and have the numbers that are read here.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from vsa import markup
from vsa.errors import ArgumentValueError
from vsa.layout import aligned
from vsa.style import CERTAIN, styled, sureness
from vsa.table import Table, Tabular

if TYPE_CHECKING:
    from vsa.pictures import Bars

LISTED = 100  # members of a set that are printed; of more their number
FEW = 5  # that stand in one line
DRAWN = 40  # that are drawn as bars; the rest are one
LEFT_OUT = "the rest"


class Printed(Tabular):
    """The answer to one query as text and as plain data."""

    __slots__ = ()

    def sureness(self: Any) -> str:
        """The winner's probability in words."""
        return sureness(self.probability)

    def closest(self: Any) -> str:
        """In brackets what is nearest, where that is nothing."""
        if self.rows[0] < 0:
            return ""
        name, similarity, probability = self.matches()[0]
        return f" (closest: {name} {similarity:.2f}, P = {probability:.2f})"

    def line(self: Any) -> str:
        """The winner, or the set, in one line."""
        if self.coverage is not None and (self.size > 1 or self.rows[0] < 0):
            return f"{self._set(FEW)}  {sureness(self._total())}"
        if self.is_nothing:
            return styled(f"nothing{self.closest()}", "nothing")
        return f"{self.name}  {self.similarity:.2f}  {self.sureness()}"

    def __str__(self: Any) -> str:
        rows = self.matches()
        if self.coverage is not None:
            rows = self._with_nothing()
            if len(rows) > LISTED:
                return str(self.line())
        if len(rows) < 2:
            return str(self.line())
        cells = [
            (styled(n, "nothing"), "", styled(f"P = {p:.2f}", "nothing"))
            if s is None
            else (n, f"{s:5.2f}", sureness(p))
            for n, s, p in rows
        ]
        lines = aligned(cells, {1})
        above = self.is_nothing and self.coverage is None
        return styled("nothing likelier than:", "nothing") + f"\n{lines}" if above else lines

    def vsa_table(self: Any) -> Table:
        """A match a row, and nothing where it is not left out of a set."""
        rows = self._with_nothing()
        dimmed = [i for i, (_, similarity, _) in enumerate(rows) if similarity is None]
        title = f"at least P = {self.coverage:g}" if self.coverage is not None else ""
        return Table(["item", "similarity", "P"], rows, title, bars={"P": ""}, dimmed=dimmed)

    def _with_nothing(self: Any) -> list[tuple[str, float | None, float]]:
        """The matches or the members of a set, the likeliest first, nothing among them."""
        rows = self.matches()
        if self.holds_nothing or self.coverage is None:
            likelier = sum(p >= self.nothing for _, _, p in rows)
            rows.insert(likelier, ("nothing", None, float(self.nothing)))
        return rows  # type: ignore[no-any-return]

    def _set(self: Any, most: int) -> str:
        """The members of a set in braces; of more than so many, how many they are."""
        if self.size == 1:
            return styled("nothing", "nothing") if self.holds_nothing else str(self.name)
        if self.size <= most:
            return "{" + ", ".join(name for name, *_ in self._with_nothing()) + "}"
        items = int((self.rows >= 0).sum())
        return f"{items:,} {'item' if items == 1 else 'items'}" + " or nothing" * bool(
            self.holds_nothing
        )

    def _total(self: Any) -> float:
        """P(the set holds what is right)."""
        total = float(self.probabilities.sum() + self.nothing * self.holds_nothing)
        return min(total, 1.0)

    def brief(self: Any) -> str:
        """The winner as one of many, and how sure it is only where it is not certain; or the set."""
        if self.coverage is not None and self.size > 1:
            return str(self._set(FEW))
        if self.is_nothing:
            return styled("nothing", "nothing")
        sure = self.probability >= CERTAIN
        return str(self.name) if sure else f"{self.name} ({sureness(self.probability)})"

    def vsa_json(self: Any) -> Any:
        """Plain lists, dictionaries, strings and numbers, for `vsa --json`."""
        matches = [
            {"name": n, "similarity": round(s, 6), "probability": round(p, 6)}
            for n, s, p in self.matches()
        ]
        found = {
            "name": self.name,
            "nothing": round(float(self.nothing), 6),
            "margin": round(float(self.margin), 6),
            "matches": matches,
        }
        if self.coverage is not None:
            found["set"] = {
                "coverage": self.coverage,
                "size": int(self.size),
                "nothing": bool(self.holds_nothing),
                "probability": round(self._total(), 6),
            }
        return found

    def vsa_picture(self: Any) -> Bars:
        """P of each match and of nothing, as bars."""
        from vsa.pictures import Bars

        matches = self.matches()
        rows = [(name, p) for name, _, p in matches[:DRAWN]]
        if len(matches) > DRAWN:
            rows.append((LEFT_OUT, sum(p for _, _, p in matches[DRAWN:])))
        rows.append(("nothing", float(self.nothing)))
        return Bars(rows, "P", 1.0, ("nothing", LEFT_OUT))

    def __repr__(self: Any) -> str:
        return f"<Answer {self.line()}>"


class PrintedBatch(Tabular):
    """Answers to a batch of queries as text and as plain data."""

    __slots__ = ()

    def line(self: Any) -> str:
        """All winners in one line, and whether there may be more."""
        line = "[" + ", ".join(row.brief() for row in self) + "]"
        if not np.any(self.at_least):
            return line
        which = "" if self.at_least is True else f" in {np.sum(self.at_least)} of them"
        items = "item" if len(self) == 1 else "items"
        return f"{line}  at least {len(self)} {items}{which}"

    def __str__(self: Any) -> str:
        if self.labels is None:
            return str(self.line())
        return aligned([(label, row.brief()) for label, row in zip(self.labels, self, strict=True)])

    def brief(self: Any) -> str:
        """As it prints by itself."""
        return str(self)

    def vsa_table(self: Any) -> Table:
        """A match a row, of each query as many as there are; what is nothing is dimmed."""
        return self._table(math.prod(self.shape))  # type: ignore[no-any-return]

    def _repr_html_(self: Any) -> str:
        """What a notebook shows: no more than that is looked at, of however many queries."""
        count = math.prod(self.names.shape)
        return str(self._table(markup.SHOWN).html(count if count > markup.SHOWN else None))

    def _table(self: Any, most: int) -> Table:
        """The matches of the first queries."""
        rows: list[tuple[Any, ...]] = []
        dimmed: list[int] = []
        ranked = self.names.shape[-1] > 1
        for at in islice(np.ndindex(self.shape), most):
            one = self[at]
            query = self.labels[at[0]] if self.labels else at[0] if len(at) == 1 else str(at)[1:-1]
            found: list[tuple[Any, ...]] = [*enumerate(one.matches(), 1)]
            if one.is_nothing:
                found = [(None, ("nothing", None, float(one.nothing))), *(found if ranked else ())]
                dimmed += range(len(rows), len(rows) + len(found))
            rows += [(query, *([rank] * ranked), *match) for rank, match in found]
        columns = ["query", *(["rank"] * ranked), "item", "similarity", "P"]
        title = str(self.line()).rpartition("]  ")[2] if np.any(self.at_least) else ""
        return Table(columns, rows, title, bars={"P": ""}, dimmed=dimmed)

    def vsa_json(self: Any) -> Any:
        """A list, or a dictionary by labels, of what each row gives; of a list that may go on, so."""
        rows = [row.vsa_json() for row in self]
        if np.any(self.at_least):
            return {"at_least": np.asarray(self.at_least).tolist(), "items": rows}
        return dict(zip(self.labels, rows, strict=True)) if self.labels else rows

    def vsa_picture(self: Any) -> Bars:
        """P of each winner, as bars; what is nothing stands back."""
        from vsa.pictures import Bars

        if len(self.shape) != 1:
            raise ArgumentValueError(
                f"answers are drawn as one batch (n,), not of shape {self.shape}: take a row"
            )
        rows, faint = [], []
        for label, row in zip(self.labels or range(1, len(self) + 1), self, strict=True):
            name = f"{label}  {'nothing' if row.is_nothing else row.name}"
            rows.append((name, float(row.nothing if row.is_nothing else row.probability)))
            faint += [name] * bool(row.is_nothing)
        return Bars(rows, "P", 1.0, faint)

    def __repr__(self: Any) -> str:
        return f"<Answer batch {self.shape}>"
