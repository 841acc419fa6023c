"""Automata beside a simulator of sets; what they say of errors."""

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.automaton import (
    accepts,
    automaton,
    next_states,
    states_after,
    step,
    transition,
    triples,
)
from worlds import NAMES, PLUGINS, names, says, world

from vsa import CapacityWarning, Session, Space, VsaError
from vsa.plugin import open_session

# any automaton; under a majority one whose terms multiply to 1 leaves another out (see below)
ALGEBRAS = {"hrr": 1024, "fhrr": 512, "vtb": 1024, "mbat": 1024, "sbc:16": 512, "bsdc-seg": 4096}
STATES, SYMBOLS = NAMES[:4], ["n0", *NAMES[10:12]]  # n0 is a state and a symbol
TRIPLE = st.tuples(st.sampled_from(STATES), st.sampled_from(SYMBOLS), st.sampled_from(STATES))
WORDS = st.lists(st.sampled_from(SYMBOLS), max_size=5)
FINAL = st.sets(st.sampled_from(STATES), max_size=2)


@pytest.fixture(scope="module", params=ALGEBRAS)
def memory(request):
    return world(ALGEBRAS[request.param], items=20, algebra=request.param)[1]


def simulated(transitions, states, word):
    """The states that a word leads to: an oracle that knows no vectors."""
    for symbol in word:
        states = {after for before, by, after in transitions if by == symbol and before in states}
    return states


@settings(max_examples=25)
@given(transitions=st.sets(TRIPLE, min_size=1, max_size=8), word=WORDS, final=FINAL)
def test_a_nondeterministic_automaton_is_in_all_states_of_the_simulator(
    memory, transitions, word, final
):
    a = automaton(*sorted(transitions), start="n0", accepting=sorted(final), memory=memory)
    found = states_after(a, word, memory=memory)
    expected = simulated(transitions, {"n0"}, word)
    assert set(names(found)) == expected
    assert np.all(found.probability > 0.5)
    assert accepts(a, word, True, memory=memory) == bool(expected & final)


@settings(max_examples=25)
@given(
    table=st.dictionaries(
        st.tuples(st.sampled_from(STATES), st.sampled_from(SYMBOLS)), st.sampled_from(STATES),
        min_size=1, max_size=8,
    ),
    word=WORDS, final=FINAL,
)  # fmt: skip
def test_a_deterministic_automaton_is_in_the_state_of_the_simulator(memory, table, word, final):
    transitions = [(*before, after) for before, after in table.items()]
    a = automaton(*transitions, start="n0", accepting=sorted(final), memory=memory)
    for state in STATES:
        for symbol in SYMBOLS:
            found = step(a, memory[state], memory[symbol], memory=memory).name
            assert found == table.get((state, symbol))
    assert accepts(a, word, memory=memory) == bool(simulated(transitions, {"n0"}, word) & final)


@pytest.mark.parametrize("backend", PRESENT)
def test_batches_on_every_backend(backend):
    space, memory = world(items=100, backend=backend)
    some, symbol = space.batch(NAMES[:3]), memory["n9"]
    cycle = transition(some, symbol, space.batch(["n1", "n2", "n0"])).bundle()
    assert names(step(cycle, some, symbol, memory=memory)) == ["n1", "n2", "n0"]
    automata = transition(memory["n5"], symbol, some)  # each of its own
    assert names(step(automata, memory["n5"], symbol, memory=memory)) == NAMES[:3]
    assert names(next_states(automata.bundle(), memory["n5"], symbol, memory=memory)) != []


def test_the_forms_of_transitions_are_one():
    _, memory = world(items=20)
    text = automaton("n0 n9 -> n1 n2\nn1 n9 -> n0;", start="n0", memory=memory)
    three = [("n0", "n9", "n1"), ("n0", "n9", "n2"), ("n1", "n9", "n0")]
    assert triples("n0 n9 -> n1 n2\nn1 n9 -> n0;") == three
    vectors = [transition(*(memory[n] for n in t)) for t in three]
    for other in (
        automaton(*three, start=memory["n0"], memory=memory),
        automaton(sum(vectors[1:], vectors[0]), start="n0", memory=memory),
    ):
        assert text.similarity(other) > 0.999


def test_words_are_texts_sequences_or_lists():
    session = Session(Space(1024), plugins=PLUGINS)
    session.run('atom a, b, x, y; m = automaton("x a -> y; y b -> x", start=x, accepting={x, y})')
    assert session.run('accepts(m, "a b a"); accepts(m, [a, b, a]); accepts(m, nil)') == [True] * 3
    assert session.run('accepts(m, [a, a]); accepts(m, "b")') == [False] * 2
    m, a = session.run("m; a")
    assert accepts(m, [a, "b"], memory=session.memory)


def test_a_word_of_hundreds_of_symbols_is_followed_to_its_end():
    _, memory = world(items=20)
    three = [(f"n{i}", f"n{10 + bit}", f"n{(2 * i + bit) % 3}") for i in range(3) for bit in (0, 1)]
    a = automaton(*three, start="n0", accepting="n0", memory=memory)
    rng = np.random.default_rng(0)
    for _ in range(5):
        bits = rng.integers(0, 2, 200).tolist()
        number = int("".join(map(str, bits)), 2)
        assert accepts(a, [f"n{10 + bit}" for bit in bits], memory=memory) == (number % 3 == 0)


