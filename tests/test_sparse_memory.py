"""Sparse distributed memory: what is read is what was written nearby, as far as theory says."""

import math

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from weighing import fails

import vsa
from vsa import soft
from vsa.soft import SparseMemory, critical_distance, next_distance, shared_locations
from vsa.theory.sparse_memory import active_share

WEIGHING = ["bsc", "map-b", "map-i", "map-c", "hrr", "fhrr", "sbc:16", "mcr:8", "cgr"]
WHOLE = {"bsc", "map-b", "sbc:16", "cgr"}


def words(space, count, mark="w"):
    return space.batch([f"{mark}{i}" for i in range(count)])


def flipped(word, count, seed):
    """Words of bits (n,) with so many of them changed."""
    rng, bits = np.random.default_rng(seed), word.numpy().copy()
    for row in bits:
        place = rng.choice(len(row), count, replace=False)
        row[place] = 1 - row[place]
    return word.space.vector(bits)


def apart(a, b):
    """In how many bits words differ."""
    return np.round(a.space.dim * (1 - np.asarray(a.similarities(b))) / 2)


# --- laws ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("algebra", WEIGHING)
def test_one_pair_is_read_back_exactly(algebra, backend):
    space = vsa.Space(128, algebra=algebra, backend=backend)
    memory, (address, value) = SparseMemory(space, 500), words(space, 2)
    memory.write(address, value)
    found = memory.read(address)
    assert found.similarity(value) > 1 - 1e-5
    np.testing.assert_allclose(found.numpy(), value.numpy(), atol=1e-5)
    if algebra in WHOLE:
        assert str(memory.counters.dtype).endswith("int16")
        assert (found.numpy() == value.numpy()).all()
    assert (len(memory), memory.writes.sum()) == (1, memory.active)


@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("algebra", ["bsc", "hrr", "sbc:16"])
@settings(max_examples=4)
@given(seed=st.integers(0, 2**31), count=st.integers(1, 12))
def test_a_read_is_the_mean_of_values_by_shared_locations(algebra, backend, seed, count):
    """The oracle: how many of the locations that two addresses activate are the same."""
    space = vsa.Space(32, algebra=algebra, backend=backend, seed=seed % 97)
    memory = SparseMemory(space, 60, 20)
    keys, values = words(space, count, "k"), words(space, count, "v")
    memory.write(keys, values)
    query = words(space, 3, "q")
    near = [set(row) for row in memory.activated(keys).tolist()]
    for q, rows in zip(query, memory.activated(query).tolist(), strict=True):
        shared = np.array([len(near_it & set(rows)) for near_it in near])
        total = shared @ space.backend.numpy(values.total)
        wanted = total / max(shared.sum(), 1)
        np.testing.assert_allclose(space.backend.numpy(memory.read(q).total), wanted, atol=1e-5)


@pytest.mark.parametrize("backend", PRESENT)
def test_the_nearest_locations_are_active_and_of_equal_ones_the_first(backend):
    space = vsa.Space(64, algebra="bsc", backend=backend)
    memory = SparseMemory(space, 300, 40)
    places = words(space, 300, "sparse/location/").numpy()
    query = words(space, 4)
    distance = (query.numpy()[:, None] != places).sum(-1)
    wanted = np.lexsort((np.broadcast_to(np.arange(300), distance.shape), distance))[:, :40]
    assert memory.activated(query).tolist() == wanted.tolist()
    assert memory.activated(query[2]).tolist() == wanted[2].tolist()


@pytest.mark.parametrize("algebra", ["bsc", "hrr"])
def test_batches_orders_and_shapes_are_indifferent(algebra, monkeypatch):
    space = vsa.Space(64, algebra=algebra, dtype="float64")
    keys, values, query = words(space, 12, "k"), words(space, 12, "v"), words(space, 6, "q")
    at_once, singly, by_two = (SparseMemory(space, 200, 30) for _ in range(3))
    at_once.write(keys.reshape((3, 4)), values.reshape((3, 4)))
    for i in reversed(range(12)):
        singly.write(keys[i], values[i])
    monkeypatch.setattr("vsa.soft.sparse_memory.CELLS", 400)
    by_two.write(keys, values)
    wanted = [at_once.read(q).numpy() for q in query]
    for memory in (at_once, singly, by_two):
        found = memory.read(query.reshape((2, 3)))
        assert found.shape == (2, 3)
        np.testing.assert_allclose(found.numpy().reshape(6, -1), wanted, atol=1e-12)
        assert memory.read(query[:0]).shape == (0,)


def test_one_value_for_many_addresses():
    space = vsa.Space(256, algebra="bsc")
    memory, keys, (value,) = SparseMemory(space, 500), words(space, 5), words(space, 1, "v")
    memory.write(keys, value)
    assert memory.read(keys).similarities(value).tolist() == [1] * 5


