"""How cells are read: as numbers or dates of one way of writing, or as they stand.

A way of writing is tried on all cells of a column, so that `1,234` and 3/4/2020 mean the same in each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Real
from typing import Any

BLANK = frozenset({""})
MARKERS = frozenset({"", "-", "–", "?", "na", "n/a", "nan", "null"})  # in columns of numbers, dates
LONGEST = 64  # characters of a number or a date
DAY = 86400.0

_SPACE = "[' \u00a0\u2009\u202f]"  # between thousands, whatever the decimal sign is
_UNIT = "[%‰$€£¥]"


def _pattern(decimal: str, group: str) -> re.Pattern[str]:
    apart = f"(?:{re.escape(group)}|{_SPACE})"
    whole = rf"(?:[1-9]\d{{0,2}}(?:{apart}\d{{3}})+|0|[1-9]\d*)"  # 01234 is a code, and no number
    fraction = rf"(?:{re.escape(decimal)}\d*)?"
    number = rf"(?:{whole}{fraction}|{re.escape(decimal)}\d+)(?:[eE][+-]?\d+)?"
    signed = rf"(?P<sign>[+\-−])?(?P<number>{number})"
    return re.compile(rf"(?P<before>{_UNIT})?\s*{signed}\s*(?P<after>{_UNIT})?")


NUMBERS = {"point": _pattern(".", ","), "comma": _pattern(",", ".")}
YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:[T ](?P<time>\d.*))?"
)
DATES = {
    "y-m-d": YEAR_FIRST,
    "d/m/y": re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})"),
    "m/d/y": re.compile(r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4})"),
}


def as_number(cell: Any, form: str) -> tuple[float, str] | None:
    """A cell as a number and its unit; None for what is none. `form` says what the decimal sign is."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, Real) or type(cell).__name__ == "Decimal":
        return float(cell), ""
    if not isinstance(cell, str) or len(cell) > LONGEST:
        return None
    found = NUMBERS[form].fullmatch(cell.strip())
    if found is None or (found["before"] and found["after"]):
        return None
    text = re.sub(_SPACE, "", found["number"])
    text = text.replace(",", "") if form == "point" else text.replace(".", "").replace(",", ".")
    value = float(text)
    unit = found["before"] or found["after"] or ""
    return (-value if found["sign"] in ("-", "−") else value), unit


def as_date(cell: Any, form: str) -> tuple[float, str] | None:
    """A cell as a number of days; None for what is no date, as the 30th of February."""
    if isinstance(cell, datetime):
        return _days(cell), ""
    if isinstance(cell, date):
        return float(cell.toordinal()), ""
    if not isinstance(cell, str) or len(cell) > LONGEST:
        return None
    found = DATES[form].fullmatch(cell.strip())
    if found is None:
        return None
    try:
        if form == "y-m-d" and found["time"]:
            return _days(datetime.fromisoformat(cell.strip())), ""
        return float(date(int(found["y"]), int(found["m"]), int(found["d"])).toordinal()), ""
    except ValueError:
        return None


def _days(moment: datetime) -> float:
    clock = moment.hour * 3600 + moment.minute * 60 + moment.second
    return moment.toordinal() + clock / DAY


@dataclass(frozen=True)
class Reading:
    """One way of writing numbers or dates."""

    kind: str
    form: str

    @property
    def read(self) -> Callable[[Any, str], tuple[float, str] | None]:
        return as_number if self.kind == "number" else as_date

    def value(self, cell: Any) -> tuple[float, str] | None:
        """(number or days, unit), or None for what is none."""
        return self.read(cell, self.form)


READINGS = [Reading("number", form) for form in NUMBERS] + [Reading("date", f) for f in DATES]


def is_missing(cell: Any, markers: frozenset[str] = BLANK) -> bool:
    """Whether a cell holds nothing: None, NaN, an empty text, or one of the markers."""
    if isinstance(cell, str):
        return cell.strip().lower() in markers
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, float) and math.isnan(cell)


def as_text(cell: Any) -> str | None:
    """A cell as a text; None for what is neither a text, a number nor a date."""
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, Real) and float(cell).is_integer():
        return str(int(float(cell)) if isinstance(cell, float) else cell)
    return str(cell) if isinstance(cell, (Real, date)) else None
