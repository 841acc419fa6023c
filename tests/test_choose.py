"""`choose`: action selection by utilities; and the numbers of the language, `sqrt` and `pi`."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.algebra import sqrt
from vsa_plugins.choose import Choice, choose

from vsa import Session, Space, VsaError, capacity
from vsa.lang.show import show, to_json
from vsa.terminal.complete import offers

SETUP = "atom eat, sleep, run, hungry, tired, afraid"


@pytest.fixture
def session():
    session = Session(Space(dim=512))
    session.run(SETUP)
    return session


def value(session, text):
    return session.run(text)[-1]


@settings(max_examples=20)
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=5, unique=True))
def test_the_greatest_utility_wins_whatever_the_order(utilities):
    session = Session(Space(dim=64))
    names = [f"a{i}" for i in range(len(utilities))]
    session.declare(*names)
    pairs = [f"{u}, {n}" for u, n in zip(utilities, names, strict=True)]
    choice = value(session, f"choose({', '.join(pairs)})")
    best = names[utilities.index(max(utilities))]
    assert choice.name == best
    assert [line.split()[0] for line in show(session, choice).splitlines()] == [
        name for _, name in sorted(zip(utilities, names, strict=True), reverse=True)
    ]


def test_a_choice_stands_for_its_action(session):
    session.run("state = hungry + 0.5 * tired")
    session.run("c = choose(dot(state, hungry), eat, dot(state, tired), sleep)")
    assert show(session, value(session, "c")).splitlines()[0].split()[0] == "eat"
    assert value(session, "similarity(c, eat) > 0.999")
    assert value(session, "norm(c * run / run - eat) < 0.001")
    assert value(session, "top(push(nil, c)) == eat")
    assert value(session, "names = 3; similarity(choose(1, c, 0, run), eat) > 0.999")
    assert to_json(session, value(session, "c"))["name"] == "eat"


def test_one_action_wins_with_a_note(session):
    (outcome,) = session.execute("choose(0, eat)")
    assert outcome.value.name == "eat"
    assert outcome.notes == ("choose has one action, eat, which wins whatever its utility",)
    (outcome,) = session.execute("choose(0, eat, 1, sleep)")
    assert outcome.notes == ()


def test_it_finds_the_state_as_often_as_the_theory_of_its_noise_says():
    """Utilities are similarities with a noisy state: right as often as a cleanup among as many."""
    space = Space(dim=64)
    session = Session(space)
    names = [f"s{i}" for i in range(6)]
    session.declare(*names)
    states = space.batch(names)
    trials, terms = 2000, 12
    rng = np.random.default_rng(0)
    which = rng.integers(0, len(names), trials)
    noise = space.random((terms - 1, trials)).bundle()
    noisy = states[which] + noise
    pairs = [one for name, state in zip(names, states, strict=True)
             for one in (noisy.dot(state), space.atom(f"do/{name}"))]  # fmt: skip
    choice = choose(*pairs, memory=session.memory)
    right = np.mean(choice.winner == which)
    said = capacity.accuracy(64, terms, len(names))
    assert 0.5 < said < 0.95
    assert abs(right - said) < 4 * math.sqrt(said * (1 - said) / trials)


def test_expressions_name_actions_and_long_ones_have_numbers(session):
    choice = value(session, "choose(1, eat * run, 2, eat * run + sleep * tired + afraid)")
    assert choice.names == ("eat * run", "action 2")
    assert value(session, "choose(1, eat, 0, cleanup(sleep + 0.2 * run))").names == ("eat", "sleep")


def test_inside_a_definition_parameters_are_seen(session):
    session.run("def act(s, least=0.1) = choose(similarity(s, hungry), eat, least, run)")
    assert value(session, "act(hungry)").name == "eat"
    assert value(session, "act(tired)").name == "run"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("choose(1)", r"choose needs the argument 'action': choose\(utility, action, more, …\)"),
        (
            "choose(1, eat, 2)",
            "choose takes pairs of a utility and an action, .*3 arguments are no",
        ),
        (
            "choose(eat, 1)",
            "action 1 is no vector: choose takes pairs, a utility before its action",
        ),
        ("choose(1, eat, run, sleep)", "the utility of sleep is no number: choose takes pairs"),
        ("choose(1, eat, 0, run, 1, sleep)", "eat and sleep have the same utility, 1: nothing"),
        ("choose(1, eat, nan, sleep)", "the utility of sleep is not a finite number"),
        (
            "choose(1, eat, two, sleep, three, run)",
            r"utilities are batches of one shape, not of \(\)",
        ),
        (
            "choose(two, many, 1, run)",
            "the actions are each a vector, or each a batch of the shape",
        ),
        ("choose(two, eat, tie, run)", "eat and run have the same utility in row 1, 0.5: nothing"),
    ],
)
def test_what_is_no_choice_is_an_error(session, text, message):
    session.set("nan", np.array(float("nan")))
    session.set("two", np.array([0.1, 0.5]))
    session.set("tie", np.array([0.2, 0.5]))
    session.set("three", np.array([0.1, 0.5, 1]))
    session.set("many", session.space.batch(["eat", "run", "x"]))
    before = dict(session.values)
    with pytest.raises(VsaError, match=message):
        session.run(text)
    assert session.values == before


def test_batches(session, backend):
    session = Session(Space(dim=512, backend=backend))
    session.run(SETUP)
    space = session.space
    session.set("states", space.batch(["hungry", "tired", "hungry"]))
    choice = value(session, "choose(dot(states, hungry), eat, dot(states, tired), sleep)")
    assert choice.name.tolist() == ["eat", "sleep", "eat"]
    chosen = choice.vsa_vector()
    wanted = space.batch(["eat", "sleep", "eat"])
    assert np.allclose(space.backend.numpy(chosen.similarity(wanted)), 1, atol=1e-5)
    assert show(session, choice).splitlines()[:2] == ["a batch (3,) of choices", "0  eat    1.00"]
    assert to_json(session, choice)["name"] == ["eat", "sleep", "eat"]
    session.set("mine", space.batch(["eat", "run", "run"]))
    session.set("yours", space.batch(["sleep", "sleep", "eat"]))
    each = value(session, "choose(dot(states, hungry), mine, dot(states, tired), yours)")
    wanted = space.batch(["eat", "sleep", "run"])
    assert np.allclose(space.backend.numpy(each.vsa_vector().similarity(wanted)), 1, atol=1e-5)


def test_it_is_kept_undone_and_drawn(session, tmp_path):
    session.run("c = choose(2, eat, 1, sleep)")
    session.save(tmp_path / "s.vsa")
    session.close()
    with Session.open(tmp_path / "s.vsa") as again:
        assert isinstance(again.values["c"], Choice)
        assert show(again, again.values["c"]) == show(session, session.values["c"])
        assert show(again, value(again, ":plot c")).split()[:2] == ["eat", "2.00"]
        again.run("c = 3; :undo")
        assert again.values["c"].name == "eat"


# --- numbers ---------------------------------------------------------------------------------
@given(st.floats(0, 1e12))
def test_sqrt_is_the_square_root(x):
    assert sqrt(x) == math.sqrt(x)
    assert sqrt(np.array([x, 4])).tolist() == [math.sqrt(x), 2]


def test_sqrt_and_pi_in_the_language(session):
    assert value(session, "sqrt(2 * pi)") == math.sqrt(2 * math.pi)
    with pytest.raises(VsaError, match="a negative number has no square root among the numbers"):
        session.run("sqrt(-1)")
    with pytest.raises(VsaError, match="sqrt wants a number or an array as 'x', not a vector"):
        session.run("sqrt(eat)")


def test_pi_gives_way_to_a_name_of_the_users(session):
    assert "pi" in {offer.text for offer in offers(session, "2 * p")}
    assert show(session, value(session, "?pi")) == "pi: 3.14159"
    outcome = list(session.execute("def round(r) = 2 * pi * r; pi = 3; pi; round(1)"))
    assert outcome[1].notes == ("pi is yours now, and no longer 3.14159",)
    assert outcome[2].value == 3
    assert outcome[3].value == 2 * math.pi  # bound when it was defined