def test_counters_grow_before_they_overflow():
    space = vsa.Space(16, algebra="bsc")
    memory, (word,) = SparseMemory(space, 2, 1), words(space, 1)
    many = space.stack([word] * 8192)
    for _ in range(3):
        memory.write(many)
    assert memory.counters.dtype == np.int16
    memory.write(many)
    memory.write(many)
    assert memory.counters.dtype == np.int32
    assert np.abs(memory.counters).max() == 5 * 8192
    assert memory.read(word).similarity(word) == 1


def test_where_nothing_was_written_nothing_is_read():
    space = vsa.Space(64, algebra="bsc")
    memory, (word, other) = SparseMemory(space, 100, 5), words(space, 2)
    assert memory.read(word).norm() == 0
    memory.write(word)
    assert memory.read(space.zero()).norm() == 0
    both = memory.settle(space.stack([word, space.zero()]))
    assert both.vector[0].similarity(word) == 1
    assert both.vector[1].norm() == 0
    assert both.settled.tolist() == [True, True]
    assert memory.read(space.stack([word, other])).shape == (2,)


# --- as far as theory says -----------------------------------------------------------------------
DIM, LOCATIONS, PAIRS = 500, 2000, 80


@pytest.fixture(scope="module")
def filled():
    space = vsa.Space(DIM, algebra="bsc")
    memory, stored = SparseMemory(space, LOCATIONS), words(space, PAIRS)
    memory.write(stored)
    return memory, stored


@pytest.mark.parametrize("distance", [0, 40, 80, 120, 180])
def test_the_next_distance_is_as_predicted(filled, distance):
    memory, stored = filled
    probes = [flipped(stored, distance, seed) for seed in range(4)]
    found = np.array([apart(memory.read(probe), stored) for probe in probes])
    said = next_distance(DIM, LOCATIONS, memory.active, PAIRS, distance)
    # of one word the reads go together, with a scatter of a tenth of all bits at most
    assert found.mean() == pytest.approx(said, abs=1 + 3 * 50 / math.sqrt(PAIRS) * (distance > 0))


