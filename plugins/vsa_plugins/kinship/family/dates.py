"""The year in a date of a GEDCOM file, whatever its form and calendar."""

from __future__ import annotations

import re
import warnings
from typing import Any

from vsa.plugin import needed

# Calendars that ged4py does not know, and would fail on.
CALENDAR = re.compile(r"@#D(?!GREGORIAN@|JULIAN@|HEBREW@|FRENCH R@)[^@]*@\s*")


def year_of(value: Any) -> int | None:
    """The year of ged4py's DateValue, of a range the first; B.C. is negative, None is unknown."""
    date = getattr(value, "date", None) or getattr(value, "date1", None)
    return _gregorian(date) if date else _year_in(getattr(value, "phrase", None) or "")


def _gregorian(date: Any) -> int | None:
    """The year of a date of any calendar; None where there is none, or no such day."""
    kind, month, day = date.calendar.value, date.month_num or 0, date.day or 1
    if date.year is None or kind not in ("HEBREW", "FRENCH R"):
        return None if date.year is None else int(-date.year if date.bc else date.year)
    if kind == "HEBREW":
        # Here the months stand from Tishri on, in convertdate from Nisan on; ged4py's own key()
        # mixes the two up. A year without a month is that in which its Nisan falls.
        name, month = "hebrew", (month + 5) % 13 + 1 if month else 1
    else:
        name, month = "french_republican", month or 7
    convert = needed(f"convertdate.{name}", "reading such dates", "kinship")
    try:
        with warnings.catch_warnings():  # it calls what it has itself deprecated
            warnings.simplefilter("ignore", DeprecationWarning)
            return int(convert.to_gregorian(date.year, month, day)[0])
    except (ValueError, ArithmeticError, LookupError):
        return None


def _year_in(phrase: str) -> int | None:
    """A year in words that are no GEDCOM date, such as "29 December 1812"."""
    before = re.search(r"(\d+) *B\.? ?C", phrase, re.I)
    if before:
        return -int(before[1])
    found = re.search(r"(?<!\d)\d{3,4}(?!\d)", phrase)
    return int(found[0]) if found else None
