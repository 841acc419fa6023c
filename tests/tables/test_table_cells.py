"""Cells of tables: how numbers and dates are read, what is missing, names made of texts."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.table.cells import READINGS, Reading, as_text, is_missing
from vsa_plugins.table.names import Names, as_name

POINT, COMMA = Reading("number", "point"), Reading("number", "comma")
DAY = datetime.date(2020, 4, 13).toordinal()


@pytest.mark.parametrize(
    ("cell", "point", "comma"),
    [
        ("1234", 1234, 1234), ("-3", -3, -3), ("−3", -3, -3), ("+.5", 0.5, None), (",5", None, 0.5),
        ("1,234", 1234, 1.234), ("1.234", 1.234, 1234), ("1,234.5", 1234.5, None),
        ("1.234,5", None, 1234.5), ("12,345,678", 12345678, None), ("1'234", 1234, 1234),
        ("1 234", 1234, 1234), ("1e-3", 0.001, 0.001), ("12,34", None, 12.34), ("0.5", 0.5, None),
        ("01234", None, None), ("1,23,456", None, None), ("x", None, None), ("1 2", None, None),
        ("", None, None), ("inf", None, None), ("nan", None, None), ("٣", None, None),
    ],
)  # fmt: skip
def test_a_number_is_written_with_a_point_or_a_comma(cell, point, comma):
    found = [reading.value(cell) for reading in (POINT, COMMA)]
    wanted = [None if x is None else (pytest.approx(x), "") for x in (point, comma)]
    assert found == wanted


@pytest.mark.parametrize(
    ("cell", "unit"), [("12 %", "%"), ("12%", "%"), ("$ 12", "$"), ("-12 €", "€"), ("£12", "£")]
)
def test_a_unit_stands_before_or_behind(cell, unit):
    value, found = POINT.value(cell)
    assert (abs(value), found) == (12, unit)
    assert POINT.value("$12%") is None


@given(st.integers(-(10**12), 10**12), st.integers(0, 99))
def test_what_python_writes_with_groups_is_read_back(whole, cents):
    text = f"{whole:,}.{cents:02}"
    value = math.copysign(abs(whole) + cents / 100, -1 if text[0] == "-" else 1)
    assert POINT.value(text)[0] == pytest.approx(value)
    turned = text.translate(str.maketrans(",.", ".,"))
    assert COMMA.value(turned)[0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("cell", "forms"),
    [
        ("2020-04-13", {"y-m-d"}), ("2020/4/13", {"y-m-d"}), ("13/04/2020", {"d/m/y"}),
        ("13.4.2020", {"d/m/y"}), ("4/13/2020", {"m/d/y"}), ("30/02/2020", set()),
        ("2020-13-13", set()), ("13/04/20", set()), ("today", set()), ("20200413", set()),
    ],
)  # fmt: skip
def test_a_date_is_written_in_one_order(cell, forms):
    dates = [reading for reading in READINGS if reading.kind == "date"]
    found = {reading.form: reading.value(cell) for reading in dates}
    assert {form for form, value in found.items() if value} == forms
    assert all(value == (DAY, "") for value in found.values() if value)


def test_a_date_with_a_time_and_dates_of_python():
    reading = Reading("date", "y-m-d")
    assert reading.value("2020-04-13T12:00:00") == (DAY + 0.5, "")
    assert reading.value(datetime.date(2020, 4, 13)) == (DAY, "")
    assert reading.value(datetime.datetime(2020, 4, 13, 6)) == (DAY + 0.25, "")


def test_what_is_missing():
    assert all(map(is_missing, [None, math.nan, "", "  "]))
    assert not any(map(is_missing, ["NA", 0, False, "-"]))  # NA is also Namibia
    assert as_text(3.0) == "3"
    assert as_text(True) == "true"
    assert as_text([1]) is None


def test_names_are_made_once_each():
    names = Names({"set", "t"}.__contains__)
    given = ["New Zealand", "set", "New-Zealand", "2nd", "", "ok", "ok", "ok"]
    found = [names.name(text, f"t_{i}", "t") for i, text in enumerate(given)]
    assert found == [
        "New_Zealand", "t_set", "t_New_Zealand", "_2nd", "t_4", "ok", "t_ok", "t_ok_2",
    ]  # fmt: skip
    assert ("(empty)", "t_4") in names.made
    assert ("ok", "ok") not in names.made


@given(st.lists(st.text(max_size=8), max_size=12))
def test_every_name_can_be_typed_and_is_another(texts):
    names = Names(set().__contains__)
    found = [names.name(text, f"row_{i}", "t") for i, text in enumerate(texts)]
    assert all(name.isidentifier() for name in found)
    assert len(set(found)) == len(texts)
    assert all(as_name(name) == name for name in found)
