"""`number`, `place`, `at`, `where` in the language: what is printed, kept, undone and refused."""

import json

import numpy as np
import pytest

import vsa
from vsa import Space, VsaError, load_plugins
from vsa.layout import within
from vsa.numbers import Estimate, heat_map
from vsa.plugin import open_session, show
from vsa.terminal.cli import main

PLUGINS = load_plugins()
SCENE = "scene = mark * place(3, -2) + fish * place(0, 4) + john * place(-4, 1)"


@pytest.fixture
def session():
    session = vsa.Session(Space(1024), plugins=PLUGINS)
    session.run(f"atom mark, fish, john, eat; {SCENE}")
    return session


def said(session, text):
    return show(session, session.run(text)[-1])


# --- numbers -------------------------------------------------------------------------------------
def test_a_number_is_printed_with_how_exact_and_how_sure(session):
    assert said(session, "number_of(number(37.5, 0, 100), 0, 100)") == "37.500 ± 0.005  certain"
    assert said(session, "number_of(mark, 0, 100)") == "nothing"
    assert said(session, "number_of(nil, 0, 100)") == "nothing"


def test_words_for_how_sure():
    made = lambda value, deviation, p: Estimate.stacked(  # noqa: E731
        [(np.array([value]), np.array([deviation]), p, 0.1)], 1
    )
    assert str(made(37.41, 0.83, 0.9)) == "37.4 ± 0.8  P = 0.90, likely"
    assert str(made(37.41, 12.0, 0.81)) == "37 ± 10  P = 0.81, doubtful"
    assert str(made(-0.001, 0.04, 0.995)) == "0.00 ± 0.04  certain"
    assert str(made(3.0, 0.96, 0.05)) == "nothing"


def test_several_numbers_stand_below_each_other_in_order(session):
    text = said(session, "number_of(number(34, 0, 100) + number(30, 0, 100), 0, 100, terms=3)")
    first, second, third = text.splitlines()
    assert first.startswith("30.000")
    assert second.startswith("34.000")
    assert third == "nothing"


def test_a_number_as_a_value_with_its_length(session):
    session.run("r = number(40, 0, 100, length=20) * mark + fish * john")
    assert session.run("number_of(r / mark, 0, 100, length=20).value")[0] == pytest.approx(
        40, abs=2
    )
    assert session.run("number_of(r / mark, 0, 100).probability")[0] < 0.5  # another code


# --- places --------------------------------------------------------------------------------------
def test_what_is_there_and_where_it_is(session):
    assert session.run("at(scene, place(3, -2))")[0].name == "mark"
    assert session.run("at(scene, place(3.2, -2.1))")[0].name == "mark"
    assert session.run("at(scene, place(-4, -4))")[0].is_nothing
    x, y = session.run("where(scene, john).x; where(scene, john).y")
    assert (x, y) == pytest.approx((-4, 1), abs=0.1)
    assert said(session, "where(scene, eat)") == "nothing"
    assert session.run("at(scene, where(scene, fish))")[0].name == "fish"
    assert session.run("at(scene, region(2, 4, -3, -1))")[0].name == "mark"


def test_the_map_has_its_peak_where_the_thing_is(session):
    first, *rows, _, ends = said(session, "where(scene, fish)").splitlines()
    assert first.endswith("certain")
    assert ends.split() == ["-5", "5"]
    row, column = next((i, r.index("█")) for i, r in enumerate(rows) if "█" in r)
    left = rows[0].index("│") + 1
    width = len(rows[0]) - left
    assert -5 + 10 * (column - left + 0.5) / width == pytest.approx(0, abs=0.6)
    assert 5 - 10 * (row + 0.5) / len(rows) == pytest.approx(4, abs=0.6)


def test_the_map_fits_the_window(session):
    with within(30):
        lines = said(session, "where(scene, fish)").splitlines()
    assert max(map(len, lines[1:])) <= 30
    assert 5 < len(lines) < 16


def test_three_axes(session):
    session.run("s3 = mark * place(3, -2, 1) + fish * place(0, 4, -4)")
    w = session.run("where(s3, fish, axes=3)")[0]
    assert w.estimate.value == pytest.approx([0, 4, -4], abs=0.2)
    assert session.run("where(s3, fish, axes=3).z")[0] == pytest.approx(-4, abs=0.2)


def test_the_box_is_a_setting(session):
    session.run(":set place.high 20; s2 = mark * place(15, 18)")
    assert session.run("where(s2, mark).y")[0] == pytest.approx(18, abs=0.1)
    assert said(session, "where(s2, mark)").splitlines()[-1].split() == ["-5", "20"]


