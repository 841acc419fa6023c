"""Tables as data frames of pandas and polars, and as plain dictionaries."""

import re
import sys

import numpy as np
import pytest

from vsa import Table, VsaError


def test_a_frame_of_pandas():
    pandas = pytest.importorskip("pandas")
    table = Table(["n", "n", "of"], [(1, 0.5, "a"), (2, None, "b")])
    frame = table.to_frame()
    assert list(frame.columns) == ["n", "n", "of"]
    assert frame.shape == (2, 3)
    made = pandas.DataFrame(table)
    assert list(made.columns) == ["n", "n_2", "of"]
    assert made["n_2"].tolist()[0] == 0.5
    assert np.isnan(made["n_2"][1])
    assert Table(["a", "b"], []).to_frame().columns.tolist() == ["a", "b"]


def test_a_frame_of_polars(monkeypatch):
    made = {}

    def frame(data, strict):
        made.update(data, strict=strict)
        return "frame"

    polars = type(sys)("polars")
    polars.DataFrame = frame
    monkeypatch.setitem(sys.modules, "polars", polars)
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    assert Table(["n", "n"], [(1, 2), (3, 4)]).to_frame() == "frame"
    assert made == {"n": [1, 3], "n_2": [2, 4], "strict": False}
    made.clear()
    Table(["n"], []).to_frame()
    assert made["n"] == []


def test_without_either_it_is_said(monkeypatch):
    for name in ("pandas", "polars"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr("vsa.table.find_spec", lambda name: None)
    message = "to_frame() needs pandas or polars, and neither is there: pip install pandas"
    with pytest.raises(VsaError, match=f"^{re.escape(message)}$"):
        Table(["n"], []).to_frame()


def test_a_table_is_a_sequence_of_its_rows():
    table = Table(["a", "b"], [(1, 2), (3, 4)])
    assert list(table) == [{"a": 1, "b": 2}, {"a": 3, "b": 4}] == table.vsa_json()
    assert (len(table), table[-1]) == (2, {"a": 3, "b": 4})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bars": 3}, "bars must be headings by columns, not 3"),
        ({"bars": {"x": ""}}, "bars are of a column, and 'x' is none"),
        ({"bars": {"n": 3}}, "each of the bars must be a text, not 3"),
        ({"dimmed": 3}, "dimmed must be numbers of rows, not 3"),
        ({"dimmed": ["a"]}, "each of the dimmed must be a whole number, not 'a'"),
    ],
)
def test_what_is_no_bar_and_no_row_is_refused(wrong, message):
    with pytest.raises(VsaError, match=f"^{re.escape(message)}$"):
        Table(["n"], [(1,)], **wrong)
