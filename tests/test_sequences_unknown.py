"""Sequences with items that memory lacks, or of other lengths: nothing is invented in their place."""

import copy
import json
import pickle

import numpy as np
import pytest
from vsa_plugins.algebras.map import MAPB
from vsa_plugins.chunks import chunks, unchunk
from vsa_plugins.sequence import (
    append,
    concatenate,
    decode,
    length,
    position,
    sequence,
)  # fmt: skip
from vsa_plugins.token import token
from worlds import NAMES, PLUGINS, names, world

import vsa
from vsa import VsaError
from vsa.lang.show import show, to_json
from vsa.plugin import Note

SURE = 0.995


@pytest.fixture(scope="module")
def thousand():
    return world()


def drawn(rng, memory, count, unknown=1 / 3, scaled=True):
    """A sequence and the rows of its items, -1 where memory lacks one."""
    rows = np.where(rng.random(count) < unknown, -1, rng.integers(0, len(memory), count))
    weights = np.exp(rng.uniform(np.log(0.3), np.log(3), count)) if scaled else np.ones(count)
    strange = memory.space.random(count)
    items = [
        (strange[i] if row < 0 else memory.vectors(row)).scale(float(weight))
        for i, (row, weight) in enumerate(zip(rows, weights, strict=True))
    ]
    return sequence(*items), rows


# --- what random sequences give -------------------------------------------------------------------
def test_of_random_sequences_nothing_is_invented(thousand):
    _, memory = thousand
    rng = np.random.default_rng(7)
    known = named = 0
    for _ in range(80):
        line, rows = drawn(rng, memory, int(rng.integers(1, 11)))
        answer = decode(line, memory=memory)
        found = answer.winners
        assert len(found) <= len(rows) if answer.at_least else len(found) == len(rows)
        there = rows[: len(found)]
        certain = (found >= 0) & (answer.probability >= SURE)
        assert (found[certain] == there[certain]).all()
        known += (rows >= 0).sum()
        named += ((found == there) & (there >= 0)).sum()
    assert named >= 0.9 * known  # of items in order and of length 1 alone it would be a half


@pytest.mark.parametrize("scaled", [False, True], ids=["length 1", "any length"])
def test_a_known_sequence_has_a_sure_length(thousand, scaled):
    _, memory = thousand
    rng = np.random.default_rng(8)
    for count in (1, 2, 5, 10, 20, 30):
        line, rows = drawn(rng, memory, count, unknown=0, scaled=scaled)
        answer = decode(line, memory=memory)
        assert answer.winners.tolist() == rows.tolist()
        assert answer.at_least is False


@pytest.mark.parametrize(
    ("algebra", "weight"), [("hrr", 0.5), (MAPB, 2)], ids=["hrr", "mapb"]
)  # a majority does not see what is too light to tip it
def test_a_batch_is_read_as_its_sequences_are(algebra, weight):
    space, memory = world(dim=2048, items=50, algebra=algebra)
    some, strange = space.batch(NAMES[:6]), space.random(6)
    lines = sequence(some, strange, weight * some, some)
    answer = decode(lines, memory=memory)
    assert answer.name.T.tolist() == [[n, None, n, n] for n in NAMES[:6]]
    assert answer.at_least.tolist() == [True] * 6
    grid = sequence(some.reshape(2, 3), weight * some.reshape(2, 3))
    answer = decode(grid, memory=memory)
    assert answer.name.shape == (2, 2, 3)
    assert not answer.at_least.any()


def test_sequences_of_a_batch_differ():
    space, memory = world(dim=1024, items=50)
    a, b, c = (memory[n] for n in NAMES[:3])
    lines = [sequence(a, b), sequence(a, space.random(), c), sequence(0.5 * c), space.zero()]
    answer = decode(space.stack(lines), memory=memory)
    assert answer.name.T.tolist() == [
        ["n0", "n1", None], ["n0", None, "n2"], ["n2", None, None], [None, None, None],
    ]  # fmt: skip
    assert answer.at_least.tolist() == [False, True, False, False]
    with pytest.warns(Note, match="at least so many items in 1 of them"):
        assert length(space.stack(lines), memory=memory).tolist() == [2, 3, 1, 0]
    assert str(answer).endswith("  at least 3 items in 1 of them")


# --- each kind of item ----------------------------------------------------------------------------
@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(dim=1024), plugins=PLUGINS)
    session.run("atom a, b, c, u, being")
    return session


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[0.9 * a, b, c]", "[a, b, c]"),
        ("[nil, a, b]", "[nothing, a, b]"),
        ("[a, nil, nil, 3 * b]", "[a, nothing, nothing, b]"),
        ("[a, a * u, c]", "[a, nothing, c]  at least 3 items"),
        ("[a * u, b * u, c]", "[nothing, nothing, c]  at least 3 items"),
        ("[a, b, a * u]", "[a, b, nothing]  at least 3 items"),
        ("[a * u]", "[nothing]  at least 1 item"),
        ("1000 * [a, b, c]", "[a, b, c]"),
    ],
)
def test_what_stands_at_each_place(session, text, shown):
    (answer,) = session.run(f"decode({text})")
    assert show(session, answer) == shown
    assert len(answer) == len(shown.partition("]")[0].split(","))


