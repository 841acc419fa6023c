"""The year in a date of a GEDCOM file, whatever its form and calendar."""

from __future__ import annotations

import re
import warnings
from typing import Any

from vsa.plugin import needed, shown

LATEST = 9999  # a number beyond is no year
LONGEST = 200  # characters of a date that are looked at
# What stands before the first day of a date: words of the grammar, and its calendar, which version 5
# escapes (@#DFRENCH R@) and version 7 names by a keyword; one that begins with _ is a program's own.
BEFORE = re.compile(
    r"(?:FROM|TO|BEF|AFT|BET|ABT|CAL|EST|INT)\s+"
    r"|@#D([^@]*)@\s*|(GREGORIAN|JULIAN|HEBREW|FRENCH_R|_\w+)\s+",
    re.I,
)
AFTER = re.compile(r"\s+(?:AND|TO)\s|\(", re.I)
# The calendars whose years are those that we count; of the two last version 5 says nothing.
OURS = ("", "GREGORIAN", "JULIAN", "ROMAN", "UNKNOWN")
# "44 B.C.", "44 BCE", "-44", as programs write them.
BC = re.compile(r"\s*\bB\.?\s?C\b\.?(?:\s?E\b\.?)?$|(?<!\S)-(?=\d+$)", re.I)
AD = re.compile(r"^A\.?\s?D\b\.?\s*|\s*\b(?:A\.?\s?D|C\.?\s?E)\b\.?$", re.I)

# Words for ages, pages and other numbers, before or behind which a number is no year.
NUMBERED = (
    r"aged?|alter|alt|âgée?|âge|edad|leeftijd|pages?|pp?|pgs?|pag|página|pagina|seiten?|s|blz|folios?|fol|ff?"
    r"|volumes?|vol|bände?|band|bd|tome|numbers?|numéro|num|nos?|nrs?|nummer|entry|entries|items?|lines?"
    r"|acte?s?|akten?|certificates?|cert|records?|registers?|reg|refs?|references?|ids?|films?|rolls?|box"
    r"|plots?|lots?|graves?|house|room|parts?|chapters?|chap|section|sheet|image|file"
)
UNITS = (
    r"years?|yrs?|y|months?|mos?|weeks?|wks?|days?|hours?|hrs?|minutes?|ans?|mois|jours?|jahren?|jahre?|monate?n?"
    r"|tagen?|tage|jaar|maanden|dagen|años?|meses|anni|mesi|år|lat|acres?|miles?|km|pages?|pp?|seiten?"
)
NO_YEAR = re.compile(
    rf"(?:\b(?:{NUMBERED})\b|[#№°])[\s.:°#]*\d+(?:\s*[-–/]\s*\d+)*|\d+[\s-]*(?:{UNITS})\b", re.I
)
YEAR = re.compile(r"(?<![^\W\d_])(?:ca?)?(?<!\d)([12]\d{3})(?=s?\b)", re.I)
YEAR_BC = re.compile(r"\b(\d{1,4})\s*B\.?\s?C", re.I)
# Three digits are a year only where the words are a date and nothing else: "about 987", "3. Mai 899".
EARLY = re.compile(
    r"\W*(?:(?:about|circa|ca?|abt|around|before|bef|after|aft|by|in|early|late|mid|the|year|of|born|died"
    r"|probably|maybe|perhaps|say|est|ad|anno|um|vor|nach|etwa|vers|environ|avant|après|en|im|jahre?)\W+)*"
    r"(?:\d{1,2}\W+)?(?:(?:jan|feb|fév|mar|mär|apr|avr|ma[iyj]|jun|jui|jul|aug|aoû|sep|o[ck]t|nov|de[cz]|déc)"
    r"\w*\W+)?(\d{3})\W*(?:a\W?d)?\W*",
    re.I,
)


class UnknownCalendarError(Exception):
    """The date counts in a calendar that is not known here."""


def year_of(text: str) -> int | None:
    """The year of a DATE, in our count, of a range the first; B.C. is negative, None is unknown.

    Hebrew and republican dates are converted. A date of a calendar that is not known is an
    UnknownCalendarError.
    """
    text = text.strip()[:LONGEST]
    place, calendar = 0, ""
    while before := BEFORE.match(text, place):
        place = before.end()
        calendar = (before[1] or before[2] or calendar).strip().upper().replace("_", " ")
    if calendar not in (*OURS, "HEBREW", "FRENCH R"):
        raise UnknownCalendarError(f"{shown(text)} is of a calendar that is not known")
    rest = text[place:]
    first = rest[: after.start()] if (after := AFTER.search(rest)) else rest
    date = _date(first.strip(), "" if calendar in OURS else f"@#D{calendar}@ ")
    return _year_in(text) if date is None else _gregorian(date)


def _date(text: str, calendar: str) -> Any:
    """One date as ged4py reads it, or None: a month that it does not know is a word."""
    from ged4py.calendar import CalendarDate

    before = BC.search(text)
    text = BC.sub("", text) if before else AD.sub("", text)
    try:
        date = CalendarDate.parse(f"{calendar}{text}{' B.C.' if before else ''}")
    except ValueError:
        return None
    return date if date.month is None or date.month_num else None


def _gregorian(date: Any) -> int | None:
    """The year of a date of any calendar; None where there is none, or no such day."""
    kind, month, day = date.calendar.value, date.month_num or 0, date.day or 1
    if not 0 < date.year <= LATEST:
        return None
    if kind not in ("HEBREW", "FRENCH R"):
        return int(-date.year if date.bc else date.year)
    if date.bc:
        return None
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
            year = int(convert.to_gregorian(date.year, month, day)[0])
    except (ValueError, ArithmeticError, LookupError):
        return None
    return year if year > 0 else year - 1  # it counts a year 0


def _year_in(phrase: str) -> int | None:
    """A year in words that are no GEDCOM date, such as "29 December 1812"; ages are none."""
    phrase = NO_YEAR.sub(" ", phrase)
    if before := YEAR_BC.search(phrase):
        return -int(before[1]) or None
    found = YEAR.search(phrase) or EARLY.fullmatch(phrase)
    return int(found[1]) if found else None
