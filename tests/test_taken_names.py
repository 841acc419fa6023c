"""A name of the user wins over a function of a plugin that was not called by it yet."""

import pytest

import vsa
from vsa.hooks.loader import load_plugins

PLUGINS = load_plugins()
YOURS = "top is yours now, and no longer the function of the plugin stack"
IN_USE = "'top' is a function of the plugin 'stack', in use here: choose another name"


@pytest.fixture
def session():
    return vsa.Session(vsa.Space(64), plugins=PLUGINS)


def notes(session, text):
    return [note for outcome in session.execute(text) for note in outcome.notes]


@pytest.mark.parametrize("statement", ["atom top", "top = 3", "def top(x) = x", "atom a, top"])
def test_a_name_of_the_user_wins_with_a_note_said_once(session, statement):
    assert notes(session, statement) == [YOURS]
    assert "top" in (*session.values, *session.definitions)
    assert notes(session, "top = 4") == []
    assert session.run("top") == [4.0]


@pytest.mark.parametrize("statement", ["atom top", "top = 3", "def top(x) = x"])
@pytest.mark.parametrize(
    "before", ["atom a; top(push(nil, a))", "def f(s) = top(s); atom a; f(push(nil, a))"]
)
def test_a_function_that_was_called_keeps_its_name(session, before, statement):
    session.run(before)
    with pytest.raises(vsa.VsaError, match="^" + IN_USE):
        session.run(statement)


def test_what_an_expression_calls_is_no_name_for_its_value(session):
    session.run("atom a")
    with pytest.raises(vsa.VsaError, match="^" + IN_USE):
        session.run("top = top(push(nil, a))")
    assert session.run("top(push(nil, a))")[0].name == "a"


def test_from_python_too(session):
    with pytest.warns(UserWarning, match="^" + YOURS):
        session.set("top", 3)
    assert session.run("top") == [3.0]


def test_undone_it_is_the_function_again(session):
    session.run("atom a; s = push(nil, a)")
    session.run("atom top; :undo")
    assert session.run("top(s)")[0].name == "a"


def test_what_signs_stand_for_is_the_function_all_the_same(session):
    session.run("atom mark, sequence, set, slot")
    assert str(session.run("{mark}")[0]) == "{mark}"
    assert session.run("[mark, mark]")[0].dim == 64
    assert session.run("frame(mark, agt=set).agt")[0].name == "set"
    session.run("def pair(x) = [x, x]; def both(x) = {x}")
    assert str(session.run("both(mark)")[0]) == "{mark}"
    assert session.run("pair(mark)")[0].dim == 64


def test_a_definition_keeps_the_function_that_it_was_made_with(session):
    session.run("atom a; def f(s) = empty(s)")
    assert session.run("f(nil)") == [True]
    with pytest.raises(vsa.VsaError, match="'empty' is a function of the plugin"):
        session.run("atom empty")


def test_what_the_history_of_a_file_has_called_keeps_its_name(tmp_path):
    path = tmp_path / "kept.vsa"
    with vsa.Session.open(path) as session:
        session.run("atom a; s = push(nil, a); atom pop")
    with vsa.Session.open(path) as session:
        with pytest.raises(vsa.VsaError, match="'push' is a function"):
            session.run("atom push")
        assert session.run("pop")[0].label == "pop"
        assert notes(session, "atom pop") == []