def test_reads_converge_within_the_critical_distance_and_not_beyond(filled):
    memory, stored = filled
    critical = critical_distance(DIM, LOCATIONS, memory.active, PAIRS)
    assert 90 < critical < 130
    shares = []
    for distance in (critical // 3, round(1.8 * critical)):
        found = memory.settle(flipped(stored, distance, 7), 20)
        shares.append((apart(found.vector, stored) <= 5).mean())
        assert (found.steps <= 20).all()
    assert shares[0] > 0.8
    assert shares[1] < 0.1


def test_words_within_capacity_are_recalled_and_beyond_it_not():
    space = vsa.Space(256, algebra="map-b")
    locations, active = 1000, 40
    within, beyond = 20, 400
    assert critical_distance(256, locations, active, within) > 30
    assert critical_distance(256, locations, active, beyond) == 0
    for count, low, high in ((within, 0, 0.01), (beyond, 4, 60)):
        memory, stored = SparseMemory(space, locations, active), words(space, count)
        memory.write(stored)
        wrong = apart(memory.read(stored), stored).mean()
        assert low <= wrong <= high
        assert wrong == pytest.approx(
            next_distance(256, locations, active, count, 0), rel=0.3, abs=0.1
        )


def test_shared_locations_are_as_counted():
    space = vsa.Space(100, algebra="bsc")
    memory = SparseMemory(space, 20_000, 400)
    word = words(space, 40)
    for distance in (0, 5, 20, 50):
        other = flipped(word, distance, distance)
        pairs = zip(memory.activated(word), memory.activated(other), strict=True)
        counted = np.mean([len(np.intersect1d(a, b)) for a, b in pairs])
        said = shared_locations(100, 20_000, 400, distance)
        assert counted == pytest.approx(said, abs=3 * math.sqrt(said / 40) + 0.02 * said)


def test_the_theory_at_its_ends():
    assert shared_locations(1000, 1_000_000, 1000, 0) == pytest.approx(1000)
    assert shared_locations(1000, 1_000_000, 1000, 500) == pytest.approx(1, abs=0.05)
    assert shared_locations(8, 256, 1, 0) == pytest.approx(1)
    assert shared_locations(8, 256, 1, 1) == 0
    assert next_distance(1000, 10_000, 79, 1, 0) == 0
    assert critical_distance(1000, 10_000, 79, 100_000) == 0
    fewer = [critical_distance(1000, 100_000, 171, pairs) for pairs in (300, 1000, 3000)]
    assert fewer == sorted(fewer, reverse=True)
    assert SparseMemory(vsa.Space(16, algebra="bsc"), 1000).active == round(
        1000 * active_share(1000, 10)
    )


# --- kept ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["bsc", "hrr"])
def test_it_is_kept_as_plain_arrays(algebra, tmp_path):
    space = vsa.Space(64, algebra=algebra)
    memory, stored = SparseMemory(space, 300, 20), words(space, 10)
    memory.write(stored)
    np.savez(tmp_path / "m.npz", **memory.state())
    with np.load(tmp_path / "m.npz", allow_pickle=False) as state:
        again = SparseMemory.restored(vsa.Space(64, algebra=algebra), state)
    assert repr(again) == repr(memory)
    for other in (memory, again):  # and goes on
        other.write(stored, stored[::-1])
    assert (again.read(stored).numpy() == memory.read(stored).numpy()).all()


def test_a_state_that_does_not_fit_is_refused():
    space = vsa.Space(64, algebra="bsc")
    memory = SparseMemory(space, 30, 2)
    memory.write(words(space, 3))
    state = memory.state()
    for change, said in (
        ({"counters": state["counters"][:9]},
         "the state has arrays that are not of its sizes and kinds"),
        ({"counters": state["counters"] + 0.5},
         "the state has arrays that are not of its sizes and kinds"),
        ({"sizes": state["sizes"][:2]}, "the state has sizes that are none"),
        ({"sizes": np.array([30, 40, 3])},
         "active must be a whole number of at most 30, not 40"),
    ):  # fmt: skip
        fails(said, lambda change=change: SparseMemory.restored(space, {**state, **change}))
    del state["writes"]
    fails(
        "the state of a SparseMemory has 'writes', this has not",
        lambda: SparseMemory.restored(space, state),
    )
    fails(
        "the state is of bsc dim 64 seed 0 unitary, not of bsc dim 64 seed 1 unitary: their "
        "locations differ",
        lambda: SparseMemory.restored(vsa.Space(64, algebra="bsc", seed=1), memory.state()),
    )


# --- what is refused -----------------------------------------------------------------------------
def test_what_is_given_wrongly_is_refused_and_changes_nothing():
    space = vsa.Space(64, algebra="bsc")
    memory, (a, b) = SparseMemory(space, 100, 5), words(space, 2)
    memory.write(a)
    before = memory.counters.copy()
    for call, said in (
        (lambda: SparseMemory(64), "space must be a Space, not 64"),
        (lambda: SparseMemory(space, 0), "locations must be a whole number of at least 1, not 0"),
        (lambda: SparseMemory(space, 9, 10), "active must be a whole number of at most 9, not 10"),
        (lambda: SparseMemory(space, 9, "x"), "active must be a whole number in [1, 9], not 'x'"),
        (lambda: memory.write("a"), "address must be a Vector, not 'a'"),
        (lambda: memory.write(a, 3), "value must be a Vector, not 3"),
        (lambda: memory.write(space.stack([a, b]), space.stack([a, b, a])),
         "values of shape (3,) do not fit addresses of shape (2,)"),
        (lambda: memory.write(space.zero()),
         "the address is the zero vector, which is near to no location"),
        (lambda: memory.write(space.stack([a, space.zero()])),
         "address 1 is the zero vector, which is near to no location"),
        (lambda: memory.settle(a, 0), "steps must be a whole number of at least 1, not 0"),
        (lambda: next_distance(100, 10, 20, 5, 0), "active must be at most the 10 locations, not 20"),
        (lambda: shared_locations(100, 10, 2, 101),
         "distance must be a whole number of at most 100, not 101"),
        (lambda: critical_distance(100, 10, 2, 0), "pairs must be a whole number of at least 1, not 0"),
    ):  # fmt: skip
        fails(said, call)
    other = vsa.Space(64, algebra="bsc", seed=1).atom("a")
    fails(f"the address is of {other.space!r}, the memory of {space!r}", lambda: memory.read(other))
    assert len(memory) == 1
    assert (memory.counters == before).all()


@pytest.mark.parametrize("algebra", ["bsdc", "bsdc-seg", "bsdc-cdt"])
def test_sums_that_do_not_count_are_refused(algebra):
    fails(
        f"a sum in {algebra} does not count its terms, so that a read would hold whatever was "
        "written near its address: use bsc, map-b or hrr",
        lambda: SparseMemory(vsa.Space(64, algebra=algebra), 10),
    )


def test_vectors_that_are_not_finite_are_refused():
    space = vsa.Space(64)
    wrong = vsa.Vector(space, space.atom("a").data * np.nan)
    fails("the address has NaN or infinite components", lambda: SparseMemory(space, 9).write(wrong))


def test_it_is_one_of_the_soft_memories():
    assert soft.SparseMemory is SparseMemory
    assert repr(SparseMemory(vsa.Space(64), 100)) == (
        "<SparseMemory dim 64: 0 pairs in 100 locations, 17 active>"
    )
