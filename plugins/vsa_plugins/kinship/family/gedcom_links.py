"""What a GEDCOM file says of how children came to their parents, put together from both ends.

A child is linked to a family by CHIL in the family, and by FAMC in the child's record or in one of its
events. Beside a link stands how the child came there (PEDI; ADOP; by parent, _FREL and _MREL) and how
sure that is (STAT).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vsa.plugin import shown
from vsa_plugins.kinship.family.records import plain

ROLES = ("HUSB", "WIFE")
PEDIGREE = {
    "": "parent", "birth": "parent", "natural": "parent", "biological": "parent",
    "unknown": "parent", "adopted": "adopter", "adoptive": "adopter", "foster": "fosterer",
    "fostered": "fosterer",
}  # fmt: skip
BY_PARENT = (("_FREL", "HUSB"), ("_MREL", "WIFE"))
SURE = {"challenged": 0, "proven": 2}  # any other word, and none, lies between
# What is said of one parent goes before what is said of the family.
FAMILY, PARENT = range(2)


class Claim(NamedTuple):
    """That a child came to a parent in some way; of several the surest holds, then that of higher rank."""

    sure: int
    rank: int
    how: str

    @property
    def fact(self) -> str:
        """What it makes the parent, or the way itself where that is none that we know."""
        return PEDIGREE.get(self.how, self.how)


@dataclass
class Links:
    """The claims of a file: what a child is to the partner of each role in a family."""

    notes: list[str]
    claims: dict[tuple[str, str, str], list[Claim]] = field(default_factory=dict)
    adoptions: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # → who adopted
    adopted_somehow: set[str] = field(default_factory=set)

    def adopted(self, child: str, family: str, link: Any) -> None:
        """An adoption told as an event."""
        roles = _adopting(link)
        self.adoptions.setdefault((child, family), []).extend(roles)
        self._claim(child, family, "adopted", "", roles, PARENT)

    def linked(self, who: str, child: str, family: str, link: Any) -> None:
        """What stands beside a link of a child, called `who` in notes, to its family."""
        how = next(map(text, subs(link, "PEDI")), "")
        status = next(map(text, subs(link, "STAT")), "")
        if how or status:
            # An event, or a word beside the pedigree, says which of the two it was.
            given = self.adoptions.get((child, family)) or _adopting(link)
            self._claim(child, family, how, status, given if how == "adopted" else ROLES, FAMILY)
        for tag, role in BY_PARENT:
            for by in map(text, subs(link, tag)):
                self._claim(child, family, by, status, (role,), PARENT)
        if status not in ("", "proven"):
            end = ": left out" if status == "disproven" else ""
            self.notes.append(
                f"that {who} is a child in {family}{f' by {shown(how)}' if how else ''} "
                f"is said to be {shown(status)[1:-1]}{end}"
            )

    def of(self, who: str, child: str, family: str, role: str) -> Iterator[str]:
        """The fact that a child is to a partner of a family, if there is one that we know."""
        said = self.claims.get((child, family, role), [Claim(1, FAMILY, "")])
        refuted = {claim.fact for claim in said if claim.sure < 0}
        held = [c for c in said if c.sure == SURE["proven"] or c.fact not in refuted]
        if not held:
            return
        best = max(claim[:2] for claim in held)
        equal = [claim for claim in held if claim[:2] == best]
        how = equal[-1].how
        if len({claim.fact for claim in equal}) > 1:
            told = " and by ".join(dict.fromkeys(shown(claim.how) for claim in equal))
            self.notes.append(f"{who} is a child in {family} by {told}: taken is the last")
        if how in PEDIGREE:
            yield PEDIGREE[how]
        else:
            self.notes.append(f"{who} is a child in {family} by {shown(how)}: left out")

    def _claim(
        self, child: str, family: str, how: str, status: str, roles: Iterable[str], rank: int
    ) -> None:
        if PEDIGREE.get(how) == "adopter":
            self.adopted_somehow.add(child)
        sure = -1 if status == "disproven" else SURE.get(status, 1)
        for role in roles:
            self.claims.setdefault((child, family, role), []).append(Claim(sure, rank, how))


def subs(record: Any, tag: str) -> list[Any]:
    """Sub-records as they stand: ged4py's own look-up follows pointers and loses those to nobody."""
    return [r for r in record.sub_records if r.tag == tag]


def text(record: Any) -> str:
    """A word of the standard's lists, without regard to letter case."""
    return plain(record.value).lower()


def pointer(link: Any) -> str:
    """The id that a link gives."""
    return plain(link.value)


def _adopting(link: Any) -> tuple[str, ...]:
    """The roles of those who adopted, as a link to their family says."""
    said = next(map(text, subs(link, "ADOP")), "both").upper()
    return (said,) if said in ROLES else ROLES