def test_an_automaton_warns_when_past_its_capacity():
    _, memory = world(256)
    a = automaton(*((NAMES[i], "n99", NAMES[i + 1]) for i in range(20)), start="n0", memory=memory)
    with pytest.warns(
        CapacityWarning, match="an automaton of about 2. transitions is past its cap"
    ):
        step(a, memory["n0"], memory["n99"], memory=memory)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('automaton("x a y")', "'x a y' is no transition: write \"state symbol -> next\""),
        ('automaton("x a ->")', "'x a ->' is no transition: write \"state symbol -> next\""),
        ("automaton()", 'an automaton has transitions, as in "mark x -> fish"'),
        ('automaton(" ; ")', 'an automaton has transitions, as in "mark x -> fish"'),
        ('automaton("x a -> yy")', "unknown name 'yy' in the automaton; did you mean 'y'?"),
        ('automaton("x a -> y", start="qqqq")',
         "unknown name 'qqqq' in the automaton; it must be the name of an item"),
        ('accepts(automaton("x a -> y"), "a")',
         "the automaton has no start: say automaton(…, start=state)"),
        ("accepts(m, [a, a * b])",
         "the word has a symbol that memory lacks: [a, nothing]  at least 2 items"),
    ],
)  # fmt: skip
def test_errors_say_what_to_do(text, message):
    says('atom a, b, x, y; m = automaton("x a -> y; y b -> x", start=x)', text, message)


def test_an_automaton_is_undone_explained_and_kept(tmp_path):
    session = Session(Space(1024), plugins=PLUGINS)
    session.run("atom a, x, y; m = transition(x, a, y) + transition(y, a, x); m = x")
    session.run(":undo; m = transition(x, a, y) + transition(y, a, x)")
    assert "signal" in str(session.run("why(step(m, x, a))")[0])
    session.save(tmp_path / "kept.vsa")
    session.close()
    again = open_session(tmp_path / "kept.vsa", plugins=PLUGINS)
    assert again.run("step(m, y, a)")[0].name == "x"
    again.close()


def test_automata_need_unbinding():
    space = Space(4096, "bsdc-cdt")
    with pytest.raises(VsaError) as error:
        transition(*space.atoms("a", "b", "c"))
    assert str(error.value) == (
        "an automaton needs unbinding, which the algebra 'bsdc-cdt' has not; use frame(…) for each state"
    )


# --- under a majority -------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["bsc", "map-b"])
def test_an_automaton_under_a_majority(algebra):
    memory = world(2048, items=20, algebra=algebra)[1]
    table = {("n0", "n10"): "n1", ("n1", "n10"): "n0", ("n0", "n11"): "n2", ("n2", "n10"): "n2"}
    a = automaton(*((*k, v) for k, v in table.items()), start="n0", accepting=["n2"], memory=memory)
    for state in STATES:
        for symbol in SYMBOLS:
            found = step(a, memory[state], memory[symbol], memory=memory).name
            assert found == table.get((state, symbol))
    assert accepts(a, ["n10", "n10", "n11", "n10"], memory=memory)
    assert not accepts(a, ["n10", "n11"], memory=memory)


def test_random_automata_under_a_majority():
    """1 of 1,000 reads is wrong (3 of 3,000), of automata whose terms happen to multiply: see below."""
    memory, random = world(2048, items=20, algebra="bsc")[1], np.random.default_rng(0)
    wrong = reads = 0
    for _ in range(60):
        cells = [(state, symbol) for state in STATES for symbol in SYMBOLS]
        some = random.permutation(len(cells))[: random.integers(1, 9)]
        table = {cells[i]: STATES[random.integers(len(STATES))] for i in some}
        a = automaton(*((*k, v) for k, v in table.items()), start="n0", memory=memory)
        for state, symbol in cells:
            found = step(a, memory[state], memory[symbol], memory=memory).name
            wrong, reads = wrong + (found != table.get((state, symbol))), reads + 1
    assert wrong / reads <= 0.001 + 4 * (0.001 / reads) ** 0.5


def test_terms_that_multiply_to_one_leave_others_out_of_a_majority():
    """The signs of the six have an even number of −1, so that their sum is never 0 and decides alone."""
    memory = world(2048, items=20, algebra="bsc")[1]
    six = [
        ("n0", "n11", "n0"), ("n0", "n0", "n0"), ("n0", "n11", "n1"),
        ("n1", "n10", "n1"), ("n0", "n10", "n0"), ("n1", "n0", "n0"),
    ]  # fmt: skip
    with pytest.raises(VsaError, match="the automaton has no start"):
        accepts(automaton(*six, start="n0", memory=memory), "n0", memory=memory)
    five = automaton(*six[:5], start="n0", memory=memory)
    assert not accepts(five, "n0", memory=memory)
