"""A memory in shards answers as one Memory does, whatever becomes of a worker."""

import math
import os
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.algebras.map import MAPB

import vsa
from vsa.cluster import ClusterMemory
from vsa.cluster.merge import merged
from vsa.cluster.shard import Lot, Question, Shard, pack, unpack
from vsa.memory.matches import ARRAYS
from vsa.theory.load import Load

SPACE = vsa.Space(dim=256)
NAMES = [f"item {i}" for i in range(700)]


def same(answer, expected):
    """Whether the answer of shards is that of one Memory, to what another blocking changes."""
    assert answer.names.shape == expected.names.shape
    assert answer.items == expected.items
    apart = np.abs(np.diff(expected.similarities, axis=-1)) > 1e-6  # the rest may change places
    alone = np.ones(expected.names.shape, dtype=bool)
    alone[..., 1:] &= apart
    alone[..., :-1] &= apart
    np.testing.assert_array_equal(answer.names[alone], expected.names[alone])
    np.testing.assert_allclose(answer.similarities, expected.similarities, atol=1e-6)
    np.testing.assert_allclose(answer.margin, expected.margin, atol=1e-6)
    # where nothing stands out the sum over the others is read off a table, good to a thousandth
    np.testing.assert_allclose(answer.probabilities, expected.probabilities, rtol=2e-3, atol=1e-9)
    np.testing.assert_allclose(answer.nothing, expected.nothing, rtol=2e-3, atol=1e-9)
    np.testing.assert_array_equal(answer.name, expected.name)


def questions(space):
    """Clear, noisy, hopeless and empty queries, (6,)."""
    a, b, c = space.batch([NAMES[3], NAMES[650], NAMES[400]])
    unknown = space.atom("unknown")
    crowd = space.batch(NAMES[:150]).bundle()
    return space.stack([a, a + 0.8 * b, c + 2 * unknown, unknown, crowd, space.zero()])


@pytest.fixture(scope="module", params=["hrr", "map-b"])
def pair(request, client):
    """The same items in shards and in one Memory: atoms, frames, and an alias of each."""
    space = SPACE if request.param == "hrr" else vsa.Space(dim=256, algebra=MAPB)
    shards, one = ClusterMemory(space, client), vsa.Memory(space)
    shards.add(NAMES)
    one.add(NAMES, space.batch(NAMES))
    x, y, z = space.batch(["x", "y", "z"])
    frames = [x * y + z, 2 * x, (z * y).normalize(), space.atom(NAMES[5]), x * y + z]
    names = ["xyz", "two x", "zy", "alias of 5", "alias of xyz"]
    for memory in (shards, one):
        memory.add(names, frames, kind="frame/1")
    assert len(shards.shards) > 1
    return shards, one


RESTRICTIONS = [
    {},
    {"k": 3},
    {"k": 1000},
    {"kinds": "frame/1", "k": 2},
    {"kinds": ("frame/*", "token")},
    {"kinds": "token"},
    {"exclude": [NAMES[3], NAMES[5], "nobody"], "k": 2},
    {"among": [NAMES[3], NAMES[650], "xyz"], "k": 5},
    {"among": [NAMES[400]]},
    {"prior_nothing": 0},
    {"prior_nothing": 0.99, "k": 2},
    {"load": 3, "k": 2},
]


@pytest.mark.parametrize("restrictions", RESTRICTIONS, ids=str)
def test_shards_answer_as_one_memory(pair, restrictions):
    shards, one = pair
    batch = questions(one.space)
    same(shards.cleanup(batch, **restrictions), one.cleanup(batch, **restrictions))
    grid = batch.reshape(2, 3)
    assert shards.cleanup(grid, **restrictions).names.shape[:2] == (2, 3)
    same(shards.cleanup(grid, **restrictions), one.cleanup(grid, **restrictions))
    for query in (batch[1], batch[5]):
        same(shards.cleanup(query, **restrictions), one.cleanup(query, **restrictions))


