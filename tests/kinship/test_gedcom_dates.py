"""The years of GEDCOM's dates: forms, calendars, and numbers that are no years."""

from contextlib import suppress

import pytest
from gedcoms import family, ged
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.kinship.family.dates import UnknownCalendarError, year_of

pytest.importorskip("ged4py")


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("24 MAY 1819", 1819), ("1819", 1819), ("ABT 1808", 1808), ("abt 1808", 1808),
        ("BEF 16 FEB 1337", 1337), ("AFT FEB 1140", 1140), ("BET 1800 AND 1810", 1800),
        ("FROM 1700 TO 1710", 1700), ("TO 1710", 1710), ("11 FEB 1731/32", 1731),
        ("ABT    1103/1105", 1103), ("INT 1850 (a guess)", 1850), ("(about 1750?)", 1750),
        ("29 December 1812", 1812), ("12/3/1888", 1888), ("1888-03-12", 1888), ("FEB 36", 36),
        ("12 MAI 1900", 1900), ("May 5, 1900", 1900), ("c1850", 1850), ("1850s", 1850),
        ("BEF BET MAY 1979 AND AUG 1979", 1979), ("1900 -1910", 1900), ("987", 987),
        ("about 987", 987), ("(3. Mai 899)", 899), ("A.D. 987", 987), ("987 CE", 987),
        ("20 JUL", None), ("", None), ("unknown", None), ("@X@", None), ("0", None),
        ("1 JAN 0000", None), ("99999999999", None), ("20250401", None),
    ],
)  # fmt: skip
def test_years(date, year):
    record = family(ged(f"0 @A@ INDI|1 BIRT|2 DATE {date}|1 DEAT Y")).records[0]
    assert (record.born, record.died) == (year, None)


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("44 B.C.", -44), ("BEF 44 B.C.", -44), ("1 JAN 44 BC", -44), ("44 BCE", -44),
        ("BET 100 BCE AND 44 BCE", -100), ("AFT 12 NOV 90 BCE", -90), ("JULIAN OCT 44 BCE", -44),
        ("(killed 44 B.C. in Rome)", -44), ("-44", -44), ("-0044", -44), ("1 JAN -44", -44),
        ("ABT -44", -44), ("BET -044 AND 029", -44), ("FROM 5 B.C. TO 10", -5),
    ],
)  # fmt: skip
def test_years_before_christ(date, year):
    assert year_of(date) == year


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("@#DJULIAN@ 3 MAR 1600", 1600), ("@#DJULIAN@ BEF 1600", 1600), ("@#DROMAN@ 1777", 1777),
        ("@#DGREGORIAN@ 1777", 1777), ("@#DUNKNOWN@ 1777", 1777),
        ("@#DHEBREW@ 13 CSH 5760", 1999),  # 23 October 1999
        ("@#DHEBREW@ 2 IYR 5760", 2000), ("@#DHEBREW@ 5760", 2000),
        ("@#DFRENCH R@ 1 VEND 3", 1794),  # 22 September 1794
        ("@#DFRENCH R@ 12 NIVO 3", 1795), ("@#DFRENCH R@ 3", 1795),
        ("@#DFRENCH R@ 9 COMP 3", None),  # there were five such days, or six
        ("@#DFRENCH R@ -3", None), ("@#DHEBREW@ 5760 B.C.", None),
        # Version 7 has keywords, one for each date of a range.
        ("JULIAN 3 MAR 1600", 1600), ("GREGORIAN MAR 1600", 1600), ("HEBREW 13 CSH 5760", 1999),
        ("BEF HEBREW 2 IYR 5760", 2000), ("FRENCH_R 12 NIVO 3", 1795), ("french_r 3", 1795),
        ("BET FRENCH_R 1 VEND 3 AND FRENCH_R 2", 1794), ("TO FRENCH_R 3", 1795),
        ("FROM 1790 TO FRENCH_R 5", 1790), ("BET 1790 AND _MINE 5", 1790),
        ("HEBREW 3761", 1), ("HEBREW 3760", -1),  # there is no year 0
    ],
)  # fmt: skip
def test_calendars(date, year):
    assert year_of(date) == year


@pytest.mark.parametrize("date", ["_MINE 1380", "@#DISLAMIC@ 4 MAY 1380", "FROM _MINE 3 TO 1900"])
def test_a_year_of_a_calendar_that_is_not_known_is_left_out_and_noted(date):
    with pytest.raises(UnknownCalendarError):
        year_of(date)
    made = family(ged(f"0 @A@ INDI|1 NAME Ann|1 BIRT|2 DATE {date}"))
    assert made.records[0].born is None
    assert made.notes == (
        f"the date of BIRT of @A@, '{date}' is of a calendar that is not known: left out",
    )


@pytest.mark.parametrize(
    "phrase",
    [
        "(aged 102 years)", "aged 102", "AGE 102", "102 years old", "aged 1200 days", "Alter 101",
        "à l'âge de 102 ans", "102 Jahre", "in her 102nd year", "(see page 371)", "page 1812",
        "PAGE 371", "p. 1812", "pp. 1812-1815", "Seite 1812", "fol. 1812", "No. 1812", "#1812",
        "vol. 1812", "entry 1812", "certificate no. 1812", "ref 9876", "Roe 371", "1812 miles",
    ],
)  # fmt: skip
def test_ages_pages_and_numbers_are_no_years(phrase):
    for date in (phrase, f"({phrase})"):
        assert year_of(date) is None, date
    assert year_of(f"{phrase}, in 1850") == 1850


def test_a_phrase_beside_the_date_tells_where_the_date_does_not():
    made = family(
        ged("0 @A@ INDI|1 BIRT|2 DATE|3 PHRASE around 1750, or page 9|1 DEAT|2 DATE 1800")
    )
    assert (made.records[0].born, made.records[0].died) == (1750, 1800)


@given(st.text(max_size=40) | st.text("0123456789 -/@#DBC.ANTO", max_size=300))
def test_any_text_is_a_year_or_none(text):
    with suppress(UnknownCalendarError):
        year = year_of(text)
        assert year is None or 0 < abs(year) <= 9999
