"""What a user says of columns: kinds="zip: category, born: date d/m/y, price: number log 1 5000"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vsa import VsaError
from vsa.plugin import shown, suggest
from vsa_plugins.table.cells import DATES, NUMBERS

KINDS = ("number", "date", "category", "text", "leave")
SCALES = ("linear", "log")


@dataclass(frozen=True)
class Stated:
    """The kind of a column as it was said, and what was said of its numbers."""

    kind: str
    form: str | None = None  # how its cells are written
    scale: str | None = None
    low: float | None = None
    high: float | None = None


def stated(kinds: Any) -> dict[str, Stated]:
    """Column → what was said of it, of a text or of a mapping (column → text)."""
    if isinstance(kinds, str):
        parts = [part for part in re.split("[,;\n]", kinds) if part.strip()]
        pairs: Iterable[tuple[Any, Any]] = [_pair(part) for part in parts]
    elif isinstance(kinds, Mapping):
        pairs = kinds.items()
    else:
        raise VsaError(f'kinds must be a text, as "age: number", not {type(kinds).__name__}')
    return {str(title): _of(str(title), str(said)) for title, said in pairs}


def _pair(part: str) -> tuple[str, str]:
    title, colon, said = part.rpartition(":")
    if not colon or not title.strip():
        raise VsaError(
            f'kinds has {shown(part.strip())}: say a column and its kind, as "age: number"'
        )
    return title.strip(), said


def _of(title: str, said: str) -> Stated:
    kind, *options = said.split() or [""]
    if kind not in KINDS:
        hint = suggest(kind, KINDS) or f"there are {', '.join(KINDS)}"
        raise VsaError(f"the kind of column {shown(title)} cannot be {shown(kind)}: {hint}")
    form, scale = None, None
    ends: list[float] = []
    for option in options:
        if option in (NUMBERS if kind == "number" else DATES if kind == "date" else ()):
            form = option
        elif kind == "number" and option in SCALES:
            scale = option
        elif (
            kind == "number" and len(ends) < 2 and re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", option)
        ):
            ends.append(float(option))
        else:
            known = {"number": [*NUMBERS, *SCALES, "two ends of a range"], "date": [*DATES]}.get(
                kind
            )
            may = f"it may be followed by {', '.join(known)}" if known else "nothing follows it"
            raise VsaError(f"{kind} of column {shown(title)} has {shown(option)}: {may}")
    if len(ends) == 1 or (ends and ends[0] >= ends[1]):
        raise VsaError(f"the range of column {shown(title)} wants two ends, the lower one first")
    return Stated(kind, form, scale, *ends)