def test_what_is_there(pair):
    shards, one = pair
    assert len(shards) == len(one) == 705
    assert shards.names() == [*NAMES, *shards.names("frame/1")]
    assert set(shards) == set(one)
    assert shards.kinds == one.kinds == ["atom", "frame/1"]
    assert shards.kind("xyz") == "frame/1"
    assert "xyz" in shards
    assert "nobody" not in shards
    for name in ("two x", "alias of 5", NAMES[1]):
        assert shards[name].similarity(one[name]) == pytest.approx(1, abs=1e-6)
        assert shards[name].norm() == pytest.approx(one[name].norm(), abs=1e-5)
        assert shards[name].label == name


def test_an_answer_stands_for_its_winner(pair):
    shards, one = pair
    batch = questions(one.space)
    found, expected = shards.cleanup(batch).vector, one.cleanup(batch).vector
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-5)
    answer = shards.cleanup(one.space.atom("x"))
    assert answer.name == "two x"
    assert answer.vector.norm() == pytest.approx(one["two x"].norm())
    with pytest.raises(vsa.VsaError, match="the answer is nothing"):
        _ = shards.cleanup(batch[3]).vector


def test_an_empty_batch_and_an_empty_memory(client):
    shards, one = ClusterMemory(SPACE, client), vsa.Memory(SPACE)
    for query in (SPACE.atom("x"), SPACE.random(3), SPACE.random(0)):
        same(shards.cleanup(query), one.cleanup(query))
    shards.add(["x"])
    one.add("x", SPACE.atom("x"))
    for query in (SPACE.atom("x"), SPACE.random(0)):
        same(shards.cleanup(query, k=4), one.cleanup(query, k=4))


def test_names_come_and_go(client):
    shards, one = ClusterMemory(SPACE, client), vsa.Memory(SPACE)
    vectors = SPACE.batch(NAMES[:300])

    def both(change):
        for memory in (shards, one):
            change(memory)
        query = SPACE.stack([vectors[7] + 0.8 * vectors[250], vectors[9], 3 * vectors[9]])
        same(shards.cleanup(query, k=2), one.cleanup(query, k=2))

    shards.add(NAMES[:300])
    one.add(NAMES[:300], vectors)
    both(lambda m: m.remove(NAMES[7]))
    both(lambda m: m.add(["seven", "nine"], [vectors[7], 3 * vectors[9]], kind="token"))
    both(lambda m: m.remove(NAMES[9]))
    both(lambda m: m.remove("nine"))
    both(lambda m: m.add(NAMES[9], vectors[9]))
    assert len(shards) == len(one)
    with pytest.raises(vsa.VsaError, match="is not in memory"):
        shards.remove("nine")


def test_atoms_that_come_after_a_vector_equal_to_theirs_are_its_names(client):
    shards, one = ClusterMemory(SPACE, client), vsa.Memory(SPACE)
    shards.add(NAMES[:500])
    one.add(NAMES[:500], SPACE.batch(NAMES[:500]))
    late = NAMES[500:]
    for memory in (shards, one):
        memory.add("early", SPACE.atom(late[0]))
    shards.add(late)
    one.add(late, SPACE.batch(late))
    same(shards.cleanup(SPACE.atom(late[0]), k=2), one.cleanup(SPACE.atom(late[0]), k=2))
    composed = "caf\u00e9"
    decomposed = unicodedata.normalize("NFD", composed)
    shards.add([composed])
    shards.add([decomposed])
    answer = shards.cleanup(SPACE.atom(decomposed), k=2)
    assert answer.name == composed
    assert answer.items == len(NAMES) + 1  # one row for the two


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=40),
    st.integers(1, 6),
    st.floats(0, 0.99),
    st.lists(st.sampled_from([1, 4, 30, math.nan]), min_size=3, max_size=3),
    st.integers(0, 1000),
)
def test_however_items_are_split_the_merge_loses_nothing(places, k, prior, loads, seed):
    """No cluster: shards made here from any split, and their answers merged."""
    space = vsa.Space(dim=64, seed=seed)
    names = NAMES[: len(places)]
    one = vsa.Memory(space)
    one.add(names, space.batch(names))
    weights = np.geomspace(1, 0.2, len(names))  # equal ones would differ in their last bits alone
    mixture = space.batch(names).scale(weights).bundle()
    query = space.stack([mixture, space.atom(names[-1]), space.zero()])
    shards = []
    for place in range(5):
        numbers = [i for i, p in enumerate(places) if p == place]
        shards.append(Shard(space, [Lot([names[i] for i in numbers], numbers, "atom")]))
    load = Load("terms", np.array(loads))
    question = Question(max(k, 2), None, None, frozenset(), load)
    found = [shard.look(question, pack(query)) for shard in shards]
    answer = vsa.Answer.of(one, merged(found, 64, k, prior, load))
    expected = one.cleanup(query, k, prior_nothing=prior, load=load)
    same(answer, expected)
    np.testing.assert_array_equal(answer.rows, expected.rows)


