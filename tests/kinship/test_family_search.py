"""A family of people: whom it finds by name and years."""

import numpy as np
import pytest
from smiths import smiths
from vsa_plugins.kinship.family import Family, Record

from vsa import VsaError

KINGS = Family(
    [
        Record("@I1@", "Edward VII Wettin", "M", 1841, 1910),
        Record("@I2@", "Edward", "M", 1330, 1376),
        Record("@I3@", "Albert Edward Spencer", "M", 1892),
        Record("@I4@", "Edward VIII Windsor", "M", 1894, 1972),
        Record("@I5@", "Charlotte Brontë", "F", 1816, 1855),
        Record("@I6@", "Nicholas II Romanov", "M", 1868, 1918),
        Record("@I7@", "Charles Zoë Noël"),
        Record("@I8@", "Romanov Noël Charles"),
    ],
    [],
    name="kings.ged",
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("@I4@",), "@I4@"),  # an id
        (("Edward",), "@I2@"),  # the full name goes first
        (("Edward", 1841), "@I1@"),
        (("edward", 1892), "@I3@"),
        (("EDWARD vii",), "@I1@"),
        (("Wettin, Edward",), "@I1@"),  # any order
        (("Spencer Albert",), "@I3@"),
        (("Edward", None, 1972), "@I4@"),
        (("Edward 1894",), "@I4@"),  # years count as words
        (("Edward VIII Windsor (1894)",), "@I4@"),
        (("bronte",), "@I5@"),  # accents do not matter
        (("Brontë".encode().decode(),), "@I5@"),
        (("Bronte\u0308",), "@I5@"),
        (("noel zoe",), "@I7@"),
        (("Charles",), "@I7@"),  # who is called so first goes before who is called so at all
        (("Romanov",), "@I8@"),
    ],
)
def test_find(asked, found):
    assert KINGS.find(*asked).id == found


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            ("Edvard Wetin",),
            "nobody in kings.ged is called 'Edvard Wetin'; "
            "did you mean Edward VII Wettin 1841–1910 (@I1@)?",
        ),
        (
            ("Nikolas II",),
            "nobody in kings.ged is called 'Nikolas II'; "
            "did you mean Nicholas II Romanov 1868–1918 (@I6@)?",
        ),
        (
            ("Edward W", 1900),
            "nobody in kings.ged is called 'Edward W', born in 1900; did you mean "
            "Edward 1330–1376 (@I2@), Edward VII Wettin 1841–1910 (@I1@) "
            "or Albert Edward Spencer 1892– (@I3@)?",
        ),
        (
            ("Edward", 1840),
            "nobody in kings.ged is called 'Edward', born in 1840; nearest in years: "
            "Edward VII Wettin 1841–1910 (@I1@), Albert Edward Spencer 1892– (@I3@), "
            "Edward VIII Windsor 1894–1972 (@I4@) and Edward 1330–1376 (@I2@)",
        ),
        (
            ("Edward V", 1894, 1973),
            "nobody in kings.ged is called 'Edward V', born in 1894, died in 1973; did you mean "
            "Edward 1330–1376 (@I2@), Edward VII Wettin 1841–1910 (@I1@) "
            "or Albert Edward Spencer 1892– (@I3@)?",
        ),
        (("",), "nobody in kings.ged is called ''; give a name, or an id such as '@I1@'"),
        (("...",), "nobody in kings.ged is called '...'; give a name, or an id such as '@I1@'"),
        (
            ("Xü",),
            "nobody in kings.ged is called 'Xü'; no name is near it: give another, or an id such as '@I1@'",
        ),
        (
            ("@I1@", 1842),
            "nobody in kings.ged is called '@I1@', born in 1842; nearest in years: "
            "Edward VII Wettin 1841–1910 (@I1@)",
        ),
    ],
)
def test_who_is_not_there(asked, message):
    with pytest.raises(VsaError) as caught:
        KINGS.find(*asked)
    assert str(caught.value) == message


def test_several_of_one_name_are_listed_with_years_and_ids():
    family = Family([Record(f"@I{i}@", "Ann", born=1900 + i) for i in range(3)], [])
    with pytest.raises(VsaError) as caught:
        family.find("ann")
    assert str(caught.value) == (
        "3 people are called 'ann': Ann 1900– (@I0@), Ann 1901– (@I1@) and Ann 1902– (@I2@); "
        "add born= or died=, or give the id"
    )
    many = Family([Record(f"@I{i}@", "Ann") for i in range(12)], [])
    with pytest.raises(VsaError) as caught:
        many.find("Ann")
    listed = ", ".join(f"Ann (@I{i}@)" for i in range(8))
    assert str(caught.value) == (
        f"12 people are called 'Ann': {listed} and 4 more; add born= or died=, or give the id"
    )


def test_years_of_numpy_are_years():
    family = smiths()
    assert family.find("Ann", born=np.int64(1900)).id == "@I1@"
    assert type(Record("x", born=np.int32(1900)).born) is int
