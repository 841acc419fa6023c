"""The language's own values beside vectors, answers, tables, numbers and texts: sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from vsa.arguments import checked_iterable, checked_whole
from vsa.errors import VsaError
from vsa.table import Table, Tabular

if TYPE_CHECKING:
    from vsa.pictures import Bars


class Set(Tabular):
    """Named members with whole-number counts over one codebook (a memory, a family …).

    `a + b` adds counts, `a - b` removes b's members, `a | b` takes the greater and `a & b` the
    smaller count. A member is identified by its name in the codebook, or by its row in a memory; the
    codebook's `label(member)` says how to print it. A member that is undone is one no more.
    """

    __module__ = "vsa"

    vsa_name = "set"
    __slots__ = ("codebook", "counts", "moment")

    def __init__(self, codebook: Any, counts: Mapping[Any, int] | Iterable[Any]) -> None:
        if not isinstance(counts, Mapping):
            counts = Counter(checked_iterable("counts", counts, "members, or members with counts"))
        self.codebook = codebook
        self.moment = codebook.moment() if hasattr(codebook, "moment") else None
        numbers = {m: checked_whole("each of the counts", n) for m, n in counts.items()}
        self.counts = {member: count for member, count in numbers.items() if count > 0}

    @property
    def names(self) -> dict[str, int]:
        """Counts by the names that the members have now."""
        found: Counter[str] = Counter()
        for name, count in self.labelled():
            found[name] += count
        return dict(found)

    def _label(self, member: Any) -> str:
        gone = self.moment is not None and self.moment.undone(np.array(member))
        return "(undone)" if gone else str(getattr(self.codebook, "label", str)(member))

    def of(self, codebook: Any) -> tuple[Any, ...]:
        """The members, which must be of this codebook; VsaError otherwise, or if one is undone."""
        if self.counts and self.codebook is not codebook:
            raise VsaError("the members of this set are not items of memory")
        self._check_there()
        return tuple(self.counts)

    def _check_there(self) -> None:
        if self.moment is not None and self.moment.undone(np.array(list(self.counts))):
            raise VsaError("a member of this set has been undone: make the set once more")

    def _same(self, other: Set) -> Set:
        self._check_there()
        other._check_there()
        if self.counts and other.counts and other.codebook is not self.codebook:
            raise VsaError(
                "these sets have members of two kinds, of memory or of families, and do not combine"
            )
        return other

    def _make(self, other: Set, counts: Mapping[Any, int]) -> Set:
        return Set(self.codebook if self.counts else other.codebook, counts)

    def __add__(self, other: Set) -> Set:
        mine, theirs = self.counts, self._same(other).counts
        return self._make(other, {n: mine.get(n, 0) + theirs.get(n, 0) for n in {**mine, **theirs}})

    def __sub__(self, other: Set) -> Set:
        theirs = self._same(other).counts
        return self._make(other, {n: c for n, c in self.counts.items() if n not in theirs})

    def __or__(self, other: Set) -> Set:
        mine, theirs = self.counts, self._same(other).counts
        return self._make(
            other, {n: max(mine.get(n, 0), theirs.get(n, 0)) for n in {**mine, **theirs}}
        )

    def __and__(self, other: Set) -> Set:
        mine, theirs = self.counts, self._same(other).counts
        return self._make(other, {n: min(c, theirs.get(n, 0)) for n, c in mine.items()})

    def __len__(self) -> int:
        return len(self.counts)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.counts)

    def __contains__(self, member: object) -> bool:
        return member in self.counts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Set) or self.counts != other.counts:
            return False
        return not self.counts or self.codebook is other.codebook

    def __hash__(self) -> int:
        return hash(frozenset(self.counts.items()))

    def __str__(self) -> str:
        shown = (f"{name} ×{n}" if n > 1 else name for name, n in self.labelled())
        return "{" + ", ".join(shown) + "}"

    def labelled(self) -> Iterator[tuple[str, int]]:
        """The members as they are printed, each with its count."""
        return ((self._label(member), count) for member, count in self.counts.items())

    __repr__ = __str__

    def vsa_json(self) -> Any:
        """Names and counts, for `vsa --json`."""
        return self.names

    def vsa_picture(self) -> Bars:
        """The counts of the members, the greatest first."""
        from vsa.pictures import Bars

        return Bars(sorted(self.labelled(), key=lambda row: -row[1]), "count")

    def vsa_table(self) -> Table:
        """A member a row, with counts where one is there more than once."""
        rows = list(self.labelled())
        counts = any(count > 1 for _, count in rows)
        if not counts:
            return Table(["member"], [row[:1] for row in rows])
        return Table(["member", "count"], rows, bars={"count": ""})