@pytest.mark.parametrize("algebra", ["bsc", "mcr", "vtb"])
def test_in_other_algebras(algebra):
    session = vsa.Session(Space(1024, algebra), plugins=PLUGINS)
    session.run(f"atom mark, fish, john, eat; {SCENE}")
    assert session.run("at(scene, place(3, -2))")[0].name == "mark"
    assert session.run("where(scene, fish).y")[0] == pytest.approx(4, abs=0.3)
    assert session.run("number_of(number(40, 0, 100) * mark / mark, 0, 100).value")[
        0
    ] == pytest.approx(40, abs=4)


# --- kept, undone, written -----------------------------------------------------------------------
def test_what_is_read_back_is_kept_and_undone(session, tmp_path):
    session.run("w = where(scene, fish); n = number_of(number(3, 0, 9) * mark / mark, 0, 9)")
    shown = said(session, "w"), said(session, "n")
    session.run("w = 1")
    session.run(":undo")
    assert said(session, "w") == shown[0]
    session.save(tmp_path / "s.vsa")
    session.close()
    with open_session(tmp_path / "s.vsa", plugins=PLUGINS) as again:
        assert (said(again, "w"), said(again, "n")) == shown
        assert again.run("at(scene, w)")[0].name == "fish"
        assert again.run("n.value")[0] == pytest.approx(3, abs=0.01)


def test_json(capsys):
    main(["--json", "-c", "number_of(number(3, 0, 9), 0, 9)"])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["value"]["value"] == pytest.approx(3, abs=0.01)
    assert found["value"]["nothing"] < 0.01


def test_a_number_out_of_the_range_is_noted(session):
    (outcome,) = session.execute("number(120, 0, 100)")
    assert [str(n) for n in outcome.notes] == ["120 is out of the range 0 to 100"]


# --- refused -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("number(1, 5, 5)", "high must be a number above 5.0, not 5.0"),
        ("number(3, 0, 9, length=-1)", "length must be a number above 0, not -1.0"),
        ("number_of(mark, 0, 9, terms=0)", "terms must be a whole number of at least 1, not 0"),
        ("where(scene, mark, axes=4)", "axes must be a whole number of at most 3, not 4"),
        ("where(scene, mark).z", "a location has no z; it has x, y, deviation, probability"),
        ("where(nil, eat).x", "nothing is there, P = 1.00, so that it has no value"),
        ("number_of(nil, 0, 9).value", "nothing is there, P = 1.00, so that it has no value"),
        ("number_of(mark, 0, 9).vlue",
         "an estimate has no vlue; it has value, deviation, probability"),
        ("number_of(mark, 0, 9, terms=2).value",
         "an estimate has no value; it is of several numbers"),
        ("at(scene, where(scene, eat))", "it is nowhere in the scene, so that no place stands for it"),
        ("region(2, 1, 0, 1)", "right must be a number above 2.0, not 1.0"),
        ("region(0, 1, 2, 2)", "top must be a number above 2.0, not 2.0"),
        (":set place.low 7; place(1, 2)",
         "the box of places is from 7 to 5: :set place.high to more, or place.low to less"),
        (":set place.length 0; place(1, 2)",
         "the length of places is 0: :set place.length to a number above 0"),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(session, text, message):
    before = dict(session.values)
    with pytest.raises(VsaError) as error:
        session.run(text)
    assert str(error.value) == message
    assert session.values.keys() == before.keys()


def test_a_batch_of_scenes_is_for_python(session):
    from vsa_plugins.numbers import where

    space = session.space
    with pytest.raises(VsaError) as error:
        where(space.random(2), space.atom("mark"), session=session)
    assert str(error.value) == (
        "where reads one scene and one thing, not a batch of shape (2,): "
        "from Python vsa.numbers.Place decodes batches"
    )


def test_heat_maps_of_any_size_and_what_is_none():
    assert heat_map([[1.0]]).splitlines() == ["   0 │ ", "     └─", "      0 1"]
    wide = heat_map(np.eye(200), (0, 9), (0, 9)).splitlines()
    assert max(map(len, wide)) <= 70
    assert heat_map(np.zeros((2, 3))).count("█") == 0
    for values, message in [
        ("x", "values must be numbers (rows, columns)"),
        ([1.0], "values must be finite numbers (rows, columns), not of shape (1,)"),
        ([[np.nan]], "values must be finite numbers (rows, columns), not of shape (1, 1)"),
    ]:
        with pytest.raises(VsaError) as error:
            heat_map(values)
        assert str(error.value) == message
    with pytest.raises(VsaError, match=r"^x must be the two ends of an axis, not 3$"):
        heat_map([[1.0]], (0, 1, 2))
