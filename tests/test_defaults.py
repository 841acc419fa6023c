"""Parameters of a `def` with default values: given, by name, kept, printed, offered."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsa import Session, Space, VsaError
from vsa.lang.show import show
from vsa.terminal.complete import offers
from vsa.terminal.words import introduced, words

SETUP = "atom mark, fish; base = 3; def f(x, y=fish, k=base + 1) = k * x + y"


@pytest.fixture
def session():
    session = Session(Space(dim=512))
    session.run(SETUP)
    return session


def value(session, text):
    return session.run(text)[-1]


def equal(session, one, other):
    return value(session, f"norm(({one}) - ({other})) < 0.001")


@pytest.mark.parametrize(
    ("call", "meant"),
    [
        ("f(mark)", "4 * mark + fish"),
        ("f(mark, mark)", "5 * mark"),
        ("f(mark, mark, 1)", "2 * mark"),
        ("f(mark, k=1)", "mark + fish"),
        ("f(k=1, x=fish)", "2 * fish"),
        ("f(mark, k=2, y=nil)", "2 * mark"),
    ],
)
def test_arguments_by_position_and_by_name(session, call, meant):
    assert equal(session, call, meant)


@settings(max_examples=20)
@given(st.permutations(["a=1", "b=10", "c=100"]), st.sets(st.sampled_from("abc")))
def test_names_in_any_order_and_any_left_out(order, left_out):
    session = Session(Space(dim=64))
    session.run("def g(a=2, b=20, c=200) = a + b + c")
    kept = [pair for pair in order if pair[0] not in left_out]
    whole = {"a": 1, "b": 10, "c": 100}
    expected = sum(n * (2 if name in left_out else 1) for name, n in whole.items())
    assert value(session, f"g({', '.join(kept)})") == expected


def test_a_default_is_what_it_was_when_the_function_was_defined(session):
    session.run("base = 100; fish = mark")
    assert value(session, "norm(f(nil, nil, 1))") == 0
    assert value(session, "similarity(f(nil, k=1), fish) < 0.5")  # the first fish


def test_a_default_does_not_see_the_parameters_and_the_body_does():
    session = Session(Space(dim=64))
    session.run("k = 7; def g(k, m=k) = k * m")
    assert value(session, "g(2)") == 14


def test_a_default_may_be_what_was_defined_before_under_the_same_name():
    session = Session(Space(dim=64))
    session.run("def g(x) = x + 1; def g(x, y=g(1)) = x * y")
    assert value(session, "g(3)") == 6


def test_one_failing_default_leaves_the_older_function(session):
    with pytest.raises(VsaError, match="division by zero"):
        session.run("def f(x, k=1 / 0) = x")
    assert equal(session, "f(mark)", "4 * mark + fish")


def test_it_is_printed_as_it_was_written(session):
    said = show(session, value(session, "?f"))
    assert said.startswith("f(x, y=fish, k=base + 1)\n")
    with pytest.raises(VsaError, match=r"f takes 3 arguments: f\(x, y=fish, k=base \+ 1\)"):
        session.run("f(mark, mark, 2, 3)")


def test_tab_offers_the_parameters_that_are_not_given(session):
    offered = {o.text: o.about for o in offers(session, "f(mark, ")}
    assert offered["y="] == "y=fish"
    assert offered["k="] == "k=base + 1"
    assert "x=" not in offered
    assert {o.text for o in offers(session, "f(k=2, ")} >= {"x=", "y="}


def test_only_parameters_are_new_names_in_a_heading():
    assert introduced(words("def g(a, b=other, c=h(d, e)) = a")) == {"g", "a", "b", "c"}


def test_they_are_kept_in_files_and_exports(session, tmp_path):
    session.save(tmp_path / "s.vsa")
    session.run("base = 0")
    session.run(f":export {tmp_path / 'out'}")
    session.close()
    fresh = Session(Space(dim=512))
    fresh.run(f":import {tmp_path / 'out'}")
    for other in (Session.open(tmp_path / "s.vsa"), fresh):
        assert equal(other, "f(mark)", "4 * mark + fish")
        assert other.definitions["f"].signature == "f(x, y=fish, k=base + 1)"
        other.close()


def test_a_definition_without_defaults_is_written_as_before(session):
    from vsa.persist.writer import Writer

    session.run("def g(x) = x")
    writer = Writer(session.memory, session.plugins, lambda _: None)
    assert writer._object(session.definitions["g"]) == {"definition": "def g(x) = x", "free": {}}


def test_undo_takes_the_definition_back(session):
    session.run("def f(x, k=1) = x; :undo")
    assert session.definitions["f"].signature == "f(x, y=fish, k=base + 1)"
