"""The plugin as its users meet it: installed beside the library, in a session."""

from dataclasses import replace

import pytest
from vsa_automaton import after, arc

from vsa import Session, Space, VsaError, load_plugins

TURNSTILE = """
turnstile = fsm"locked -coin-> unlocked, locked -turn-> locked,
                unlocked -turn-> locked, unlocked -coin-> unlocked"
""".replace("\n", " ")


@pytest.fixture(scope="module")
def plugins():
    return load_plugins()


@pytest.fixture
def session(plugins):
    session = Session(Space(dim=512), plugins=plugins)
    session.run(TURNSTILE.strip())
    return session


def test_symbols_lead_from_state_to_state(session):
    assert session.run("current(turnstile @ coin)")[0].name == "unlocked"
    walked = session.run("walk(turnstile, turn, coin, coin, turn)")[0]
    assert list(walked.name) == ["locked", "unlocked", "unlocked", "locked"]


def test_a_missing_transition_is_an_error_until_it_is_added(session):
    session.run("atom kick, broken")
    with pytest.raises(VsaError, match="nothing follows the state locked by kick"):
        session.run("turnstile @ kick")
    assert session.run("after(turnstile, kick)")[0].name is None
    session.run('brittle = turnstile + fsm"locked -kick-> broken"')
    assert session.run("current(brittle @ kick)")[0].name == "broken"
    assert session.run("current(brittle @ coin)")[0].name == "unlocked"


def test_transitions_are_not_read_backwards(session):
    one = session.run('fsm"off -press-> on"')[0]
    one = replace(one, state=session.space.atom("on"))
    assert after(one, session.space.atom("press")).name is None


def test_batches_of_states_step_at_once():
    space = Space(dim=1024)
    session = Session(space)
    names = [f"s{i}" for i in range(20)]
    states, symbol = space.batch(names), space.atom("tick")
    session.memory.add(names, states)
    session.memory.add("tick", symbol)
    following = states[[*range(1, 20), 0]]
    ring = session.plugins.functions["machine"].call(
        arc(states, symbol, following).bundle(), states, memory=session.memory
    )
    assert list(after(ring, symbol).name) == [*names[1:], names[0]]


@pytest.mark.parametrize("text", ["", "locked", "locked -coin- unlocked", "a -b-> c, a b c"])
def test_malformed_text_is_an_error_that_leaves_nothing_behind(session, text):
    before = len(session.memory)
    with pytest.raises(VsaError):
        session.run(f'fsm"{text}"')
    assert len(session.memory) == before


def test_the_examples_of_the_help_run(session):
    for function in session.plugins.functions.values():
        if function.plugin != "fsm":
            continue
        assert function.examples
        for code, expected in function.examples:
            shown = [str(value) for value in session.run(code) if value is not None]
            assert shown[-1].startswith(expected.partition("…")[0].rstrip()), code