@pytest.mark.parametrize("k", [1, 3, 40, 90])
def test_equally_near_items_stand_by_age_wherever_they_are(k):
    """Bipolar vectors of 64 components have 33 different cosines, which come out exactly."""
    space = vsa.Space(dim=64, algebra=MAPB)
    names = NAMES[:100]
    one = vsa.Memory(space)
    one.add(names, space.batch(names))
    query = space.batch(NAMES[200:206])
    shards = [Shard(space, [Lot(names[i::3], list(range(100))[i::3], "atom")]) for i in range(3)]
    question = Question(max(k, 2), None, None, frozenset())
    found = merged([shard.look(question, pack(query)) for shard in shards], 64, k, 0.5)
    assert found.names.tolist() == one.cleanup(query, k).names.tolist()
    assert found.rows.tolist() == one.cleanup(query, k).rows.tolist()


def test_packed_vectors_come_out_as_they_went_in():
    for space in (
        SPACE,
        vsa.Space(65),
        vsa.Space(64, dtype="float64"),
        vsa.Space(64, algebra=MAPB),
    ):
        batch = space.random((3, 2))
        assert pack(batch).dtype == space.backend.dtype
        np.testing.assert_allclose(unpack(space, pack(batch)).numpy(), batch.numpy(), atol=1e-6)


def test_atoms_travel_as_their_names():
    """A shard that moves is its steps, however large its rows are; Dask is told of the rows."""
    cloudpickle = pytest.importorskip("cloudpickle")
    space = vsa.Space(dim=4096)
    shard = Shard(space, [Lot(NAMES, list(range(len(NAMES))), "atom")])
    sent = cloudpickle.dumps(shard)
    assert len(sent) < 20 * len(NAMES) + 1000  # the rows are 11 MB
    assert shard.__sizeof__() >= len(NAMES) * 4096 * 4
    again = cloudpickle.loads(sent)
    query = pack(space.batch(NAMES[:2]))
    question = Question(2, None, None, frozenset())
    one, other = shard.look(question, query), again.look(question, query)
    for name in (*ARRAYS, "names"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_worker_killed_changes_nothing(client, kill, recovered):
    shards, one = ClusterMemory(SPACE, client), vsa.Memory(SPACE)
    own = SPACE.random(300)  # no atoms: these travelled
    names = [f"own {i}" for i in range(300)]
    shards.add(NAMES)
    shards.add(names, own, kind="frame")
    one.add(NAMES, SPACE.batch(NAMES))
    one.add(names, own, kind="frame")
    batch = SPACE.stack([*questions(SPACE), own[7] + 0.8 * own[250], own[299]])
    expected = one.cleanup(batch, k=3)
    before = shards.cleanup(batch, k=3)
    same(before, expected)
    gone = kill()
    after = shards.cleanup(batch, k=3)  # asked while the cluster is only finding out
    same(after, expected)
    recovered(gone)
    kill(every=True)  # every shard is lost now
    same(shards.cleanup(batch, k=3), expected)
    np.testing.assert_array_equal(after.names, before.names)


def test_workers_compute_with_one_thread_each(client):
    threads = client.run(os.environ.get, "OMP_NUM_THREADS")
    assert set(threads.values()) == {"1"}
