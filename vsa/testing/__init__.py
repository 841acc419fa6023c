"""The laws of an algebra, tried: `check_algebra` is for whoever writes one.

    >>> from vsa.testing import check_algebra
    >>> report = check_algebra("hrr", dims=[16, 64])
    >>> "commutative" in report.held, "commutative" in report.broken
    (True, False)

What an algebra declares must hold, and what it does not declare must fail somewhere: else it would
say less than it could, or nothing tells it from another. Beside its laws there is what every algebra
keeps (`vsa.testing.rules`), and what is true of it on average (`vsa.testing.chance`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vsa.algebra.base import Algebra
from vsa.algebra.laws import GrowthError, LawError
from vsa.algebra.registry import Chosen, find_algebra
from vsa.errors import VsaError
from vsa.testing.cases import (
    CLEAR,
    BrokenLaw,
    Case,
    Inapplicable,
    Sample,
    cases,
    space_of,
)
from vsa.testing.chance import CHANCE
from vsa.testing.laws import TRIED, declared
from vsa.testing.rules import RULES
from vsa.testing.spaces import SPACES

__all__ = [
    "BrokenLaw",
    "Case",
    "CounterExample",
    "Report",
    "check_algebra",
    "check_law",
    "counter_example",
]

ALWAYS = {**RULES, **SPACES, **CHANCE}
NOTHING: Mapping[str, str] = {}
LAWS_AND_RULES = {**TRIED, **ALWAYS}


@dataclass(frozen=True)
class CounterExample:
    """Where a law fails that an algebra does not declare."""

    law: str
    says: str  # the law as a formula
    case: Case
    gap: float  # the relative difference, infinite where there is no such operation
    refusal: str = ""  # what the algebra says to the operation

    def __str__(self) -> str:
        where = self.refusal or f"differs by {self.gap:.2g} at {tuple(self.case)}"
        return f"{self.law}: {self.says}: {where}"


@dataclass
class Report:
    """What was found of an algebra."""

    algebra: str
    held: dict[str, int] = field(default_factory=dict)  # laws and rules, and at how many cases
    broken: dict[str, CounterExample] = field(default_factory=dict)  # what is not declared
    skipped: dict[str, str] = field(default_factory=dict)  # and why

    def __str__(self) -> str:
        lines = [f"{self.algebra}: {len(self.held)} laws and rules hold: {', '.join(self.held)}"]
        lines += [f"  not {example}" for example in self.broken.values()]
        lines += [f"  skipped {law}: {reason}" for law, reason in self.skipped.items()]
        return "\n".join(lines)


def check_algebra(
    algebra: str | type[Algebra],
    dims: Iterable[int] | None = None,
    backend: str = "numpy",
    dtype: str = "float32",
    without: Mapping[str, str] = NOTHING,
) -> Report:
    """Try every law and every rule; BrokenLaw for the first that does not hold, or wrongly does.

    algebra: a name, or a class.  dims: the smallest that fits, an odd, an even and a large one, if
    none are said.  without: laws that are not tried, and why.
    """
    chosen = find_algebra(algebra)
    report, tried = Report(chosen.name, skipped=dict(without)), cases(chosen, dims)
    laws = declared(space_of(chosen, tried[0], backend, dtype).algebra.laws)
    for law in (law for law in LAWS_AND_RULES if law not in without):
        found: CounterExample | int | str
        if law in TRIED and law not in laws:
            found = counter_example(chosen, law, tried, backend, dtype)
        else:
            found = _held(chosen, law, tried, backend, dtype)
        if isinstance(found, str):
            report.skipped[law] = found
        elif isinstance(found, int):
            report.held[law] = found
        else:
            report.broken[law] = found
    return report


def check_law(
    algebra: str | type[Algebra] | Chosen,
    law: str,
    case: Case,
    backend: str = "numpy",
    dtype: str = "float32",
) -> None:
    """Try a law or a rule at one case: BrokenLaw where it fails, Inapplicable where it says nothing."""
    says = _says(law)
    try:
        gap, allowed = _gap(algebra, law, case, backend, dtype)
    except LawError as refused:
        raise BrokenLaw(f"{_name(algebra)}, {law}: {says}: {refused} at {case}") from refused
    if gap > allowed:
        raise BrokenLaw(
            f"{_name(algebra)}, {law}: {says}: differs by {gap:.2g} with {backend} in {dtype} at {case}"
        )


def counter_example(
    algebra: str | type[Algebra] | Chosen,
    law: str,
    tried: Sequence[Case],
    backend: str = "numpy",
    dtype: str = "float32",
) -> CounterExample | str:
    """The first case at which a law fails, or why none applies; BrokenLaw where it holds at all."""
    reason = ""
    for case in tried:
        try:
            gap, allowed = _gap(algebra, law, case, backend, dtype)
        except Inapplicable as inapplicable:
            reason = str(inapplicable)
        except VsaError as refused:
            return CounterExample(law, _says(law), case, math.inf, str(refused))
        else:
            if gap > max(CLEAR, allowed):
                return CounterExample(law, _says(law), case, gap)
    if reason:
        return reason
    raise BrokenLaw(
        f"{_name(algebra)} does not declare {law}, which holds at all {len(tried)} cases: {_says(law)}"
    )


def _held(chosen: Chosen, law: str, tried: Sequence[Case], backend: str, dtype: str) -> int | str:
    """At how many cases a law holds, or why it says nothing at any."""
    count, reason = 0, ""
    for case in _chosen_for(law, tried):
        try:
            check_law(chosen, law, case, backend, dtype)
            count += 1
        except Inapplicable as inapplicable:
            reason = str(inapplicable)
    return count or reason


def _chosen_for(law: str, tried: Sequence[Case]) -> list[Case]:
    """All cases, or one a dim and kind of atoms; of the largest dim where chance is measured."""
    if law in SPACES or law in CHANCE:
        tried = list({(case.dim, case.atoms): case for case in reversed(tried)}.values())
    largest = max(case.dim for case in tried) if law in CHANCE else 0
    return [case for case in tried if case.dim >= largest]


def _gap(
    algebra: str | type[Algebra] | Chosen, law: str, case: Case, backend: str, dtype: str
) -> tuple[float, float]:
    """The largest difference, beside what is allowed."""
    space = space_of(algebra, case, backend, dtype)
    pairs = (
        (pair.gap(space), pair.allowed(space)) for pair in LAWS_AND_RULES[law](Sample(space, case))
    )
    try:
        return max(pairs, key=lambda pair: pair[0] - pair[1], default=(0.0, 0.0))
    except GrowthError as grown:
        raise Inapplicable("products outgrow the vectors of these spaces") from grown


def _says(law: str) -> str:
    return str(LAWS_AND_RULES[law].__doc__)


def _name(algebra: str | type[Algebra] | Chosen) -> str:
    return find_algebra(algebra).name