def test_what_is_left_may_belong_to_a_named_item():
    """A token that memory lacks is named by its type; what it has beside that is no item more."""
    space, memory = world(items=20)
    new = token(memory["n1"], id="t1")
    answer = decode(sequence(new, memory["n2"]), memory=memory)
    assert (names(answer), answer.at_least) == (["n1", "n2"], True)
    assert names(decode(sequence(memory["n1"], memory["n2"], space.random()), memory=memory)) == [
        "n1", "n2", None,
    ]  # fmt: skip


def test_the_first_places_are_those_that_are_asked_for(session):
    assert names(session.run("decode([a, a * u, c], 2)")[0]) == ["a", None]
    assert names(session.run("decode([0.4 * a, b], 4)")[0]) == ["a", "b", None, None]


def test_a_length_that_is_not_known_is_not_built_on(session):
    memory = session.memory
    line = sequence(memory["a"], session.space.random(), memory["c"])
    with pytest.warns(Note, match="^at least 3 items: something is left that memory"):
        assert length(line, memory=memory) == 3
    for grow in (append, concatenate):
        with pytest.raises(VsaError, match=r"at least 3 items, and perhaps more .*: give length="):
            grow(line, memory["b"], memory=memory)
    grown = append(line, memory["b"], 3, memory=memory)
    assert names(decode(grown, memory=memory)) == ["a", None, "c", "b"]


def test_a_chain_ends_where_it_cannot_be_read(session):
    assert names(session.run("unchain(chain(a, a * u, c))")[0]) == ["a"]


# --- the answer is the same wherever it goes ------------------------------------------------------
def test_that_there_may_be_more_is_kept_and_copied(tmp_path, session):
    (answer,) = session.run("decode([a, a * u, c])")
    data = to_json(session, answer)
    assert data["at_least"] is True
    assert [row["name"] for row in data["items"]] == json.loads('["a", null, "c"]')
    for other in (copy.deepcopy(answer), pickle.loads(pickle.dumps(answer))):
        assert str(other) == str(answer) == "[a, nothing, c]  at least 3 items"
    path = tmp_path / "kept.vsa"
    with vsa.Session.open(path, vsa.Space(dim=1024)) as kept:
        kept.run("atom a, b, u; some = decode([a, a * u, b]); all = decode([a, 0.5 * b])")
        kept.set("x", kept.space.stack([sequence(kept.memory["a"]), sequence(kept.space.random())]))
        kept.run("several = decode(x)")
    with vsa.Session.open(path) as kept:
        assert str(kept.run("some")[0]) == "[a, nothing, b]  at least 3 items"
        assert str(kept.run("all")[0]) == "[a, b]"
        assert kept.run("several")[0].at_least.tolist() == [False, True]


# --- positions ------------------------------------------------------------------------------------
def test_position_is_the_first(session):
    run = session.run
    assert run("position([a, b, a], a); position([b, a, a, a], a)") == [1, 2]
    assert run("position([b, 0.5 * a, c, 3 * a], a)") == [2]
    space, memory = world(items=20)
    items = [memory[NAMES[i % 7]] for i in range(21)]
    assert [position(sequence(*items), x) for x in items] == [*range(1, 8)] * 3
    batch = sequence(space.batch(NAMES[:3]), space.batch(NAMES[3:6]), space.batch(NAMES[:3]))
    assert position(batch, space.batch(NAMES[:3])).tolist() == [1, 1, 1]


def test_short_items_are_found_wherever_they_stand():
    _, memory = world(items=20)
    line = sequence(*(0.3 * memory[n] for n in NAMES[:12]))
    assert [position(line, memory[n]) for n in NAMES[:12]] == list(range(1, 13))


# --- chunks ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("items", [5, 200])
def test_unknown_items_of_chunks_are_nothing_and_cost_no_other(items):
    space, memory = world(items=items)
    rng = np.random.default_rng(3)
    rows = np.where(rng.random(60) < 1 / 3, -1, rng.integers(0, items, 60))
    strange = space.random(60)
    text = [strange[i] if row < 0 else memory[NAMES[row]] for i, row in enumerate(rows)]
    answer = unchunk(chunks(*text, memory=memory), memory=memory)
    found = answer.winners
    assert len(found) == 60
    assert (found[rows >= 0] == rows[rows >= 0]).all()
    unknown = rows < 0
    assert (found[unknown] < 0).mean() > 0.9
    assert (answer.probability[unknown & (found >= 0)] < SURE).all()
